/*
 * pg_worldtune.c
 *		The module's face to PostgreSQL. The subjects live in files of their own.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "postgres/planned.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(worldtune_library_version);

void _PG_init(void);

void
_PG_init(void)
{
	planned_install();
}

Datum
worldtune_library_version(PG_FUNCTION_ARGS pg_attribute_unused())
{
	PG_RETURN_TEXT_P(cstring_to_text(WORLDTUNE_VERSION));
}
