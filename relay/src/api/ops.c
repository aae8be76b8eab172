/*
 * ops.c
 *		Health for supervisors and load balancers, figures for Prometheus.
 */
#include "api/ops.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/sql_reply.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/must.h"
#include "database/service.h"
#include "metrics/metrics.h"

#define READY_MS 3000 /* a relay that takes longer is not ready */
/* Figures of the database are asked for at most so often: whoever may read them may not work it. */
#define FIGURES_MS 5000
#define FIGURES_ASKED_MS 2000

void
ops_healthz(HttpRequest *request, HttpReply *reply)
{
	cJSON *answer = must(cJSON_CreateObject());

	(void) request;
	cJSON_AddStringToObject(answer, "version", RELAY_VERSION);
	http_reply_json(reply, 200, answer);
}

/* Versions fit when they differ at most in their last part: 0.1.0 and 0.1.7. */
static bool
fits(const char *schema_version)
{
	size_t length = strrchr(RELAY_VERSION, '.') - RELAY_VERSION + 1;

	return strncmp(schema_version, RELAY_VERSION, length) == 0;
}

void
ops_readyz(HttpRequest *request, HttpReply *reply)
{
	Db db = {.pool = request->db->pool,
	         .lane = request->db->lane,
	         .deadline_ms = clock_earlier(request->deadline_ms, clock_ms() + READY_MS)};
	DbError error;
	char *schema_version = service_schema_version(&db, &error);
	cJSON *answer;

	if (schema_version == NULL)
	{
		sql_reply_error(reply, &error);
		return;
	}
	if (fits(schema_version))
	{
		answer = must(cJSON_CreateObject());
		cJSON_AddStringToObject(answer, "version", RELAY_VERSION);
		cJSON_AddStringToObject(answer, "schemaVersion", schema_version);
		http_reply_json(reply, 200, answer);
	}
	else
		http_reply_error(reply, 503, "schema_mismatch",
		                 "the database has pg_worldtune %s, this relay needs %s", schema_version,
		                 RELAY_VERSION);
	free(schema_version);
}

static void
collect_figures(const HttpRequest *request)
{
	Db db = {.pool = request->db->pool,
	         .lane = DB_PUBLIC,
	         .deadline_ms = clock_earlier(request->deadline_ms, clock_ms() + FIGURES_ASKED_MS)};
	OperatingFigures figures = {NAN, NAN, NAN, NAN};
	DbError error;
	bool up = service_operating_figures(&db, &figures, &error);

	metric_set(METRIC_DATABASE_UP, NULL, NULL, up);
	metric_set(METRIC_OPEN_CALLS, NULL, NULL, figures.open_calls);
	metric_set(METRIC_HELD_CREDITS, NULL, NULL, figures.held_credits);
	metric_set(METRIC_SETTLEMENT_LAG, NULL, NULL, figures.overdue_seconds);
	metric_set(METRIC_CALLS_BELOW_COST, NULL, NULL, figures.calls_below_cost);
}

static void
collect_pool(DbPool *pool)
{
	PoolFigures figures = pool_figures(pool);

	metric_set(METRIC_DATABASE_CONNECTIONS, "busy", NULL, figures.busy);
	metric_set(METRIC_DATABASE_CONNECTIONS, "idle", NULL, figures.idle);
	metric_set(METRIC_DATABASE_CONNECTIONS, "most", NULL, figures.most);
	for (DbLane lane = 0; lane < DB_LANES; lane++)
		metric_set(METRIC_DATABASE_WAITING, db_lane_name(lane), NULL, figures.waiting[lane]);
}

/* The second number of /proc/self/statm, in pages. */
static void
collect_memory(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (statm == NULL)
		return;
	if (fscanf(statm, "%*d %ld", &pages) == 1)
		metric_set(METRIC_RESIDENT_BYTES, NULL, NULL, (double) pages * (double) sysconf(_SC_PAGESIZE));
	fclose(statm);
}

/* Whether it is this request's turn to ask. */
static bool
is_due(void)
{
	static atomic_llong next_ms;
	long long now_ms = clock_ms();
	long long due_ms = atomic_load(&next_ms);

	return now_ms >= due_ms && atomic_compare_exchange_strong(&next_ms, &due_ms, now_ms + FIGURES_MS);
}

void
ops_metrics(HttpRequest *request, HttpReply *reply)
{
	char *text;

	if (is_due())
		collect_figures(request);
	collect_pool(request->db->pool);
	collect_memory();
	text = metrics_text();
	http_reply_body(reply, 200, "text/plain; version=0.0.4; charset=utf-8", text, strlen(text));
}
