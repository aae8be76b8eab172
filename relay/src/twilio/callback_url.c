/*
 * callback_url.c
 *		Building callback URLs.
 */
#include "twilio/callback_url.h"

#include <stddef.h>
#include <string.h>

#include "base/must.h"
#include "settings/config.h"

/*
 * Twilio delivers an event again that was not acknowledged, three times at most, only when the URL asks for
 * it. The fragment is not sent to us, nor signed.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
#define RETRY_FRAGMENT "#rc=3&rp=all"

char *
callback_url(const Config *config, const char *path, const char *user_id, const char *call_id,
             const char *number)
{
	return must_format("%s%s?user=%s%s%s%s%s" RETRY_FRAGMENT, config->public_url, path, user_id,
	                   call_id != NULL ? "&call=" : "", call_id != NULL ? call_id : "",
	                   number != NULL ? "&to=%2B" : "", number != NULL ? number + strlen("+") : "");
}

char *
callback_url_query(const Config *config, const char *path, const char *query)
{
	return must_format("%s%s?%s" RETRY_FRAGMENT, config->public_url, path, query);
}
