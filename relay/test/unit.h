/*
 * unit.h
 *		cmocka with what it wants included first.
 */
#ifndef RELAY_UNIT_H
#define RELAY_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
