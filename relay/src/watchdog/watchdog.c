/*
 * watchdog.c
 *		Expires holds, ends calls past their limit, and settles by Twilio's own account what no webhook
 *		settled.
 *
 * The database hands each call to one relay at a time, and takes the same account twice without harm. No
 * connection to it is held while Twilio is asked.
 */
#include "watchdog/watchdog.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/must.h"
#include "database/call_event.h"
#include "database/service.h"
#include "database/sql_error.h"
#include "settings/config.h"
#include "twilio/carrier.h"

#define CALLS_AT_ONCE "20"
#define CLAIM_SECONDS "60" /* then a call that is still open is looked at again */

struct Watchdog
{
	const Relay *relay;
	Carrier *carrier;
	int seconds;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop;
	bool stopping;
};

static const char *
text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* A leg that has ended without having dialled anybody was given up. */
static const char *
status_without_dial(const CarrierLeg *caller)
{
	return strcmp(caller->status, "completed") == 0 ? "canceled" : caller->status;
}

/*
 * Asks Twilio how the call went. False when that is not certain yet: it gave no answer, the call is not over,
 * or its seconds are still to come. The account points into the legs.
 */
static bool
read_account(Carrier *carrier, const OverdueCall *call, CarrierLeg *caller, CarrierLeg *dialed,
             CallAccount *account)
{
	CarrierFinding finding = carrier_read_call(carrier, call->call_sid, caller);

	*account = (CallAccount){.call_sid = call->call_sid, .user_id = call->user_id, .status = "failed"};
	if (finding != CARRIER_FOUND)
		return finding == CARRIER_NONE;
	account->price = text_or_null(caller->price);
	finding = carrier_read_dialed_leg(carrier, call->call_sid, call->dial_call_sid, dialed);
	if (finding == CARRIER_FOUND)
	{
		account->status = dialed->status;
		account->duration_seconds = text_or_null(dialed->duration_seconds);
		account->dial_price = text_or_null(dialed->price);
		return call_event_is_over(dialed->status) &&
		       (account->duration_seconds != NULL || strcmp(dialed->status, "completed") != 0);
	}
	account->dial_price = "0";
	if (call->dial_call_sid == NULL)
		account->status = status_without_dial(caller);
	return finding == CARRIER_NONE && call_event_is_over(caller->status);
}

static void
reconcile(const Relay *relay, const CallAccount *account)
{
	CallSettlement settlement;
	DbError error;

	if (!service_reconcile_call(relay->db, account, &settlement, &error))
	{
		log_warn("call_not_reconciled", log_text("call_sid", account->call_sid),
		         log_text("sqlstate", error.sqlstate), log_text("message", sql_error_loggable(&error)));
		return;
	}
	log_info("call_reconciled", log_text("call_id", settlement.call_id),
	         log_text("call_sid", account->call_sid), log_text("carrier_status", account->status),
	         log_text("status", settlement.status), log_text("changed", settlement.changed ? "yes" : "no"),
	         log_text("billed", settlement.billed ? "yes" : "no"),
	         log_text("credits_used", settlement.credits_used));
	PQclear(settlement.rows);
}

static bool
is_stopping(Watchdog *watchdog)
{
	bool stopping;

	pthread_mutex_lock(&watchdog->lock);
	stopping = watchdog->stopping;
	pthread_mutex_unlock(&watchdog->lock);
	return stopping;
}

static void
look_after(Watchdog *watchdog, const OverdueCall *call)
{
	CarrierLeg caller, dialed;
	CallAccount account;

	if (call->past_limit)
		carrier_end_call(watchdog->carrier, call->call_sid);
	if (!is_stopping(watchdog) && read_account(watchdog->carrier, call, &caller, &dialed, &account))
		reconcile(watchdog->relay, &account);
}

static void
expire_holds(const Relay *relay)
{
	DbError error;
	int count;

	if (!service_expire_holds(relay->db, &count, &error))
		log_warn("holds_not_expired", log_text("sqlstate", error.sqlstate),
		         log_text("message", sql_error_loggable(&error)));
	else if (count > 0)
		log_info("holds_expired", log_number("calls", count));
}

static void
look_around(Watchdog *watchdog)
{
	DbPool *db = watchdog->relay->db;
	DbError error;
	PGresult *rows;

	expire_holds(watchdog->relay);
	rows = service_overdue_calls(db, CALLS_AT_ONCE, CLAIM_SECONDS, &error);
	if (rows == NULL)
		log_warn("overdue_calls_not_found", log_text("sqlstate", error.sqlstate),
		         log_text("message", sql_error_loggable(&error)));
	for (int row = 0; rows != NULL && row < PQntuples(rows) && !is_stopping(watchdog); row++)
	{
		OverdueCall call = service_overdue_at(rows, row);

		look_after(watchdog, &call);
	}
	PQclear(rows);
}

/* False when the relay is to stop. */
static bool
wait_for_turn(Watchdog *watchdog)
{
	struct timespec turn;
	bool stopping;

	clock_gettime(CLOCK_MONOTONIC, &turn);
	turn.tv_sec += watchdog->seconds;
	pthread_mutex_lock(&watchdog->lock);
	while (!watchdog->stopping && pthread_cond_timedwait(&watchdog->stop, &watchdog->lock, &turn) == 0)
		;
	stopping = watchdog->stopping;
	pthread_mutex_unlock(&watchdog->lock);
	return !stopping;
}

static void *
run(void *context)
{
	Watchdog *watchdog = context;

	while (wait_for_turn(watchdog))
		look_around(watchdog);
	return NULL;
}

Watchdog *
watchdog_start(const Relay *relay)
{
	int seconds = config_number(relay->config->watchdog_seconds);
	Watchdog *watchdog;
	pthread_condattr_t attributes;

	if (seconds == 0)
		return NULL;
	watchdog = must_alloc(sizeof(Watchdog));
	*watchdog = (Watchdog){.relay = relay, .carrier = carrier_open(relay->config), .seconds = seconds};
	pthread_mutex_init(&watchdog->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&watchdog->stop, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&watchdog->thread, NULL, run, watchdog) != 0)
		must(NULL);
	return watchdog;
}

void
watchdog_stop(Watchdog *watchdog)
{
	if (watchdog == NULL)
		return;
	pthread_mutex_lock(&watchdog->lock);
	watchdog->stopping = true;
	pthread_cond_signal(&watchdog->stop);
	pthread_mutex_unlock(&watchdog->lock);
	pthread_join(watchdog->thread, NULL);
	carrier_close(watchdog->carrier);
	pthread_cond_destroy(&watchdog->stop);
	pthread_mutex_destroy(&watchdog->lock);
	free(watchdog);
}
