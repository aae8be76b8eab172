/*
 * sentences.c
 *		The sentences, in English, and reading those of another language.
 */
#include "settings/sentences.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/utf8.h"

#define LENGTH_MAX 500 /* Twilio takes more, callers do not */

typedef struct Sentence
{
	const char *key;
	const char *english;
} Sentence;

/* relay/sentences/en.conf says the same, for whoever translates it. */
static const Sentence sentences[] = {
    /* language and voice of <Say>, in Twilio's words; empty: American English, and Twilio's choice */
    {"language", ""},
    {"voice", ""},
    /* to the caller before it rings: then the caller's leg is answered, and paid for, from there on */
    {"greeting", ""},
    /* to the callee, before the caller is heard */
    {"recorded", "This call is recorded."},
    {"transcribed", "This call is transcribed."},
    {"recorded_and_transcribed", "This call is recorded and transcribed."},
    /* to the caller whose call is refused, by the database's reason */
    {"insufficient_credit", "You do not have enough credit for this call. Please add credit and try again."},
    {"destination_blocked", "We are sorry, calls to this destination are not allowed."},
    {"suspended", "We are sorry, your account is suspended. Please contact support."},
    {"unknown_user", "We could not find your account. Please sign in again."},
    {"no_rate", "We are sorry, we do not offer calls to this number."},
    {"too_many_calls", "You have too many calls in progress. Please end one and try again."},
    {"too_many_destinations",
     "You have called many expensive destinations within the last hour. Please try again later."},
    {"spend_limit", "You have reached your spending limit. Please try again later."},
    {"refused", "We are sorry, this call is not possible."},
    /* to the caller whose call cannot be decided on */
    {"no_caller", "We could not tell who is calling. Please sign in again."},
    {"no_number",
     "The number you dialed is not valid. Please check it, with its country code, and try again."},
    {"call_over", "This call is over. Please dial again."},
    {"no_service", "We are sorry, calls are not available at this moment. Please try again later."},
    /* to the caller whose call came to nothing, by Twilio's status */
    {"busy", "The number you dialed is busy."},
    {"no-answer", "Nobody answered."},
    {"failed", "The call could not be connected. Please check the number and try again."},
};

#define SENTENCE_COUNT (sizeof(sentences) / sizeof(sentences[0]))

struct Sentences
{
	char *texts[SENTENCE_COUNT];
};

/* -1 for none. */
static int
find(const char *key)
{
	for (size_t i = 0; i < SENTENCE_COUNT; i++)
		if (strcmp(sentences[i].key, key) == 0)
			return (int) i;
	return -1;
}

static char *
trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && isspace((unsigned char) text[length - 1]))
		text[--length] = '\0';
	return text;
}

static bool
is_clean(const char *text)
{
	char copy[LENGTH_MAX + 1];

	if (strlen(text) > LENGTH_MAX || strpbrk(text, "\1\2\3\4\5\6\7\b\v\f\33") != NULL)
		return false;
	utf8_copy(copy, sizeof(copy), text);
	return strcmp(copy, text) == 0;
}

/* What is wrong with a line; NULL for nothing. */
static const char *
read_line(Sentences *read, char *line)
{
	char *key = trim(line);
	char *equals = strchr(key, '=');
	char *text;
	int place;

	if (key[0] == '\0' || key[0] == '#')
		return NULL;
	if (equals == NULL)
		return "expected key = text";
	*equals = '\0';
	text = trim(equals + 1);
	place = find(trim(key));
	if (place < 0)
		return "there is no sentence of that key";
	if (!is_clean(text))
		return "a sentence is UTF-8, of at most 500 bytes, without control characters";
	free(read->texts[place]);
	read->texts[place] = must_copy(text);
	return NULL;
}

static int
read_file(Sentences *read, const char *file, FILE *problems)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t capacity = 0;
	int faults = 0;

	if (in == NULL)
	{
		fprintf(problems, "SENTENCES_FILE: %s: could not open: %s\n", file, strerror(errno));
		return 1;
	}
	for (int number = 1; getline(&line, &capacity, in) >= 0; number++)
	{
		const char *fault = read_line(read, line);

		if (fault != NULL)
			faults += fprintf(problems, "%s:%d: %s\n", file, number, fault) > 0;
	}
	free(line);
	fclose(in);
	return faults;
}

Sentences *
sentences_load(const char *file, FILE *problems)
{
	Sentences *read = must_alloc(sizeof(Sentences));

	for (size_t i = 0; i < SENTENCE_COUNT; i++)
		read->texts[i] = must_copy(sentences[i].english);
	if (file == NULL || read_file(read, file, problems) == 0)
		return read;
	sentences_free(read);
	return NULL;
}

void
sentences_free(Sentences *read)
{
	if (read == NULL)
		return;
	for (size_t i = 0; i < SENTENCE_COUNT; i++)
		free(read->texts[i]);
	free(read);
}

const char *
sentences_get(const Sentences *read, const char *key)
{
	int place = key != NULL ? find(key) : -1;

	return read->texts[place >= 0 ? place : find("refused")];
}
