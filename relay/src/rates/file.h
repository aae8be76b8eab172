/*
 * file.h
 *		Decks as files of CSV text.
 */
#ifndef RELAY_RATES_FILE_H
#define RELAY_RATES_FILE_H

#include <stdbool.h>

/* A deck goes to the database as one parameter, which PostgreSQL limits to 1 GB and holds a few times over.
 */
#define RATES_FILE_BYTES_MAX (256UL * 1024 * 1024)

/* The whole text, allocated; "-" is standard input. NULL after having said what is wrong. */
extern char *rates_file_read(const char *path);

/* False after having said what is wrong. */
extern bool rates_file_write(const char *path, const char *text);

#endif
