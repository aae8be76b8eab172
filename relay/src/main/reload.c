/*
 * reload.c
 *		SIGHUP.
 */
#include "main/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "door/jwks.h"
#include "settings/settings.h"

static void
log_fixed(const char *name)
{
	log_warn("setting_needs_restart", log_text("name", name));
}

static void
log_problems(char *problems)
{
	char *rest = problems;
	char *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0')
			log_error("setting_wrong", log_text("message", line));
	log_error("not_reloaded", log_text("message", "the settings stay as they were"));
}

void
reload_settings(const Relay *relay, const char *file)
{
	char *problems = NULL;
	size_t size = 0;
	FILE *out = must(open_memstream(&problems, &size));
	const Config *next = config_load(file, CONFIG_FOR_SERVICE, out);
	const Config *running;

	fclose(out);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", clock_ms() * 1000);
	if (next != NULL)
	{
		running = settings_take(relay->settings);
		config_name_fixed(running, next, log_fixed);
		config_release(running);
		log_set_level(next->log_level);
		jwks_set_url(relay->jwks, next->supabase_jwks_url);
		settings_replace(relay->settings, next);
		log_info("reloaded", log_text("version", RELAY_VERSION));
	}
	else
		log_problems(problems);
	free(problems);
	sd_notify(0, "READY=1");
}
