/*
 * client_address.c
 *		X-Forwarded-For, read from its end: what stands before the first untrusted address, that one may have made up.
 */
#include "door/client_address.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <civetweb.h>

#include "settings/config.h"

/*
 * Goes back over the addresses of one header's value for as long as they are trusted proxies'. False once it has come to the
 * client, or to what is no address.
 */
static bool
go_back(const Config *config, const char *value, Address *address)
{
	size_t end = strlen(value);

	while (end > 0)
	{
		char text[INET6_ADDRSTRLEN];
		size_t start, length;
		Address before;

		while (end > 0 && strchr(", \t", value[end - 1]) != NULL)
			end--;
		for (start = end; start > 0 && strchr(", \t", value[start - 1]) == NULL; start--)
			;
		length = end - start;
		if (length == 0)
			break;
		if (length >= sizeof(text))
			return false;
		memcpy(text, value + start, length);
		text[length] = '\0';
		if (!address_read(text, &before))
			return false;
		*address = before;
		if (!config_trusts_proxy(config, address))
			return false;
		end = start;
	}
	return true;
}

Address
client_address(const HttpRequest *request)
{
	const struct mg_request_info *info = mg_get_request_info(request->connection);
	Address address = {{0}};
	bool trusted =
	    address_read(info->remote_addr, &address) && config_trusts_proxy(request->config, &address);

	/* A proxy may append a header rather than to one. */
	for (int i = info->num_headers - 1; trusted && i >= 0; i--)
		if (strcasecmp(info->http_headers[i].name, "X-Forwarded-For") == 0)
			trusted = go_back(request->config, info->http_headers[i].value, &address);
	return address;
}
