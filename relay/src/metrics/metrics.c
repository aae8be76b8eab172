/*
 * metrics.c
 *		The table of families, their series, and the text of them.
 */
#include "metrics/metrics.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

#define SERIES_MAX 256 /* of a family: then all others are one */
#define LABEL_SIZE 48
#define BUCKETS 12

typedef enum Kind
{
	COUNTER,
	GAUGE,
	HISTOGRAM,
} Kind;

typedef struct Family
{
	const char *name;
	Kind kind;
	const char *labels[2];
	const char *help;
} Family;

static const Family families[METRICS] = {
    [METRIC_BUILD] = {"worldtune_relay_build_info", GAUGE, {"version"}, "1, with the version of the relay"},
    [METRIC_START_TIME] = {"process_start_time_seconds", GAUGE, {0}, "When the process began, in Unix time"},
    [METRIC_RESIDENT_BYTES] = {"process_resident_memory_bytes", GAUGE, {0}, "Memory that is in use"},
    [METRIC_REQUESTS] = {"worldtune_http_requests_total",
                         COUNTER,
                         {"route", "status"},
                         "Requests that were answered"},
    [METRIC_REQUEST_SECONDS] = {"worldtune_http_request_duration_seconds",
                                HISTOGRAM,
                                {"route"},
                                "From the headers of a request to its answer"},
    [METRIC_CONNECTIONS] = {"worldtune_http_connections",
                            GAUGE,
                            {"state"},
                            "Connections by what they do: idle, sending (a request), served"},
    [METRIC_CONNECTIONS_CUT] = {"worldtune_http_connections_cut_total",
                                COUNTER,
                                {"reason"},
                                "Connections that were ended for the sake of others"},
    [METRIC_LIMITED] = {"worldtune_http_requests_limited_total",
                        COUNTER,
                        {"limit"},
                        "Requests refused because there were too many of them"},
    [METRIC_TOKENS_REFUSED] = {"worldtune_user_tokens_refused_total", COUNTER, {0}, "User tokens refused"},
    [METRIC_WEBHOOKS_REFUSED] = {"worldtune_webhooks_refused_total",
                                 COUNTER,
                                 {"reason"},
                                 "Webhooks without Twilio's valid signature"},
    [METRIC_CALLS_AUTHORIZED] = {"worldtune_calls_authorized_total",
                                 COUNTER,
                                 {0},
                                 "Calls that were authorized, credit held"},
    [METRIC_CALLS_REFUSED] = {"worldtune_calls_refused_total",
                              COUNTER,
                              {"reason"},
                              "Calls refused before they began"},
    [METRIC_BILLED_CALLS] = {"worldtune_calls_billed_total", COUNTER, {0}, "Calls billed by this relay"},
    [METRIC_BILLED_SECONDS] = {"worldtune_billed_seconds_total",
                               COUNTER,
                               {0},
                               "Seconds billed by this relay"},
    [METRIC_BILLED_CREDITS] = {"worldtune_billed_credits_total",
                               COUNTER,
                               {0},
                               "Credits billed by this relay"},
    [METRIC_OPEN_CALLS] = {"worldtune_open_calls", GAUGE, {0}, "Calls that are not over, in the database"},
    [METRIC_HELD_CREDITS] = {"worldtune_held_credits", GAUGE, {0}, "Credits held for open calls"},
    [METRIC_SETTLEMENT_LAG] = {"worldtune_settlement_lag_seconds",
                               GAUGE,
                               {0},
                               "How long the call that is most overdue should have been settled"},
    [METRIC_DIFFERENCES] = {"worldtune_reconciliation_differences_total",
                            COUNTER,
                            {0},
                            "Accounts of the carrier that said otherwise than the books"},
    [METRIC_CALLS_BELOW_COST] = {"worldtune_calls_below_cost",
                                 GAUGE,
                                 {0},
                                 "Calls of the last day that cost more than they brought in"},
    [METRIC_DATABASE_UP] = {"worldtune_database_up", GAUGE, {0}, "Whether the database answered just now"},
    [METRIC_DATABASE_CONNECTIONS] = {"worldtune_database_connections",
                                     GAUGE,
                                     {"state"},
                                     "Connections to the database: busy, idle, and the most there may be"},
    [METRIC_DATABASE_WAITING] = {"worldtune_database_waiting",
                                 GAUGE,
                                 {"lane"},
                                 "Requests that wait for a connection"},
    [METRIC_DATABASE_REFUSED] = {"worldtune_database_refused_total",
                                 COUNTER,
                                 {"lane"},
                                 "Requests that got no connection in time"},
    [METRIC_DATABASE_ERRORS] = {"worldtune_database_errors_total",
                                COUNTER,
                                {"class"},
                                "Statements that failed, by the class of their SQLSTATE"},
    [METRIC_TWILIO_SECONDS] = {"worldtune_twilio_request_duration_seconds",
                               HISTOGRAM,
                               {"method"},
                               "Requests to Twilio, until their answer"},
    [METRIC_TWILIO_REQUESTS] = {"worldtune_twilio_requests_total",
                                COUNTER,
                                {"method", "outcome"},
                                "Requests to Twilio, by what came of them"},
    [METRIC_LIVE_CLIENTS] = {"worldtune_live_clients", GAUGE, {0}, "Browsers that follow their calls live"},
    [METRIC_LIVE_EVENTS] = {"worldtune_live_events_total", COUNTER, {0}, "Live events sent to browsers"},
};

/* Upper ends; the last one is endless. */
static const double bucket_ends[BUCKETS - 1] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                0.1,   0.25,   0.5,   2.5,  10};

typedef struct Series
{
	struct Series *next;
	char labels[2][LABEL_SIZE];
	double value; /* of a histogram: the sum */
	unsigned long long buckets[BUCKETS];
} Series;

/* Of one family; few, so that a list does. */
typedef struct Shelf
{
	pthread_mutex_t lock;
	Series *first;
	int count;
} Shelf;

static Shelf shelves[METRICS] = {[0 ... METRICS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

static const char *
label_of(const char *label)
{
	return label != NULL ? label : "";
}

static bool
fits(const Series *series, const char *one, const char *other)
{
	return strncmp(series->labels[0], one, LABEL_SIZE - 1) == 0 &&
	       strncmp(series->labels[1], other, LABEL_SIZE - 1) == 0;
}

/* The caller has the shelf's lock. */
static Series *
find_series(Shelf *shelf, const char *one, const char *other)
{
	Series *series = shelf->first;

	while (series != NULL && !fits(series, one, other))
		series = series->next;
	if (series != NULL)
		return series;
	if (shelf->count >= SERIES_MAX && strcmp(one, "other") != 0)
		return find_series(shelf, "other", "");
	series = must_alloc(sizeof(Series));
	snprintf(series->labels[0], LABEL_SIZE, "%s", one);
	snprintf(series->labels[1], LABEL_SIZE, "%s", other);
	series->next = shelf->first;
	shelf->first = series;
	shelf->count++;
	return series;
}

static Series *
take_series(Metric metric, const char *one, const char *other)
{
	pthread_mutex_lock(&shelves[metric].lock);
	return find_series(&shelves[metric], label_of(one), label_of(other));
}

static void
give_back(Metric metric)
{
	pthread_mutex_unlock(&shelves[metric].lock);
}

void
metric_add(Metric metric, const char *one, const char *other, double amount)
{
	take_series(metric, one, other)->value += amount;
	give_back(metric);
}

void
metric_set(Metric metric, const char *one, const char *other, double value)
{
	take_series(metric, one, other)->value = value;
	give_back(metric);
}

void
metric_observe(Metric metric, const char *one, const char *other, double seconds)
{
	Series *series = take_series(metric, one, other);
	int bucket = 0;

	while (bucket < BUCKETS - 1 && seconds > bucket_ends[bucket])
		bucket++;
	series->buckets[bucket]++;
	series->value += seconds;
	give_back(metric);
}

/* Backslashes, quotes and line ends are all that the format asks to escape; our labels have none but by mistake. */
static void
print_label(FILE *out, const char *name, const char *value, char *before)
{
	fprintf(out, "%c%s=\"", *before, name);
	for (; *value != '\0'; value++)
		if (*value == '\n')
			fputs("\\n", out);
		else
			fprintf(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	fputc('"', out);
	*before = ',';
}

static void
print_name(FILE *out, const Family *family, const Series *series, const char *suffix, const char *bucket)
{
	char before = '{';

	fprintf(out, "%s%s", family->name, suffix);
	for (int i = 0; i < 2; i++)
		if (family->labels[i] != NULL)
			print_label(out, family->labels[i], series->labels[i], &before);
	if (bucket != NULL)
		print_label(out, "le", bucket, &before);
	fputs(before == ',' ? "} " : " ", out);
}

static void
print_histogram(FILE *out, const Family *family, const Series *series)
{
	unsigned long long count = 0;
	char end[32];

	for (int i = 0; i < BUCKETS; i++)
	{
		count += series->buckets[i];
		snprintf(end, sizeof(end), "%g", i < BUCKETS - 1 ? bucket_ends[i] : 0);
		print_name(out, family, series, "_bucket", i < BUCKETS - 1 ? end : "+Inf");
		fprintf(out, "%llu\n", count);
	}
	print_name(out, family, series, "_sum", NULL);
	fprintf(out, "%.9g\n", series->value);
	print_name(out, family, series, "_count", NULL);
	fprintf(out, "%llu\n", count);
}

static void
print_family(FILE *out, Metric metric)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};
	const Family *family = &families[metric];
	Shelf *shelf = &shelves[metric];

	fprintf(out, "# HELP %s %s.\n# TYPE %s %s\n", family->name, family->help, family->name,
	        kinds[family->kind]);
	pthread_mutex_lock(&shelf->lock);
	if (family->labels[0] == NULL)
		find_series(shelf, "", ""); /* nothing is 0, not absent */
	for (const Series *series = shelf->first; series != NULL; series = series->next)
	{
		if (family->kind == HISTOGRAM)
		{
			print_histogram(out, family, series);
			continue;
		}
		print_name(out, family, series, "", NULL);
		fprintf(out, "%.15g\n", series->value);
	}
	pthread_mutex_unlock(&shelf->lock);
}

char *
metrics_text(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = must(open_memstream(&text, &size));

	for (Metric metric = 0; metric < METRICS; metric++)
		print_family(out, metric);
	fclose(out);
	return text;
}
