/*
 * patience.c
 *		A timer for each thread, whose signal does nothing but make poll() fail with EINTR.
 */
#include "http/patience.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define SIGNAL (SIGRTMIN + 1)
#define AGAIN_MS 50

/* What glibc before 2.39 does not name. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static _Thread_local timer_t timer;
static _Thread_local bool has_timer;

static void
do_nothing(int signal_number)
{
	(void) signal_number;
}

void
patience_init(void)
{
	struct sigaction action = {.sa_handler = do_nothing}; /* without SA_RESTART */

	sigaction(SIGNAL, &action, NULL);
}

void
patience_begin(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};

	event.sigev_notify_thread_id = (pid_t) syscall(SYS_gettid);
	has_timer = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
	if (!has_timer)
		log_warn("thread_without_timer", log_text("message", strerror(errno)));
}

void
patience_end(void)
{
	if (has_timer)
		timer_delete(timer);
	has_timer = false;
}

void
patience_set(int milliseconds)
{
	struct itimerspec time = {
	    .it_value = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L},
	    .it_interval = {.tv_nsec = milliseconds > 0 ? AGAIN_MS * 1000000L : 0},
	};

	if (has_timer)
		timer_settime(timer, 0, &time, NULL);
}
