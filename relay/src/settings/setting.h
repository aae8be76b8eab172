/*
 * setting.h
 *		One setting: its name, where its value goes, and what its text may be.
 */
#ifndef RELAY_SETTING_H
#define RELAY_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum SettingKind
{
	SETTING_TEXT,   /* char * */
	SETTING_URL,    /* char *, without slashes at the end */
	SETTING_NUMBER, /* int */
	SETTING_SWITCH, /* bool */
	SETTING_LEVEL,  /* LogLevel */
	SETTING_LIST,   /* TextList, from texts separated by commas */
	SETTING_RANGES, /* AddressRanges, from the same */
} SettingKind;

/* Beside the uses (ConfigUse) that a setting is required for. */
enum
{
	SETTING_SECRET = 8, /* never shown; NAME_FILE names a file that has it */
	SETTING_FIXED = 16, /* read at the start alone */
};

typedef struct Setting
{
	const char *name;
	SettingKind kind;
	size_t offset; /* in a Config */
	int flags;
	const char *fallback;
	const char *(*fault)(const char *text); /* of a text, or of each in a list; NULL: any will do */
	int least;                              /* of a number; where that is 0, 0 is off */
	int most;
	const char *help;
} Setting;

/* Writes what a good text must be; false when this is one. */
extern bool setting_describe_fault(const Setting *setting, const char *text, char *fault, size_t size);

/* Takes a good text, or none. */
extern void setting_set(const Setting *setting, void *config, const char *text);
extern void setting_clear(const Setting *setting, void *config);
extern bool setting_differs(const Setting *setting, const void *one, const void *other);

#endif
