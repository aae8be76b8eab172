/*
 * share.h
 *		How much of something scarce each user has just now, so that nobody has all of it.
 */
#ifndef RELAY_SHARE_H
#define RELAY_SHARE_H

#include <stdbool.h>

#include "base/uuid.h"

/* What a user has one of; it stays where it is until it is given back. */
typedef struct Share
{
	struct Share *next;
	const void *of; /* whatever stands for the scarce thing */
	char user_id[UUID_SIZE];
} Share;

/* False when the user has as many as one may have. */
extern bool share_take(Share *share, const void *of, const char *user_id, int most);

extern void share_give_back(Share *share);

#endif
