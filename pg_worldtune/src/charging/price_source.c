/*
 * price_source.c
 *		Who set a call's price. See price_source.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "charging/price_source.h"
#include "postgres/money.h"
#include "postgres/statement.h"

/*
 * The row with the longest prefix of some digits. It is the one that priced the call: a longer one with the
 * same origination would have.
 */
static Statement deck_of_call = {
    .sql = "SELECT d.name, r.prefix, r.rate, r.connection_fee, r.minimum_seconds, r.increment_seconds"
           " FROM worldtune.rate_decks d LEFT JOIN LATERAL (SELECT * FROM worldtune.rates r"
           " WHERE r.deck_id = d.id AND r.origination = $3"
           " AND r.prefix = ANY (ARRAY(SELECT left($2, n) FROM generate_series(1, length($2)) n))"
           " ORDER BY length(r.prefix) DESC LIMIT 1) r ON true WHERE d.id = $1",
    .expected = SPI_OK_SELECT,
    .nargs = 3,
    .argtypes = {INT8OID, TEXTOID, TEXTOID},
};

static Statement override_of_prefix = {
    .sql = "SELECT NULL, prefix, rate, connection_fee, minimum_seconds, increment_seconds"
           " FROM worldtune.rate_overrides WHERE prefix = $1",
    .expected = SPI_OK_SELECT,
    .nargs = 1,
    .argtypes = {TEXTOID},
};

static bool
is_null(int column)
{
	bool isnull;

	statement_value(column, &isnull);
	return isnull;
}

static int32
seconds_or_left(int column)
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
	price->minimum_seconds = seconds_or_left(5);
	price->increment_seconds = seconds_or_left(6);
}

static bool
is_whole_number(const char *number)
{
	return number != NULL && number[0] == '+' && strspn(number + 1, "0123456789") == strlen(number + 1);
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
	};

	if (statement_query(&deck_of_call, values, NULL) == 0)
		return;
	source->deck_name = statement_string(1);
	read_stored(&source->deck);
	if (source->deck.found && !source->overridden && strcmp(source->deck.prefix, receipt->prefix) != 0)
		source->deck.found = false;
}

void
price_source_read(const Receipt *receipt, PriceSource *source)
{
	memset(source, 0, sizeof(*source));
	source->overridden = receipt->price_source != NULL && strcmp(receipt->price_source, "override") == 0;
	if (source->overridden)
	{
		Datum prefix = CStringGetTextDatum(receipt->prefix);

		if (statement_query(&override_of_prefix, &prefix, NULL) > 0)
			read_stored(&source->override);
	}
	source->has_deck = receipt->deck_id != 0 && (!source->overridden || is_whole_number(receipt->number));
	if (source->has_deck)
		read_deck(receipt, source);
}

static bool
says(int64 stored, int64 term)
{
	return stored == STORED_PRICE_LEFT_OPEN || stored == term;
}

bool
stored_price_says(const StoredPrice *price, const BillingTerms *terms)
{
	return says(price->rate_micros, terms->rate_micros) &&
	       says(price->connection_fee_micros, terms->connection_fee_micros) &&
	       says(price->minimum_seconds, terms->minimum_seconds) &&
	       says(price->increment_seconds, terms->increment_seconds);
}
