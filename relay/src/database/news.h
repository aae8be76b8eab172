/*
 * news.h
 *		Users of whose calls or credit this relay has just made something new: what writes says so here, and whoever
 *		tells the users' pages takes it from here.
 */
#ifndef RELAY_NEWS_H
#define RELAY_NEWS_H

#include <stdbool.h>

#include "base/uuid.h"

#define NEWS_MAX 512

typedef struct News
{
	int count;
	char user_ids[NEWS_MAX][UUID_SIZE];
	bool more;  /* there were others, too many to remember */
	bool doubt; /* a connection turned out to be broken, or to lead to the wrong server: others may, too */
} News;

/* Nothing is remembered before. */
extern void news_open(void);
extern void news_close(void);

/* After the commit. Does nothing with NULL. */
extern void news_add(const char *user_id);

extern void news_doubt(void);

/* Takes all that there is. */
extern void news_take(News *news);

/* A descriptor that can be read while there are news, or after news_wake. */
extern int news_descriptor(void);
extern void news_wake(void);

#endif
