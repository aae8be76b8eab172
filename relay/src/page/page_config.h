/*
 * page_config.h
 *		What the settings mean for the page: what it is told, and whom it may talk to.
 */
#ifndef RELAY_PAGE_CONFIG_H
#define RELAY_PAGE_CONFIG_H

#include "http/http.h"

struct Config;

/* Adds the Content-Security-Policy: the page's own files, and connections to those whom the settings name. */
extern void page_add_policy(const struct Config *config, HttpReply *reply);

#endif
