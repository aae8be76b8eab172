/* Numbers as Prometheus reads them. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>

#include "metrics/metrics.h"

static bool
says(const char *line)
{
	char *text = metrics_text();
	bool found = strstr(text, line) != NULL;

	free(text);
	return found;
}

static void
counts_by_labels(void **state)
{
	(void) state;
	metric_add(METRIC_REQUESTS, "/a", "200", 2);
	metric_add(METRIC_REQUESTS, "/a", "200", 1);
	metric_add(METRIC_REQUESTS, "/a", "404", 1);
	assert_true(says("\nworldtune_http_requests_total{route=\"/a\",status=\"200\"} 3\n"));
	assert_true(says("\nworldtune_http_requests_total{route=\"/a\",status=\"404\"} 1\n"));
	assert_true(says("\nworldtune_calls_billed_total 0\n"));
}

static void
sorts_durations_into_buckets(void **state)
{
	(void) state;
	metric_observe(METRIC_REQUEST_SECONDS, "/b", NULL, 0.001);
	metric_observe(METRIC_REQUEST_SECONDS, "/b", NULL, 0.03);
	metric_observe(METRIC_REQUEST_SECONDS, "/b", NULL, 60);
	assert_true(says("_bucket{route=\"/b\",le=\"0.001\"} 1\n"));
	assert_true(says("_bucket{route=\"/b\",le=\"0.025\"} 1\n"));
	assert_true(says("_bucket{route=\"/b\",le=\"10\"} 2\n"));
	assert_true(says("_bucket{route=\"/b\",le=\"+Inf\"} 3\n"));
	assert_true(says("_sum{route=\"/b\"} 60.031\n"));
	assert_true(says("_count{route=\"/b\"} 3\n"));
}

static void
holds_so_many_series_and_no_more(void **state)
{
	char label[16];

	(void) state;
	for (int i = 0; i < 1000; i++)
	{
		snprintf(label, sizeof(label), "%d", i);
		metric_count_one(METRIC_LIMITED, label);
	}
	assert_true(says("{limit=\"255\"} 1\n"));
	assert_false(says("{limit=\"257\"}"));
	assert_true(says("{limit=\"other\"} 744\n"));
}

static void
escapes_what_the_format_reserves(void **state)
{
	(void) state;
	metric_count_one(METRIC_WEBHOOKS_REFUSED, "a\"b\\c\nd");
	assert_true(says("{reason=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_by_labels),
	    cmocka_unit_test(sorts_durations_into_buckets),
	    cmocka_unit_test(holds_so_many_series_and_no_more),
	    cmocka_unit_test(escapes_what_the_format_reserves),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
