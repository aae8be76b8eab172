/*
 * crowd.c
 *		Open connections by address, in a hash table of lists. Nobody tells when one is closed: its descriptor does, when the
 *		list is next looked at, by having no peer or another one.
 */
#include "server/crowd.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/must.h"
#include "metrics/metrics.h"
#include "settings/settings.h"

#define SLOTS 1024

typedef struct Guest
{
	struct Guest *next;
	int descriptor;
	struct sockaddr_in peer;
} Guest;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Settings *in_force;
static Guest *slots[SLOTS];
static int spare = -1; /* a descriptor for the one who comes when there are no more */

void
crowd_open(Settings *settings)
{
	pthread_mutex_lock(&lock);
	in_force = settings;
	spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pthread_mutex_unlock(&lock);
}

void
crowd_close(void)
{
	pthread_mutex_lock(&lock);
	in_force = NULL;
	if (spare >= 0)
		close(spare);
	spare = -1;
	for (int i = 0; i < SLOTS; i++)
		while (slots[i] != NULL)
		{
			Guest *guest = slots[i];

			slots[i] = guest->next;
			free(guest);
		}
	pthread_mutex_unlock(&lock);
}

static bool
is_there(const Guest *guest)
{
	struct sockaddr_in peer = {0};
	socklen_t size = sizeof(peer);

	return getpeername(guest->descriptor, (struct sockaddr *) &peer, &size) == 0 &&
	       peer.sin_port == guest->peer.sin_port && peer.sin_addr.s_addr == guest->peer.sin_addr.s_addr;
}

/* Forgets those who are gone; how many are there from that address. The caller has the lock. */
static int
count_guests(Guest **link, in_addr_t address)
{
	int count = 0;

	while (*link != NULL)
	{
		Guest *guest = *link;

		if (is_there(guest))
		{
			count += guest->peer.sin_addr.s_addr == address;
			link = &guest->next;
			continue;
		}
		*link = guest->next;
		free(guest);
	}
	return count;
}

/* The most connections for the address; 0: any number. The caller has the lock. */
static int
most_for(const struct sockaddr_in *peer)
{
	const Config *config = in_force != NULL ? settings_take(in_force) : NULL;
	int most = config != NULL ? config->max_connections_per_address : 0;
	Address address = address_of_ipv4(&peer->sin_addr);

	if (most > 0 && config_trusts_proxy(config, &address))
		most = 0;
	config_release(config);
	return most;
}

static bool
admits(int descriptor, const struct sockaddr_in *peer)
{
	Guest **slot = &slots[ntohl(peer->sin_addr.s_addr) * 2654435761u % SLOTS];
	bool admitted = true;
	Guest *guest;
	int most;

	pthread_mutex_lock(&lock);
	most = most_for(peer);
	if (most > 0 && (admitted = count_guests(slot, peer->sin_addr.s_addr) < most))
	{
		guest = must_alloc(sizeof(Guest));
		*guest = (Guest){.next = *slot, .descriptor = descriptor, .peer = *peer};
		*slot = guest;
	}
	pthread_mutex_unlock(&lock);
	return admitted;
}

static int
accept_one(int listener, struct sockaddr *address, socklen_t *size)
{
	return (int) syscall(SYS_accept4, listener, address, size, 0);
}

/* Nobody is left waiting, or whoever listens would ask for him over and over. */
static void
turn_away(int listener)
{
	int descriptor;

	pthread_mutex_lock(&lock);
	if (spare >= 0)
		close(spare);
	descriptor = accept_one(listener, NULL, NULL);
	if (descriptor >= 0)
		close(descriptor);
	spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pthread_mutex_unlock(&lock);
	metric_count_one(METRIC_CONNECTIONS_CUT, "descriptors");
}

static bool
is_welcome(int descriptor)
{
	struct sockaddr_in peer = {0};
	socklen_t size = sizeof(peer);

	if (getpeername(descriptor, (struct sockaddr *) &peer, &size) != 0 || peer.sin_family != AF_INET ||
	    admits(descriptor, &peer))
		return true;
	metric_count_one(METRIC_CONNECTIONS_CUT, "address");
	return false;
}

/* The libraries' accept(); the Makefile exports it to them. */
extern int accept(int listener, struct sockaddr *address, socklen_t *size);

int
accept(int listener, struct sockaddr *address, socklen_t *size)
{
	int descriptor = accept_one(listener, address, size);

	if (descriptor >= 0 && is_welcome(descriptor))
		return descriptor;
	if (descriptor >= 0)
		close(descriptor);
	else if (errno == EMFILE || errno == ENFILE)
		turn_away(listener);
	else
		return -1;
	errno = EAGAIN; /* which is said in no log: the figures count it */
	return -1;
}
