/*
 * page.h
 *		The dialer's page at /.
 */
#ifndef RELAY_PAGE_H
#define RELAY_PAGE_H

#include "http/http.h"

extern void page_index(HttpRequest *request, HttpReply *reply);

/* What the page loads: each name carries a hash of what is in the file, so that a client may keep it for good. */
extern void page_asset(HttpRequest *request, HttpReply *reply);

/* What the page must know before anybody is signed in. */
extern void page_config(HttpRequest *request, HttpReply *reply);

/* Of live events, which another listener serves: where they are. */
extern void page_live_elsewhere(HttpRequest *request, HttpReply *reply);

#endif
