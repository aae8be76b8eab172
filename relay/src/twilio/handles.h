/*
 * handles.h
 *		The handles of libcurl with which all threads ask Twilio, each with its connection.
 *
 * A bounded number of requests is on its way at once; up to half of the handles keep their connections when idle.
 */
#ifndef RELAY_HANDLES_H
#define RELAY_HANDLES_H

#include <curl/curl.h>

#define HANDLES_IN_FLIGHT 64
#define HANDLES_KEPT 32

typedef struct Handles Handles;

extern Handles *handles_open(void);
extern void handles_close(Handles *handles);

/* A handle for the caller alone, to be returned; NULL when none comes free by the deadline. */
extern CURL *handles_take(Handles *handles, long long deadline_ms);
extern void handles_return(Handles *handles, CURL *handle);

#endif
