/*
 * deck_activation.h
 *		Which deck is in force at a time: worldtune.deck_activations. The one place that decides it.
 */
#ifndef WORLDTUNE_DECK_ACTIVATION_H
#define WORLDTUNE_DECK_ACTIVATION_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/snapshot.h"

typedef struct DeckInForce
{
	int64 deck_id;     /* 0: none */
	TimestampTz until; /* when another is to take effect; DT_NOEND: never, as far as it is decided */
} DeckInForce;

/* As the snapshot sees the activations. */
extern DeckInForce deck_in_force(TimestampTz at, Snapshot snapshot);

#endif
