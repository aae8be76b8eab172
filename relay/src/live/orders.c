/*
 * orders.c
 *		The queue of what is asked of the dispatcher, and of what must wait.
 */
#include "live/orders.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

void
orders_open(Orders *orders)
{
	*orders = (Orders){.last = &orders->first, .held_up_last = &orders->held_up};
	pthread_mutex_init(&orders->lock, NULL);
}

static void
free_all(Order *order)
{
	while (order != NULL)
	{
		Order *next = order->next;

		free(order);
		order = next;
	}
}

void
orders_close(Orders *orders)
{
	free_all(orders->first);
	free_all(orders->held_up);
	pthread_mutex_destroy(&orders->lock);
}

void
orders_send(Orders *orders, const Order *order)
{
	Order *copy = must_alloc(sizeof(Order));

	*copy = *order;
	copy->next = NULL;
	pthread_mutex_lock(&orders->lock);
	*orders->last = copy;
	orders->last = &copy->next;
	pthread_mutex_unlock(&orders->lock);
}

void
orders_stop(Orders *orders)
{
	pthread_mutex_lock(&orders->lock);
	orders->stopping = true;
	pthread_mutex_unlock(&orders->lock);
}

Order *
orders_take(Orders *orders)
{
	Order *order;

	pthread_mutex_lock(&orders->lock);
	order = orders->first;
	if (order != NULL)
		orders->first = order->next;
	if (orders->first == NULL)
		orders->last = &orders->first;
	pthread_mutex_unlock(&orders->lock);
	return order;
}

bool
orders_are_stopping(Orders *orders)
{
	bool stopping;

	pthread_mutex_lock(&orders->lock);
	stopping = orders->stopping;
	pthread_mutex_unlock(&orders->lock);
	return stopping;
}

void
orders_hold_up(Orders *orders, Order *order)
{
	order->next = NULL;
	*orders->held_up_last = order;
	orders->held_up_last = &order->next;
}

bool
orders_are_held_up(const Orders *orders, const char *user_id)
{
	const Order *order = orders->held_up;

	while (order != NULL && strcmp(order->user_id, user_id) != 0)
		order = order->next;
	return order != NULL;
}

bool
orders_take_up_held(Orders *orders)
{
	bool taken_up;

	pthread_mutex_lock(&orders->lock);
	taken_up = orders->held_up != NULL && orders->first == NULL;
	if (taken_up)
	{
		orders->first = orders->held_up;
		orders->last = orders->held_up_last;
		orders->held_up = NULL;
		orders->held_up_last = &orders->held_up;
	}
	pthread_mutex_unlock(&orders->lock);
	return taken_up;
}
