/*
 * claims.h
 *		Who is calling: the user of the request's JWT, as PostgREST sets it.
 */
#ifndef WORLDTUNE_CLAIMS_H
#define WORLDTUNE_CLAIMS_H

#include "utils/uuid.h"

/*
 * The uuid in claim "sub" of the setting request.jwt.claims (a JSON object), else of the older
 * request.jwt.claim.sub. False when there is none: no setting, an empty one, malformed JSON, a sub that is no
 * uuid. Never an error: a bad token is nobody. https://postgrest.org/en/stable/references/transactions.html
 */
extern bool claims_user_id(pg_uuid_t *user_id);

/* The same, or error 42501 that asks to sign in. */
extern void claims_require_user_id(pg_uuid_t *user_id);

/* Who acts: the role that asks, the one that is logged in, and the user of the request, if any. */
typedef struct Actor
{
	const char *role;
	const char *session_role;
	bool has_user;
	pg_uuid_t user_id;
} Actor;

/*
 * To be taken before any code of the application runs: a trigger of it may set the claims to anything. Palloc'd.
 */
extern Actor claims_actor(void);

/* Who is acting, palloc'd: "role service_role (session authenticator), signed in as <uuid>", for the record. */
extern char *claims_acting_as(void);

#endif
