/*
 * deck.h
 *		Rate decks as CSV text: three formats, told apart by their header, read into one shape.
 */
#ifndef WORLDTUNE_DECK_H
#define WORLDTUNE_DECK_H

#include "postgres.h"

#include "pure/digit_trie.h"

/* What a field of a deck is about; each format has its own names for them. */
typedef enum DeckColumn
{
	DECK_COLUMN_PREFIX,
	DECK_COLUMN_ORIGINATION,
	DECK_COLUMN_COUNTRY,
	DECK_COLUMN_ISO_COUNTRY,
	DECK_COLUMN_CONTINENT,
	DECK_COLUMN_DESCRIPTION,
	DECK_COLUMN_PRICE,
	DECK_COLUMN_CONNECTION_FEE,
	DECK_COLUMN_MINIMUM_SECONDS,
	DECK_COLUMN_INCREMENT_SECONDS,
	DECK_COLUMN_COUNT
} DeckColumn;

typedef struct DeckFormat
{
	const char *name;
	const char *header;                     /* as documented, for messages */
	const char *columns[DECK_COLUMN_COUNT]; /* NULL where the format has no such column */
	const char *ignored; /* a column of the format that says nothing about rates, or NULL */
} DeckFormat;

typedef char DeckDigits[DIGIT_PREFIX_MAX + 1];

/*
 * A line of a deck: what it says about each pair of its prefixes and originations. Strings are NULL where it
 * says nothing.
 */
typedef struct DeckLine
{
	int64 line;
	char *price; /* as it stands there */
	int prefix_count;
	DeckDigits *prefixes;
	int origination_count; /* at least one: the empty one is any */
	DeckDigits *originations;
	char *country;
	char *iso_country;
	char *continent;
	char *description;
	int64 price_min_micros;
	int64 price_max_micros;
	int64 connection_fee_micros;
	int32 minimum_seconds;
	int32 increment_seconds;
} DeckLine;

typedef struct DeckReader DeckReader;

/*
 * Begins to read; the text must stay as it is. Errors are of class 22 and name the line, and where they can
 * the column. A price of zero is one of them unless allow_free. One at a time.
 */
extern DeckReader *deck_reader_begin(text *csv, bool allow_free);
extern const DeckFormat *deck_reader_format(const DeckReader *reader);

/* The next line that carries a price, palloc'd in the current context; false at the end. */
extern bool deck_reader_next(DeckReader *reader, DeckLine *line);
extern void deck_reader_end(DeckReader *reader);

/* Refuses the line that was read last because of a column's value. expected may be NULL. */
extern void deck_reader_refuse(const DeckReader *reader, DeckColumn column, int sqlstate, const char *problem,
                               const char *expected) pg_attribute_noreturn();

/* Refuses an earlier line. */
extern void deck_refuse(const DeckFormat *format, int64 line, DeckColumn column, const char *value,
                        int sqlstate, const char *problem, const char *expected) pg_attribute_noreturn();

#endif
