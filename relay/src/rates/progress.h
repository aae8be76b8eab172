/*
 * progress.h
 *		A progress bar on standard error, if that is a terminal; otherwise nothing.
 */
#ifndef RELAY_RATES_PROGRESS_H
#define RELAY_RATES_PROGRESS_H

/* Draws the bar over the one before. */
extern void rates_progress_show(int done, int total);

/* Clears the line, so that something else can be written there. */
extern void rates_progress_clear(void);

#endif
