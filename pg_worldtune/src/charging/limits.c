/*
 * limits.c
 *		The operator's limits. See limits.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "charging/call.h"
#include "charging/limits.h"
#include "postgres/money.h"
#include "postgres/statement.h"

/* The calls of the last day; those that are open hold what they may come to cost. */
static Statement read_limits = {
    .sql = "SELECT CASE"
           " WHEN $2 > l.max_rate THEN 'max_rate'"
           " WHEN $3 = ANY (l.denied_countries)"
           " OR (l.allowed_countries IS NOT NULL AND ($3 = ANY (l.allowed_countries)) IS NOT TRUE)"
           " THEN 'countries'"
           " WHEN $5 >= l.max_concurrent_calls THEN 'too_many_calls'"
           " WHEN $2 >= l.high_cost_rate AND u.high_cost_prefixes >= l.max_high_cost_prefixes_per_hour"
           " THEN 'too_many_destinations' END,"
           " l.max_spend_per_day - u.spent"
           " FROM worldtune_internal.limits_of($1) l, LATERAL (SELECT"
           " coalesce(sum(c.credits_used - c.credits_refunded + c.credits_held), 0) AS spent,"
           " count(DISTINCT c.prefix) FILTER (WHERE c.rate >= l.high_cost_rate AND c.prefix <> $4"
           " AND c.created_at > now() - interval '1 hour') AS high_cost_prefixes"
           " FROM ONLY public.call_logs c WHERE c.user_id = $1 AND c.created_at > now() - interval '1 day'"
           " AND c.authorized_at IS NOT NULL AND c.status <> 'rejected') u",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table},
    .nargs = 5,
    .argtypes = {UUIDOID, NUMERICOID, TEXTOID, TEXTOID, INT4OID},
};

/* What the statement answers, and what it means. */
static const struct
{
	const char *limit;
	const char *reason;
	const char *note;
} refusals[] = {
    {"max_rate", "destination_blocked", "its price is above what a call may cost"},
    {"countries", "destination_blocked", "its country is excluded"},
    {"too_many_calls", "too_many_calls", NULL},
    {"too_many_destinations", "too_many_destinations", NULL},
};

static void
read_refusal(const char *limit, Limits *limits)
{
	limits->reason = limits->note = NULL;
	for (size_t i = 0; limit != NULL && i < lengthof(refusals); i++)
		if (strcmp(limit, refusals[i].limit) == 0)
		{
			limits->reason = refusals[i].reason;
			limits->note = refusals[i].note;
		}
}

void
limits_read(const pg_uuid_t *user_id, int32 open_calls, const Rate *rate, bool fresh, Limits *limits)
{
	Datum values[] = {
	    UUIDPGetDatum(user_id),
	    MicrosGetDatum(rate->terms.rate_micros),
	    rate->iso_country == NULL ? (Datum) 0 : CStringGetTextDatum(rate->iso_country),
	    CStringGetTextDatum(rate->prefix),
	    Int32GetDatum(open_calls),
	};
	const char *nulls = rate->iso_country == NULL ? "  n  " : NULL;
	uint64 found;
	bool no_spend_limit;

	SPI_connect();
	found = fresh ? statement_run(&read_limits, values, nulls) : statement_query(&read_limits, values, nulls);
	if (found == 0)
		elog(ERROR, "worldtune.limits_of() answered no row");
	read_refusal(statement_string(1), limits);
	statement_value(2, &no_spend_limit);
	limits->has_spend_left = !no_spend_limit;
	limits->spend_left_micros = statement_micros(2);
	SPI_finish();
}
