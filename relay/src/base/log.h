/*
 * log.h
 *		One JSON line per event on standard error. Telephone numbers are masked; secrets never come here.
 */
#ifndef RELAY_LOG_H
#define RELAY_LOG_H

#include <stdbool.h>

typedef enum LogLevel
{
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
} LogLevel;

typedef enum LogFieldKind
{
	LOG_FIELD_END,
	LOG_FIELD_TEXT,
	LOG_FIELD_NUMBER,
	LOG_FIELD_PHONE,
} LogFieldKind;

typedef struct LogField
{
	LogFieldKind kind;
	const char *name;
	const char *text;
	double number;
} LogField;

/* Fields of an event; one whose text is NULL is left out. */
extern LogField log_text(const char *name, const char *text);
extern LogField log_phone(const char *name, const char *number);
extern LogField log_number(const char *name, double number);

#define log_debug(event, ...) log_event(LOG_DEBUG, event, (LogField[]){__VA_ARGS__, {0}})
#define log_info(event, ...) log_event(LOG_INFO, event, (LogField[]){__VA_ARGS__, {0}})
#define log_warn(event, ...) log_event(LOG_WARN, event, (LogField[]){__VA_ARGS__, {0}})
#define log_error(event, ...) log_event(LOG_ERROR, event, (LogField[]){__VA_ARGS__, {0}})

extern void log_event(LogLevel level, const char *event, const LogField *fields);

extern bool log_level_from_text(const char *text, LogLevel *level);
extern void log_set_level(LogLevel level);

/* Every event of this thread carries this id until it is set to NULL. The text is not copied. */
extern void log_set_request_id(const char *id);

#endif
