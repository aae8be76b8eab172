/*
 * dials.h
 *		The second legs of calls in conferences.
 */
#ifndef RELAY_DIALS_H
#define RELAY_DIALS_H

#include <stdbool.h>

#include "base/sid.h"
#include "database/db.h"

/* Whether it is to be dialled now, which is so once. */
extern bool dials_claim(const Db *db, const char *user_id, const char *call_sid, bool *claimed,
                        DbError *error);
extern bool dials_name(const Db *db, const char *user_id, const char *call_sid, const char *dial_call_sid,
                       DbError *error);

/* Its SID; empty when there is none. */
extern bool dials_find(const Db *db, const char *user_id, const char *call_sid, char dial_call_sid[SID_SIZE],
                       DbError *error);

#endif
