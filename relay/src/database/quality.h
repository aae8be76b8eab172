/*
 * quality.h
 *		How calls were.
 */
#ifndef RELAY_DATABASE_QUALITY_H
#define RELAY_DATABASE_QUALITY_H

#include <stdbool.h>

#include "database/db.h"

/* Keeps what a JSON object says of that user's call; 22023 where it says what cannot be. */
extern bool quality_record(const Db *db, const char *user_id, const char *call_sid, const char *json,
                           DbError *error);

#endif
