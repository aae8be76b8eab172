/*
 * service.h
 *		The functions of the extension as C functions. Amounts are decimal text from end to end.
 *
 * Each answer owns the row that it points into (`rows`): PQclear it when done. A function that answers false
 * has set the error and owns nothing.
 */
#ifndef RELAY_SERVICE_H
#define RELAY_SERVICE_H

#include <stdbool.h>

#include "database/db.h"

/* What a text field holds when SQL says NULL: NULL. */

/* What is charged beside the rate a minute. */
typedef struct BillingTerms
{
	const char *connection_fee;
	const char *minimum_seconds;
	const char *increment_seconds;
} BillingTerms;

typedef struct CallAuthorization
{
	PGresult *rows;
	const char *call_id;
	bool allowed;
	const char *reason;
	const char *country;
	const char *iso_country;
	const char *rate;
	int max_seconds;
	const char *number; /* E.164 */
	const char *call_sid;
	const char *status;
	bool created;       /* by this request, not by an earlier one with the same key */
	bool other_number;  /* the earlier request with the same key was for another number */
	BillingTerms terms; /* of a call that the relay places */
} CallAuthorization;

typedef struct CallSettlement
{
	PGresult *rows;
	const char *call_id;
	const char *status;
	bool changed;
	bool billed;
	int billed_seconds;
	const char *credits_used;
} CallSettlement;

/* A call that should be over, and this relay's to look after for a while. */
typedef struct OverdueCall
{
	const char *call_sid;
	const char *dial_call_sid; /* of the dialled leg; NULL while it is not known */
	const char *user_id;
	bool
	    must_end; /* it talks beyond what was authorised, or its user is suspended; otherwise nothing was heard of its end */
	bool last; /* it has been over for a day, and is handed out no more */
} OverdueCall;

/* What the carrier charges for a call, in US dollars; NULL while it does not say. */
typedef struct CallCharges
{
	const char *caller_leg;
	const char *dialed_leg;
	const char *dial_call_sid; /* of the dialled leg; NULL: not known, or there is none */
} CallCharges;

/* The carrier's own account of a call that is over. */
typedef struct CallAccount
{
	const char *call_sid;
	const char *status;
	const char *duration_seconds; /* of the dialled leg */
	CallCharges charges;
	const char *user_id;
} CallAccount;

/* What an operator watches; numbers, for they are shown and not reckoned with. */
typedef struct OperatingFigures
{
	double open_calls;
	double held_credits;
	double overdue_seconds;
	double calls_below_cost;
} OperatingFigures;

typedef struct CreditCheck
{
	PGresult *rows;
	bool allowed;
	const char *reason;
	const char *balance;
	const char *available;
	const char *rate;
	const char *required;
	int max_seconds;
	bool low_balance;
	const char *country;
	bool enough_credit; /* whatever else the reason is */
	BillingTerms terms;
} CreditCheck;

typedef struct Account
{
	PGresult *rows;
	const char *balance;
	const char *held;
	const char *available;
	bool low_balance;
} Account;

typedef struct Rate
{
	PGresult *rows;
	bool found;
	const char *number; /* E.164: the one asked for, or an ordinary one of the country */
	const char *country;
	const char *iso_country;
	const char *calling_code;
	const char *prefix;
	const char *rate;
	const char *rate_min;
	const char *rate_max;
	BillingTerms terms;
	const char *formatted_rate;
} Rate;

typedef struct CallRecord
{
	const char *call_id;
	const char *call_sid;
	const char *status;
	const char *phone_number;
	const char *country;
	const char *iso_country;
	const char *rate;
	BillingTerms terms;
	const char *created_at;
	const char *answered_at;
	const char *ended_at;
	const char *duration_seconds;
	const char *billed_seconds;
	const char *duration_minutes;
	const char *credits_used;
	const char *reject_reason;
	const char *credits_refunded;
	bool recorded; /* there is a recording to hear */
	const char *transcript;
} CallRecord;

typedef struct LedgerEntry
{
	const char *entry_id;
	const char *created_at;
	const char *kind;
	const char *delta;
	const char *balance_after;
	const char *call_id;
	const char *call_sid;
	const char *note;
} LedgerEntry;

/* How a call came to its price, one step after the other. */
typedef struct ChargeStep
{
	const char *step;
	const char *item;
	const char *detail;
	const char *amount;
} ChargeStep;

typedef struct Country
{
	const char *country;
	const char *iso_country;
	const char *continent;
	const char *calling_codes; /* a JSON array of texts */
	const char *rate_min;
	const char *rate_max;
	const char *formatted_rate;
} Country;

/* What the carrier says of a call; NULL for what it does not say. */
typedef struct CallEvent
{
	const char *call_sid;
	const char *status;
	const char *duration_seconds;
	const char *dial_call_sid;
	const char *occurred_at;
	const char *user_id;
} CallEvent;

extern bool service_authorize_call(const Db *db, const char *user_id, const char *number,
                                   const char *call_sid, const char *caller_id, CallAuthorization *answer,
                                   DbError *error);
extern bool service_start_call(const Db *db, const char *user_id, const char *number,
                               const char *idempotency_key, const char *caller_id, CallAuthorization *answer,
                               DbError *error);
extern bool service_attach_call(const Db *db, const char *call_id, const char *call_sid, const char *user_id,
                                CallAuthorization *answer, DbError *error);
extern bool service_abandon_call(const Db *db, const char *call_id, const char *user_id, const char *note,
                                 CallSettlement *answer, DbError *error);
extern bool service_record_call_status(const Db *db, const CallEvent *event, CallSettlement *answer,
                                       DbError *error);

/* Releases the holds of calls that never came to life; answers how many there were. */
extern bool service_expire_holds(const Db *db, int *count, DbError *error);

/* Claims overdue calls: rows to be read one by one and released with PQclear; NULL on failure. */
extern PGresult *service_overdue_calls(const Db *db, const char *max_calls, const char *claim_seconds,
                                       DbError *error);
extern OverdueCall service_overdue_at(const PGresult *rows, int row);

/*
 * Claims calls that are over and of which the carrier's charges are not known: read like overdue ones. They are handed
 * out again after as long as they have been over, at least pause_seconds.
 */
extern PGresult *service_calls_without_charges(const Db *db, const char *max_calls, const char *pause_seconds,
                                               DbError *error);
extern bool service_record_charges(const Db *db, const OverdueCall *call, const CallCharges *charges,
                                   DbError *error);

extern bool service_reconcile_call(const Db *db, const CallAccount *account, CallSettlement *answer,
                                   DbError *error);

/* Whether that call is that user's. */
extern bool service_find_call(const Db *db, const char *user_id, const char *call_sid, DbError *error);

extern bool service_check_credit(const Db *db, const char *user_id, const char *number, const char *minutes,
                                 const char *caller_id, CreditCheck *answer, DbError *error);
extern bool service_account(const Db *db, const char *user_id, Account *answer, DbError *error);

/*
 * The rate for a number, or for an ordinary number of a country by its ISO code; found is false when there is
 * none.
 */
extern bool service_lookup_rate(const Db *db, const char *number, const char *caller_id, Rate *answer,
                                DbError *error);
extern bool service_country_rate(const Db *db, const char *iso_country, const char *caller_id, Rate *answer,
                                 DbError *error);

/* Rows to be read one by one and released with PQclear; NULL on failure. */
extern PGresult *service_call_history(const Db *db, const char *user_id, const char *page_size,
                                      const char *before, DbError *error);
extern CallRecord service_call_at(const PGresult *rows, int row);
extern PGresult *service_ledger(const Db *db, const char *user_id, const char *page_size, const char *before,
                                DbError *error);
extern LedgerEntry service_entry_at(const PGresult *rows, int row);
/* No rows for a call that is not the user's. */
extern PGresult *service_explain_charge(const Db *db, const char *user_id, const char *call, DbError *error);
extern ChargeStep service_step_at(const PGresult *rows, int row);
extern PGresult *service_list_countries(const Db *db, const char *search, const char *continent,
                                        const char *caller_id, DbError *error);
extern Country service_country_at(const PGresult *rows, int row);

extern bool service_operating_figures(const Db *db, OperatingFigures *figures, DbError *error);

/* The version of the extension's SQL, to be freed; NULL on failure. */
extern char *service_schema_version(const Db *db, DbError *error);

#endif
