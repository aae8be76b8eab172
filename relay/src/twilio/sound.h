/*
 * sound.h
 *		The sound of a recording, from Twilio or from Supabase Storage, piece by piece.
 */
#ifndef RELAY_SOUND_H
#define RELAY_SOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "twilio/exchange.h"

typedef struct SoundHead
{
	int status;       /* 200, or 206 for a part */
	long long length; /* of what follows, in bytes; -1: not told */
	char type[64];    /* audio/… */
	char range[96];   /* Content-Range of a part; empty for none */
} SoundHead;

/* Takes the sound; a function that answers false breaks the transfer off. */
typedef struct SoundSink
{
	bool (*begin)(void *context, const SoundHead *head);
	bool (*write)(void *context, const char *data, size_t length);
	void *context;
} SoundSink;

typedef enum SoundOutcome
{
	SOUND_DONE,
	SOUND_NONE,    /* there is none there (404) */
	SOUND_OUTSIDE, /* there is no such part of it (416) */
	SOUND_FAILED,  /* any other answer, none, or it broke off */
} SoundOutcome;

/* Where the sound is: at Twilio, or, where stored_as is not NULL, in Supabase Storage. range is a Range header's value, or NULL. */
extern SoundOutcome sound_fetch(const Carrier *carrier, const char *recording_sid, const char *stored_as,
                                const char *range, const SoundSink *sink);

/* Moves the sound from Twilio to Supabase Storage under that name; Twilio's is left where it is. */
extern bool sound_store(const Carrier *carrier, const char *recording_sid, const char *stored_as);

/* Whether the stored sound is not there any more. */
extern bool sound_delete(const Carrier *carrier, const char *stored_as);

#endif
