/*
 * setting.c
 *		From text to value, by the kind of the setting.
 */
#include "settings/setting.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/must.h"
#include "settings/config.h"

static void *
slot(const Setting *setting, const void *config)
{
	return (char *) config + setting->offset;
}

/* The next text of a comma-separated list, trimmed, as a copy; NULL at its end. */
static char *
next_of_list(const char **list)
{
	const char *start = *list + strspn(*list, ", \t");
	size_t length = strcspn(start, ", \t");

	*list = start + length;
	return length > 0 ? must(strndup(start, length)) : NULL;
}

static bool
is_number_within(const char *text, int least, int most)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	return text[strspn(text, "0123456789")] == '\0' && end != text && errno == 0 && number >= least &&
	       number <= most;
}

static bool
is_on(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "on") == 0;
}

static bool
is_off(const char *text)
{
	return strcmp(text, "false") == 0 || strcmp(text, "off") == 0;
}

static const char *
fault_of_list(const Setting *setting, const char *texts)
{
	const char *fault = NULL;
	char *text;

	while (fault == NULL && (text = next_of_list(&texts)) != NULL)
	{
		fault = setting->fault != NULL ? setting->fault(text) : NULL;
		free(text);
	}
	return fault;
}

bool
setting_describe_fault(const Setting *setting, const char *text, char *fault, size_t size)
{
	const char *found = NULL;
	LogLevel level;

	fault[0] = '\0';
	switch (setting->kind)
	{
		case SETTING_TEXT:
		case SETTING_URL:
			found = setting->fault != NULL ? setting->fault(text) : NULL;
			break;
		case SETTING_LIST:
		case SETTING_RANGES:
			found = fault_of_list(setting, text);
			break;
		case SETTING_SWITCH:
			if (!is_on(text) && !is_off(text))
				found = "must be true or false";
			break;
		case SETTING_LEVEL:
			if (!log_level_from_text(text, &level))
				found = "must be one of debug, info, warn, error";
			break;
		case SETTING_NUMBER:
			if (!is_number_within(text, setting->least, setting->most))
				snprintf(fault, size, "must be a number from %d%s to %d", setting->least,
				         setting->least == 0 ? " (off)" : "", setting->most);
			break;
	}
	if (found != NULL)
		snprintf(fault, size, "%s", found);
	return fault[0] != '\0';
}

static TextList
read_list(const char *texts)
{
	/* No more texts than characters, and the NULL. */
	TextList list = must_alloc((strlen(texts) + 1) * sizeof(char *));
	int count = 0;

	while ((list[count] = next_of_list(&texts)) != NULL)
		count++;
	return list;
}

static void
free_list(TextList list)
{
	for (char **text = list; text != NULL && *text != NULL; text++)
		free(*text);
	free(list);
}

static AddressRanges
read_ranges(const char *texts)
{
	AddressRanges ranges = {.list = must_alloc((strlen(texts) + 1) * sizeof(AddressRange))};
	char *text;

	while ((text = next_of_list(&texts)) != NULL)
	{
		address_range_read(text, &ranges.list[ranges.count++]);
		free(text);
	}
	return ranges;
}

static char *
read_url(const char *text)
{
	char *url = must_copy(text);
	size_t length = strlen(url);

	while (length > 0 && url[length - 1] == '/')
		url[--length] = '\0';
	return url;
}

void
setting_set(const Setting *setting, void *config, const char *text)
{
	void *value = slot(setting, config);

	if (text == NULL)
		return;
	switch (setting->kind)
	{
		case SETTING_TEXT:
			*(char **) value = must_copy(text);
			break;
		case SETTING_URL:
			*(char **) value = read_url(text);
			break;
		case SETTING_NUMBER:
			*(int *) value = (int) strtol(text, NULL, 10);
			break;
		case SETTING_SWITCH:
			*(bool *) value = is_on(text);
			break;
		case SETTING_LEVEL:
			log_level_from_text(text, value);
			break;
		case SETTING_LIST:
			*(TextList *) value = read_list(text);
			break;
		case SETTING_RANGES:
			*(AddressRanges *) value = read_ranges(text);
			break;
	}
}

void
setting_clear(const Setting *setting, void *config)
{
	void *value = slot(setting, config);

	switch (setting->kind)
	{
		case SETTING_TEXT:
		case SETTING_URL:
			free(*(char **) value);
			break;
		case SETTING_LIST:
			free_list(*(TextList *) value);
			break;
		case SETTING_RANGES:
			free(((AddressRanges *) value)->list);
			break;
		case SETTING_NUMBER:
		case SETTING_SWITCH:
		case SETTING_LEVEL:
			break;
	}
}

static bool
texts_differ(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one != other : strcmp(one, other) != 0;
}

/* Only texts, numbers and switches are fixed. */
bool
setting_differs(const Setting *setting, const void *one, const void *other)
{
	if (setting->kind == SETTING_NUMBER)
		return *(int *) slot(setting, one) != *(int *) slot(setting, other);
	if (setting->kind == SETTING_SWITCH)
		return *(bool *) slot(setting, one) != *(bool *) slot(setting, other);
	return texts_differ(*(char **) slot(setting, one), *(char **) slot(setting, other));
}
