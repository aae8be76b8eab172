/*
 * callback_url.h
 *		The URLs that Twilio is given to call back. They carry the user's id, under Twilio's signature.
 */
#ifndef RELAY_CALLBACK_URL_H
#define RELAY_CALLBACK_URL_H

struct Config;

#define PATH_TWIML "/api/twilio/twiml"
#define PATH_STATUS "/api/twilio/status-callback"
#define PATH_DIAL_COMPLETE "/api/twilio/dial-complete"
#define PATH_ANNOUNCEMENT "/api/twilio/announcement"
#define PATH_RECORDING "/api/twilio/recording-callback"
#define PATH_TRANSCRIPTION "/api/twilio/transcription-callback"
#define PATH_CONFERENCE "/api/twilio/conference-callback"
#define PATH_CONFERENCE_LEFT "/api/twilio/conference-left"

/*
 * The URL of that path for that user's call; call_id, and the E.164 number to be dialled, may be NULL. The
 * caller frees it.
 */
extern char *callback_url(const struct Config *config, const char *path, const char *user_id,
                          const char *call_id, const char *number);

/* The URL of that path with that query. The caller frees it. */
extern char *callback_url_query(const struct Config *config, const char *path, const char *query);

#endif
