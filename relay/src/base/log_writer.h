/*
 * log_writer.h
 *		Brings log lines to standard error without ever waiting for whoever reads them.
 */
#ifndef RELAY_LOG_WRITER_H
#define RELAY_LOG_WRITER_H

#include <stddef.h>

/* From here on a thread writes; before that, and after the end, whoever logs does. */
extern void log_writer_start(void);

/* Ends the thread when all is written, or after a second. */
extern void log_writer_stop(void);

/* Keeps the line (its end included) to be written soon. Where too many are waiting it is dropped, and counted. */
extern void log_writer_add(const char *line, size_t length);

#endif
