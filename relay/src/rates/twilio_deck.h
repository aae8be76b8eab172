/*
 * twilio_deck.h
 *		A country of Twilio's Pricing API as lines of Twilio's price file, which the database reads.
 */
#ifndef RELAY_RATES_TWILIO_DECK_H
#define RELAY_RATES_TWILIO_DECK_H

#include <stddef.h>
#include <stdio.h>

#define TWILIO_DECK_HEADER "ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes\n"

/* What a country added to the deck. */
typedef struct TwilioDeckCountry
{
	char *country; /* its name; to be freed */
	int rates;     /* lines */
} TwilioDeckCountry;

/* Writes the country's lines. Returns what is wrong with the resource, or NULL; prices stay the text that
 * they are. */
extern const char *twilio_deck_write(FILE *csv, const char *json, size_t length, TwilioDeckCountry *country);

#endif
