/*
 * crowd.h
 *		How many connections an address may have open: MAX_CONNECTIONS_PER_ADDRESS.
 *
 * The libraries that listen ask nobody before they take a connection, so accept() itself is ours: whoever has enough is let
 * go before anything is spent on him.
 */
#ifndef RELAY_CROWD_H
#define RELAY_CROWD_H

struct Settings;

/* From now on the settings in force say how many; before that, anybody has any number. */
extern void crowd_open(struct Settings *settings);
extern void crowd_close(void);

#endif
