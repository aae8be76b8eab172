/*
 * body.h
 *		Reading the body of a request.
 */
#ifndef RELAY_BODY_H
#define RELAY_BODY_H

#include <stdbool.h>

#include "http/http.h"

#define BODY_BYTES_MAX (64 * 1024)

/* Reads the body within so many milliseconds; false with an error reply otherwise. */
extern bool body_read(HttpRequest *request, HttpReply *reply, int patience_ms);

#endif
