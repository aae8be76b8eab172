/*
 * explain.c
 *		How a call came to its price, in words that its caller understands, recomputed from stored rows alone.
 *
 * The rows of worldtune.charge_step: what the call was, who set its price, how the price was applied, what was
 * booked, and last what was paid. Charge, corrections and refunds add up to it.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "charging/price_source.h"
#include "charging/rebill.h"
#include "charging/receipt.h"
#include "postgres/claims.h"
#include "postgres/money.h"
#include "postgres/result.h"

PG_FUNCTION_INFO_V1(worldtune_user_explain_charge);
PG_FUNCTION_INFO_V1(worldtune_explain_charge);

#define STEP_COLUMNS 4

typedef struct Steps
{
	FunctionCallInfo fcinfo;
	int count;
} Steps;

static void
add(Steps *steps, const char *item, const char *detail, bool has_amount, int64 micros)
{
	Datum values[STEP_COLUMNS];
	bool nulls[STEP_COLUMNS] = {false};

	values[0] = Int32GetDatum(++steps->count);
	values[1] = CStringGetTextDatum(item);
	values[2] = CStringGetTextDatum(detail);
	nulls[3] = !has_amount;
	values[3] = has_amount ? MicrosGetDatum(micros) : (Datum) 0;
	result_add_row(steps->fcinfo, values, nulls);
}

static void
add_words(Steps *steps, const char *item, const char *detail)
{
	add(steps, item, detail, false, 0);
}

static void
add_money(Steps *steps, const char *item, const char *detail, int64 micros)
{
	add(steps, item, detail, true, micros);
}

static bool
is_masked(const Receipt *receipt)
{
	return receipt->number != NULL && receipt->number[0] == '+' &&
	       strspn(receipt->number + 1, "0123456789") != strlen(receipt->number + 1);
}

static void
explain_number(Steps *steps, const Receipt *receipt)
{
	const char *number = receipt->number != NULL ? receipt->number : "not stored";
	const char *country = receipt->country != NULL ? receipt->country : receipt->iso_country;
	const char *place = country != NULL ? psprintf("%s, %s", number, country) : number;

	if (is_masked(receipt) && receipt->rated)
		place = psprintf("%s; the number is kept masked: its price is explained from the stored prefix %s",
		                 place, receipt->prefix);
	add_words(steps, "number", place);
	if (receipt->caller_id != NULL)
		add_words(steps, "caller_id", psprintf("the call showed %s", receipt->caller_id));
}

/* What a stored row of prices sets, in words. */
static char *
stored_terms(const StoredPrice *price)
{
	StringInfoData out;

	initStringInfo(&out);
	if (price->rate_micros != STORED_PRICE_LEFT_OPEN)
		appendStringInfo(&out, ", %s a minute", money_to_string(price->rate_micros));
	if (price->connection_fee_micros != STORED_PRICE_LEFT_OPEN && price->connection_fee_micros != 0)
		appendStringInfo(&out, ", %s for the connection", money_to_string(price->connection_fee_micros));
	if (price->minimum_seconds != STORED_PRICE_LEFT_OPEN)
		appendStringInfo(&out, ", at least %d seconds", price->minimum_seconds);
	if (price->increment_seconds != STORED_PRICE_LEFT_OPEN)
		appendStringInfo(&out, ", in steps of %d seconds", price->increment_seconds);
	return out.data + (out.len > 0 ? strlen(", ") : 0);
}

static void
add_stored(Steps *steps, const char *item, const char *detail, const StoredPrice *price)
{
	add(steps, item, detail, price->found && price->rate_micros != STORED_PRICE_LEFT_OPEN,
	    price->rate_micros);
}

static void
explain_override(Steps *steps, const Receipt *receipt, const PriceSource *source)
{
	const StoredPrice *price = &source->override;
	char *own = psprintf("the operator's own price for numbers that begin with %s", receipt->prefix);

	own = price->found ? psprintf("%s: %s", own, stored_terms(price))
	                   : psprintf("%s; it is no longer stored, so the call's own copy of it counts", own);
	add_stored(steps, "override", own, price);
}

static void
explain_deck(Steps *steps, const Receipt *receipt, const PriceSource *source)
{
	const StoredPrice *price = &source->deck;
	char *deck = source->deck_name != NULL
	                 ? psprintf("deck " INT64_FORMAT " \"%s\"", receipt->deck_id, source->deck_name)
	                 : psprintf("deck " INT64_FORMAT, receipt->deck_id);

	if (source->deck_name == NULL)
		deck = psprintf("%s; it is no longer stored, so the call's own copy of its price counts", deck);
	else if (!price->found)
		deck = psprintf("%s; its row is gone, so the call's own copy of its price counts", deck);
	else
		deck = psprintf("%s, for numbers that begin with %s: %s", deck, price->prefix, stored_terms(price));
	add_stored(steps, "deck", deck, price);
}

static void
explain_source(Steps *steps, const Receipt *receipt, const PriceSource *source)
{
	if (source->overridden)
		explain_override(steps, receipt, source);
	if (source->has_deck)
		explain_deck(steps, receipt, source);
	add_words(steps, "prefix", receipt->prefix);
	add_words(steps, "origination",
	          receipt->origination != NULL
	              ? psprintf("the price for caller IDs that begin with %s", receipt->origination)
	              : "the price for any caller ID");
}

static void
explain_seconds(Steps *steps, const Receipt *receipt, const Rebill *bill)
{
	int beyond = bill->first_seconds - receipt->max_seconds;

	add_words(steps, "talked", psprintf("%d seconds", bill->first_seconds));
	add_words(steps, "authorised",
	          beyond > 0 ? psprintf("%d seconds; the %d seconds beyond are not charged", receipt->max_seconds,
	                                beyond)
	                     : psprintf("%d seconds", receipt->max_seconds));
	add_words(steps, "billed", psprintf("%d seconds", bill->billed_seconds));
}

static void
explain_terms(Steps *steps, const BillingTerms *terms)
{
	add_money(steps, "connection_fee", "once, when the call is answered", terms->connection_fee_micros);
	add_money(steps, "rate", "a minute", terms->rate_micros);
	add_words(steps, "minimum", psprintf("at least %d seconds are billed", terms->minimum_seconds));
	add_words(steps, "increments",
	          psprintf("beyond the minimum whole steps of %d seconds are billed", terms->increment_seconds));
}

static void
explain_first_charge(Steps *steps, const BillingTerms *terms, const Rebill *bill)
{
	char *rate = money_to_string(terms->rate_micros);
	int64 fee = bill->first_seconds > 0 ? terms->connection_fee_micros : 0;

	add_money(steps, "rounding",
	          psprintf("%s x %d / 60, rounded once, half up, to six decimals", rate, bill->billed_seconds),
	          bill->charge_micros - fee);
	add_money(steps, "charge", "connection fee and minutes", bill->charge_micros);
}

static void
explain_entry(Steps *steps, const ReceiptEntry *booked, const RebilledEntry *entry)
{
	if (entry->is_refund)
		add_money(steps, "refund", booked->note != NULL ? booked->note : "given back", entry->delta_micros);
	else if (entry->known)
		add_money(steps, "correction",
		          psprintf("then %d seconds were reported: %d are billed, %s%s in place of %s",
		                   entry->duration_seconds, entry->billed_seconds,
		                   money_to_string(entry->after_micros), entry->floored ? " (given back before)" : "",
		                   money_to_string(entry->before_micros)),
		          entry->delta_micros);
	else
		add_money(steps, "correction", "no stored duration accounts for it", entry->delta_micros);
}

static void
explain_paid(Steps *steps, const Receipt *receipt, const char *detail)
{
	add_money(steps, "paid", detail, receipt->used_micros - receipt->refunded_micros);
}

/* What the stored rows of prices say otherwise than the call's copy of them; NULL: nothing. */
static const char *
price_difference(const BillingTerms *copy, const PriceSource *source)
{
	const BillingTerms *stored = &source->terms;

	if (!source->complete)
		return NULL;
	if (stored->rate_micros != copy->rate_micros)
		return psprintf("the stored rate is %s and the call was billed by %s",
		                money_to_string(stored->rate_micros), money_to_string(copy->rate_micros));
	if (stored->connection_fee_micros != copy->connection_fee_micros)
		return psprintf("the stored connection fee is %s and the call was billed by %s",
		                money_to_string(stored->connection_fee_micros),
		                money_to_string(copy->connection_fee_micros));
	if (stored->minimum_seconds != copy->minimum_seconds)
		return psprintf("the stored minimum is %d seconds and the call was billed by %d",
		                stored->minimum_seconds, copy->minimum_seconds);
	if (stored->increment_seconds != copy->increment_seconds)
		return psprintf("the stored increment is %d seconds and the call was billed by %d",
		                stored->increment_seconds, copy->increment_seconds);
	return NULL;
}

static void
explain_bill(Steps *steps, const Receipt *receipt, const PriceSource *source)
{
	const char *difference = price_difference(&receipt->terms, source);
	Rebill bill;

	rebill(receipt, &bill);
	explain_seconds(steps, receipt, &bill);
	explain_terms(steps, &receipt->terms);
	explain_first_charge(steps, &receipt->terms, &bill);
	for (int i = 0; i < receipt->entry_count; i++)
		if (strcmp(receipt->entries[i].kind, "call") != 0)
			explain_entry(steps, &receipt->entries[i], &bill.entries[i]);
	if (difference == NULL)
		difference = bill.difference;
	explain_paid(steps, receipt, difference == NULL ? "as booked" : psprintf("differs: %s", difference));
}

/* The contract's words for a refusal, for its caller. */
static const char *
refusal_in_words(const char *reason)
{
	static const struct
	{
		const char *reason;
		const char *words;
	} refusals[] = {
	    {"insufficient_credit", "the available credit did not pay for the shortest call there"},
	    {"no_rate", "no price was known for the number"},
	    {"destination_blocked", "calls to this destination were not allowed"},
	    {"too_many_calls", "too many calls were in progress"},
	    {"too_many_destinations", "too many expensive destinations were called within an hour"},
	    {"spend_limit", "the limit for a day's spending was reached"},
	    {"suspended", "the account was suspended"},
	};

	for (size_t i = 0; reason != NULL && i < lengthof(refusals); i++)
		if (strcmp(reason, refusals[i].reason) == 0)
			return refusals[i].words;
	return reason != NULL ? reason : "no reason was stored";
}

static void
explain_refusal(Steps *steps, const Receipt *receipt)
{
	const char *words = refusal_in_words(receipt->reject_reason);

	add_words(steps, "refused", receipt->note != NULL ? psprintf("%s: %s", words, receipt->note) : words);
}

/* A call that has not been charged: refused, in progress, or over without an answer. */
static void
explain_unbilled(Steps *steps, const Receipt *receipt)
{
	const char *paid = receipt->used_micros == 0 && receipt->entry_count == 0
	                       ? "as booked"
	                       : "differs: the call was not billed, and something was booked for it";

	if (receipt->status != NULL && strcmp(receipt->status, "rejected") == 0)
		explain_refusal(steps, receipt);
	else if (receipt->over)
		add_words(steps, "not_answered",
		          psprintf("%s: the call was not answered and costs nothing", receipt->status));
	else
	{
		add_words(steps, "authorised", psprintf("%d seconds", receipt->max_seconds));
		explain_terms(steps, &receipt->terms);
		add_money(steps, "held", "while the call is in progress; what it does not use is free again then",
		          billing_cost_micros(&receipt->terms, receipt->max_seconds));
	}
	explain_paid(steps, receipt, paid);
}

static void
explain(Steps *steps, const Receipt *receipt)
{
	PriceSource source = {0};

	explain_number(steps, receipt);
	if (!receipt->authorized)
	{
		explain_paid(steps, receipt,
		             "cannot be recomputed: the call was billed before pg_worldtune kept its terms");
		return;
	}
	if (receipt->rated)
	{
		price_source_read(receipt, &source);
		explain_source(steps, receipt, &source);
	}
	if (receipt->billed)
		explain_bill(steps, receipt, &source);
	else
		explain_unbilled(steps, receipt);
}

static void
explain_call(FunctionCallInfo fcinfo, const pg_uuid_t *user_id, const char *call)
{
	Steps steps = {.fcinfo = fcinfo};
	Receipt receipt;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (receipt_find(user_id, call, &receipt))
		explain(&steps, &receipt);
	SPI_finish();
}

Datum
worldtune_user_explain_charge(PG_FUNCTION_ARGS)
{
	require_argument(fcinfo, 0, "user_id");
	require_argument(fcinfo, 1, "call_sid");
	explain_call(fcinfo, PG_GETARG_UUID_P(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
	return (Datum) 0;
}

Datum
worldtune_explain_charge(PG_FUNCTION_ARGS)
{
	pg_uuid_t user_id;

	claims_require_user_id(&user_id);
	require_argument(fcinfo, 0, "call_sid");
	explain_call(fcinfo, &user_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	return (Datum) 0;
}
