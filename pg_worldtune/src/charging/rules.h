/*
 * rules.h
 *		The operator's settings as they apply to one user's calls: worldtune.settings, and what user_limits puts
 *		in their place.
 */
#ifndef WORLDTUNE_RULES_H
#define WORLDTUNE_RULES_H

#include "utils/uuid.h"

#include "pure/e164.h"
#include "postgres/row.h"

typedef struct Rules
{
	int64 low_balance_micros;
	int32 max_call_seconds;
	int32 hold_expiry_seconds; /* a call of which nothing is heard for so long is looked after */
	bool store_masked;         /* numbers are logged masked */
	bool has_caller_id;
	E164 caller_id; /* what calls show that were asked for without one */
	bool suspended; /* the operator suspended the user */
	bool limited;   /* some limit applies: see limits.h */
} Rules;

/* Error PT503 when setup() has not made the settings. */
extern void rules_read(const pg_uuid_t *user_id, RowAccess access, Rules *rules);

#endif
