/*
 * watchdog.c
 *		Expires holds, ends calls past their limit, settles by Twilio's own account what no webhook settled, and
 *		asks what Twilio charges for calls.
 *
 * The database hands each call to one relay at a time, and takes the same account twice without harm. No
 * connection to it is held while Twilio is asked. Several calls are looked after at once, each in a lane.
 */
#include "watchdog/watchdog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "database/call_event.h"
#include "database/service.h"
#include "database/sql_error.h"
#include "settings/settings.h"
#include "twilio/carrier.h"
#include "watchdog/media.h"

#define LANES 8
#define CALLS_AT_ONCE 64
#define CALLS_AT_ONCE_TEXT "64"
#define CLAIM_SECONDS "60" /* then a call that is still open is looked at again */
#define BATCH_MS 45000     /* what is not begun by then is left to whoever claims it next */
#define STEP_MS 12000      /* ending a call, or settling it */
#define PAUSE_TURNS 4      /* so many turns later Twilio is asked again for a price, at the soonest */

struct Watchdog
{
	const Relay *relay;
	Carrier carrier; /* for the turn */
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

/* Of a leg that nobody answered Twilio tells no price: it costs nothing. NULL while the price is to come. */
static const char *
price_of(const CarrierLeg *leg)
{
	if (leg->price[0] == '\0' && call_event_is_over(leg->status) && strcmp(leg->status, "completed") != 0)
		return "0";
	return text_or_null(leg->price);
}

/*
 * Asks Twilio how the call went. False when that is not certain yet: it gave no answer, the call is not over,
 * or its seconds are still to come. The account points into the legs.
 */
static bool
read_account(const Carrier *carrier, const OverdueCall *call, CarrierLeg *caller, CarrierLeg *dialed,
             CallAccount *account, long long deadline_ms)
{
	CarrierFinding finding = carrier_read_call(carrier, call->call_sid, caller, deadline_ms);

	*account = (CallAccount){.call_sid = call->call_sid, .user_id = call->user_id, .status = "failed"};
	if (finding != CARRIER_FOUND)
		return finding == CARRIER_NONE;
	account->charges.caller_leg = price_of(caller);
	finding = carrier_read_dialed_leg(carrier, call->call_sid, call->dial_call_sid, dialed, deadline_ms);
	if (finding == CARRIER_FOUND)
	{
		account->status = dialed->status;
		account->duration_seconds = text_or_null(dialed->duration_seconds);
		account->charges.dialed_leg = price_of(dialed);
		account->charges.dial_call_sid = text_or_null(dialed->call_sid);
		return call_event_is_over(dialed->status) &&
		       (account->duration_seconds != NULL || strcmp(dialed->status, "completed") != 0);
	}
	if (call->dial_call_sid == NULL)
	{
		account->charges.dialed_leg = "0";
		account->status = status_without_dial(caller);
	}
	return finding == CARRIER_NONE && call_event_is_over(caller->status);
}

static void
reconcile(const Db *db, const CallAccount *account)
{
	CallSettlement settlement;
	DbError error;

	if (!service_reconcile_call(db, account, &settlement, &error))
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

/* The database, for one step. */
static Db
database(const Watchdog *watchdog, long long deadline_ms)
{
	return (Db){.pool = watchdog->relay->db_pool, .lane = DB_WATCHDOG, .deadline_ms = deadline_ms};
}

/* Something to do with each call of a batch. */
typedef void (*Step)(const Watchdog *watchdog, const Carrier *carrier, const OverdueCall *call);

static void
end_if_it_must(const Watchdog *watchdog, const Carrier *carrier, const OverdueCall *call)
{
	(void) watchdog;
	if (call->must_end)
		carrier_end_call(carrier, call->call_sid, clock_ms() + STEP_MS);
}

static void
settle(const Watchdog *watchdog, const Carrier *carrier, const OverdueCall *call)
{
	long long deadline_ms = clock_ms() + STEP_MS;
	Db db = database(watchdog, deadline_ms);
	CarrierLeg caller, dialed;
	CallAccount account;

	if (read_account(carrier, call, &caller, &dialed, &account, deadline_ms))
		reconcile(&db, &account);
}

/*
 * Asks Twilio what the call costs, and nothing else: a call that Twilio does not show (any more) keeps its bill.
 * Nobody was dialled where no webhook named a leg and Twilio lists none.
 */
static CallCharges
read_charges(const Carrier *carrier, const OverdueCall *call, CarrierLeg *caller, CarrierLeg *dialed,
             long long deadline_ms)
{
	CallCharges charges = {.dial_call_sid = call->dial_call_sid};
	CarrierFinding finding;

	if (carrier_read_call(carrier, call->call_sid, caller, deadline_ms) != CARRIER_FOUND ||
	    !call_event_is_over(caller->status))
		return charges;
	charges.caller_leg = price_of(caller);
	finding = carrier_read_dialed_leg(carrier, call->call_sid, call->dial_call_sid, dialed, deadline_ms);
	if (finding == CARRIER_NONE && call->dial_call_sid == NULL)
		charges.dialed_leg = "0";
	if (finding != CARRIER_FOUND)
		return charges;
	charges.dialed_leg = price_of(dialed);
	charges.dial_call_sid = text_or_null(dialed->call_sid);
	return charges;
}

static void
ask_for_charges(const Watchdog *watchdog, const Carrier *carrier, const OverdueCall *call)
{
	long long deadline_ms = clock_ms() + STEP_MS;
	Db db = database(watchdog, deadline_ms);
	CarrierLeg caller, dialed;
	CallCharges charges = read_charges(carrier, call, &caller, &dialed, deadline_ms);
	DbError error;

	if ((charges.caller_leg != NULL || charges.dialed_leg != NULL) &&
	    !service_record_charges(&db, call, &charges, &error))
		log_warn("charges_not_recorded", log_text("call_sid", call->call_sid),
		         log_text("sqlstate", error.sqlstate), log_text("message", sql_error_loggable(&error)));
	if (carrier->config->record_calls)
		media_ask_for_prices(&db, carrier, call->user_id, call->call_sid);
	if (call->last && (charges.caller_leg == NULL || charges.dialed_leg == NULL))
		log_warn("charges_not_known", log_text("call_sid", call->call_sid));
}

typedef struct Batch
{
	Watchdog *watchdog;
	const PGresult *rows;
	Step step;
	long long deadline_ms;
	atomic_int next_row;
} Batch;

static void *
run_lane(void *context)
{
	Batch *batch = context;
	Watchdog *watchdog = batch->watchdog;
	const Carrier *carrier = &watchdog->carrier;
	int row;

	while ((row = atomic_fetch_add(&batch->next_row, 1)) < PQntuples(batch->rows) && !is_stopping(watchdog) &&
	       clock_left_ms(batch->deadline_ms) > 0)
	{
		OverdueCall call = service_overdue_at(batch->rows, row);

		batch->step(watchdog, carrier, &call);
	}
	return NULL;
}

/* Does the step with all calls, several at once, and waits for the last. */
static void
run_step(Watchdog *watchdog, const PGresult *rows, Step step, long long deadline_ms)
{
	Batch batch = {.watchdog = watchdog, .rows = rows, .step = step, .deadline_ms = deadline_ms};
	pthread_t lanes[LANES];
	int started = 0;

	while (started < LANES && started < PQntuples(rows) &&
	       pthread_create(&lanes[started], NULL, run_lane, &batch) == 0)
		started++;
	if (started == 0)
		run_lane(&batch);
	while (started > 0)
		pthread_join(lanes[--started], NULL);
}

static void
expire_holds(const Watchdog *watchdog)
{
	Db db = database(watchdog, clock_ms() + STEP_MS);
	DbError error;
	int count;

	if (!service_expire_holds(&db, &count, &error))
		log_warn("holds_not_expired", log_text("sqlstate", error.sqlstate),
		         log_text("message", sql_error_loggable(&error)));
	else if (count > 0)
		log_info("holds_expired", log_number("calls", count));
}

/* Looks after one batch of calls; answers whether there may be more. All that must end are ended first. */
static bool
look_after_batch(Watchdog *watchdog)
{
	long long deadline_ms = clock_ms() + BATCH_MS;
	Db db = database(watchdog, clock_ms() + STEP_MS);
	DbError error;
	PGresult *rows = service_overdue_calls(&db, CALLS_AT_ONCE_TEXT, CLAIM_SECONDS, &error);
	bool full;

	if (rows == NULL)
	{
		log_warn("overdue_calls_not_found", log_text("sqlstate", error.sqlstate),
		         log_text("message", sql_error_loggable(&error)));
		return false;
	}
	full = PQntuples(rows) == CALLS_AT_ONCE;
	if (PQntuples(rows) > 0)
	{
		run_step(watchdog, rows, end_if_it_must, deadline_ms);
		run_step(watchdog, rows, settle, deadline_ms);
	}
	PQclear(rows);
	return full && !is_stopping(watchdog);
}

/* One batch a turn: prices have time. */
static void
look_for_charges(Watchdog *watchdog)
{
	Db db = database(watchdog, clock_ms() + STEP_MS);
	char pause_seconds[16];
	DbError error;
	PGresult *rows;

	snprintf(pause_seconds, sizeof(pause_seconds), "%d", PAUSE_TURNS * watchdog->seconds);
	rows = service_calls_without_charges(&db, CALLS_AT_ONCE_TEXT, pause_seconds, &error);
	if (rows == NULL)
		log_warn("calls_without_charges_not_found", log_text("sqlstate", error.sqlstate),
		         log_text("message", sql_error_loggable(&error)));
	else if (PQntuples(rows) > 0)
		run_step(watchdog, rows, ask_for_charges, clock_ms() + BATCH_MS);
	PQclear(rows);
}

static void
look_around(Watchdog *watchdog)
{
	expire_holds(watchdog);
	while (look_after_batch(watchdog))
		;
	if (!is_stopping(watchdog))
		look_for_charges(watchdog);
	if (!is_stopping(watchdog))
	{
		Db db = database(watchdog, clock_ms() + BATCH_MS);

		media_look_after(&db, &watchdog->carrier);
	}
}

/* False when the relay is to stop. */
static bool
wait_for_turn(Watchdog *watchdog)
{
	long long turn_ms = clock_ms() + watchdog->seconds * 1000LL;
	bool stopping;

	pthread_mutex_lock(&watchdog->lock);
	while (!watchdog->stopping && clock_cond_wait(&watchdog->stop, &watchdog->lock, turn_ms))
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
	{
		const Config *config = settings_take(watchdog->relay->settings);

		watchdog->carrier = (Carrier){watchdog->relay->handles, config};
		look_around(watchdog);
		config_release(config);
	}
	return NULL;
}

Watchdog *
watchdog_start(const Relay *relay, int seconds)
{
	Watchdog *watchdog;

	if (seconds == 0)
		return NULL;
	watchdog = must_alloc(sizeof(Watchdog));
	*watchdog = (Watchdog){.relay = relay, .seconds = seconds};
	pthread_mutex_init(&watchdog->lock, NULL);
	clock_cond_init(&watchdog->stop);
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
	pthread_cond_destroy(&watchdog->stop);
	pthread_mutex_destroy(&watchdog->lock);
	free(watchdog);
}
