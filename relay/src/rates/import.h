/*
 * import.h
 *		rates import: a deck from a file.
 */
#ifndef RELAY_RATES_IMPORT_H
#define RELAY_RATES_IMPORT_H

#include "rates/report.h"

struct Config;
struct RatesOptions;
struct RatesStore;

extern int rates_import_run(const struct Config *config, const struct RatesOptions *options);

/* Imports the CSV as the options say. Answers the deck's row; NULL after having said what is wrong. */
extern Report *rates_import_csv(struct RatesStore *store, const char *csv,
                                const struct RatesOptions *options);

#endif
