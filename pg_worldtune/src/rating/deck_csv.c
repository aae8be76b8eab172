/*
 * deck_csv.c
 *		The records of a CSV text. See deck_csv.h.
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"

#include "rating/deck_csv.h"
#include "rating/rate_tables.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct DeckCsv
{
	Relation table; /* COPY wants one; nothing is written to it */
	CopyFromState copy;
};

/* Local data: COPY's callback has no argument to carry it. */
static const char *source;
static size_t source_left;

/*
 * COPY expects the same line ends throughout, which a deck that went through several hands has not. So CRLF
 * becomes LF, within quotes too.
 */
static int
read_source(void *buffer, int minimum pg_attribute_unused(), int maximum)
{
	char *target = buffer;
	int length = 0;

	for (; source_left > 0 && length < maximum; source++, source_left--)
		if (!(source[0] == '\r' && source_left > 1 && source[1] == '\n'))
			target[length++] = *source;
	return length;
}

static void
set_source(text *csv)
{
	size_t mark = strlen(BYTE_ORDER_MARK);

	source = VARDATA_ANY(csv);
	source_left = VARSIZE_ANY_EXHDR(csv);
	if (source_left >= mark && memcmp(source, BYTE_ORDER_MARK, mark) == 0)
	{
		source += mark;
		source_left -= mark;
	}
}

DeckCsv *
deck_csv_open(text *text_csv)
{
	DeckCsv *csv = palloc0(sizeof(DeckCsv));
	const char *encoding = GetDatabaseEncodingName();
	List *options = list_make2(makeDefElem("format", (Node *) makeString("csv"), -1),
	                           makeDefElem("encoding", (Node *) makeString(pstrdup(encoding)), -1));

	set_source(text_csv);
	csv->table = rate_table_open("rates");
	csv->copy = BeginCopyFrom(NULL, csv->table, NULL, NULL, false, read_source, NIL, options);
	return csv;
}

/* COPY's own message ("unterminated CSV quoted field") says neither where nor in what. */
static void
rethrow_with_line(int64 line, MemoryContext context)
{
	ErrorData *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION)
		error->message = psprintf("line " INT64_FORMAT ": %s", line, error->message);
	FlushErrorState();
	ReThrowError(error);
}

bool
deck_csv_next(DeckCsv *csv, int64 *line, char ***fields, int *field_count)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool more = false;

	*line = csv->copy->cur_lineno + 1;
	PG_TRY();
	{
		more = NextCopyFromRawFields(csv->copy, fields, field_count);
	}
	PG_CATCH();
	{
		rethrow_with_line(*line, context);
	}
	PG_END_TRY();
	if (!more && (source_left > 0 || INPUT_BUF_BYTES(csv->copy) > 0))
		ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
		                errmsg("line " INT64_FORMAT ": \"\\.\" ends the deck before its last line", *line)));
	return more;
}

void
deck_csv_close(DeckCsv *csv)
{
	EndCopyFrom(csv->copy);
	table_close(csv->table, AccessShareLock);
	pfree(csv);
}
