/*
 * page_files.h
 *		The files of the built page (dialer/dist), which are part of the program: embed.sh writes the table.
 */
#ifndef RELAY_PAGE_FILES_H
#define RELAY_PAGE_FILES_H

#include <stddef.h>

typedef struct Bytes
{
	const char *start; /* NULL: there are none */
	const char *end;
} Bytes;

typedef struct PageFile
{
	const char *name; /* relative to the page; NULL ends the table */
	const char *content_type;
	Bytes plain;
	Bytes brotli;
	Bytes gzip;
} PageFile;

extern const PageFile page_files[];

#endif
