/*
 * import.h
 *		rates import: a deck from a file.
 */
#ifndef RELAY_RATES_IMPORT_H
#define RELAY_RATES_IMPORT_H

#include <stdbool.h>

#include "rates/report.h"

struct Config;
struct RatesOptions;
struct RatesStore;

/* What came of a deck; NULL: nothing yet. */
typedef struct RatesImport
{
	Report *deck;
	Report *changes; /* of a dry run: for callers, against the deck in force, if there is one */
} RatesImport;

extern int rates_import_run(const struct Config *config, const struct RatesOptions *options);

/* Imports the CSV as the options say, and takes it back on a dry run. False after having said what is wrong. */
extern bool rates_import_csv(struct RatesStore *store, const char *csv, const struct RatesOptions *options,
                             RatesImport *import);
extern void rates_import_close(RatesImport *import);

/* It as an object, and as tables. */
extern cJSON *rates_import_json(const RatesImport *import, const struct RatesOptions *options);
extern void rates_import_print_tables(const RatesImport *import);

#endif
