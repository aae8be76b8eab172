/*
 * arguments.h
 *		What is wrong with a command line can be said before anything is read or asked.
 */
#ifndef RELAY_RATES_ARGUMENTS_H
#define RELAY_RATES_ARGUMENTS_H

#include <stdbool.h>

#include "rates/options.h"

/* False after having said what is wrong. */
extern bool arguments_check(const char *command, const RatesOptions *options);

#endif
