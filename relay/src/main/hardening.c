/*
 * hardening.c
 *		prctl, setrlimit, and standard descriptors.
 */
#include "main/hardening.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Who started us may have closed them: then the log would go to whatever is opened third. */
static void
fill_standard_descriptors(void)
{
	int descriptor;

	while ((descriptor = open("/dev/null", O_RDWR)) >= 0 && descriptor <= STDERR_FILENO)
		;
	if (descriptor >= 0)
		close(descriptor);
}

void
hardening_apply(void)
{
	struct rlimit none = {0, 0};

	fill_standard_descriptors();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
#ifndef SANITIZED /* which looks for leaks as a debugger */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
