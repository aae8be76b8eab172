/*
 * log.c
 *		Structured log lines.
 */
#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "base/log_writer.h"
#include "base/must.h"

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static atomic_int least_level = LOG_INFO; /* set anew while requests are served */
static _Thread_local const char *request_id;

LogField
log_text(const char *name, const char *text)
{
	return (LogField){.kind = LOG_FIELD_TEXT, .name = name, .text = text};
}

LogField
log_phone(const char *name, const char *number)
{
	return (LogField){.kind = LOG_FIELD_PHONE, .name = name, .text = number};
}

LogField
log_number(const char *name, double number)
{
	return (LogField){.kind = LOG_FIELD_NUMBER, .name = name, .number = number};
}

bool
log_level_from_text(const char *text, LogLevel *level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
		if (strcasecmp(text, level_names[i]) == 0)
		{
			*level = (LogLevel) i;
			return true;
		}
	return false;
}

void
log_set_level(LogLevel level)
{
	atomic_store_explicit(&least_level, level, memory_order_relaxed);
}

void
log_set_request_id(const char *id)
{
	request_id = id;
}

static void
add_time(cJSON *line)
{
	char text[40];
	struct timespec now;
	struct tm utc;
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + length, sizeof(text) - length, ".%03ldZ", now.tv_nsec / 1000000);
	cJSON_AddStringToObject(line, "time", text);
}

/* What a stranger sent may be any bytes: a log line stays ASCII. */
static void
add_text(cJSON *line, const char *name, const char *text)
{
	char *safe = must_copy(text);

	for (char *c = safe; *c != '\0'; c++)
		if ((unsigned char) *c < 0x20 || (unsigned char) *c > 0x7e)
			*c = '?';
	cJSON_AddStringToObject(line, name, safe);
	free(safe);
}

/* Keeps what tells the destination and the last two digits: +4420******58. */
static void
add_phone(cJSON *line, const char *name, const char *number)
{
	char *masked = must_copy(number);
	size_t length = strlen(masked);

	for (size_t i = length > 7 ? 5 : 0; i + 2 < length; i++)
		masked[i] = '*';
	add_text(line, name, masked);
	free(masked);
}

static void
add_field(cJSON *line, const LogField *field)
{
	if (field->kind == LOG_FIELD_NUMBER)
		cJSON_AddNumberToObject(line, field->name, field->number);
	else if (field->text == NULL)
		return;
	else if (field->kind == LOG_FIELD_PHONE)
		add_phone(line, field->name, field->text);
	else
		add_text(line, field->name, field->text);
}

/* With its line end, in one piece. */
static void
line_out(const char *text)
{
	size_t length = strlen(text);
	char *whole = must_alloc(length + 1);

	memcpy(whole, text, length);
	whole[length] = '\n';
	log_writer_add(whole, length + 1);
	free(whole);
}

void
log_event(LogLevel level, const char *event, const LogField *fields)
{
	cJSON *line;
	char *text;

	if ((int) level < atomic_load_explicit(&least_level, memory_order_relaxed))
		return;
	line = must(cJSON_CreateObject());
	add_time(line);
	cJSON_AddStringToObject(line, "level", level_names[level]);
	cJSON_AddStringToObject(line, "event", event);
	if (request_id != NULL)
		cJSON_AddStringToObject(line, "request", request_id);
	for (; fields->kind != LOG_FIELD_END; fields++)
		add_field(line, fields);
	text = must(cJSON_PrintUnformatted(line));
	line_out(text);
	free(text);
	cJSON_Delete(line);
}
