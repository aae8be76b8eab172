/*
 * share.c
 *		A list of what is taken: there are no more of them than threads.
 */
#include "door/share.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Share *taken;

bool
share_take(Share *share, const void *of, const char *user_id, int most)
{
	int has = 0;

	*share = (Share){.of = of};
	memcpy(share->user_id, user_id, UUID_SIZE);
	pthread_mutex_lock(&lock);
	for (const Share *one = taken; one != NULL; one = one->next)
		has += one->of == of && strcmp(one->user_id, user_id) == 0;
	if (has < most)
	{
		share->next = taken;
		taken = share;
	}
	pthread_mutex_unlock(&lock);
	return has < most;
}

void
share_give_back(Share *share)
{
	Share **link = &taken;

	pthread_mutex_lock(&lock);
	while (*link != share)
		link = &(*link)->next;
	*link = share->next;
	pthread_mutex_unlock(&lock);
}
