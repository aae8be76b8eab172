/*
 * page.c
 *		The page's files, which are part of the program (page_files.S).
 */
#include "page/page.h"

#include <string.h>

#include "base/must.h"

#define SECURITY_POLICY                                                                                             \
	"default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " \
	"form-action 'none'; frame-ancestors 'none'"

extern const char page_index_start[] __asm__("page_index_file");
extern const char page_index_end[] __asm__("page_index_file_end");
extern const char page_script_start[] __asm__("page_script_file");
extern const char page_script_end[] __asm__("page_script_file_end");
extern const char page_style_start[] __asm__("page_style_file");
extern const char page_style_end[] __asm__("page_style_file_end");

static void
reply_file(const HttpRequest *request, HttpReply *reply, const char *content_type, const char *start,
           const char *end)
{
	size_t length = end - start;

	http_reply_body(reply, 200, content_type, memcpy(must_alloc(length), start, length), length);
	http_add_header(reply, "Content-Security-Policy", "%s", SECURITY_POLICY);
	http_add_header(reply, "Referrer-Policy", "no-referrer");
	http_make_cacheable(request, reply, 0);
}

void
page_index(HttpRequest *request, HttpReply *reply)
{
	reply_file(request, reply, "text/html; charset=utf-8", page_index_start, page_index_end);
}

void
page_script(HttpRequest *request, HttpReply *reply)
{
	reply_file(request, reply, "text/javascript; charset=utf-8", page_script_start, page_script_end);
}

void
page_style(HttpRequest *request, HttpReply *reply)
{
	reply_file(request, reply, "text/css; charset=utf-8", page_style_start, page_style_end);
}
