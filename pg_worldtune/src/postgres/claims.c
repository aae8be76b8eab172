/*
 * claims.c
 *		Who is calling. See claims.h.
 *
 * The claims identify a user only for sessions that came through PostgREST: whoever has a session of his own
 * can set them to anything, so the functions that read them are for the API's roles, and act on no other user
 * than the claimed one.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/uuid.h"

#include "postgres/claims.h"
#include "postgres/compat.h"

PG_FUNCTION_INFO_V1(worldtune_current_user_id);
PG_FUNCTION_INFO_V1(worldtune_acting_as);

#define UUID_TEXT_LENGTH 36

typedef struct SubReader
{
	JsonLexContext *lexer;
	bool at_sub; /* the next scalar is the value of the top-level "sub" */
	char *sub;
} SubReader;

static JSON_ACTION_RESULT
note_field(void *state, char *name, bool isnull pg_attribute_unused())
{
	SubReader *reader = state;

	reader->at_sub = reader->lexer->lex_level == 1 && strcmp(name, "sub") == 0;
	JSON_ACTION_OK;
}

static JSON_ACTION_RESULT
note_scalar(void *state, char *token, JsonTokenType type)
{
	SubReader *reader = state;

	if (reader->at_sub && reader->lexer->lex_level == 1)
		reader->sub = type == JSON_TOKEN_STRING ? token : NULL;
	reader->at_sub = false;
	JSON_ACTION_OK;
}

static const char *
sub_of_claims(const char *claims)
{
	JsonLexContext *lexer = json_lexer(pstrdup(claims), strlen(claims), GetDatabaseEncoding());
	SubReader reader = {.lexer = lexer};
	JsonSemAction actions = {.semstate = &reader, .object_field_start = note_field, .scalar = note_scalar};

	if (pg_parse_json(lexer, &actions) != JSON_SUCCESS)
		return NULL;
	return reader.sub;
}

/* uuid_in would raise an error, and accepts more spellings than a token may have. */
static bool
looks_like_uuid(const char *text)
{
	for (int i = 0; i < UUID_TEXT_LENGTH; i++)
	{
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return false;
	}
	return text[UUID_TEXT_LENGTH] == '\0';
}

bool
claims_user_id(pg_uuid_t *user_id)
{
	/* After a request the settings are '' on a pooled connection, not absent. */
	const char *claims = GetConfigOption("request.jwt.claims", true, false);
	const char *sub = claims != NULL && *claims != '\0'
	                      ? sub_of_claims(claims)
	                      : GetConfigOption("request.jwt.claim.sub", true, false);

	if (sub == NULL || !looks_like_uuid(sub))
		return false;
	*user_id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(sub)));
	return true;
}

void
claims_require_user_id(pg_uuid_t *user_id)
{
	if (!claims_user_id(user_id))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("nobody is signed in"),
		                errdetail("The request's JWT claims name no user."),
		                errhint("Sign in and send the access token as \"Authorization: Bearer ...\".")));
}

/* current_user_id() returns uuid: for policies; NULL when nobody is signed in. */
Datum
worldtune_current_user_id(PG_FUNCTION_ARGS)
{
	pg_uuid_t *user_id = palloc(sizeof(pg_uuid_t));

	if (!claims_user_id(user_id))
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(user_id);
}

/* Within a SECURITY DEFINER function, current_user is its owner. */
Actor
claims_actor(void)
{
	const char *role = GetConfigOption("role", true, false);
	Actor actor = {.session_role = GetUserNameFromId(GetSessionUserId(), false)};

	actor.role = role == NULL || strcmp(role, "none") == 0 ? actor.session_role : pstrdup(role);
	actor.has_user = claims_user_id(&actor.user_id);
	return actor;
}

char *
claims_acting_as(void)
{
	Actor actor = claims_actor();

	if (actor.has_user)
		return psprintf("role %s (session %s), signed in as %s", actor.role, actor.session_role,
		                DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&actor.user_id))));
	return psprintf("role %s (session %s)", actor.role, actor.session_role);
}

/* acting_as() returns text: for defaults of columns. */
Datum
worldtune_acting_as(PG_FUNCTION_ARGS pg_attribute_unused())
{
	PG_RETURN_TEXT_P(cstring_to_text(claims_acting_as()));
}
