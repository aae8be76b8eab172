/*
 * hardening.c
 *		prctl and setrlimit.
 */
#include "main/hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

void
hardening_apply(void)
{
	struct rlimit none = {0, 0};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
#ifndef SANITIZED /* which looks for leaks as a debugger */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
