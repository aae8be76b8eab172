/*
 * faults.c
 *		What good values look like.
 */
#include "settings/faults.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <libpq-fe.h>

#include "base/address.h"
#include "base/must.h"
#include "base/sid.h"

#define JWT_SECRET_BYTES_MIN 32 /* RFC 7518 section 3.2: no shorter than the hash */

const char *
fault_of_account_sid(const char *value)
{
	return sid_is(value, "AC") ? NULL : "must be AC and 32 lower-case hexadecimal digits";
}

const char *
fault_of_api_key(const char *value)
{
	return sid_is(value, "SK") ? NULL : "must be SK and 32 lower-case hexadecimal digits";
}

const char *
fault_of_app_sid(const char *value)
{
	return sid_is(value, "AP") ? NULL : "must be AP and 32 lower-case hexadecimal digits";
}

const char *
fault_of_phone_number(const char *value)
{
	size_t digits = value[0] == '+' ? strspn(value + 1, "0123456789") : 0;

	return digits >= 7 && digits <= 15 && value[1] != '0' && value[digits + 1] == '\0'
	           ? NULL
	           : "must be a number in E.164, such as +15005550006";
}

const char *
fault_of_database_url(const char *value)
{
	PQconninfoOption *options = PQconninfoParse(value, NULL);

	if (options == NULL)
		return "must be a PostgreSQL connection string, such as postgresql://worldtune_relay@localhost:5432/postgres";
	PQconninfoFree(options);
	return NULL;
}

static bool
asks_for_ipv6(const char *value)
{
	return value[0] == '[' || strchr(value, ':') != strrchr(value, ':');
}

static bool
asks_for_tls(const char *value)
{
	size_t length = strlen(value);

	return strncmp(value, "https://", 8) == 0 || (length > 1 && strchr("sr", value[length - 1]) != NULL &&
	                                              isdigit((unsigned char) value[length - 2]));
}

const char *
fault_of_listen(const char *value)
{
	static const char good[] = "must be an IPv4 address and a port, such as 127.0.0.1:8080";
	const char *colon = strrchr(value, ':');
	char host[INET_ADDRSTRLEN];
	struct in_addr address;
	size_t digits;

	if (asks_for_tls(value))
		return "must be without TLS, which a proxy in front speaks (docs/relay.md has one), such as 127.0.0.1:8080";
	if (asks_for_ipv6(value))
		return "must be an IPv4 address, for IPv6 is a proxy's in front (docs/relay.md has one), such as 127.0.0.1:8080";
	if (colon == NULL || colon - value >= INET_ADDRSTRLEN)
		return good;
	memcpy(host, value, colon - value);
	host[colon - value] = '\0';
	digits = strspn(colon + 1, "0123456789");
	if (inet_pton(AF_INET, host, &address) != 1 || digits == 0 || digits > 5 || colon[1 + digits] != '\0' ||
	    atoi(colon + 1) > 65535)
		return good;
	return NULL;
}

static bool
url_has(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK && text != NULL;

	curl_free(text);
	return has;
}

const char *
fault_of_url(const char *value)
{
	CURLU *url = must(curl_url());
	bool http = strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0;
	bool good = http && curl_url_set(url, CURLUPART_URL, value, 0) == CURLUE_OK &&
	            !url_has(url, CURLUPART_USER) && !url_has(url, CURLUPART_QUERY) &&
	            !url_has(url, CURLUPART_FRAGMENT);

	curl_url_cleanup(url);
	return good ? NULL : "must be an http:// or https:// URL without user, query or fragment";
}

const char *
fault_of_live_url(const char *value)
{
	const char *host = strstr(value, "://");
	bool is_socket =
	    strncmp(value, "ws://", strlen("ws://")) == 0 || strncmp(value, "wss://", strlen("wss://")) == 0;

	return is_socket && strcspn(host + strlen("://"), "/?#@ ") > 0 && strpbrk(value, "?#@ ") == NULL
	           ? NULL
	           : "must be a ws:// or wss:// URL without user, query or fragment";
}

const char *
fault_of_jwt_secret(const char *value)
{
	return strlen(value) >= JWT_SECRET_BYTES_MIN ? NULL : "must have at least 32 characters";
}

const char *
fault_of_origin(const char *value)
{
	const char *host = strstr(value, "://");

	return fault_of_url(value) == NULL && host != NULL && strchr(host + 3, '/') == NULL
	           ? NULL
	           : "must be origins such as https://app.example.org, separated by commas";
}

const char *
fault_of_address_range(const char *value)
{
	AddressRange range;

	return address_range_read(value, &range)
	           ? NULL
	           : "must be addresses or networks such as 10.0.0.0/8, separated by commas";
}

/* A name in a URL. */
const char *
fault_of_bucket(const char *value)
{
	size_t length = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

	return value[0] != '.' && length <= 100 && value[length] == '\0' ? NULL : "must be the name of a bucket";
}

const char *
fault_of_price(const char *value)
{
	size_t whole = strspn(value, "0123456789");
	size_t digits = value[whole] == '.' ? strspn(value + whole + 1, "0123456789") : 0;
	const char *end = value + whole + (value[whole] == '.' ? 1 + digits : 0);

	return whole >= 1 && whole <= 3 && digits <= 6 && *end == '\0' && (end[-1] != '.')
	           ? NULL
	           : "must be an amount such as 0.0025";
}

const char *
fault_of_call_mode(const char *value)
{
	return strcmp(value, "dial") == 0 || strcmp(value, "conference") == 0 ? NULL
	                                                                      : "must be dial or conference";
}
