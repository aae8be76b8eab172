/*
 * query.h
 *		Parameters of a query that several endpoints take.
 */
#ifndef RELAY_QUERY_H
#define RELAY_QUERY_H

#include "http/http.h"

/* A whole number from 1 to most, as its text; without the parameter the fallback. NULL with a 400. */
extern const char *query_count(const HttpRequest *request, HttpReply *reply, const char *name,
                               const char *fallback, int most);

/* Whether the parameter is one text at most: false with a 400 when it holds a NUL, where C would cut it off. */
extern bool query_is_clean(const HttpRequest *request, HttpReply *reply, const char *name);

#endif
