/*
 * client_address.h
 *		Whose request it is, by address.
 */
#ifndef RELAY_CLIENT_ADDRESS_H
#define RELAY_CLIENT_ADDRESS_H

#include "base/address.h"
#include "http/http.h"

/*
 * The address that the connection comes from; behind trusted proxies (TRUSTED_PROXIES) the last one in X-Forwarded-For that is
 * not a trusted proxy's itself.
 */
extern Address client_address(const HttpRequest *request);

#endif
