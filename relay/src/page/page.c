/*
 * page.c
 *		The dialer's page: files that are part of the program, sent compressed where the client takes that.
 */
#include "page/page.h"

#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "page/encoding.h"
#include "page/page_config.h"
#include "page/page_files.h"

#define ASSETS "assets/"
#define YEAR_SECONDS 31536000

static const PageFile *
find_file(const char *folder, const char *name)
{
	size_t length = strlen(folder);

	for (const PageFile *file = page_files; file->name != NULL; file++)
		if (strncmp(file->name, folder, length) == 0 && strcmp(file->name + length, name) == 0)
			return file;
	return NULL;
}

/* The smallest form of the file that the client takes; `coding` is NULL for the file as it is. */
static Bytes
choose_form(const HttpRequest *request, const PageFile *file, const char **coding)
{
	const char *accepted = http_header(request, "Accept-Encoding");

	*coding = NULL;
	if (file->brotli.start != NULL && encoding_accepted(accepted, "br"))
		*coding = "br";
	else if (file->gzip.start != NULL && encoding_accepted(accepted, "gzip"))
		*coding = "gzip";
	return *coding == NULL ? file->plain : strcmp(*coding, "br") == 0 ? file->brotli : file->gzip;
}

static void
reply_file(const HttpRequest *request, HttpReply *reply, const PageFile *file, int seconds)
{
	const char *coding;
	Bytes bytes = choose_form(request, file, &coding);
	size_t length = bytes.end - bytes.start;

	http_reply_body(reply, 200, file->content_type, memcpy(must_alloc(length), bytes.start, length), length);
	http_add_header(reply, "Vary", "Accept-Encoding");
	if (coding != NULL)
		http_add_header(reply, "Content-Encoding", "%s", coding);
	http_make_cacheable(request, reply, seconds);
}

void
page_index(HttpRequest *request, HttpReply *reply)
{
	reply_file(request, reply, find_file("", "index.html"), 0);
	page_add_policy(request->config, reply);
	http_add_header(reply, "Referrer-Policy", "no-referrer");
	http_add_header(reply, "Permissions-Policy", "microphone=(self)");
}

void
page_asset(HttpRequest *request, HttpReply *reply)
{
	const PageFile *file = find_file(ASSETS, request->path_part);

	if (file == NULL)
	{
		http_reply_error(reply, 404, "not_found", "there is nothing at this path");
		return;
	}
	reply_file(request, reply, file, YEAR_SECONDS);
	snprintf(reply->cache_control, sizeof(reply->cache_control), "public, max-age=%d, immutable",
	         YEAR_SECONDS);
}
