/*
 * orders.h
 *		What the sockets ask of the dispatcher: a queue from their thread to its own.
 */
#ifndef RELAY_ORDERS_H
#define RELAY_ORDERS_H

#include <pthread.h>
#include <stdbool.h>

#include "base/uuid.h"

typedef enum OrderKind
{
	ORDER_JOIN,
	ORDER_LEAVE,
	ORDER_CONFIRM,
} OrderKind;

typedef struct Order
{
	struct Order *next;
	OrderKind kind;
	char user_id[UUID_SIZE];
	char request_id[UUID_SIZE];
	unsigned long long socket;
	long long after;
	bool is_new;
} Order;

typedef struct Orders
{
	pthread_mutex_t lock;
	Order *first;
	Order **last;
	bool stopping;
	/* The taker's own: those that wait, for a row or the connection, in order. */
	Order *held_up;
	Order **held_up_last;
} Orders;

extern void orders_open(Orders *orders);
extern void orders_close(Orders *orders);

/* A copy of it is queued; from any thread. */
extern void orders_send(Orders *orders, const Order *order);
extern void orders_stop(Orders *orders);

/* What follows is the taker's. The oldest, which is now the taker's to free; NULL when there is none. */
extern Order *orders_take(Orders *orders);
extern bool orders_are_stopping(Orders *orders);

/* Until orders_take_up_held() it is not taken again, nor may another of its user overtake it. */
extern void orders_hold_up(Orders *orders, Order *order);
extern bool orders_are_held_up(const Orders *orders, const char *user_id);

/* Once all others have had their turn; true when there is something to take now. */
extern bool orders_take_up_held(Orders *orders);

#endif
