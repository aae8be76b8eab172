/*
 * integrity.c
 *		The invariants of the books: rules about rows, and what violates them.
 *
 * The rules say in SQL what the functions do in C, so that a mistake has to be made twice to go unseen.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"

#include "charging/application.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_check_integrity);

#define VIOLATION_COLUMNS 4
#define MAX_RULES 20 /* and an empty one ends the list */

/* SQL expressions over the rows of a subject. What is NULL is not violated. */
typedef struct Rule
{
	const char *invariant;
	const char *violated;
	const char *detail;
} Rule;

/* Rows that are read once, for all of their rules. */
typedef struct Subject
{
	const char *from;  /* has the columns user_id and call_id */
	const char *needs; /* a table of schema worldtune that may be missing; NULL for none */
	Rule rules[MAX_RULES];
	Statement statement; /* made of the above when it is first run */
} Subject;

/* The seconds that are billed for so many, and the price of so many billed, by the terms on the row. */
#define BILLED_SECONDS(seconds)                                                                              \
	"CASE WHEN " seconds " <= 0 THEN 0 ELSE minimum_seconds + greatest(0, " seconds                          \
	" - minimum_seconds + increment_seconds - 1) / nullif(increment_seconds, 0) * increment_seconds END"
#define PRICE(billed)                                                                                        \
	"CASE WHEN " billed " = 0 THEN 0 ELSE connection_fee + round(rate * " billed " / 60.0, 6) END"

static Subject accounts = {
    .from =
        "(SELECT coalesce(u.id, l.user_id) AS user_id, NULL::uuid AS call_id, coalesce(u.credit_balance, 0) AS balance,"
        " coalesce(l.total, 0) AS total,"
        " coalesce((SELECT n.balance_after FROM ONLY public.credit_ledger n WHERE n.id = l.newest), 0) AS newest"
        " FROM ONLY public.users u FULL JOIN (SELECT user_id, sum(delta) AS total, max(id) AS newest"
        " FROM ONLY public.credit_ledger GROUP BY user_id) l ON l.user_id = u.id) x",
    .rules =
        {
            {"balance_is_sum_of_ledger", "balance <> total",
             "format('balance %s, ledger %s', balance, total)"},
            {"balance_is_newest_of_ledger", "balance <> newest",
             "format('balance %s, newest entry leaves %s', balance, newest)"},
        },
};

/* Backwards, as the index by user has them: nothing is sorted. */
static Subject entries = {
    .from =
        "(SELECT e.*, d.user_id AS detail_user_id FROM (SELECT id, user_id, call_id, transaction_id, delta, balance_after, kind::text AS word,"
        " coalesce(lead(balance_after) OVER (PARTITION BY user_id ORDER BY id DESC), 0) AS before"
        " FROM ONLY public.credit_ledger) e LEFT JOIN ONLY worldtune.ledger_details d ON d.entry_id = e.id) x",
    .rules =
        {
            {"entry_follows_from_the_one_before", "before + delta <> balance_after",
             "format('entry %s: %s + %s is not %s', id, before, delta, balance_after)"},
            {"entry_is_of_its_kind",
             "CASE word"
             " WHEN 'call' THEN delta < 0 AND call_id IS NOT NULL AND transaction_id IS NULL"
             " WHEN 'refund' THEN delta > 0 AND call_id IS NOT NULL AND transaction_id IS NULL"
             " WHEN 'purchase' THEN delta > 0 AND call_id IS NULL AND transaction_id IS NOT NULL"
             " WHEN 'chargeback' THEN delta < 0 AND call_id IS NULL AND transaction_id IS NOT NULL"
             " WHEN 'adjustment' THEN delta <> 0 AND transaction_id IS NULL"
             " WHEN 'opening' THEN delta <> 0 AND call_id IS NULL AND transaction_id IS NULL"
             " ELSE false END IS NOT true",
             "format('entry %s: %s of %s', id, word, delta)"},
            {"entry_tells_who_made_it", "word <> 'call' AND detail_user_id IS DISTINCT FROM user_id",
             "format('entry %s has no details, or another user''s', id)"},
        },
};

static Subject details = {
    .from = "(SELECT d.*, e.kind::text AS word, e.call_id FROM ONLY worldtune.ledger_details d"
            " LEFT JOIN ONLY public.credit_ledger e ON e.id = d.entry_id) x",
    .rules =
        {
            {"details_are_of_an_entry", "(word <> 'call') IS NOT true",
             "format('details of entry %s, which is %s', entry_id, coalesce(word, 'not there'))"},
        },
};

static Subject calls = {
    .from =
        "(SELECT c.*, c.id AS call_id, h.user_id AS hold_user_id, h.credits AS hold_credits, c.status::text AS word,"
        " c.status::text IN ('completed', 'busy', 'failed', 'no-answer', 'canceled', 'rejected') AS is_over,"
        " c.phone_number::text AS number, least(c.duration_seconds, c.max_seconds) AS payable,"
        " d.imported_at <= c.authorized_at AS has_deck, r.rate AS deck_rate, r.connection_fee AS deck_fee,"
        " r.minimum_seconds AS deck_minimum, r.increment_seconds AS deck_increment"
        " FROM ONLY public.call_logs c LEFT JOIN worldtune_internal.holds h ON h.call_id = c.id"
        " LEFT JOIN worldtune.rate_decks d ON d.id = c.deck_id"
        " LEFT JOIN worldtune.rates r ON r.deck_id = c.deck_id AND r.prefix = c.prefix COLLATE \"C\""
        " AND r.origination = coalesce(c.origination, '') COLLATE \"C\""
        " WHERE c.authorized_at IS NOT NULL) x",
    .rules =
        {
            {"status_is_known",
             "NOT is_over AND word NOT IN ('queued', 'initiated', 'ringing', 'in-progress')", "word"},
            {"call_is_over_when_it_ended", "is_over <> (ended_at IS NOT NULL)",
             "format('%s, ended %s', word, ended_at)"},
            {"rejected_call_costs_nothing",
             "(word = 'rejected') <> (reject_reason IS NOT NULL) OR (word = 'rejected' AND (billed_at IS NOT NULL"
             " OR answered_at IS NOT NULL OR reconciled_at IS NOT NULL))",
             "format('%s, refused for %s, answered %s, billed %s, reconciled %s', word, reject_reason, answered_at, billed_at, reconciled_at)"},
            {"finished_call_holds_nothing", "is_over AND credits_held <> 0",
             "format('%s holds %s', word, credits_held)"},
            {"open_call_has_its_hold",
             "NOT is_over AND (hold_user_id, hold_credits) IS DISTINCT FROM (user_id, credits_held)",
             "format('%s since %s holds %s, its hold is %s', word, authorized_at, credits_held, hold_credits)"},
            {"hold_is_the_price_of_max_seconds",
             "NOT is_over AND credits_held IS DISTINCT FROM " PRICE("(" BILLED_SECONDS("max_seconds") ")"),
             "format('%s held for %s s at %s', credits_held, max_seconds, rate)"},
            {"answered_call_was_answered",
             "answered_at IS NOT NULL AND word IN ('queued', 'initiated', 'ringing')",
             "format('%s, answered %s', word, answered_at)"},
            {"carrier_accounts_for_what_is_over", "reconciled_at IS NOT NULL AND NOT is_over",
             "format('%s, reconciled %s', word, reconciled_at)"},
            {"billed_call_is_over", "billed_at IS NOT NULL AND NOT is_over",
             "format('%s, billed %s', word, billed_at)"},
            {"billed_seconds_are_of_the_duration",
             "billed_at IS NOT NULL AND (duration_seconds IS NULL"
             " OR billed_seconds IS DISTINCT FROM " BILLED_SECONDS(
                 "payable") " OR duration_minutes IS DISTINCT FROM round(billed_seconds / 60.0, 2))",
             "format('%s s, %s minutes billed for %s s of at most %s', billed_seconds, duration_minutes,"
             " duration_seconds, max_seconds)"},
            /* A correction downwards stops at what was refunded before. */
            {"bill_is_rate_times_seconds",
             "billed_at IS NOT NULL AND credits_used IS DISTINCT FROM greatest(credits_refunded, " PRICE(
                 "billed_seconds") ")",
             "format('used %s for %s s at %s', credits_used, billed_seconds, rate)"},
            {"unbilled_call_costs_nothing",
             "billed_at IS NULL AND (credits_used <> 0 OR billed_seconds <> 0 OR duration_minutes <> 0)",
             "format('%s used %s for %s s', word, credits_used, billed_seconds)"},
            {"refunds_stay_within_the_charge", "credits_refunded NOT BETWEEN 0 AND credits_used",
             "format('refunded %s of %s', credits_refunded, credits_used)"},
            /* A deck that was deleted cannot be asked. */
            {"terms_are_of_the_deck",
             "has_deck AND price_source = 'deck' AND (rate, connection_fee, minimum_seconds, increment_seconds)"
             " IS DISTINCT FROM (deck_rate, deck_fee, deck_minimum, deck_increment)",
             "format('%s + %s, %s/%s; deck %s says %s + %s, %s/%s for %s', rate, connection_fee, minimum_seconds,"
             " increment_seconds, deck_id, deck_rate, deck_fee, deck_minimum, deck_increment, prefix)"},
            /* A masked number shows fewer digits than priced it. */
            {"price_is_of_the_number",
             "rate IS NOT NULL AND ((NOT starts_with(number, '+' || prefix) AND translate(number, '0123456789', '') = '+')"
             " OR (origination IS NOT NULL AND starts_with(caller_id, '+' || origination) IS NOT true) OR price_source NOT IN ('deck', 'override')"
             " OR (price_source = 'deck' AND deck_id IS NULL))",
             "format('%s by %s %s %s %s', number, price_source, deck_id, prefix, origination)"},
        },
};

/*
 * What an own price leaves out is the deck's; without one of that time nobody can tell. Such calls are looked for first, by
 * parallel workers, which are given nothing that looks at other rows.
 */
static Subject own_prices = {
    .from = "(SELECT c.*, c.id AS call_id FROM ONLY public.call_logs c"
            " WHERE c.authorized_at IS NOT NULL AND c.price_source = 'override' OFFSET 0) x",
    .rules =
        {
            {"terms_are_of_the_own_price",
             "(SELECT min(o.since) <= authorized_at AND NOT bool_or((coalesce(o.rate, x.rate),"
             " coalesce(o.connection_fee, x.connection_fee), coalesce(o.minimum_seconds, x.minimum_seconds),"
             " coalesce(o.increment_seconds, x.increment_seconds))"
             " = (x.rate, x.connection_fee, x.minimum_seconds, x.increment_seconds))"
             " FROM (SELECT prefix, rate, connection_fee, minimum_seconds, increment_seconds, since FROM worldtune.rate_overrides"
             " UNION ALL SELECT prefix, rate, connection_fee, minimum_seconds, increment_seconds, since"
             " FROM worldtune.rate_overrides_history) o WHERE o.prefix = x.prefix COLLATE \"C\")",
             "format('%s + %s, %s/%s is no own price for %s', rate, connection_fee, minimum_seconds, increment_seconds, prefix)"},
        },
};

static Subject charges = {
    .from =
        "(SELECT coalesce(l.user_id, c.user_id) AS user_id, coalesce(l.call_id, c.id) AS call_id, c.user_id AS caller,"
        " c.billed_at, l.id AS entry_id, c.credits_used AS used, c.credits_refunded AS refunded,"
        " -coalesce(l.delta, 0) - coalesce(o.corrected, 0) AS booked, coalesce(o.refunded, 0) AS given_back"
        " FROM (SELECT * FROM ONLY public.call_logs WHERE authorized_at IS NOT NULL) c"
        " FULL JOIN (SELECT * FROM ONLY public.credit_ledger WHERE kind = 'call') l ON l.call_id = c.id"
        " LEFT JOIN (SELECT call_id, sum(delta) FILTER (WHERE kind = 'adjustment') AS corrected,"
        " sum(delta) FILTER (WHERE kind = 'refund') AS refunded FROM ONLY public.credit_ledger"
        " WHERE call_id IS NOT NULL AND kind <> 'call' GROUP BY call_id) o ON o.call_id = c.id) x",
    .rules =
        {
            {"billed_call_has_its_ledger_rows", "used <> booked OR refunded <> given_back",
             "format('used %s, ledger %s; refunded %s, ledger %s', used, booked, refunded, given_back)"},
            {"charge_belongs_to_a_billed_call",
             "entry_id IS NOT NULL AND (billed_at IS NULL OR caller IS DISTINCT FROM user_id)",
             "format('entry %s', entry_id)"},
        },
};

static Subject corrections = {
    .from =
        "(SELECT l.*, c.billed_at, c.user_id AS caller FROM ONLY public.credit_ledger l"
        " LEFT JOIN ONLY public.call_logs c ON c.id = l.call_id WHERE l.call_id IS NOT NULL AND l.kind <> 'call') x",
    .rules =
        {
            {"correction_belongs_to_a_billed_call", "billed_at IS NULL OR caller IS DISTINCT FROM user_id",
             "format('entry %s, %s', id, kind)"},
        },
};

/* Not looked for where the unique index stands, which admits none. */
static Subject repeated_charges = {
    .from =
        "(SELECT l.user_id, l.call_id, n.times FROM (SELECT call_id, count(*) AS times"
        " FROM ONLY public.credit_ledger WHERE kind = 'call' AND NOT (SELECT EXISTS (SELECT"
        " FROM worldtune_internal.setup_indexes() s JOIN pg_index i ON pg_get_indexdef(i.indexrelid) = s.definition"
        " WHERE s.index_name = 'worldtune_ledger_call' AND i.indisvalid AND i.indrelid = 'public.credit_ledger'::regclass))"
        " GROUP BY call_id) n"
        " JOIN ONLY public.credit_ledger l ON l.call_id = n.call_id AND l.kind = 'call' WHERE n.times > 1) x",
    .rules = {{"call_is_charged_once", "times > 1", "format('charged %s times', times)"}},
};

static Subject holds = {
    .from = "(SELECT h.*, c.status::text AS word, u.credit_balance, c.authorized_at,"
            " sum(h.credits) OVER (PARTITION BY h.user_id ORDER BY c.authorized_at, c.id) AS held,"
            " c.authorized_at IS NOT NULL AND c.ended_at IS NULL AS is_open"
            " FROM worldtune_internal.holds h LEFT JOIN ONLY public.call_logs c ON c.id = h.call_id"
            " LEFT JOIN ONLY public.users u ON u.id = h.user_id) x",
    .rules =
        {
            {"hold_is_of_an_open_call", "NOT is_open OR credit_balance IS NULL",
             "format('holds %s; the call is %s', credits, coalesce(word, 'not there'))"},
            /*
             * With what was held before. The balance may have fallen since: then the ledger shows that so much
             * was owned at a time when the call was authorised or later.
             */
            {"holds_were_available",
             "held > greatest(credit_balance, 0) AND held > (SELECT greatest(0,"
             " max(greatest(l.balance_after, l.balance_after - l.delta))) FROM ONLY public.credit_ledger l"
             " WHERE l.user_id = x.user_id AND l.created_at >= x.authorized_at)",
             "format('held %s of %s', held, credit_balance)"},
        },
};

/* Entries without their payment are not of their kind; those with one have an index. */
static Subject purchases = {
    .from =
        "(SELECT coalesce(l.user_id, t.user_id) AS user_id, NULL::uuid AS call_id, l.user_id AS credited,"
        " t.user_id AS buyer, l.delta, t.credits_added, t.payment_intent_id"
        " FROM (SELECT * FROM ONLY public.credit_ledger WHERE kind = 'purchase' AND transaction_id IS NOT NULL) l"
        " FULL JOIN (SELECT * FROM ONLY public.transactions WHERE booked_at IS NOT NULL) t ON t.id = l.transaction_id) x",
    .rules =
        {
            {"purchase_is_its_payment", "(credited, delta) IS DISTINCT FROM (buyer, credits_added)",
             "format('payment %s: credits %s, ledger %s', payment_intent_id, credits_added, delta)"},
        },
};

static Subject repeated_purchases = {
    .from = "(SELECT l.user_id, NULL::uuid AS call_id, t.payment_intent_id,"
            " count(*) OVER (PARTITION BY t.payment_intent_id) AS times"
            " FROM ONLY public.credit_ledger l JOIN ONLY public.transactions t ON t.id = l.transaction_id"
            " WHERE l.kind = 'purchase' AND l.transaction_id IS NOT NULL) x",
    .rules =
        {
            {"payment_adds_credit_once", "times > 1",
             "format('payment %s was booked %s times', payment_intent_id, times)"},
        },
};

static Subject chargebacks = {
    .from = "(SELECT l.*, t.user_id AS buyer, t.credits_added, t.payment_intent_id,"
            " count(*) OVER (PARTITION BY l.transaction_id) AS times FROM ONLY public.credit_ledger l"
            " LEFT JOIN ONLY public.transactions t ON t.id = l.transaction_id"
            " AND (t.booked_at IS NOT NULL OR t.status::text = 'reversed')"
            " WHERE l.kind = 'chargeback' AND l.transaction_id IS NOT NULL) x",
    .rules =
        {
            {"chargeback_is_of_a_purchase", "(buyer, -credits_added) IS DISTINCT FROM (user_id, delta)",
             "format('payment %s: credits %s, taken back %s', payment_intent_id, credits_added, -delta)"},
            {"purchase_is_reversed_once", "times > 1",
             "format('payment %s was reversed %s times', payment_intent_id, times)"},
        },
};

static Subject carrier_charges = {
    .from = "(SELECT NULL::uuid AS user_id, x.call_id, x.item, c.id FROM worldtune.carrier_charges x"
            " LEFT JOIN ONLY public.call_logs c ON c.id = x.call_id) x",
    .rules = {{"carrier_charge_is_of_a_call", "id IS NULL",
               "format('%s of a call that is not there', item)"}},
};

static Subject *const subjects[] = {
    &accounts,        &entries,          &details, &calls,     &own_prices,         &charges,
    &corrections,     &repeated_charges, &holds,   &purchases, &repeated_purchases, &chargebacks,
    &carrier_charges,
};

/*
 * SELECT of what violates any of the rules. They are tried together first; the few rows that violate any are then
 * looked at rule by rule. The planner takes a long OR to hold for many rows, which it would not give to parallel
 * workers; CASE ... = 1 it takes to hold for few.
 */
static const char *
statement_of(const Subject *subject)
{
	StringInfoData any, each, sql;

	initStringInfo(&any);
	initStringInfo(&each);
	for (const Rule *rule = subject->rules; rule->invariant != NULL; rule++)
	{
		appendStringInfo(&any, "%s(%s)", any.len > 0 ? " OR " : "", rule->violated);
		appendStringInfo(&each, "%s('%s', %s, %s)", each.len > 0 ? ", " : "", rule->invariant, rule->violated,
		                 rule->detail);
	}
	initStringInfo(&sql);
	appendStringInfo(&sql,
	                 "SELECT v.invariant, user_id, call_id, v.detail FROM %s"
	                 " CROSS JOIN LATERAL (VALUES %s) v (invariant, violated, detail)"
	                 " WHERE CASE WHEN %s THEN 1 END = 1 AND v.violated",
	                 subject->from, each.data, any.data);
	return MemoryContextStrdup(TopMemoryContext, sql.data);
}

static void
check(Subject *subject, FunctionCallInfo fcinfo)
{
	Statement *statement = &subject->statement;

	if (statement->sql == NULL)
	{
		statement->sql = statement_of(subject);
		statement->expected = SPI_OK_SELECT;
		statement->parallel = true;
	}
	statement_query(statement, NULL, NULL);
	result_add_rows(fcinfo, VIOLATION_COLUMNS);
	SPI_freetuptable(SPI_tuptable);
}

Datum
worldtune_check_integrity(PG_FUNCTION_ARGS)
{
	application_require_types();
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	for (size_t i = 0; i < lengthof(subjects); i++)
		check(subjects[i], fcinfo);
	SPI_finish();
	return (Datum) 0;
}
