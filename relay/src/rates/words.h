/*
 * words.h
 *		What the database says, in the words of the command line.
 */
#ifndef RELAY_RATES_WORDS_H
#define RELAY_RATES_WORDS_H

/* The text with options where it names arguments of SQL functions; to be freed. */
extern char *words_of_commands(const char *text);

#endif
