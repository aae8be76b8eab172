/*
 * settings.c
 *		The pointer to the settings in force.
 */
#include "settings/settings.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/must.h"

struct Settings
{
	pthread_mutex_t lock;
	const Config *config;
};

Settings *
settings_open(const Config *config)
{
	Settings *settings = must_alloc(sizeof(Settings));

	pthread_mutex_init(&settings->lock, NULL);
	settings->config = config;
	return settings;
}

void
settings_close(Settings *settings)
{
	config_release(settings->config);
	pthread_mutex_destroy(&settings->lock);
	free(settings);
}

const Config *
settings_take(Settings *settings)
{
	const Config *config;

	pthread_mutex_lock(&settings->lock);
	config = config_keep(settings->config);
	pthread_mutex_unlock(&settings->lock);
	return config;
}

void
settings_replace(Settings *settings, const Config *config)
{
	const Config *before;

	pthread_mutex_lock(&settings->lock);
	before = settings->config;
	settings->config = config;
	pthread_mutex_unlock(&settings->lock);
	config_release(before);
}
