/*
 * metrics.h
 *		What the relay counts, for Prometheus. Any room counts into it; GET /metrics shows it.
 *
 * A family has at most two labels, whose values come from small sets of our own (routes, reasons, lanes), never from strangers.
 */
#ifndef RELAY_METRICS_H
#define RELAY_METRICS_H

typedef enum Metric
{
	METRIC_BUILD,                /* version: 1 */
	METRIC_START_TIME,           /* Unix time */
	METRIC_RESIDENT_BYTES,       /* memory */
	METRIC_REQUESTS,             /* route, status */
	METRIC_REQUEST_SECONDS,      /* route */
	METRIC_CONNECTIONS,          /* state */
	METRIC_CONNECTIONS_CUT,      /* reason */
	METRIC_LIMITED,              /* limit */
	METRIC_TOKENS_REFUSED,       /* */
	METRIC_WEBHOOKS_REFUSED,     /* reason */
	METRIC_CALLS_AUTHORIZED,     /* */
	METRIC_CALLS_REFUSED,        /* reason */
	METRIC_BILLED_CALLS,         /* */
	METRIC_BILLED_SECONDS,       /* */
	METRIC_BILLED_CREDITS,       /* */
	METRIC_OPEN_CALLS,           /* */
	METRIC_HELD_CREDITS,         /* */
	METRIC_SETTLEMENT_LAG,       /* seconds */
	METRIC_DIFFERENCES,          /* */
	METRIC_CALLS_BELOW_COST,     /* */
	METRIC_DATABASE_UP,          /* */
	METRIC_DATABASE_CONNECTIONS, /* state */
	METRIC_DATABASE_WAITING,     /* lane */
	METRIC_DATABASE_REFUSED,     /* lane */
	METRIC_DATABASE_ERRORS,      /* SQLSTATE's class */
	METRIC_TWILIO_SECONDS,       /* method */
	METRIC_TWILIO_REQUESTS,      /* method, outcome */
	METRIC_LIVE_CLIENTS,         /* */
	METRIC_LIVE_EVENTS,          /* */
	METRICS,
} Metric;

/* Counts so many more (or, of a gauge, fewer). Labels that the family has not are NULL. */
extern void metric_add(Metric metric, const char *one, const char *other, double amount);

/* A gauge's value. */
extern void metric_set(Metric metric, const char *one, const char *other, double value);

/* One more of a histogram, that took so long. */
extern void metric_observe(Metric metric, const char *one, const char *other, double seconds);

#define metric_count(metric) metric_add(metric, NULL, NULL, 1)
#define metric_count_one(metric, label) metric_add(metric, label, NULL, 1)

/* All of it as Prometheus' text (version 0.0.4), to be freed. */
extern char *metrics_text(void);

#endif
