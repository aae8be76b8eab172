/*
 * deck_import.c
 *		import_rates(): a deck of rates from CSV text into the tables, all or nothing.
 *
 * The deck is sorted by its key, where lines that price the same meet, and goes into the table as one
 * statement: in the order of the index, which is the fastest. Sort and tuplestore spill to disk beyond
 * work_mem, so that memory does not grow with the deck. An error takes back everything with the transaction.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/timestamp.h"
#include "utils/tuplesort.h"

#include "pure/billing.h"
#include "rating/calling_code.h"
#include "rating/deck.h"
#include "postgres/money.h"
#include "rating/rate_tables.h"
#include "postgres/result.h"
#include "postgres/statement.h"
#include "postgres/subtransaction.h"

#define NEW_RATES "new_rates" /* what the INSERT calls the tuplestore */
#define PAST_SECONDS_MAX 60   /* what a job may lag behind the moment that it asks for */
#define MARKUP_MAX 10         /* ten times the carrier's price on top of it: who wrote 25 meant 0.25 */

PG_FUNCTION_INFO_V1(worldtune_import_rates);

/* What is sorted: the columns of worldtune.rates, and of the line that they come from. */
enum
{
	SORTED_LINE = RATE_COLUMNS + 1,
	SORTED_PRICE,
	SORTED_COLUMNS = SORTED_PRICE
};

typedef struct DeckImport
{
	DeckReader *reader;
	bool charge_max;     /* basis */
	int64 markup_micros; /* fraction of the price, times a million */
	int64 deck_id;
	TupleDesc row_type;
	Tuplesortstate *sort;
	TupleTableSlot *sorted; /* a row of the sort */
	Tuplestorestate *rows;
	int32 line_count;
} DeckImport;

static Statement insert_deck = {
    .sql =
        "INSERT INTO worldtune.rate_decks (name, format, basis, markup, effective_at)"
        " VALUES (coalesce($1, $2 || ' ' || pg_catalog.to_char($5, 'YYYY-MM-DD HH24:MI')), $2, $3, $4, $5) RETURNING id, name",
    .expected = SPI_OK_INSERT_RETURNING,
    .nargs = 5,
    .argtypes = {TEXTOID, TEXTOID, TEXTOID, NUMERICOID, TIMESTAMPTZOID},
};

static Statement insert_rates = {
    .sql = "INSERT INTO worldtune.rates SELECT * FROM " NEW_RATES,
    .expected = SPI_OK_INSERT,
};

static Statement count_prefixes = {
    .sql = "SELECT pg_catalog.count(DISTINCT prefix)::integer FROM worldtune.rates WHERE deck_id = $1",
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {INT8OID},
};

static Statement schedule_deck = {
    .sql = "SELECT worldtune_internal.schedule_deck($1, $2, $3)",
    .expected = SPI_OK_SELECT,
    .nargs = 3,
    .argtypes = {INT8OID, TIMESTAMPTZOID, BOOLOID},
};

/* The selling price: the carrier's and the markup, rounded half up to micro-credits. */
static int64
mark_up(const DeckImport *import, int64 carrier_micros)
{
	int64 factor = BILLING_MICROS_PER_CREDIT + import->markup_micros;

	return (carrier_micros * factor + BILLING_MICROS_PER_CREDIT / 2) / BILLING_MICROS_PER_CREDIT;
}

/* The deck's own word on the country, or else that of the numbering plan. */
static const char *
iso_country_of(const DeckLine *line, const char *prefix)
{
	const CallingCode *code;

	if (line->iso_country != NULL)
		return line->iso_country;
	code = calling_code_find(prefix, strlen(prefix));
	return code == NULL || code->iso_country[0] == '\0' ? NULL : code->iso_country;
}

static void
put_prices(const DeckImport *import, const DeckLine *line, Datum *values)
{
	int64 carrier_micros = import->charge_max ? line->price_max_micros : line->price_min_micros;
	int64 max_micros = mark_up(import, line->price_max_micros);

	if (max_micros > BILLING_MAX_RATE_MICROS)
		deck_reader_refuse(import->reader, DECK_COLUMN_PRICE, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
		                   "is more than 100 credits with the markup", NULL);
	values[RATE_RATE - 1] = MicrosGetDatum(mark_up(import, carrier_micros));
	values[RATE_RATE_MIN - 1] = MicrosGetDatum(mark_up(import, line->price_min_micros));
	values[RATE_RATE_MAX - 1] = MicrosGetDatum(max_micros);
	values[RATE_CARRIER_RATE - 1] = MicrosGetDatum(carrier_micros);
	values[RATE_CONNECTION_FEE - 1] = MicrosGetDatum(line->connection_fee_micros);
}

static void
put_line(DeckImport *import, const DeckLine *line)
{
	Datum *values = import->sorted->tts_values;
	bool *nulls = import->sorted->tts_isnull;

	memset(nulls, false, SORTED_COLUMNS * sizeof(bool));
	values[SORTED_LINE - 1] = Int64GetDatum(line->line);
	values[SORTED_PRICE - 1] = CStringGetTextDatum(line->price);
	values[RATE_DECK_ID - 1] = Int64GetDatum(import->deck_id);
	result_set_text(values, nulls, RATE_COUNTRY - 1, line->country);
	result_set_text(values, nulls, RATE_CONTINENT - 1, line->continent);
	result_set_text(values, nulls, RATE_DESCRIPTION - 1, line->description);
	put_prices(import, line, values);
	values[RATE_MINIMUM_SECONDS - 1] = Int32GetDatum(line->minimum_seconds);
	values[RATE_INCREMENT_SECONDS - 1] = Int32GetDatum(line->increment_seconds);
	for (int i = 0; i < line->prefix_count; i++)
	{
		result_set_text(values, nulls, RATE_PREFIX - 1, line->prefixes[i]);
		result_set_text(values, nulls, RATE_ISO_COUNTRY - 1, iso_country_of(line, line->prefixes[i]));
		for (int j = 0; j < line->origination_count; j++)
		{
			result_set_text(values, nulls, RATE_ORIGINATION - 1, line->originations[j]);
			ExecClearTuple(import->sorted);
			tuplesort_puttupleslot(import->sort, ExecStoreVirtualTuple(import->sorted));
		}
	}
}

static void
read_lines(DeckImport *import)
{
	MemoryContext line_context =
	    AllocSetContextCreate(CurrentMemoryContext, "worldtune deck line", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(line_context);
	DeckLine line;

	while (deck_reader_next(import->reader, &line))
	{
		CHECK_FOR_INTERRUPTS();
		put_line(import, &line);
		import->line_count++;
		MemoryContextReset(line_context);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(line_context);
	if (import->line_count == 0)
		ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("the deck has a header and no rates")));
}

static bool
same_value(const TupleTableSlot *left, const TupleTableSlot *right, AttrNumber column)
{
	Form_pg_attribute attribute = TupleDescAttr(left->tts_tupleDescriptor, column - 1);

	return datum_image_eq(left->tts_values[column - 1], right->tts_values[column - 1], attribute->attbyval,
	                      attribute->attlen);
}

static bool
same_price(const TupleTableSlot *left, const TupleTableSlot *right)
{
	return same_value(left, right, RATE_RATE_MIN) && same_value(left, right, RATE_RATE_MAX) &&
	       same_value(left, right, RATE_CONNECTION_FEE) && same_value(left, right, RATE_MINIMUM_SECONDS) &&
	       same_value(left, right, RATE_INCREMENT_SECONDS);
}

static void
refuse_contradiction(const DeckImport *import, const TupleTableSlot *first, const TupleTableSlot *other)
{
	const char *origination = TextDatumGetCString(other->tts_values[RATE_ORIGINATION - 1]);

	deck_refuse(deck_reader_format(import->reader), DatumGetInt64(other->tts_values[SORTED_LINE - 1]),
	            DECK_COLUMN_PRICE, TextDatumGetCString(other->tts_values[SORTED_PRICE - 1]),
	            ERRCODE_INVALID_PARAMETER_VALUE,
	            psprintf("is another price for prefix %s%s%s than line " INT64_FORMAT " has",
	                     TextDatumGetCString(other->tts_values[RATE_PREFIX - 1]),
	                     *origination == '\0' ? "" : " from ", origination,
	                     DatumGetInt64(first->tts_values[SORTED_LINE - 1])),
	            "Expected one price for a prefix.");
}

/* The sorted rows without repetitions. A line may repeat what an earlier one says but not contradict it. */
static void
collect_rows(DeckImport *import)
{
	TupleDesc descriptor = import->sorted->tts_tupleDescriptor;
	TupleTableSlot *row = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
	TupleTableSlot *first = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);

	tuplesort_performsort(import->sort);
	while (tuplesort_gettupleslot(import->sort, true, false, row, NULL))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(row);
		if (!TTS_EMPTY(first) && same_value(first, row, RATE_PREFIX) &&
		    same_value(first, row, RATE_ORIGINATION))
		{
			if (!same_price(first, row))
				refuse_contradiction(import, first, row);
			continue;
		}
		tuplestore_putvalues(import->rows, import->row_type, row->tts_values, row->tts_isnull);
		ExecCopySlot(first, row);
		slot_getallattrs(first);
	}
	ExecDropSingleTupleTableSlot(first);
	ExecDropSingleTupleTableSlot(row);
}

/* One INSERT of all rows: constraints are checked and triggers fire once for the statement. */
static void
store_rows(DeckImport *import, Oid table)
{
	EphemeralNamedRelation new_rates = palloc0(sizeof(EphemeralNamedRelationData));

	new_rates->md.name = NEW_RATES;
	new_rates->md.reliddesc = table;
	new_rates->md.enrtype = ENR_NAMED_TUPLESTORE;
	new_rates->md.enrtuples = tuplestore_tuple_count(import->rows);
	new_rates->reldata = import->rows;
	if (SPI_register_relation(new_rates) != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register %s", NEW_RATES);
	statement_run(&insert_rates, NULL, NULL);
}

/* The arguments of import_rates. */
enum
{
	ARGUMENT_DECK,
	ARGUMENT_NAME,
	ARGUMENT_BASIS,
	ARGUMENT_MARKUP,
	ARGUMENT_EFFECTIVE_AT,
	ARGUMENT_ALLOW_FREE,
	ARGUMENT_ALLOW_LOSSES,
	ARGUMENT_ALLOW_PAST,
	ARGUMENT_DRY_RUN
};

/* Columns of worldtune.deck_import. */
enum
{
	IMPORT_DECK_ID,
	IMPORT_NAME,
	IMPORT_FORMAT,
	IMPORT_RATES,
	IMPORT_PREFIXES,
	IMPORT_EFFECTIVE_AT,
	IMPORT_COLUMNS
};

/* A deck of yesterday would most likely never be in force. */
static void
check_effective_at(TimestampTz effective_at, bool allow_past)
{
	if (TIMESTAMP_NOT_FINITE(effective_at))
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("effective_at must be a moment in time")));
	if (!allow_past &&
	    effective_at < GetCurrentTransactionStartTimestamp() - PAST_SECONDS_MAX * USECS_PER_SEC)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("effective_at is in the past: %s", timestamptz_to_str(effective_at)),
		                errhint("Without effective_at the deck takes effect now; allow_past => true files it "
		                        "under that time.")));
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	require_argument(fcinfo, ARGUMENT_DECK, "deck");
	require_argument(fcinfo, ARGUMENT_BASIS, "basis");
	require_argument(fcinfo, ARGUMENT_MARKUP, "markup");
	require_argument(fcinfo, ARGUMENT_EFFECTIVE_AT, "effective_at");
	require_argument(fcinfo, ARGUMENT_ALLOW_FREE, "allow_free");
	require_argument(fcinfo, ARGUMENT_ALLOW_LOSSES, "allow_losses");
	require_argument(fcinfo, ARGUMENT_ALLOW_PAST, "allow_past");
	require_argument(fcinfo, ARGUMENT_DRY_RUN, "dry_run");
	check_effective_at(PG_GETARG_TIMESTAMPTZ(ARGUMENT_EFFECTIVE_AT), PG_GETARG_BOOL(ARGUMENT_ALLOW_PAST));
}

static bool
charges_max(const char *basis)
{
	if (strcmp(basis, "max") != 0 && strcmp(basis, "min") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("basis must be \"max\" or \"min\", not \"%s\"", basis)));
	return strcmp(basis, "max") == 0;
}

/* NaN counts as greater than any number. */
static int64
markup_of(Numeric markup)
{
	Datum value = NumericGetDatum(markup);

	if (DatumGetBool(DirectFunctionCall2(numeric_lt, value, NumericGetDatum(int64_to_numeric(0)))) ||
	    DatumGetBool(DirectFunctionCall2(numeric_gt, value, NumericGetDatum(int64_to_numeric(MARKUP_MAX)))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("markup must be a fraction from 0 to %d", MARKUP_MAX),
		                errhint("0.25 adds 25 percent to the carrier's prices.")));
	return money_from_numeric(markup, "markup");
}

/* Inserts the deck's own row and gives its id and name. */
static Datum
create_deck(FunctionCallInfo fcinfo, DeckImport *import)
{
	Datum values[] = {PG_GETARG_DATUM(ARGUMENT_NAME),
	                  CStringGetTextDatum(deck_reader_format(import->reader)->name),
	                  PG_GETARG_DATUM(ARGUMENT_BASIS), PG_GETARG_DATUM(ARGUMENT_MARKUP),
	                  PG_GETARG_DATUM(ARGUMENT_EFFECTIVE_AT)};

	statement_run(&insert_deck, values, PG_ARGISNULL(ARGUMENT_NAME) ? "n    " : NULL);
	import->deck_id = DatumGetInt64(statement_value_not_null(1));
	return SPI_datumTransfer(statement_value_not_null(2), false, -1);
}

static Tuplesortstate *
begin_sort(TupleDesc descriptor)
{
	AttrNumber columns[] = {RATE_PREFIX, RATE_ORIGINATION, SORTED_LINE};
	Oid operators[] = {TextLessOperator, TextLessOperator, Int8LessOperator};
	Oid collations[] = {C_COLLATION_OID, C_COLLATION_OID, InvalidOid};
	bool nulls_first[] = {false, false, false};

	return tuplesort_begin_heap(descriptor, lengthof(columns), columns, operators, collations, nulls_first,
	                            work_mem, NULL, TUPLESORT_NONE);
}

/* The columns of worldtune.rates, and those of a line after them. */
static TupleDesc
sorted_descriptor(TupleDesc row_type)
{
	TupleDesc descriptor = CreateTemplateTupleDesc(SORTED_COLUMNS);

	for (AttrNumber column = 1; column <= RATE_COLUMNS; column++)
		TupleDescCopyEntry(descriptor, column, row_type, column);
	TupleDescInitEntry(descriptor, SORTED_LINE, "line", INT8OID, -1, 0);
	TupleDescInitEntry(descriptor, SORTED_PRICE, "price", TEXTOID, -1, 0);
	return descriptor;
}

static void
import_lines(DeckImport *import)
{
	Relation table = rate_table_open("rates");
	TupleDesc descriptor;

	if (RelationGetNumberOfAttributes(table) != RATE_COLUMNS)
		elog(ERROR, "worldtune.rates does not fit this library: it has not %d columns", RATE_COLUMNS);
	import->row_type = RelationGetDescr(table);
	descriptor = sorted_descriptor(import->row_type);
	import->sorted = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
	import->sort = begin_sort(descriptor);
	read_lines(import);
	import->rows = tuplestore_begin_heap(false, false, work_mem);
	collect_rows(import);
	tuplesort_end(import->sort);
	store_rows(import, RelationGetRelid(table));
	tuplestore_end(import->rows);
	ExecDropSingleTupleTableSlot(import->sorted);
	table_close(table, AccessShareLock);
}

static Datum
prefix_count(int64 deck_id)
{
	Datum value = Int64GetDatum(deck_id);

	statement_run(&count_prefixes, &value, NULL);
	return statement_value_not_null(1);
}

static void
publish_deck(FunctionCallInfo fcinfo, int64 deck_id)
{
	Datum values[] = {Int64GetDatum(deck_id), PG_GETARG_DATUM(ARGUMENT_EFFECTIVE_AT),
	                  PG_GETARG_DATUM(ARGUMENT_ALLOW_LOSSES)};

	statement_run(&schedule_deck, values, NULL);
}

/* Imports the deck and fills the row that tells of it; what it is made of outlives SPI. */
static void
import_deck(FunctionCallInfo fcinfo, DeckImport *import, Datum *values)
{
	import->charge_max = charges_max(TextDatumGetCString(PG_GETARG_DATUM(ARGUMENT_BASIS)));
	import->markup_micros = markup_of(PG_GETARG_NUMERIC(ARGUMENT_MARKUP));

	SPI_connect();
	import->reader = deck_reader_begin(PG_GETARG_TEXT_PP(ARGUMENT_DECK), PG_GETARG_BOOL(ARGUMENT_ALLOW_FREE));
	values[IMPORT_FORMAT] =
	    SPI_datumTransfer(CStringGetTextDatum(deck_reader_format(import->reader)->name), false, -1);
	values[IMPORT_NAME] = create_deck(fcinfo, import);
	import_lines(import);
	deck_reader_end(import->reader);
	publish_deck(fcinfo, import->deck_id);
	values[IMPORT_DECK_ID] = Int64GetDatum(import->deck_id);
	values[IMPORT_RATES] = Int32GetDatum(import->line_count);
	values[IMPORT_PREFIXES] = prefix_count(import->deck_id);
	values[IMPORT_EFFECTIVE_AT] = PG_GETARG_DATUM(ARGUMENT_EFFECTIVE_AT);
	SPI_finish();
}

typedef struct Rehearsal
{
	FunctionCallInfo fcinfo;
	DeckImport *import;
	Datum *values;
} Rehearsal;

static void
rehearse(void *argument)
{
	Rehearsal *rehearsal = argument;

	import_deck(rehearsal->fcinfo, rehearsal->import, rehearsal->values);
}

/* The same, and nothing of it stays. */
static void
rehearse_import(FunctionCallInfo fcinfo, DeckImport *import, Datum *values)
{
	Rehearsal rehearsal = {fcinfo, import, values};
	ErrorData *error = subtransaction_run(rehearse, &rehearsal, SUBTRANSACTION_FORGET);

	if (error != NULL)
		ReThrowError(error);
}

Datum
worldtune_import_rates(PG_FUNCTION_ARGS)
{
	DeckImport import = {0};
	Datum values[IMPORT_COLUMNS];
	bool nulls[IMPORT_COLUMNS] = {0};

	check_arguments(fcinfo);
	if (PG_GETARG_BOOL(ARGUMENT_DRY_RUN))
		rehearse_import(fcinfo, &import, values);
	else
		import_deck(fcinfo, &import, values);
	nulls[IMPORT_DECK_ID] = PG_GETARG_BOOL(ARGUMENT_DRY_RUN);
	return result_row(fcinfo, IMPORT_COLUMNS, values, nulls);
}
