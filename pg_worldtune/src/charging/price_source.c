/*
 * price_source.c
 *		Who set a call's price. See price_source.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "charging/price_source.h"
#include "postgres/money.h"
#include "postgres/statement.h"
#include "postgres/uuid7.h"
#include "rating/rate.h"

/*
 * The row with the longest prefix of some digits. It is the one that priced the call: a longer one with the
 * same origination would have. A deck that was imported after the call is another one of that id.
 */
static Statement deck_of_call = {
    .sql = "SELECT d.name, r.prefix, r.rate, r.connection_fee, r.minimum_seconds, r.increment_seconds"
           " FROM worldtune.rate_decks d LEFT JOIN LATERAL (SELECT * FROM worldtune.rates r"
           " WHERE r.deck_id = d.id AND r.origination = $3"
           " AND r.prefix = ANY (ARRAY(SELECT left($2, n) FROM generate_series(1, length($2)) n))"
           " ORDER BY length(r.prefix) DESC LIMIT 1) r ON true WHERE d.id = $1 AND d.imported_at <= $4",
    .expected = SPI_OK_SELECT,
    .nargs = 4,
    .argtypes = {INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID},
};

/*
 * What the override said when the call was decided on: between the beginning of the transaction and when the call
 * got its id. Should it have changed about then, it is the version that priced the call, if any is: also one that
 * was ended before, by a transaction that had not committed yet.
 */
static Statement override_of_call = {
    .sql =
        "SELECT NULL, prefix, rate, connection_fee, minimum_seconds, increment_seconds FROM"
        " (SELECT prefix, rate, connection_fee, minimum_seconds, increment_seconds, since, 'infinity'::timestamptz AS until"
        " FROM worldtune.rate_overrides WHERE prefix = $1 UNION ALL"
        " SELECT prefix, rate, connection_fee, minimum_seconds, increment_seconds, since, until"
        " FROM worldtune.rate_overrides_history WHERE prefix = $1) o"
        " CROSS JOIN LATERAL (SELECT coalesce(rate, $4) = $4 AND coalesce(connection_fee, $5) = $5"
        " AND coalesce(minimum_seconds, $6) = $6 AND coalesce(increment_seconds, $7) = $7 AS fits) f"
        " WHERE since <= $3 AND (until > $2 OR fits) ORDER BY fits DESC, until > $2 DESC, since DESC LIMIT 1",
    .expected = SPI_OK_SELECT,
    .nargs = 7,
    .argtypes = {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, NUMERICOID, NUMERICOID, INT4OID, INT4OID},
};

static bool
is_null(int column)
{
	bool isnull;

	statement_value(column, &isnull);
	return isnull;
}

static int32
seconds_or_open(int column)
{
	bool isnull;
	Datum value = statement_value(column, &isnull);

	return isnull ? STORED_PRICE_LEFT_OPEN : DatumGetInt32(value);
}

/* The columns from 2 of either statement. */
static void
read_stored(StoredPrice *price)
{
	price->prefix = statement_string(2);
	price->found = price->prefix != NULL;
	price->rate_micros = is_null(3) ? STORED_PRICE_LEFT_OPEN : statement_micros(3);
	price->connection_fee_micros = is_null(4) ? STORED_PRICE_LEFT_OPEN : statement_micros(4);
	price->minimum_seconds = seconds_or_open(5);
	price->increment_seconds = seconds_or_open(6);
}

static bool
is_whole_number(const char *number)
{
	return number != NULL && number[0] == '+' && strspn(number + 1, "0123456789") == strlen(number + 1);
}

/* The price stood fast by then: when the call got its id. */
static TimestampTz
decided_before(const Receipt *receipt)
{
	return Max(receipt->authorized_at, uuid7_time(&receipt->id));
}

static void
read_override(const Receipt *receipt, StoredPrice *override)
{
	Datum values[] = {
	    CStringGetTextDatum(receipt->prefix),
	    TimestampTzGetDatum(receipt->authorized_at),
	    TimestampTzGetDatum(decided_before(receipt)),
	    MicrosGetDatum(receipt->terms.rate_micros),
	    MicrosGetDatum(receipt->terms.connection_fee_micros),
	    Int32GetDatum(receipt->terms.minimum_seconds),
	    Int32GetDatum(receipt->terms.increment_seconds),
	};

	if (statement_query(&override_of_call, values, NULL) > 0)
		read_stored(override);
}

/*
 * Where the deck alone priced the call, the stored prefix is its row's. Beside an override it is the longest
 * one of the number, which is not known of a masked number.
 */
static void
read_deck(const Receipt *receipt, PriceSource *source)
{
	const char *digits = source->overridden ? receipt->number + strlen("+") : receipt->prefix;
	Datum values[] = {
	    Int64GetDatum(receipt->deck_id),
	    CStringGetTextDatum(digits),
	    CStringGetTextDatum(receipt->origination == NULL ? "" : receipt->origination),
	    TimestampTzGetDatum(decided_before(receipt)),
	};

	if (statement_query(&deck_of_call, values, NULL) == 0)
		return;
	source->deck_name = statement_string(1);
	read_stored(&source->deck);
	if (source->deck.found && !source->overridden && strcmp(source->deck.prefix, receipt->prefix) != 0)
		source->deck.found = false;
}

/* Each term by the first that sets it: the override, the deck, the default. */
static int64
term(const PriceSource *source, int64 by_override, int64 by_deck, int64 by_default)
{
	if (source->override.found && by_override != STORED_PRICE_LEFT_OPEN)
		return by_override;
	return source->deck.found ? by_deck : by_default;
}

static void
join_terms(PriceSource *source)
{
	const StoredPrice *override = &source->override;
	const StoredPrice *deck = &source->deck;
	const BillingTerms *open = &rate_default_terms;

	source->terms.rate_micros = term(source, override->rate_micros, deck->rate_micros, open->rate_micros);
	source->terms.connection_fee_micros = term(source, override->connection_fee_micros,
	                                           deck->connection_fee_micros, open->connection_fee_micros);
	source->terms.minimum_seconds =
	    term(source, override->minimum_seconds, deck->minimum_seconds, open->minimum_seconds);
	source->terms.increment_seconds =
	    term(source, override->increment_seconds, deck->increment_seconds, open->increment_seconds);
}

void
price_source_read(const Receipt *receipt, PriceSource *source)
{
	memset(source, 0, sizeof(*source));
	source->overridden = receipt->price_source != NULL && strcmp(receipt->price_source, "override") == 0;
	if (source->overridden)
		read_override(receipt, &source->override);
	source->has_deck = receipt->deck_id != 0 && (!source->overridden || is_whole_number(receipt->number));
	if (source->has_deck)
		read_deck(receipt, source);
	source->complete =
	    (!source->overridden || source->override.found) && (receipt->deck_id == 0 || source->deck.found);
	if (source->complete)
		join_terms(source);
}
