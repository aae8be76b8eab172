/*
 * number_mask.h
 *		Telephone numbers with their middle hidden.
 */
#ifndef WORLDTUNE_NUMBER_MASK_H
#define WORLDTUNE_NUMBER_MASK_H

#include "pure/e164.h"

/* As +44 20 79** **58, with bullets in a database in UTF-8: the country, the area and the end stay. */
extern char *number_mask(const E164 *number);

/* The same for a text; what is no number (a masked one, say) comes back as it is. */
extern const char *number_mask_text(const char *text);

#endif
