/*
 * thread_sanitizer.c
 *		Linked into the build with SANITIZE=thread alone: what the sanitizer does, whoever starts the program. The first race
 *		ends it, as ASan does. Nothing is suppressed: Debian's libraries, built without it, have caused no false report.
 */
const char *__tsan_default_options(void);

const char *
__tsan_default_options(void)
{
	return "halt_on_error=1:second_deadlock_stack=1";
}
