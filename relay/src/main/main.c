/*
 * main.c
 *		Start order, signals, stop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>
#include <libxml/parser.h>
#include <systemd/sd-daemon.h>

#include "audit/command.h"
#include "base/log.h"
#include "base/log_writer.h"
#include "base/relay.h"
#include "database/pool.h"
#include "door/jwks.h"
#include "door/token_limiter.h"
#include "live/live.h"
#include "main/hardening.h"
#include "main/reload.h"
#include "metrics/metrics.h"
#include "rates/command.h"
#include "server/server.h"
#include "settings/settings.h"
#include "twilio/handles.h"
#include "watchdog/watchdog.h"

#define EXIT_CONFIG 2

typedef struct Arguments
{
	const char *config_file;
	bool check;
	int (*command)(int argc, char **argv,
	               const char *config_file); /* the one that stands at optind; NULL: the daemon */
} Arguments;

static void
print_help(void)
{
	puts("worldtune-relay: HTTP between browsers, Twilio and a PostgreSQL with pg_worldtune\n"
	     "\n"
	     "  --config FILE   read settings from FILE (lines NAME=value); they win over the environment\n"
	     "  --check         say what is wrong with the settings, and exit\n"
	     "  --version       print the version, and exit\n"
	     "  --help          print this, and exit\n"
	     "\n"
	     "  rates COMMAND   decks of prices: import, pull, list, diff, lookup, activate, cancel, prune\n"
	     "  audit DAY       Twilio's list of calls beside ours; --help after either explains it\n"
	     "\n"
	     "Settings:");
	config_print_help(stdout);
}

static Arguments
read_arguments(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"check", no_argument, NULL, 'k'},
	    {"version", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	Arguments arguments = {0};
	int option;

	/* What follows a command's name is the command's. */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (option)
		{
			case 'c':
				arguments.config_file = optarg;
				break;
			case 'k':
				arguments.check = true;
				break;
			case 'v':
				puts("worldtune-relay " RELAY_VERSION);
				exit(EXIT_SUCCESS);
			case 'h':
				print_help();
				exit(EXIT_SUCCESS);
			default:
				exit(EXIT_CONFIG);
		}
	if (optind < argc && !arguments.check && strcmp(argv[optind], "rates") == 0)
		arguments.command = rates_command;
	if (optind < argc && !arguments.check && strcmp(argv[optind], "audit") == 0)
		arguments.command = audit_command;
	if (optind < argc && arguments.command == NULL)
	{
		fprintf(stderr, "worldtune-relay: unexpected argument %s; --help lists what there is\n",
		        argv[optind]);
		exit(EXIT_CONFIG);
	}
	return arguments;
}

/* Threads inherit the mask, so that only this one ever sees the signals. */
static sigset_t
block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signals;
}

/* The signal that says to stop. */
static int
wait_for_stop(const sigset_t *signals, const Relay *relay, const char *config_file)
{
	int signal_number;

	while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP)
		reload_settings(relay, config_file);
	return signal_number;
}

static int
serve_until_stopped(const Config *config, const char *config_file)
{
	sigset_t signals = block_signals();
	Relay relay = {.settings = settings_open(config_keep(config))};
	Watchdog *watchdog;
	ServerPorts ports;
	int live_port;

	metric_set(METRIC_BUILD, RELAY_VERSION, NULL, 1);
	metric_set(METRIC_START_TIME, NULL, NULL, (double) time(NULL));
	log_writer_start();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	xmlInitParser();
	relay.db_pool = pool_open(config->database_url, config->database_connections, config->database_prepare);
	if (config->database_listen_url == NULL)
		pool_reserve(relay.db_pool);
	relay.handles = handles_open();
	relay.jwks = jwks_open(config->supabase_jwks_url);
	relay.token_limiter = token_limiter_open();
	if (!server_start(&relay, config, &ports) || !live_start(&relay, config, ports.main, &live_port))
	{
		log_writer_stop();
		return EXIT_FAILURE;
	}
	watchdog = watchdog_start(&relay, config->watchdog_seconds);
	log_info("ready", log_text("version", RELAY_VERSION), log_text("listen", config->listen),
	         log_number("port", ports.main), log_number("ops_port", ports.ops),
	         log_number("live_port", live_port));

	sd_notify(0, "READY=1");
	log_info("stopping", log_text("signal", strsignal(wait_for_stop(&signals, &relay, config_file))));
	sd_notify(0, "STOPPING=1");
	/* From here a second signal ends the process by its default action. */
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	server_stop();
	watchdog_stop(watchdog);
	live_stop();
	pool_close(relay.db_pool);
	handles_close(relay.handles);
	token_limiter_close(relay.token_limiter);
	jwks_close(relay.jwks);
	settings_close(relay.settings);
	xmlCleanupParser();
	curl_global_cleanup();
	log_info("stopped", log_text("version", RELAY_VERSION));
	log_writer_stop();
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	Arguments arguments;
	const Config *config;
	int status = EXIT_SUCCESS;

	hardening_apply();
	arguments = read_arguments(argc, argv);
	if (arguments.command != NULL)
		return arguments.command(argc - optind, argv + optind, arguments.config_file);
	config = config_load(arguments.config_file, CONFIG_FOR_SERVICE, stderr);
	if (config == NULL)
		return EXIT_CONFIG;
	if (arguments.check)
		puts("the settings are good");
	else if (geteuid() == 0)
	{
		fputs("worldtune-relay: does not run as root; start it as an ordinary user\n", stderr);
		status = EXIT_FAILURE;
	}
	else
	{
		log_set_level(config->log_level);
		status = serve_until_stopped(config, arguments.config_file);
	}
	config_release(config);
	return status;
}
