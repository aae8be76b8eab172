/*
 * service.c
 *		The SQL of the relay. Columns are named, and read in the order in which they are named.
 */
#include "database/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "database/columns.h"
#include "database/news.h"
#include "metrics/metrics.h"

#define AUTHORIZATION_COLUMNS                                                                                \
	"a.call_id, a.allowed, a.reason, a.country, a.iso_country, a.rate, a.max_seconds"
#define SETTLEMENT_COLUMNS "call_id, status, changed, billed, billed_seconds, credits_used, user_id"

/* connection_fee, minimum_seconds, increment_seconds */
static BillingTerms
next_terms(Columns *columns)
{
	BillingTerms terms;

	terms.connection_fee = next_text(columns);
	terms.minimum_seconds = next_text(columns);
	terms.increment_seconds = next_text(columns);
	return terms;
}

static bool
query_authorization(const Db *db, const char *sql, int count, const char *const *parameters,
                    const char *user_id, CallAuthorization *answer, DbError *error)
{
	Columns columns;

	if (!query_row(db, sql, count, parameters, &columns, error))
		return false;
	answer->rows = (PGresult *) columns.rows;
	answer->call_id = next_text(&columns);
	answer->allowed = next_bool(&columns);
	answer->reason = next_text(&columns);
	answer->country = next_text(&columns);
	answer->iso_country = next_text(&columns);
	answer->rate = next_text(&columns);
	answer->max_seconds = next_int(&columns);
	answer->number = next_text(&columns);
	answer->call_sid = next_text(&columns);
	answer->status = next_text(&columns);
	answer->created = next_bool(&columns);
	answer->other_number = next_bool(&columns);
	answer->terms = next_terms(&columns);
	news_add(user_id);
	return true;
}

/* A repeated question counts again, but for one that says so. */
static bool
count_decision(bool answered, const CallAuthorization *answer)
{
	if (answered && answer->allowed)
		metric_count(METRIC_CALLS_AUTHORIZED);
	else if (answered)
		metric_count_one(METRIC_CALLS_REFUSED, answer->reason);
	return answered;
}

bool
service_authorize_call(const Db *db, const char *user_id, const char *number, const char *call_sid,
                       const char *caller_id, CallAuthorization *answer, DbError *error)
{
	const char *parameters[] = {user_id, number, call_sid, caller_id};

	return count_decision(
	    query_authorization(db,
	                        "SELECT " AUTHORIZATION_COLUMNS
	                        ", worldtune.e164($2::text), $3::text, NULL, NULL, NULL, NULL, NULL, NULL"
	                        " FROM worldtune.authorize_call($1::uuid, $2::text, $3::text, $4::text) a",
	                        COUNT(parameters), parameters, user_id, answer, error),
	    answer);
}

bool
service_start_call(const Db *db, const char *user_id, const char *number, const char *idempotency_key,
                   const char *caller_id, CallAuthorization *answer, DbError *error)
{
	const char *parameters[] = {user_id, number, idempotency_key, caller_id};

	/* A number that is kept masked cannot be compared, nor dialled: the one that was asked for is. */
	return count_decision(
	    query_authorization(db,
	                        "SELECT " AUTHORIZATION_COLUMNS
	                        ", worldtune.e164($2::text), a.call_sid, a.status, a.created,"
	                        " a.number ~ '^[+][0-9]+$' AND a.number <> worldtune.e164($2::text),"
	                        " a.connection_fee, a.minimum_seconds, a.increment_seconds"
	                        " FROM worldtune.start_call($1::uuid, $2::text, $3::text, $4::text) a",
	                        COUNT(parameters), parameters, user_id, answer, error),
	    answer);
}

bool
service_attach_call(const Db *db, const char *call_id, const char *call_sid, const char *user_id,
                    CallAuthorization *answer, DbError *error)
{
	const char *parameters[] = {call_id, call_sid, user_id};

	return query_authorization(db,
	                           "SELECT " AUTHORIZATION_COLUMNS
	                           ", a.number, a.call_sid, a.status, a.created, NULL, NULL, NULL, NULL"
	                           " FROM worldtune.attach_call($1::uuid, $2::text, $3::uuid) a",
	                           COUNT(parameters), parameters, user_id, answer, error);
}

static bool
query_settlement(const Db *db, const char *sql, int count, const char *const *parameters,
                 CallSettlement *answer, DbError *error)
{
	Columns columns;

	if (!query_row(db, sql, count, parameters, &columns, error))
		return false;
	answer->rows = (PGresult *) columns.rows;
	answer->call_id = next_text(&columns);
	answer->status = next_text(&columns);
	answer->changed = next_bool(&columns);
	answer->billed = next_bool(&columns);
	answer->billed_seconds = next_int(&columns);
	answer->credits_used = next_text(&columns);
	if (answer->changed)
		news_add(next_text(&columns));
	return true;
}

/* A call is billed by the event that changes it to billed; a correction of a bill counts, too. */
static bool
count_bill(bool answered, const CallSettlement *answer)
{
	if (answered && answer->changed && answer->billed)
	{
		metric_count(METRIC_BILLED_CALLS);
		metric_add(METRIC_BILLED_SECONDS, NULL, NULL, answer->billed_seconds);
		metric_add(METRIC_BILLED_CREDITS, NULL, NULL,
		           answer->credits_used != NULL ? atof(answer->credits_used) : 0);
	}
	return answered;
}

bool
service_abandon_call(const Db *db, const char *call_id, const char *user_id, const char *note,
                     CallSettlement *answer, DbError *error)
{
	const char *parameters[] = {call_id, user_id, note};

	return query_settlement(
	    db, "SELECT " SETTLEMENT_COLUMNS " FROM worldtune.abandon_call($1::uuid, $2::uuid, $3::text)",
	    COUNT(parameters), parameters, answer, error);
}

bool
service_record_call_status(const Db *db, const CallEvent *event, CallSettlement *answer, DbError *error)
{
	const char *parameters[] = {event->call_sid,      event->status,      event->duration_seconds,
	                            event->dial_call_sid, event->occurred_at, event->user_id};

	return count_bill(
	    query_settlement(db,
	                     "SELECT " SETTLEMENT_COLUMNS
	                     " FROM worldtune.record_call_status($1::text, $2::text, $3::int, $4::text,"
	                     " coalesce($5::timestamptz, now()), $6::uuid)",
	                     COUNT(parameters), parameters, answer, error),
	    answer);
}

bool
service_expire_holds(const Db *db, int *count, DbError *error)
{
	Columns columns;

	if (!query_row(db, "SELECT worldtune.expire_holds()", 0, NULL, &columns, error))
		return false;
	*count = next_int(&columns);
	PQclear((PGresult *) columns.rows);
	return true;
}

PGresult *
service_overdue_calls(const Db *db, const char *max_calls, const char *claim_seconds, DbError *error)
{
	const char *parameters[] = {max_calls, claim_seconds};

	return db_query(db,
	                "SELECT call_sid, dial_call_sid, user_id, why IN ('past_limit', 'suspended'), false"
	                " FROM worldtune.overdue_calls($1::int, $2::int) WHERE call_sid IS NOT NULL",
	                COUNT(parameters), parameters, error);
}

OverdueCall
service_overdue_at(const PGresult *rows, int row)
{
	Columns columns = {.rows = rows, .row = row};
	OverdueCall call;

	call.call_sid = next_text(&columns);
	call.dial_call_sid = next_text(&columns);
	call.user_id = next_text(&columns);
	call.must_end = next_bool(&columns);
	call.last = next_bool(&columns);
	return call;
}

PGresult *
service_calls_without_charges(const Db *db, const char *max_calls, const char *pause_seconds, DbError *error)
{
	const char *parameters[] = {max_calls, pause_seconds};

	return db_query(db,
	                "SELECT call_sid, dial_call_sid, user_id, false, last"
	                " FROM worldtune.calls_without_charges($1::int, $2::int)",
	                COUNT(parameters), parameters, error);
}

bool
service_record_charges(const Db *db, const OverdueCall *call, const CallCharges *charges, DbError *error)
{
	const char *parameters[] = {call->user_id, call->call_sid, charges->caller_leg, charges->dial_call_sid,
	                            charges->dialed_leg};

	return query_nothing(
	    db,
	    "SELECT count(worldtune.record_carrier_charge($1::uuid, $2::text, item, sid, price))"
	    " FROM (VALUES ('caller_leg', NULL, $3::numeric), ('dialled_leg', $4::text, $5::numeric))"
	    " AS told(item, sid, price) WHERE price IS NOT NULL",
	    COUNT(parameters), parameters, error);
}

bool
service_reconcile_call(const Db *db, const CallAccount *account, CallSettlement *answer, DbError *error)
{
	const CallCharges *charges = &account->charges;
	const char *parameters[] = {account->call_sid,     account->status,     account->duration_seconds,
	                            account->user_id,      charges->caller_leg, charges->dialed_leg,
	                            charges->dial_call_sid};

	if (!count_bill(query_settlement(
	                    db,
	                    "SELECT " SETTLEMENT_COLUMNS ", cardinality(differences)"
	                    " FROM worldtune.reconcile_call($1::text, $2::text, $3::int, NULL::numeric, $4::uuid,"
	                    " $5::numeric, $6::numeric, 'USD', $7::text)",
	                    COUNT(parameters), parameters, answer, error),
	                answer))
		return false;
	if (strcmp(PQgetvalue(answer->rows, 0, PQnfields(answer->rows) - 1), "0") != 0)
		metric_count(METRIC_DIFFERENCES);
	return true;
}

bool
service_find_call(const Db *db, const char *user_id, const char *call_sid, DbError *error)
{
	const char *parameters[] = {user_id, call_sid};

	return query_nothing(db, "SELECT call_id FROM worldtune.find_call($1::uuid, $2::text)", COUNT(parameters),
	                     parameters, error);
}

bool
service_check_credit(const Db *db, const char *user_id, const char *number, const char *minutes,
                     const char *caller_id, CreditCheck *answer, DbError *error)
{
	const char *parameters[] = {user_id, number, minutes, caller_id};
	Columns columns;

	if (!query_row(
	        db,
	        "SELECT c.allowed, c.reason, c.balance, c.available, c.rate, c.required, c.max_seconds, c.low_balance,"
	        " c.country, c.available >= c.required, r.connection_fee, r.minimum_seconds, r.increment_seconds"
	        " FROM worldtune.user_check_credit($1::uuid, $2::text, $3::int, $4::text) c"
	        " LEFT JOIN LATERAL worldtune.lookup_rate($2::text, $4::text) r ON true",
	        COUNT(parameters), parameters, &columns, error))
		return false;
	answer->rows = (PGresult *) columns.rows;
	answer->allowed = next_bool(&columns);
	answer->reason = next_text(&columns);
	answer->balance = next_text(&columns);
	answer->available = next_text(&columns);
	answer->rate = next_text(&columns);
	answer->required = next_text(&columns);
	answer->max_seconds = next_int(&columns);
	answer->low_balance = next_bool(&columns);
	answer->country = next_text(&columns);
	answer->enough_credit = next_bool(&columns);
	answer->terms = next_terms(&columns);
	return true;
}

bool
service_account(const Db *db, const char *user_id, Account *answer, DbError *error)
{
	const char *parameters[] = {user_id};
	Columns columns;

	if (!query_row(db, "SELECT balance, held, available, low_balance FROM worldtune.user_account($1::uuid)",
	               COUNT(parameters), parameters, &columns, error))
		return false;
	answer->rows = (PGresult *) columns.rows;
	answer->balance = next_text(&columns);
	answer->held = next_text(&columns);
	answer->available = next_text(&columns);
	answer->low_balance = next_bool(&columns);
	return true;
}

static bool
query_rate(const Db *db, const char *sql, int count, const char *const *parameters, Rate *answer,
           DbError *error)
{
	PGresult *rows = db_query(db, sql, count, parameters, error);
	Columns columns = {.rows = rows};

	if (rows == NULL)
		return false;
	*answer = (Rate){.rows = rows, .found = PQntuples(rows) > 0};
	if (!answer->found)
		return true;
	answer->number = next_text(&columns);
	answer->country = next_text(&columns);
	answer->iso_country = next_text(&columns);
	answer->calling_code = next_text(&columns);
	answer->prefix = next_text(&columns);
	answer->rate = next_text(&columns);
	answer->rate_min = next_text(&columns);
	answer->rate_max = next_text(&columns);
	answer->terms = next_terms(&columns);
	answer->formatted_rate = next_text(&columns);
	return true;
}

bool
service_lookup_rate(const Db *db, const char *number, const char *caller_id, Rate *answer, DbError *error)
{
	const char *parameters[] = {number, caller_id};

	return query_rate(
	    db,
	    "SELECT number, country, iso_country, worldtune.calling_code(number), prefix, rate, rate_min, rate_max,"
	    " connection_fee, minimum_seconds, increment_seconds, worldtune.format_rate(rate) FROM worldtune.lookup_rate($1::text, $2::text)"
	    " WHERE rate IS NOT NULL",
	    COUNT(parameters), parameters, answer, error);
}

/*
 * A country has as many rates as networks. What it is said to cost is the rate of an ordinary number there:
 * its calling code, then a subscriber whom no network's own prefix fits.
 */
#define ORDINARY_NUMBER "c.calling_codes[1] || '0000000'"
#define ORDINARY_RATE "coalesce(r.rate, c.rate_max)"
#define FROM_COUNTRIES                                                                                       \
	" FROM worldtune.list_countries($1::text, $2::text) c"                                                   \
	" LEFT JOIN LATERAL worldtune.lookup_rate(" ORDINARY_NUMBER ", $3::text) r ON true"

bool
service_country_rate(const Db *db, const char *iso_country, const char *caller_id, Rate *answer,
                     DbError *error)
{
	const char *parameters[] = {iso_country, NULL, caller_id};

	return query_rate(db,
	                  "SELECT " ORDINARY_NUMBER
	                  ", c.country, c.iso_country, c.calling_codes[1], ltrim(c.calling_codes[1], '+'),"
	                  " " ORDINARY_RATE ", c.rate_min, c.rate_max, r.connection_fee, r.minimum_seconds,"
	                  " r.increment_seconds, worldtune.format_rate(" ORDINARY_RATE ")" FROM_COUNTRIES
	                  " WHERE c.iso_country = upper($1::text) ORDER BY c.country LIMIT 1",
	                  COUNT(parameters), parameters, answer, error);
}

PGresult *
service_call_history(const Db *db, const char *user_id, const char *page_size, const char *before,
                     DbError *error)
{
	const char *parameters[] = {user_id, page_size, before};

	return db_query(
	    db,
	    "SELECT call_id, call_sid, status, phone_number, country, iso_country, rate, connection_fee,"
	    " minimum_seconds, increment_seconds,"
	    " to_char(created_at" AS_UTC ", to_char(answered_at" AS_UTC ", to_char(ended_at" AS_UTC
	    ", duration_seconds, billed_seconds, duration_minutes, credits_used, reject_reason, credits_refunded, recorded, transcript"
	    " FROM worldtune.user_call_history($1::uuid, $2::int, $3::timestamptz)",
	    COUNT(parameters), parameters, error);
}

CallRecord
service_call_at(const PGresult *rows, int row)
{
	Columns columns = {.rows = rows, .row = row};
	CallRecord call;

	call.call_id = next_text(&columns);
	call.call_sid = next_text(&columns);
	call.status = next_text(&columns);
	call.phone_number = next_text(&columns);
	call.country = next_text(&columns);
	call.iso_country = next_text(&columns);
	call.rate = next_text(&columns);
	call.terms = next_terms(&columns);
	call.created_at = next_text(&columns);
	call.answered_at = next_text(&columns);
	call.ended_at = next_text(&columns);
	call.duration_seconds = next_text(&columns);
	call.billed_seconds = next_text(&columns);
	call.duration_minutes = next_text(&columns);
	call.credits_used = next_text(&columns);
	call.reject_reason = next_text(&columns);
	call.credits_refunded = next_text(&columns);
	call.recorded = next_bool(&columns);
	call.transcript = next_text(&columns);
	return call;
}

PGresult *
service_ledger(const Db *db, const char *user_id, const char *page_size, const char *before, DbError *error)
{
	const char *parameters[] = {user_id, page_size, before};

	return db_query(db,
	                "SELECT entry_id, to_char(created_at" AS_UTC
	                ", kind, delta, balance_after, call_id, call_sid, note"
	                " FROM worldtune.user_ledger($1::uuid, $2::int, $3::timestamptz)",
	                COUNT(parameters), parameters, error);
}

LedgerEntry
service_entry_at(const PGresult *rows, int row)
{
	Columns columns = {.rows = rows, .row = row};
	LedgerEntry entry;

	entry.entry_id = next_text(&columns);
	entry.created_at = next_text(&columns);
	entry.kind = next_text(&columns);
	entry.delta = next_text(&columns);
	entry.balance_after = next_text(&columns);
	entry.call_id = next_text(&columns);
	entry.call_sid = next_text(&columns);
	entry.note = next_text(&columns);
	return entry;
}

PGresult *
service_explain_charge(const Db *db, const char *user_id, const char *call, DbError *error)
{
	const char *parameters[] = {user_id, call};

	return db_query(db,
	                "SELECT step, item, detail, amount FROM worldtune.user_explain_charge($1::uuid, $2::text)"
	                " ORDER BY step",
	                COUNT(parameters), parameters, error);
}

ChargeStep
service_step_at(const PGresult *rows, int row)
{
	Columns columns = {.rows = rows, .row = row};
	ChargeStep step;

	step.step = next_text(&columns);
	step.item = next_text(&columns);
	step.detail = next_text(&columns);
	step.amount = next_text(&columns);
	return step;
}

PGresult *
service_list_countries(const Db *db, const char *search, const char *continent, const char *caller_id,
                       DbError *error)
{
	const char *parameters[] = {search, continent, caller_id};

	return db_query(
	    db,
	    "SELECT c.country, c.iso_country, c.continent, to_json(c.calling_codes), c.rate_min, c.rate_max,"
	    " worldtune.format_rate(" ORDINARY_RATE ")" FROM_COUNTRIES,
	    COUNT(parameters), parameters, error);
}

Country
service_country_at(const PGresult *rows, int row)
{
	Columns columns = {.rows = rows, .row = row};
	Country country;

	country.country = next_text(&columns);
	country.iso_country = next_text(&columns);
	country.continent = next_text(&columns);
	country.calling_codes = next_text(&columns);
	country.rate_min = next_text(&columns);
	country.rate_max = next_text(&columns);
	country.formatted_rate = next_text(&columns);
	return country;
}

char *
service_schema_version(const Db *db, DbError *error)
{
	Columns columns;
	const char *version;
	char *copy;

	if (!query_row(db, "SELECT worldtune.schema_version()", 0, NULL, &columns, error))
		return NULL;
	version = next_text(&columns);
	copy = must_copy(version != NULL ? version : "none");
	PQclear((PGresult *) columns.rows);
	return copy;
}

bool
service_operating_figures(const Db *db, OperatingFigures *figures, DbError *error)
{
	Columns columns;

	if (!query_row(
	        db,
	        "SELECT open_calls, held, overdue_seconds, calls_below_cost FROM worldtune.operating_figures()",
	        0, NULL, &columns, error))
		return false;
	figures->open_calls = next_number(&columns);
	figures->held_credits = next_number(&columns);
	figures->overdue_seconds = next_number(&columns);
	figures->calls_below_cost = next_number(&columns);
	PQclear((PGresult *) columns.rows);
	return true;
}
