/*
 * progress.c
 *		The bar.
 */
#include "rates/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 40
#define CLEAR_TO_END "\033[K"

void
rates_progress_show(int done, int total)
{
	static const char full[BAR_WIDTH + 1] = "########################################";
	int filled = total > 0 ? (int) ((long) done * BAR_WIDTH / total) : 0;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r[%.*s%*s] %d/%d countries" CLEAR_TO_END, filled, full, BAR_WIDTH - filled, "",
		        done, total);
}

void
rates_progress_clear(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r" CLEAR_TO_END, stderr);
}
