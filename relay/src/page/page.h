/*
 * page.h
 *		The page at /: what runs here, and the latest calls of whoever is signed in.
 */
#ifndef RELAY_PAGE_H
#define RELAY_PAGE_H

#include "http/http.h"

extern void page_index(HttpRequest *request, HttpReply *reply);
extern void page_script(HttpRequest *request, HttpReply *reply);
extern void page_style(HttpRequest *request, HttpReply *reply);

#endif
