/*
 * deck_csv.h
 *		The records of a CSV text, by the reader of PostgreSQL's own COPY.
 */
#ifndef WORLDTUNE_DECK_CSV_H
#define WORLDTUNE_DECK_CSV_H

#include "postgres.h"

typedef struct DeckCsv DeckCsv;

/* Only one may be open at a time. The text must stay as it is until it is closed. */
extern DeckCsv *deck_csv_open(text *csv);

/*
 * The next record; false at the end. line is where it begins, counted from 1. Fields are NUL-terminated, NULL
 * when empty, and good until the next call.
 */
extern bool deck_csv_next(DeckCsv *csv, int64 *line, char ***fields, int *field_count);
extern void deck_csv_close(DeckCsv *csv);

#endif
