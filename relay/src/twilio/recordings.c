/*
 * recordings.c
 *		Deleting recordings, and what they cost.
 */
#include "twilio/recordings.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sid.h"

#define ERROR_NOT_FOUND 20404

bool
carrier_delete_recording(const Carrier *carrier, const char *recording_sid, long long deadline_ms)
{
	char *url = exchange_url(carrier->config, "/Recordings/", recording_sid, ".json");
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"DELETE", url, NULL, true}, deadline_ms);
	bool gone = reply.http_status == 204 || (reply.http_status == 404 && reply.error_code == ERROR_NOT_FOUND);

	log_event(gone ? LOG_INFO : LOG_WARN, "carrier_delete_recording",
	          (LogField[]){log_text("recording_sid", recording_sid),
	                       log_number("status", reply.http_status),
	                       log_text("message", reply.message[0] != '\0' ? reply.message : NULL),
	                       {0}});
	exchange_free(&reply);
	free(url);
	return gone;
}

void
carrier_recording_prices(const Carrier *carrier, const char *call_sid, long long deadline_ms,
                         void (*tell)(void *context, const char *recording_sid, const char *price),
                         void *context)
{
	char *url = exchange_url(carrier->config, "/Recordings.json?PageSize=50&CallSid=", call_sid, "");
	ExchangeReply reply = exchange_run(carrier, &(Exchange){"GET", url, NULL, true}, deadline_ms);
	const cJSON *list =
	    reply.http_status == 200 ? cJSON_GetObjectItemCaseSensitive(reply.json, "recordings") : NULL;
	const cJSON *recording;

	cJSON_ArrayForEach(recording, list)
	{
		char sid[SID_SIZE], price[32], unit[8];

		exchange_text(recording, "sid", sid, sizeof(sid));
		exchange_text(recording, "price", price, sizeof(price));
		exchange_text(recording, "price_unit", unit, sizeof(unit));
		if (sid_is(sid, "RE") && price[0] != '\0' && strcmp(unit, "USD") == 0)
			tell(context, sid, price);
	}
	exchange_free(&reply);
	free(url);
}

char *
carrier_recording_url(const struct Config *config, const char *recording_sid)
{
	return exchange_url(config, "/Recordings/", recording_sid, ".wav");
}
