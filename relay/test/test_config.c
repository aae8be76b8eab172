/* Settings: where they come from, and what is said about wrong ones. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/must.h"
#include "settings/config.h"

static const char good_file[] = "# a comment\n"
                                "\n"
                                "DATABASE_URL=postgresql://worldtune_relay:pass=word@localhost/postgres\n"
                                "PUBLIC_URL=https://relay.example.org/base/\n"
                                "TWILIO_ACCOUNT_SID = ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \n"
                                "TWILIO_AUTH_TOKEN='8f2c1d4b5a6e7f8091a2b3c4d5e6f708'\n"
                                "TWILIO_PHONE_NUMBER=\"+15005550006\"\n"
                                "SUPABASE_JWT_SECRET=super-secret-jwt-token-with-at-least-32-characters-long";

static const char *const names[] = {"ALLOWED_ORIGINS", "DATABASE_URL",        "LISTEN",
                                    "PUBLIC_URL",      "SUPABASE_JWT_SECRET", "SUPABASE_JWT_SECRET_FILE"};

/* Settings of the good file and the lines after it; *problems is to be freed. */
static const Config *
load(const char *lines, char **problems)
{
	char path[] = "/tmp/worldtune-config-XXXXXX";
	int file = mkstemp(path);
	FILE *out;
	size_t size;
	const Config *config;

	assert_true(file >= 0);
	dprintf(file, "%s\n%s", good_file, lines);
	close(file);
	out = must(open_memstream(problems, &size));
	config = config_load(path, CONFIG_FOR_SERVICE, out);
	fclose(out);
	unlink(path);
	return config;
}

static int
clear_environment(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	return 0;
}

static void
reads_a_file(void **state)
{
	const Config *config;
	char *problems;

	(void) state;
	config = load("", &problems);
	assert_non_null(config);
	assert_string_equal(problems, "");
	assert_string_equal(config->database_url, "postgresql://worldtune_relay:pass=word@localhost/postgres");
	assert_string_equal(config->public_url, "https://relay.example.org/base");
	assert_string_equal(config->twilio_account_sid, "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_string_equal(config->twilio_auth_token, "8f2c1d4b5a6e7f8091a2b3c4d5e6f708");
	assert_string_equal(config->twilio_phone_number, "+15005550006");
	assert_string_equal(config->listen, "127.0.0.1:8080");
	assert_string_equal(config->twilio_api_base, "https://api.twilio.com");
	assert_null(config->twilio_api_key);
	free(problems);
	config_release(config);
}

static void
prefers_the_file_to_the_environment(void **state)
{
	const Config *config;
	char *problems;

	(void) state;
	setenv("PUBLIC_URL", "https://environment.example.org", 1);
	setenv("LISTEN", "127.0.0.1:9", 1);
	config = load("", &problems);
	assert_non_null(config);
	assert_string_equal(config->public_url, "https://relay.example.org/base");
	assert_string_equal(config->listen, "127.0.0.1:9");
	free(problems);
	config_release(config);
}

typedef struct Wrong
{
	const char *line;
	const char *said; /* all of it */
} Wrong;

static const Wrong wrong[] = {
    {"LISTEN=8080", "LISTEN: must be an IPv4 address and a port, such as 127.0.0.1:8080, not \"8080\"\n"},
    {"LISTEN=[::1]:8080",
     "LISTEN: must be an IPv4 address, for IPv6 is a proxy's in front (docs/relay.md has one), such as 127.0.0.1:8080, "
     "not \"[::1]:8080\"\n"},
    {"OPS_LISTEN=127.0.0.1:8443s",
     "OPS_LISTEN: must be without TLS, which a proxy in front speaks (docs/relay.md has one), such as 127.0.0.1:8080, "
     "not \"127.0.0.1:8443s\"\n"},
    {"LISTEN=https://127.0.0.1:8443",
     "LISTEN: must be without TLS, which a proxy in front speaks (docs/relay.md has one), such as 127.0.0.1:8080, not "
     "\"https://127.0.0.1:8443\"\n"},
    {"SUPABASE_JWT_SECRET=",
     "SUPABASE_JWT_SECRET, SUPABASE_JWKS_URL or SUPABASE_URL: is required: what user tokens are signed with\n"},
    {"TRUSTED_PROXIES=10.0.0.0/8,10.0.0.0/33",
     "TRUSTED_PROXIES: must be addresses or networks such as 10.0.0.0/8, separated by commas, not "
     "\"10.0.0.0/8,10.0.0.0/33\"\n"},
    {"TWILIO_AUTH_TOKEN_FILE=/nonexistent/token",
     "TWILIO_AUTH_TOKEN_FILE: could not read /nonexistent/token: No such file or directory\n"},
    {"LISTEN=127.0.0.1:65536",
     "LISTEN: must be an IPv4 address and a port, such as 127.0.0.1:8080, not \"127.0.0.1:65536\"\n"},
    {"PUBLIC_URL=ftp://relay.example.org",
     "PUBLIC_URL: must be an http:// or https:// URL without user, query or fragment, not \"ftp://relay.example.org\"\n"},
    {"PUBLIC_URL=https://u:p@relay.example.org",
     "PUBLIC_URL: must be an http:// or https:// URL without user, query or fragment, not "
     "\"https://u:p@relay.example.org\"\n"},
    {"PUBLIC_URL=https://relay.example.org?x",
     "PUBLIC_URL: must be an http:// or https:// URL without user, query or fragment, not "
     "\"https://relay.example.org?x\"\n"},
    {"PUBLIC_URL=",
     "PUBLIC_URL: is required: where Twilio reaches this relay; its signatures cover this very text\n"},
    {"TWILIO_ACCOUNT_SID=AC1",
     "TWILIO_ACCOUNT_SID: must be AC and 32 lower-case hexadecimal digits, not \"AC1\"\n"},
    {"TWILIO_PHONE_NUMBER=0123",
     "TWILIO_PHONE_NUMBER: must be a number in E.164, such as +15005550006, not \"0123\"\n"},
    {"SUPABASE_JWT_SECRET=short", "SUPABASE_JWT_SECRET: must have at least 32 characters\n"},
    {"DATABASE_URL=postgres//u:secret@h", "DATABASE_URL: must be a PostgreSQL connection string, such as "
                                          "postgresql://worldtune_relay@localhost:5432/postgres\n"},
    {"TWILIO_API_KEY=SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
     "TWILIO_API_KEY and TWILIO_API_SECRET: set both or neither\n"},
    {"WATCHDOG_SECONDS=-1", "WATCHDOG_SECONDS: must be a number from 0 (off) to 3600, not \"-1\"\n"},
    {"HTTP_THREADS=0", "HTTP_THREADS: must be a number from 1 to 4096, not \"0\"\n"},
    {"DATABASE_CONNECTIONS=1x", "DATABASE_CONNECTIONS: must be a number from 1 to 500, not \"1x\"\n"},
    {"LOG_LEVEL=loud", "LOG_LEVEL: must be one of debug, info, warn, error, not \"loud\"\n"},
    {"RECORD_CALLS=yes", "RECORD_CALLS: must be true or false, not \"yes\"\n"},
    {"ALLOWED_ORIGINS=https://a.example.org,b",
     "ALLOWED_ORIGINS: must be origins such as https://app.example.org, separated by commas, not "
     "\"https://a.example.org,b\"\n"},
    {"ALLOWED_ORIGINS=https://a.example.org/",
     "ALLOWED_ORIGINS: must be origins such as https://app.example.org, separated by commas, not "
     "\"https://a.example.org/\"\n"},
};

static void
says_one_line_for_each_wrong_value(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(wrong); i++)
	{
		const Config *config;
		char *problems;

		config = load(wrong[i].line, &problems);
		assert_null(config);
		assert_string_equal(problems, wrong[i].said);
		free(problems);
		config_release(config);
	}
}

static void
names_the_line_of_what_it_cannot_read(void **state)
{
	const Config *config;
	char *problems;

	(void) state;
	config = load("TWILO_API_KEY=x\nnonsense\n", &problems);
	assert_null(config);
	assert_non_null(strstr(problems, ":9: unknown setting TWILO_API_KEY; --help lists all\n"));
	assert_non_null(strstr(problems, ":10: expected NAME=value\n"));
	free(problems);
	config_release(config);
}

static void
says_that_a_file_is_missing(void **state)
{
	const Config *config;
	char *problems;
	size_t size;
	FILE *out = must(open_memstream(&problems, &size));

	(void) state;
	config = config_load("/nonexistent/relay.conf", CONFIG_FOR_SERVICE, out);
	assert_null(config);
	fclose(out);
	assert_non_null(strstr(problems, "/nonexistent/relay.conf: could not open: No such file or directory\n"));
	free(problems);
	config_release(config);
}

static int
count_lines(const char *text)
{
	int lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

static void
asks_for_what_its_use_needs_alone(void **state)
{
	static const struct
	{
		ConfigUse use;
		const char *said[4];
	} uses[] = {
	    {CONFIG_FOR_RATES, {"DATABASE_URL: is required"}},
	    {CONFIG_FOR_PULL, {"DATABASE_URL: is", "TWILIO_ACCOUNT_SID: is", "TWILIO_AUTH_TOKEN: is"}},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(uses); i++)
	{
		char *problems;
		size_t size;
		FILE *out = must(open_memstream(&problems, &size));
		int expected = 0;
		const Config *config = config_load(NULL, uses[i].use, out);

		fclose(out);
		for (; uses[i].said[expected] != NULL; expected++)
			assert_non_null(strstr(problems, uses[i].said[expected]));
		assert_null(config);
		assert_int_equal(count_lines(problems), expected);
		free(problems);
		config_release(config);
	}
}

static void
knows_its_origins(void **state)
{
	const Config *config;
	char *problems;

	(void) state;
	config = load("ALLOWED_ORIGINS=https://a.example.org, http://localhost:3000", &problems);
	assert_non_null(config);
	assert_true(config_allows_origin(config, "https://a.example.org"));
	assert_true(config_allows_origin(config, "http://localhost:3000"));
	assert_false(config_allows_origin(config, "https://a.example.org.evil.example"));
	assert_false(config_allows_origin(config, "https://a.example.or"));
	assert_false(config_allows_origin(config, "null"));
	assert_false(config_allows_origin(config, ""));
	free(problems);
	config_release(config);
	config = load("", &problems);
	assert_non_null(config);
	assert_false(config_allows_origin(config, "https://a.example.org"));
	free(problems);
	config_release(config);
}

static void
reads_secrets_from_files(void **state)
{
	char path[] = "/tmp/worldtune-secret-XXXXXX";
	int file = mkstemp(path);
	char *line = must_format("TWILIO_AUTH_TOKEN_FILE=%s", path);
	const Config *config;
	char *problems;

	(void) state;
	dprintf(file, "primary , secondary\n");
	close(file);
	config = load(line, &problems);
	assert_non_null(config);
	assert_string_equal(config->twilio_auth_token, "primary");
	assert_string_equal(config->twilio_auth_tokens[1], "secondary");
	assert_null(config->twilio_auth_tokens[2]);
	config_release(config);
	free(problems);
	setenv("SUPABASE_JWT_SECRET", "another-secret-of-more-than-32-characters", 1);
	setenv("SUPABASE_JWT_SECRET_FILE", path, 1);
	assert_null(load("", &problems));
	assert_string_equal(problems, "SUPABASE_JWT_SECRET and SUPABASE_JWT_SECRET_FILE: set one of them\n");
	unlink(path);
	free(problems);
	free(line);
}

static void
finds_the_keys_of_a_supabase(void **state)
{
	const Config *config;
	char *problems;

	(void) state;
	config = load("SUPABASE_JWT_SECRET=\nSUPABASE_URL=https://x.example.org/", &problems);
	assert_non_null(config);
	assert_string_equal(config->supabase_jwks_url, "https://x.example.org/auth/v1/.well-known/jwks.json");
	free(problems);
	config_release(config);
}

static void
knows_its_proxies(void **state)
{
	static const struct
	{
		const char *address;
		bool trusted;
	} cases[] = {{"10.1.2.3", true},       {"11.0.0.1", false},   {"192.0.2.7", true},
	             {"192.0.2.8", false},     {"2001:db8::5", true}, {"2001:db9::5", false},
	             {"::ffff:10.0.0.1", true}};
	const Config *config;
	char *problems;
	Address address;

	(void) state;
	config = load("TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.7,2001:db8::/32", &problems);
	assert_non_null(config);
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		assert_true(address_read(cases[i].address, &address));
		assert_int_equal(config_trusts_proxy(config, &address), cases[i].trusted);
	}
	free(problems);
	config_release(config);
}

static int changed;

static void
count_changed(const char *name)
{
	(void) name;
	changed++;
}

static void
names_what_a_reload_cannot_change(void **state)
{
	const Config *config, *next;
	char *problems;

	(void) state;
	config = load("", &problems);
	free(problems);
	next = load("LISTEN=127.0.0.1:9\nHTTP_THREADS=7\nLOG_LEVEL=warn", &problems);
	free(problems);
	changed = 0;
	config_name_fixed(config, next, count_changed);
	assert_int_equal(changed, 2);
	assert_int_equal(next->http_threads, 7);
	assert_int_equal(next->log_level, LOG_WARN);
	config_release(config_keep(next));
	config_release(config);
	config_release(next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(reads_a_file, clear_environment),
	    cmocka_unit_test_setup(prefers_the_file_to_the_environment, clear_environment),
	    cmocka_unit_test_setup(says_one_line_for_each_wrong_value, clear_environment),
	    cmocka_unit_test_setup(names_the_line_of_what_it_cannot_read, clear_environment),
	    cmocka_unit_test_setup(says_that_a_file_is_missing, clear_environment),
	    cmocka_unit_test_setup(asks_for_what_its_use_needs_alone, clear_environment),
	    cmocka_unit_test_setup(knows_its_origins, clear_environment),
	    cmocka_unit_test_setup(knows_its_proxies, clear_environment),
	    cmocka_unit_test_setup(finds_the_keys_of_a_supabase, clear_environment),
	    cmocka_unit_test_setup(names_what_a_reload_cannot_change, clear_environment),
	    cmocka_unit_test_setup(reads_secrets_from_files, clear_environment),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
