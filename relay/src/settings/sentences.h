/*
 * sentences.h
 *		What callers and callees are told, aloud: English, or what the operator's file says.
 */
#ifndef RELAY_SENTENCES_H
#define RELAY_SENTENCES_H

#include <stdio.h>

typedef struct Sentences Sentences;

/*
 * English, but for what stands in the file, if one is given: lines "key = text". NULL when something is wrong, after one line for
 * each problem.
 */
extern Sentences *sentences_load(const char *file, FILE *problems);

/* Does nothing with NULL. */
extern void sentences_free(Sentences *sentences);

/* The sentence of that key, or that of "refused" when there is none such. An empty one is not said. */
extern const char *sentences_get(const Sentences *sentences, const char *key);

#endif
