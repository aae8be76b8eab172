/*
 * store.h
 *		The database as the rates commands see it: one connection, and the functions about decks. It is not
 *		the daemon's pool: a person waits as long as an import takes, and wants to read all that the database says.
 */
#ifndef RELAY_RATES_STORE_H
#define RELAY_RATES_STORE_H

#include <stdbool.h>

#include <libpq-fe.h>

typedef struct RatesStore RatesStore;

/* A deck on its way into the database. NULL stands for the database's own name; the other texts are read
 * there. */
typedef struct RatesDeck
{
	const char *csv;
	const char *name;
	const char *basis;
	const char *markup;
	const char *effective_at;
	bool allow_free;   /* whether a price may be zero */
	bool allow_losses; /* whether more than a tenth of the destinations in force may be lost */
	bool allow_past;   /* whether effective_at may be in the past */
} RatesDeck;

/* NULL after having said why there is no connection. */
extern RatesStore *rates_store_open(const char *database_url);
extern void rates_store_close(RatesStore *store);

/* Each answers rows to be released with PQclear, or NULL: rates_store_error says why. */
extern PGresult *rates_store_import(RatesStore *store, const RatesDeck *deck);
extern PGresult *rates_store_list(RatesStore *store);
extern PGresult *rates_store_in_force(RatesStore *store); /* the deck's id; no row without one */
extern PGresult *rates_store_compare(RatesStore *store, const char *deck_a, const char *deck_b);
extern PGresult *rates_store_count_changes(RatesStore *store, const char *deck_a, const char *deck_b);
/* What holds at that time; NULL: now. */
extern PGresult *rates_store_lookup(RatesStore *store, const char *number, const char *caller_id,
                                    const char *at);

/* Decks, as rates_store_list answers them. */
extern PGresult *rates_store_activate(RatesStore *store, const char *deck);
extern PGresult *rates_store_cancel(RatesStore *store, const char *deck);
extern PGresult *rates_store_prune(RatesStore *store, const char *keep, const char *older_than);

/* From here on nothing lasts: closing takes it back. */
extern bool rates_store_begin_trial(RatesStore *store);

extern const char *rates_store_error(const RatesStore *store);

/* Whether the value that was asked about is what is wrong: other questions may still be answered. */
extern bool rates_store_refused_value(const RatesStore *store);

#endif
