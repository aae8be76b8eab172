/*
 * e164_text.h
 *		Telephone numbers between SQL's text and E.164 digits.
 */
#ifndef WORLDTUNE_E164_TEXT_H
#define WORLDTUNE_E164_TEXT_H

#include "postgres.h"

#include "pure/e164.h"

/* Reads a number from a text datum; a text that is no number raises 22023 with what is wrong. */
extern void e164_from_text(text *input, E164 *number);

/* "+442079460958" as a palloc'd text. */
extern text *e164_to_text(const E164 *number);

#endif
