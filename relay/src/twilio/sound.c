/*
 * sound.c
 *		Transfers of sound by libcurl. They take as long as they take, but never stand still for long.
 */
#include "twilio/sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/must.h"
#include "settings/config.h"
#include "twilio/handles.h"
#include "twilio/recordings.h"
#include "twilio/twilio_http.h"

#define CONNECT_TIMEOUT_MS 4000L
#define STILL_SECONDS 20L       /* without a byte: then it is given up */
#define TRANSFER_SECONDS 14400L /* the longest call, at the pace of speech */
#define WAIT_MS 3000            /* for a handle */
#define REDIRECTS_MAX 3L
#define STORAGE_ANSWER_MAX (64 * 1024)

typedef struct Transfer
{
	CURL *curl;
	const SoundSink *sink;
	bool begun;
	SoundHead head;
} Transfer;

static char *
stored_url(const Config *config, const char *how, const char *stored_as)
{
	return must_format("%s/storage/v1/object/%s%s/%s", config->supabase_url, how, config->recordings_bucket,
	                   stored_as);
}

static struct curl_slist *
storage_headers(const Config *config)
{
	char *authorization = must_format("Authorization: Bearer %s", config->supabase_service_key);
	char *key = must_format("apikey: %s", config->supabase_service_key);
	struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, authorization), key);

	free(authorization);
	free(key);
	return headers;
}

/* The URL with Twilio's credentials, or the storage's. */
static struct curl_slist *
prepare(const Carrier *carrier, CURL *curl, const char *url, bool is_stored, TwilioBody *body)
{
	struct curl_slist *headers = is_stored ? storage_headers(carrier->config) : NULL;

	twilio_http_prepare(curl, carrier->config, url, body);
	if (is_stored)
	{
		curl_easy_setopt(curl, CURLOPT_USERNAME, NULL);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, NULL);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	}
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STILL_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TRANSFER_SECONDS);
	return headers;
}

static bool
is_success(long status)
{
	return status == 200 || status == 206;
}

/* Whether what comes is sound; then its head goes to the sink. */
static bool
begin(Transfer *transfer)
{
	SoundHead *head = &transfer->head;
	curl_off_t length = -1;
	long status = 0;
	const char *type = NULL;

	transfer->begun = true;
	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_TYPE, &type);
	if (!is_success(status) || type == NULL || strncasecmp(type, "audio/", strlen("audio/")) != 0 ||
	    strlen(type) >= sizeof(head->type) || (status == 206 && head->range[0] == '\0'))
		return false;
	strcpy(head->type, type);
	head->status = (int) status;
	head->length = length;
	return transfer->sink->begin(transfer->sink->context, head);
}

static size_t
receive(char *data, size_t size, size_t count, void *context)
{
	Transfer *transfer = context;
	size_t length = size * count;

	if (!transfer->begun && !begin(transfer))
		return length > 0 ? 0 : 1;
	return transfer->sink->write(transfer->sink->context, data, length) ? length : 0;
}

/* Of all headers, Content-Range: what is between the name and the line's end. */
static size_t
receive_header(char *line, size_t size, size_t count, void *context)
{
	static const char name[] = "Content-Range: bytes ";
	Transfer *transfer = context;
	size_t length = size * count;
	size_t start = strlen(name) - strlen("bytes ");

	if (length > strlen(name) && strncasecmp(line, name, strlen(name)) == 0 &&
	    length - start < sizeof(transfer->head.range))
		snprintf(transfer->head.range, sizeof(transfer->head.range), "%.*s",
		         (int) strcspn(line + start, "\r\n"), line + start);
	return length;
}

static SoundOutcome
outcome_of(CURLcode code, long status)
{
	if (status == 404)
		return SOUND_NONE;
	if (status == 416)
		return SOUND_OUTSIDE;
	return code == CURLE_OK && is_success(status) ? SOUND_DONE : SOUND_FAILED;
}

static SoundOutcome
transfer_sound(Transfer *transfer, const char *recording_sid)
{
	CURLcode code = curl_easy_perform(transfer->curl);
	long status = 0;
	SoundOutcome outcome;

	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && is_success(status) && !transfer->begun && !begin(transfer))
		code = CURLE_WRITE_ERROR; /* sound without a byte */
	outcome = outcome_of(code, status);
	/* Whoever listens may have heard enough. */
	if (outcome == SOUND_FAILED && (code != CURLE_WRITE_ERROR || transfer->head.status == 0))
		log_warn("sound_not_fetched", log_text("recording_sid", recording_sid),
		         log_number("status", (double) status),
		         log_text("message", code != CURLE_OK ? curl_easy_strerror(code) : "it is no sound"));
	return outcome;
}

SoundOutcome
sound_fetch(const Carrier *carrier, const char *recording_sid, const char *stored_as, const char *range,
            const SoundSink *sink)
{
	Transfer transfer = {.curl = handles_take(carrier->handles, clock_ms() + WAIT_MS), .sink = sink};
	struct curl_slist *headers;
	SoundOutcome outcome;
	char *url;

	if (transfer.curl == NULL)
		return SOUND_FAILED;
	url = stored_as != NULL ? stored_url(carrier->config, "authenticated/", stored_as)
	                        : carrier_recording_url(carrier->config, recording_sid);
	headers = prepare(carrier, transfer.curl, url, stored_as != NULL, NULL);
	/* Credentials stay with the first host. */
	curl_easy_setopt(transfer.curl, CURLOPT_FOLLOWLOCATION, stored_as == NULL ? 1L : 0L);
	curl_easy_setopt(transfer.curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(transfer.curl, CURLOPT_RANGE, range != NULL ? range + strlen("bytes=") : NULL);
	curl_easy_setopt(transfer.curl, CURLOPT_HEADERFUNCTION, receive_header);
	curl_easy_setopt(transfer.curl, CURLOPT_HEADERDATA, &transfer);
	curl_easy_setopt(transfer.curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(transfer.curl, CURLOPT_WRITEDATA, &transfer);
	outcome = transfer_sound(&transfer, recording_sid);
	curl_slist_free_all(headers);
	handles_return(carrier->handles, transfer.curl);
	free(url);
	return outcome;
}

static bool
begin_file(void *context, const SoundHead *head)
{
	(void) context;
	return head->status == 200;
}

static bool
write_file(void *context, const char *data, size_t length)
{
	return fwrite(data, 1, length, context) == length;
}

/* Supabase says 400 of many things, and what it means in the answer. */
static long
status_of(CURL *curl, const TwilioBody *body)
{
	cJSON *json = body->data != NULL ? json_parse(body->data, body->length) : NULL;
	const char *said = json_text(json, "statusCode");
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 400 && said != NULL && atol(said) > 0)
		status = atol(said);
	cJSON_Delete(json);
	return status;
}

/* The status of the answer, or 0. */
static long
run_on_storage(CURL *curl, TwilioBody *body, const char *event, const char *stored_as)
{
	CURLcode code = curl_easy_perform(curl);
	long status = code == CURLE_OK ? status_of(curl, body) : 0;

	free(body->data);
	log_event(status >= 200 && status < 300 ? LOG_INFO : LOG_WARN, event,
	          (LogField[]){log_text("stored_as", stored_as),
	                       log_number("status", (double) status),
	                       log_text("message", code != CURLE_OK ? curl_easy_strerror(code) : NULL),
	                       {0}});
	return status;
}

/* What is asked of an object of the storage, with a file as its content or without one; the status, 0 for no answer. */
static long
ask_storage(const Carrier *carrier, const char *method, const char *stored_as, FILE *file, const char *event)
{
	CURL *curl = handles_take(carrier->handles, clock_ms() + WAIT_MS);
	TwilioBody body = {.most = STORAGE_ANSWER_MAX};
	struct curl_slist *headers;
	char *url;
	long status;

	if (curl == NULL)
		return 0;
	url = stored_url(carrier->config, "", stored_as);
	headers = prepare(carrier, curl, url, true, &body);
	if (file != NULL)
	{
		headers = curl_slist_append(headers, "Content-Type: audio/wav");
		headers = curl_slist_append(headers, "x-upsert: true");
		headers = curl_slist_append(headers, "Expect:");
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_READDATA, file);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t) ftello(file));
		rewind(file);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	status = run_on_storage(curl, &body, event, stored_as);
	curl_slist_free_all(headers);
	handles_return(carrier->handles, curl);
	free(url);
	return status;
}

static bool
is_accepted(long status)
{
	return status >= 200 && status < 300;
}

static bool
upload(const Carrier *carrier, FILE *file, const char *stored_as)
{
	return is_accepted(ask_storage(carrier, "POST", stored_as, file, "recording_stored"));
}

bool
sound_store(const Carrier *carrier, const char *recording_sid, const char *stored_as)
{
	FILE *file = tmpfile();
	SoundSink sink = {begin_file, write_file, file};
	bool stored;

	if (file == NULL)
		return false;
	stored = sound_fetch(carrier, recording_sid, NULL, NULL, &sink) == SOUND_DONE && fflush(file) == 0 &&
	         upload(carrier, file, stored_as);
	fclose(file);
	return stored;
}

bool
sound_delete(const Carrier *carrier, const char *stored_as)
{
	long status = ask_storage(carrier, "DELETE", stored_as, NULL, "stored_recording_deleted");

	return is_accepted(status) || status == 404;
}
