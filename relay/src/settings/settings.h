/*
 * settings.h
 *		The settings in force, which a reload replaces while requests go on with those they began with.
 */
#ifndef RELAY_SETTINGS_H
#define RELAY_SETTINGS_H

#include "settings/config.h"

typedef struct Settings Settings;

/* Takes the settings over. */
extern Settings *settings_open(const Config *config);
extern void settings_close(Settings *settings);

/* The settings in force, for one piece of work, which releases them (config_release). */
extern const Config *settings_take(Settings *settings);

/* From now on these are in force; takes them over. */
extern void settings_replace(Settings *settings, const Config *config);

#endif
