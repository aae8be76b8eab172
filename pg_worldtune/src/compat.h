/*
 * compat.h
 *		The only place that knows how the server's interfaces differ between versions.
 */
#ifndef WORLDTUNE_COMPAT_H
#define WORLDTUNE_COMPAT_H

#include "common/jsonapi.h"

/* The JSON parser's callbacks return an error code since 16. */
#if PG_VERSION_NUM >= 160000
#define JSON_ACTION_RESULT JsonParseErrorType
#define JSON_ACTION_OK return JSON_SUCCESS
#else
#define JSON_ACTION_RESULT void
#define JSON_ACTION_OK return
#endif

/* Since 17 the caller may bring the lexer's memory. */
#if PG_VERSION_NUM >= 170000
#define json_lexer(json, length, encoding) makeJsonLexContextCstringLen(NULL, json, length, encoding, true)
#else
#define json_lexer(json, length, encoding) makeJsonLexContextCstringLen(json, length, encoding, true)
#endif

#endif
