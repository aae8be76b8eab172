/*
 * jwks.c
 *		The thread that fetches keys, and those who wait for it.
 */
#include "door/jwks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"

#define RENEW_MS (10 * 60 * 1000LL)
#define PAUSE_MS (60 * 1000LL) /* between two readings that unknown keys cause, and after one that failed */
#define FETCH_MS 5000L
#define DOCUMENT_BYTES_MAX (64 * 1024)

struct Jwks
{
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something is wanted, or has been read */
	pthread_t thread;
	char *url;
	JwkSet *set;
	long long next_ms;   /* when it is read again, whatever happens */
	long long refuse_ms; /* unknown keys cause no reading before this */
	bool reading;
	bool stopping;
};

typedef struct Document
{
	char bytes[DOCUMENT_BYTES_MAX];
	size_t length;
} Document;

static size_t
take_bytes(char *bytes, size_t size, size_t count, void *context)
{
	Document *document = context;

	if (size * count > sizeof(document->bytes) - document->length)
		return 0;
	memcpy(document->bytes + document->length, bytes, size * count);
	document->length += size * count;
	return size * count;
}

static JwkSet *
fetch(const char *url, const char **why)
{
	CURL *curl = must(curl_easy_init());
	Document *document = must_alloc(sizeof(Document));
	JwkSet *set = NULL;
	CURLcode outcome;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, FETCH_MS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "worldtune-relay/" RELAY_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, document);
	outcome = curl_easy_perform(curl);
	*why = curl_easy_strerror(outcome);
	if (outcome == CURLE_OK)
	{
		set = jwk_set_read(document->bytes, document->length);
		*why = "it is no key set, or has no key for ES256 or RS256";
	}
	free(document);
	curl_easy_cleanup(curl);
	return set;
}

/* The caller has the lock. */
static bool
wait_for_work(Jwks *jwks)
{
	while (!jwks->stopping && (jwks->url == NULL || clock_ms() < jwks->next_ms))
		if (jwks->url == NULL)
			pthread_cond_wait(&jwks->changed, &jwks->lock);
		else
			clock_cond_wait(&jwks->changed, &jwks->lock, jwks->next_ms);
	return !jwks->stopping;
}

/* The caller has the lock, which is let go meanwhile. */
static void
renew(Jwks *jwks)
{
	char *url = must_copy(jwks->url);
	const char *why;
	JwkSet *set;

	jwks->reading = true;
	jwks->next_ms = clock_ms() + RENEW_MS;
	pthread_mutex_unlock(&jwks->lock);
	set = fetch(url, &why);
	if (set == NULL)
		log_warn("keys_not_read", log_text("url", url), log_text("message", why));
	else
		log_info("keys_read", log_text("url", url), log_number("keys", jwk_set_count(set)));
	free(url);
	pthread_mutex_lock(&jwks->lock);
	if (set != NULL)
	{
		jwk_set_release(jwks->set);
		jwks->set = set;
	}
	else
		jwks->next_ms = clock_earlier(jwks->next_ms, clock_ms() + PAUSE_MS);
	jwks->reading = false;
	pthread_cond_broadcast(&jwks->changed);
}

static void *
run(void *context)
{
	Jwks *jwks = context;

	pthread_mutex_lock(&jwks->lock);
	while (wait_for_work(jwks))
		renew(jwks);
	pthread_mutex_unlock(&jwks->lock);
	return NULL;
}

Jwks *
jwks_open(const char *url)
{
	Jwks *jwks = must_alloc(sizeof(Jwks));

	pthread_mutex_init(&jwks->lock, NULL);
	clock_cond_init(&jwks->changed);
	jwks->url = url != NULL ? must_copy(url) : NULL;
	if (pthread_create(&jwks->thread, NULL, run, jwks) != 0)
		must(NULL);
	return jwks;
}

void
jwks_close(Jwks *jwks)
{
	pthread_mutex_lock(&jwks->lock);
	jwks->stopping = true;
	pthread_cond_broadcast(&jwks->changed);
	pthread_mutex_unlock(&jwks->lock);
	pthread_join(jwks->thread, NULL);
	jwk_set_release(jwks->set);
	pthread_cond_destroy(&jwks->changed);
	pthread_mutex_destroy(&jwks->lock);
	free(jwks->url);
	free(jwks);
}

void
jwks_set_url(Jwks *jwks, const char *url)
{
	pthread_mutex_lock(&jwks->lock);
	if (url == NULL || jwks->url == NULL || strcmp(url, jwks->url) != 0)
	{
		free(jwks->url);
		jwks->url = url != NULL ? must_copy(url) : NULL;
		jwks->next_ms = 0;
		if (url == NULL)
		{
			jwk_set_release(jwks->set);
			jwks->set = NULL;
		}
		pthread_cond_broadcast(&jwks->changed);
	}
	pthread_mutex_unlock(&jwks->lock);
}

/* The caller has the lock. Whether a reading goes on, or is about to, that may bring the key. */
static bool
is_hoped_for(Jwks *jwks)
{
	if (jwks->url == NULL || jwks->stopping)
		return false;
	if (!jwks->reading && clock_ms() >= jwks->refuse_ms && jwks->next_ms > 0)
	{
		jwks->next_ms = 0;
		jwks->refuse_ms = clock_ms() + PAUSE_MS;
		pthread_cond_broadcast(&jwks->changed);
	}
	return jwks->reading || jwks->next_ms == 0;
}

JwkSet *
jwks_take(Jwks *jwks, const char *kid, long long deadline_ms)
{
	JwkSet *set;

	pthread_mutex_lock(&jwks->lock);
	while (jwk_set_find(jwks->set, kid) == NULL && is_hoped_for(jwks) &&
	       clock_cond_wait(&jwks->changed, &jwks->lock, deadline_ms))
		;
	set = jwk_set_keep(jwks->set);
	pthread_mutex_unlock(&jwks->lock);
	return set;
}
