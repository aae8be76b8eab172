/*
 * deck_reader.c
 *		Rate decks as CSV text. See deck.h.
 *
 * The formats differ in the names of their columns and in which of them they have; what stands in a field is
 * read the same way in all of them.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "pure/billing.h"
#include "rating/deck.h"
#include "rating/deck_csv.h"
#include "pure/deck_field.h"

#define PRICE_EXPECTED                                                                                       \
	"Expected a price like 0.14 or $0.14 or a range like 0.14-0.31, with at most six decimals."
#define PREFIX_EXPECTED "Expected digits that begin with a country code, like 44 or (+44) or \"1829, 1809\"."

static const DeckFormat formats[] = {
    {
        .name = "worldtune",
        .header = "Continent,Country,Country Code,Price/Minute,Deselect Continent",
        .columns = {[DECK_COLUMN_PREFIX] = "Country Code",
                    [DECK_COLUMN_COUNTRY] = "Country",
                    [DECK_COLUMN_CONTINENT] = "Continent",
                    [DECK_COLUMN_PRICE] = "Price/Minute"},
        .ignored = "Deselect Continent",
    },
    {
        .name = "twilio",
        .header = "ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes",
        .columns = {[DECK_COLUMN_PREFIX] = "Destination Prefixes",
                    [DECK_COLUMN_ORIGINATION] = "Origination Prefixes",
                    [DECK_COLUMN_COUNTRY] = "Country",
                    [DECK_COLUMN_ISO_COUNTRY] = "ISO",
                    [DECK_COLUMN_DESCRIPTION] = "Description",
                    [DECK_COLUMN_PRICE] = "Price / min"},
    },
    {
        .name = "plain",
        .header =
            "prefix,country,iso_country,continent,description,rate,connection_fee,minimum_seconds,increment_seconds",
        .columns = {[DECK_COLUMN_PREFIX] = "prefix",
                    [DECK_COLUMN_COUNTRY] = "country",
                    [DECK_COLUMN_ISO_COUNTRY] = "iso_country",
                    [DECK_COLUMN_CONTINENT] = "continent",
                    [DECK_COLUMN_DESCRIPTION] = "description",
                    [DECK_COLUMN_PRICE] = "rate",
                    [DECK_COLUMN_CONNECTION_FEE] = "connection_fee",
                    [DECK_COLUMN_MINIMUM_SECONDS] = "minimum_seconds",
                    [DECK_COLUMN_INCREMENT_SECONDS] = "increment_seconds"},
    },
};

struct DeckReader
{
	DeckCsv *csv;
	const DeckFormat *format;
	bool allow_free;
	int width;                        /* fields of the header */
	int positions[DECK_COLUMN_COUNT]; /* -1 where the deck has no such column */
	int64 line;
	char *values[DECK_COLUMN_COUNT]; /* of the line read last, trimmed; NULL when empty */
};

static char *
trim(char *field)
{
	char *end;

	if (field == NULL)
		return NULL;
	while (*field == ' ' || *field == '\t')
		field++;
	end = field + strlen(field);
	while (end > field && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return *field == '\0' ? NULL : field;
}

void
deck_refuse(const DeckFormat *format, int64 line, DeckColumn column, const char *value, int sqlstate,
            const char *problem, const char *expected)
{
	ereport(ERROR, (errcode(sqlstate),
	                errmsg("line " INT64_FORMAT ", \"%s\": \"%s\" %s", line, format->columns[column],
	                       value == NULL ? "" : value, problem),
	                expected == NULL ? 0 : errdetail("%s", expected)));
}

void
deck_reader_refuse(const DeckReader *reader, DeckColumn column, int sqlstate, const char *problem,
                   const char *expected)
{
	deck_refuse(reader->format, reader->line, column, reader->values[column], sqlstate, problem, expected);
}

/* Where in the header that column stands; -1 when nowhere. */
static int
find_field(const char *name, char **fields, int field_count)
{
	int position = -1;

	if (name == NULL)
		return -1;
	for (int i = 0; i < field_count; i++)
	{
		if (fields[i] == NULL || pg_strcasecmp(fields[i], name) != 0)
			continue;
		if (position >= 0)
			ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			                errmsg("line 1: the column \"%s\" stands there twice", name)));
		position = i;
	}
	return position;
}

/* A format is known by its columns of prefixes and prices. */
static const DeckFormat *
find_format(char **fields, int field_count)
{
	for (int i = 0; i < (int) lengthof(formats); i++)
		if (find_field(formats[i].columns[DECK_COLUMN_PREFIX], fields, field_count) >= 0 &&
		    find_field(formats[i].columns[DECK_COLUMN_PRICE], fields, field_count) >= 0)
			return &formats[i];

	ereport(ERROR,
	        (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("line 1: this is not the header of a rate deck"),
	         errdetail("Expected one of these:\n%s\n%s\n%s", formats[0].header, formats[1].header,
	                   formats[2].header)));
}

/* Extra columns do no harm, but who wrote them may have meant something. */
static void
notice_unknown_field(const DeckFormat *format, const char *field)
{
	if (field == NULL || (format->ignored != NULL && pg_strcasecmp(field, format->ignored) == 0))
		return;
	for (int column = 0; column < DECK_COLUMN_COUNT; column++)
		if (format->columns[column] != NULL && pg_strcasecmp(field, format->columns[column]) == 0)
			return;
	ereport(NOTICE, (errmsg("the column \"%s\" is ignored", field)));
}

static void
read_header(DeckReader *reader)
{
	char **fields;
	int field_count = 0;

	if (!deck_csv_next(reader->csv, &reader->line, &fields, &field_count))
		fields = NULL;
	for (int i = 0; i < field_count; i++)
		fields[i] = trim(fields[i]);
	reader->format = find_format(fields, field_count);
	reader->width = field_count;
	for (int column = 0; column < DECK_COLUMN_COUNT; column++)
		reader->positions[column] = find_field(reader->format->columns[column], fields, field_count);
	for (int i = 0; i < field_count; i++)
		notice_unknown_field(reader->format, fields[i]);
}

DeckReader *
deck_reader_begin(text *csv, bool allow_free)
{
	DeckReader *reader = palloc0(sizeof(DeckReader));

	reader->allow_free = allow_free;
	reader->csv = deck_csv_open(csv);
	read_header(reader);
	return reader;
}

const DeckFormat *
deck_reader_format(const DeckReader *reader)
{
	return reader->format;
}

/* The next record that is not blank, its fields by column. */
static bool
next_record(DeckReader *reader)
{
	char **fields;
	int field_count;
	bool blank = true;

	while (blank && deck_csv_next(reader->csv, &reader->line, &fields, &field_count))
		for (int i = 0; i < field_count; i++)
		{
			fields[i] = trim(fields[i]);
			blank = blank && fields[i] == NULL;
		}
	if (blank)
		return false;
	if (field_count != reader->width)
		ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
		                errmsg("line " INT64_FORMAT " has %d fields where the header has %d", reader->line,
		                       field_count, reader->width),
		                errhint("A value with a comma in it has to stand in double quotes.")));
	for (int column = 0; column < DECK_COLUMN_COUNT; column++)
		reader->values[column] = reader->positions[column] < 0 ? NULL : fields[reader->positions[column]];
	return true;
}

/* The prefixes of a list; at least one place, so that "any origination" is the empty one. */
static DeckDigits *
read_prefixes(const DeckReader *reader, DeckColumn column, int *count)
{
	const char *at = reader->values[column] == NULL ? "" : reader->values[column];
	int capacity = 8;
	DeckDigits *list = palloc0(capacity * sizeof(DeckDigits));

	for (*count = 0;; (*count)++)
	{
		const char *problem;

		if (*count == capacity)
		{
			capacity *= 2;
			list = repalloc(list, capacity * sizeof(DeckDigits));
		}
		problem = deck_field_next_prefix(&at, list[*count]);
		if (problem != NULL)
			deck_reader_refuse(reader, column, ERRCODE_INVALID_TEXT_REPRESENTATION, problem, PREFIX_EXPECTED);
		if (list[*count][0] == '\0')
			return list;
	}
}

static void
read_prices(const DeckReader *reader, DeckColumn column, int64 *min_micros, int64 *max_micros)
{
	const char *problem = deck_field_prices(reader->values[column], min_micros, max_micros);

	if (problem != NULL)
		deck_reader_refuse(reader, column, ERRCODE_INVALID_TEXT_REPRESENTATION, problem, PRICE_EXPECTED);
	if (*max_micros > BILLING_MAX_RATE_MICROS)
		deck_reader_refuse(reader, column, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "is more than 100 credits",
		                   "No network costs that; is it in another currency or per hour?");
}

static void
read_rate_prices(const DeckReader *reader, DeckLine *line)
{
	if (reader->values[DECK_COLUMN_PRICE] == NULL)
		deck_reader_refuse(reader, DECK_COLUMN_PRICE, ERRCODE_INVALID_TEXT_REPRESENTATION, "is not a price",
		                   PRICE_EXPECTED);
	read_prices(reader, DECK_COLUMN_PRICE, &line->price_min_micros, &line->price_max_micros);
	if (line->price_min_micros == 0 && !reader->allow_free)
		deck_reader_refuse(reader, DECK_COLUMN_PRICE, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "is free of charge",
		                   "Expected a price above zero; allow_free => true takes zero too.");
	line->price = reader->values[DECK_COLUMN_PRICE];
}

static int64
read_connection_fee(const DeckReader *reader)
{
	int64 min_micros = 0;
	int64 max_micros = 0;

	if (reader->values[DECK_COLUMN_CONNECTION_FEE] == NULL)
		return 0;
	read_prices(reader, DECK_COLUMN_CONNECTION_FEE, &min_micros, &max_micros);
	if (min_micros != max_micros)
		deck_reader_refuse(reader, DECK_COLUMN_CONNECTION_FEE, ERRCODE_INVALID_TEXT_REPRESENTATION,
		                   "is not one price", NULL);
	return min_micros;
}

static int32
read_seconds(const DeckReader *reader, DeckColumn column, int32 smallest)
{
	const char *problem;
	int32 seconds;

	if (reader->values[column] == NULL)
		return BILLING_DEFAULT_STEP_SECONDS;
	problem = deck_field_integer(reader->values[column], &seconds);
	if (problem == NULL && (seconds < smallest || seconds > BILLING_MAX_STEP_SECONDS))
		problem = "is out of range";
	if (problem != NULL)
		deck_reader_refuse(
		    reader, column, ERRCODE_INVALID_TEXT_REPRESENTATION, problem,
		    psprintf("Expected whole seconds from %d to %d.", smallest, BILLING_MAX_STEP_SECONDS));
	return seconds;
}

static char *
read_iso_country(const DeckReader *reader)
{
	const char *value = reader->values[DECK_COLUMN_ISO_COUNTRY];

	if (value == NULL)
		return NULL;
	if (strlen(value) != 2 || !isalpha((unsigned char) value[0]) || !isalpha((unsigned char) value[1]))
		deck_reader_refuse(reader, DECK_COLUMN_ISO_COUNTRY, ERRCODE_INVALID_TEXT_REPRESENTATION,
		                   "is not a country code", "Expected two letters of ISO 3166-1, like GB.");
	return psprintf("%c%c", pg_toupper(value[0]), pg_toupper(value[1]));
}

static char *
read_text(const DeckReader *reader, DeckColumn column)
{
	return reader->values[column] == NULL ? NULL : pstrdup(reader->values[column]);
}

bool
deck_reader_next(DeckReader *reader, DeckLine *line)
{
	if (!next_record(reader))
		return false;
	line->line = reader->line;
	line->prefixes = read_prefixes(reader, DECK_COLUMN_PREFIX, &line->prefix_count);
	if (line->prefix_count == 0)
		deck_reader_refuse(reader, DECK_COLUMN_PREFIX, ERRCODE_INVALID_TEXT_REPRESENTATION, "has no prefix",
		                   PREFIX_EXPECTED);
	line->originations = read_prefixes(reader, DECK_COLUMN_ORIGINATION, &line->origination_count);
	line->origination_count = Max(line->origination_count, 1);
	line->country = read_text(reader, DECK_COLUMN_COUNTRY);
	line->iso_country = read_iso_country(reader);
	line->continent = read_text(reader, DECK_COLUMN_CONTINENT);
	line->description = read_text(reader, DECK_COLUMN_DESCRIPTION);
	read_rate_prices(reader, line);
	line->connection_fee_micros = read_connection_fee(reader);
	line->minimum_seconds = read_seconds(reader, DECK_COLUMN_MINIMUM_SECONDS, 0);
	line->increment_seconds = read_seconds(reader, DECK_COLUMN_INCREMENT_SECONDS, 1);
	return true;
}

void
deck_reader_end(DeckReader *reader)
{
	deck_csv_close(reader->csv);
	pfree(reader);
}
