/*
 * sockets.c
 *		The loop, what it is called back for, and what pages say.
 *
 * libwebsockets hands over frames piece by piece, so a message that is too long is known by its first piece. Whatever is
 * touched here belongs to the loop's thread, but for the deliveries that wait.
 */
#include "live/sockets.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <libwebsockets.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/must.h"
#include "door/user_token.h"
#include "live/audience.h"
#include "live/muting.h"
#include "live/socket.h"
#include "metrics/metrics.h"
#include "settings/settings.h"

#define PATH "/api/calls/live"
#define AUTH_MS 10000
#define KEY_MS 1500 /* for a key that is being read */
#define KEY_RETRY_MS 250
#define ALARM_MS_MAX 60000
#define GOODBYE_MS 3000
#define MESSAGES_MAX 100 /* in so long: */
#define WINDOW_MS 10000
#define PIECE_BYTES 1024
#define HEADER_BYTES 8192
#define HEADERS_AT_ONCE 4096       /* beyond that whoever connects waits for those who are slow */
#define DESCRIPTORS_BESIDE 4096    /* of HTTP, PostgreSQL, Twilio */
#define SEQ_MAX 9007199254740992.0 /* beyond that a double has gaps */

static struct
{
	const Relay *relay;
	char *const *own_origins;
	int most;
	int count;
	struct lws_context *context;
	struct lws_vhost *vhost;
	pthread_t thread;
	Dispatcher *dispatcher;
	Audience audience;
	atomic_bool stopping;
	long long stop_ms;
	/* Deliveries that wait. */
	pthread_mutex_t lock;
	Delivery *first;
	Delivery **last;
} live = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
emit_log(int level, const char *line)
{
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int) strcspn(line, "\r\n"), line);
	if (level & LLL_ERR)
		log_warn("libwebsockets", log_text("message", text));
}

/* Whether a page from there may ask: no browser, our own page, or one of ALLOWED_ORIGINS. */
static bool
is_welcome(const char *origin)
{
	const Config *config;
	bool allowed;

	for (char *const *own = live.own_origins; *own != NULL; own++)
		if (strcmp(*own, origin) == 0)
			return true;
	config = settings_take(live.relay->settings);
	allowed = config_allows_origin(config, origin);
	config_release(config);
	return allowed;
}

static void
set_alarm_for_token(Socket *socket)
{
	long long left_ms = (long long) (socket->expires - time(NULL)) * 1000;

	socket_set_alarm(socket, left_ms < ALARM_MS_MAX ? left_ms + 1 : ALARM_MS_MAX);
}

/* One at a time: a page that asks for everything ever again has it told no sooner than it takes it. */
static void
join(Socket *socket, bool is_new)
{
	long long after = socket->after;

	socket->rejoins = socket->joining;
	if (socket->joining)
		return;
	socket->joining = true;
	/* A renewal goes on where the page is. */
	socket->replays = after >= 0;
	dispatcher_join(live.dispatcher, socket->user_id, socket->id,
	                after < 0 && socket->ready ? socket->seq : after, is_new);
}

static void
admit(Socket *socket, const UserToken *token)
{
	bool is_new = socket->user_id[0] == '\0';

	if (token->expires <= time(NULL))
	{
		socket_close(socket, CLOSE_TOKEN, "the token has expired");
		return;
	}
	if (!is_new && strcmp(socket->user_id, token->user_id) != 0)
	{
		socket_close(socket, CLOSE_TOKEN, "the token is another user's");
		return;
	}
	if (is_new)
	{
		Listener *listener = audience_join(&live.audience, token->user_id);

		memcpy(socket->user_id, token->user_id, UUID_SIZE);
		socket->next = listener->sockets;
		listener->sockets = socket;
	}
	if (token->expires > socket->expires)
		socket->expires = token->expires;
	set_alarm_for_token(socket);
	join(socket, is_new);
}

static void
leave(Socket *socket)
{
	Listener *listener = audience_find(&live.audience, socket->user_id);
	Socket **link;

	if (listener == NULL)
		return;
	for (link = &listener->sockets; *link != socket; link = &(*link)->next)
		;
	*link = socket->next;
	audience_leave(&live.audience, socket->user_id);
	dispatcher_leave(live.dispatcher, socket->user_id);
}

/* The token is kept in the socket while its key may yet become known, which cannot be waited for here. */
static void
check_token(Socket *socket)
{
	const Config *config = settings_take(live.relay->settings);
	UserToken token;
	const char *fault = user_token_read(config, live.relay->jwks, socket->token, time(NULL), 0, &token);
	bool may_become_known = config->supabase_jwks_url != NULL && clock_left_ms(socket->give_up_ms) > 0;

	config_release(config);
	if (fault != NULL && may_become_known)
	{
		socket_set_alarm(socket, KEY_RETRY_MS);
		return;
	}
	free(socket->token);
	socket->token = NULL;
	if (fault != NULL)
		socket_close(socket, CLOSE_TOKEN, "the token is missing, wrong or expired");
	else
		admit(socket, &token);
}

/* Below zero: it is not given. What is no number of an event is one that was never there. */
static long long
read_after(const cJSON *message)
{
	const cJSON *after = cJSON_GetObjectItemCaseSensitive(message, "after");

	if (after == NULL || cJSON_IsNull(after))
		return -1;
	if (!cJSON_IsNumber(after) || !(after->valuedouble >= 0 && after->valuedouble < SEQ_MAX))
		return 0;
	return (long long) after->valuedouble;
}

static void
on_auth(Socket *socket, const cJSON *message)
{
	const char *token = json_text(message, "token");

	/* Whoever sends one token after the other has no more time for it. */
	if (socket->token == NULL)
		socket->give_up_ms = clock_ms() + KEY_MS;
	free(socket->token);
	socket->token = must_copy(token != NULL ? token : "");
	socket->after = read_after(message);
	check_token(socket);
}

static void
on_muted(const Socket *socket, const cJSON *message)
{
	char id[UUID_SIZE];

	if (uuid_read(json_text(message, "id"), id) && !muting_confirm(socket->user_id, id))
		dispatcher_confirm(live.dispatcher, socket->user_id, id);
}

static bool
is_flood(Socket *socket)
{
	if (clock_ms() - socket->window_ms > WINDOW_MS)
	{
		socket->window_ms = clock_ms();
		socket->messages = 0;
	}
	return ++socket->messages > MESSAGES_MAX;
}

/* Whoever has shown a token may say what we do not understand. */
static void
on_message(Socket *socket, const char *text, size_t length)
{
	cJSON *message = json_parse(text, length);
	const char *type = json_text(message, "type");

	if (is_flood(socket))
		socket_close(socket, CLOSE_TOO_MANY, "too many messages");
	else if (type != NULL && strcmp(type, "auth") == 0)
		on_auth(socket, message);
	else if (socket->user_id[0] == '\0')
		socket_close(socket, CLOSE_TOKEN, "the first message must be auth, with a token");
	else if (type != NULL && strcmp(type, "call.muted") == 0)
		on_muted(socket, message);
	cJSON_Delete(message);
}

static void
on_receive(Socket *socket, const char *part, size_t length)
{
	char *input;

	if (socket->close_code != CLOSE_NONE)
		return;
	if (lws_frame_is_binary(socket->wsi))
	{
		socket_close(socket, CLOSE_NOT_TEXT, "messages are text");
		return;
	}
	if (!socket_take(socket, part, length, lws_remaining_packet_payload(socket->wsi)) ||
	    lws_remaining_packet_payload(socket->wsi) > 0 || !lws_is_final_fragment(socket->wsi))
		return;
	input = socket->input;
	length = socket->input_length;
	socket->input = NULL;
	socket->input_length = 0;
	on_message(socket, input, length);
	free(input);
}

/* False when the socket is to be closed without a word. */
static bool
on_alarm(Socket *socket)
{
	if (socket->close_code != CLOSE_NONE)
		return false;
	if (socket->token != NULL)
		check_token(socket);
	else if (socket->user_id[0] == '\0')
		socket_close(socket, CLOSE_NO_AUTH, "no auth within 10 seconds");
	else if (time(NULL) >= socket->expires)
		socket_close(socket, CLOSE_TOKEN, "the token has expired");
	else
		set_alarm_for_token(socket);
	return true;
}

static void
on_open(Socket *socket, struct lws *wsi)
{
	char origin[256];
	int length = lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN);

	socket_open(socket, wsi);
	metric_set(METRIC_LIVE_CLIENTS, NULL, NULL, ++live.count);
	if (live.count > live.most)
		socket_close(socket, CLOSE_TRY_LATER, "too many connections");
	else if (length > 0 &&
	         (lws_hdr_copy(wsi, origin, sizeof(origin), WSI_TOKEN_ORIGIN) < 0 || !is_welcome(origin)))
		socket_close(socket, CLOSE_ORIGIN, "this origin is not allowed");
	else if (atomic_load(&live.stopping))
		socket_close(socket, CLOSE_GOING_AWAY, "the relay is going away");
	else
		socket_set_alarm(socket, AUTH_MS);
}

static void
on_close(Socket *socket)
{
	leave(socket);
	socket_free(socket);
	metric_set(METRIC_LIVE_CLIENTS, NULL, NULL, --live.count);
}

/* No event comes twice, unless the page asked for it again. */
static void
tell(Socket *socket, const Delivery *delivery)
{
	bool all = delivery->afresh && (socket->replays || !socket->ready);

	for (int i = 0; i < delivery->count; i++)
	{
		Message *message = delivery->messages[i];

		if (all || message->seq == 0 || message->seq > socket->seq)
			socket_push(socket, message);
	}
	if (delivery->afresh || delivery->seq > socket->seq)
		socket->seq = delivery->seq;
	if (delivery->afresh)
	{
		socket->ready = true;
		socket->replays = false;
	}
	if (delivery->socket != 0)
	{
		socket->joining = false;
		if (socket->rejoins)
			join(socket, false);
	}
}

static void
hand_out(const Delivery *delivery)
{
	Listener *listener = audience_find(&live.audience, delivery->user_id);

	for (Socket *socket = listener != NULL ? listener->sockets : NULL; socket != NULL; socket = socket->next)
		if (delivery->socket == 0 ? socket->ready : socket->id == delivery->socket)
			tell(socket, delivery);
}

static Delivery *
next_delivery(void)
{
	Delivery *delivery;

	pthread_mutex_lock(&live.lock);
	delivery = live.first;
	if (delivery != NULL)
		live.first = delivery->next;
	if (live.first == NULL)
		live.last = &live.first;
	pthread_mutex_unlock(&live.lock);
	return delivery;
}

static void
hand_out_all(void)
{
	Delivery *delivery;

	while ((delivery = next_delivery()) != NULL)
	{
		hand_out(delivery);
		delivery_free(delivery);
	}
}

/* Only upgrades are served here, at one path. */
static int
refuse_http(struct lws *wsi)
{
	lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL);
	return -1;
}

static bool
is_our_path(struct lws *wsi)
{
	char path[sizeof(PATH)];

	return lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) >= 0 && strcmp(path, PATH) == 0;
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *data, size_t length)
{
	Socket *socket = user;

	switch (reason)
	{
		case LWS_CALLBACK_HTTP:
			return refuse_http(wsi);
		case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
			return is_our_path(wsi) ? 0 : refuse_http(wsi);
		case LWS_CALLBACK_ESTABLISHED:
			on_open(socket, wsi);
			break;
		case LWS_CALLBACK_RECEIVE:
			on_receive(socket, data, length);
			break;
		case LWS_CALLBACK_SERVER_WRITEABLE:
			return socket_write(socket) ? 0 : -1;
		case LWS_CALLBACK_TIMER:
			return on_alarm(socket) ? 0 : -1;
		case LWS_CALLBACK_CLOSED:
			on_close(socket);
			break;
		case LWS_CALLBACK_USER: /* also for connections that are no sockets yet */
			if (socket != NULL && socket->wsi != NULL)
				socket_close(socket, CLOSE_GOING_AWAY, "the relay is going away");
			break;
		case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
			hand_out_all();
			break;
		default:
			break;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
    {"worldtune-live", on_event, sizeof(Socket), PIECE_BYTES, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static void *
run(void *unused)
{
	bool leaving = false;

	(void) unused;
	while (!leaving || (live.count > 0 && clock_left_ms(live.stop_ms) > 0))
	{
		lws_service(live.context, 0);
		if (atomic_load(&live.stopping) && !leaving)
		{
			leaving = true;
			live.stop_ms = clock_ms() + GOODBYE_MS;
			lws_callback_all_protocol_vhost_args(live.vhost, NULL, LWS_CALLBACK_USER, NULL, 0);
		}
	}
	return NULL;
}

/* A socket is a descriptor, and the usual limit is a thousand. */
static void
raise_descriptor_limit(int most)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t) most + DESCRIPTORS_BESIDE;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
		log_warn("few_descriptors", log_number("limit", (double) limit.rlim_cur),
		         log_number("wanted", (double) wanted));
}

bool
sockets_start(const Relay *relay, const char *address, int most, char *const *own_origins, int *port)
{
	static const lws_retry_bo_t pings = {.secs_since_valid_ping = 30, .secs_since_valid_hangup = 50};
	const char *colon = strrchr(address, ':');
	char host[64];
	struct lws_context_creation_info info = {0};

	snprintf(host, sizeof(host), "%.*s", (int) (colon - address), address);
	live.relay = relay;
	live.own_origins = own_origins;
	live.most = most;
	live.last = &live.first;
	raise_descriptor_limit(most);
	lws_set_log_level(LLL_ERR | LLL_WARN, emit_log);
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_IPV6 |
	               LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
	info.port = atoi(colon + 1);
	info.iface = host;
	info.protocols = protocols;
	info.gid = (gid_t) -1;
	info.uid = (uid_t) -1;
	info.timeout_secs = 5;
	info.keepalive_timeout = 5;
	info.max_http_header_data = HEADER_BYTES;
	info.max_http_header_pool = HEADERS_AT_ONCE;
	info.retry_and_idle_policy = &pings;
	info.vhost_name = "live";
	live.context = lws_create_context(&info);
	live.vhost = live.context != NULL ? lws_create_vhost(live.context, &info) : NULL;
	if (live.vhost == NULL)
	{
		log_error("cannot_listen", log_text("address", address));
		if (live.context != NULL)
			lws_context_destroy(live.context);
		live.context = NULL;
		return false;
	}
	*port = lws_get_vhost_listen_port(live.vhost);
	return true;
}

void
sockets_serve(Dispatcher *dispatcher)
{
	live.dispatcher = dispatcher;
	if (pthread_create(&live.thread, NULL, run, NULL) != 0)
		must(NULL);
}

void
sockets_deliver(Delivery *delivery)
{
	pthread_mutex_lock(&live.lock);
	*live.last = delivery;
	live.last = &delivery->next;
	pthread_mutex_unlock(&live.lock);
	lws_cancel_service(live.context);
}

void
sockets_stop(void)
{
	atomic_store(&live.stopping, true);
	lws_cancel_service(live.context);
	pthread_join(live.thread, NULL);
}

void
sockets_free(void)
{
	Delivery *delivery;

	lws_context_destroy(live.context);
	while ((delivery = next_delivery()) != NULL)
		delivery_free(delivery);
	audience_clear(&live.audience);
}
