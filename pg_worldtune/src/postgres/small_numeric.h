/*
 * small_numeric.h
 *		A numeric that fits into 8 bytes: every amount up to 100 credits with six decimals does.
 *
 * Kept ready-made, it becomes a datum by a copy instead of by arithmetic.
 */
#ifndef WORLDTUNE_SMALL_NUMERIC_H
#define WORLDTUNE_SMALL_NUMERIC_H

#include "postgres.h"

#include "utils/numeric.h"

#include "postgres/compat.h"

#define SMALL_NUMERIC_SIZE 8

/* What stands behind the length word of a numeric. */
typedef struct SmallNumeric
{
	char content[SMALL_NUMERIC_SIZE];
	int length;
} SmallNumeric;

/* The datum may be packed as a column's value is, but is not compressed. */
static inline void
small_numeric_set(SmallNumeric *small, Datum numeric)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(numeric);

	if (VARSIZE_ANY_EXHDR(value) > SMALL_NUMERIC_SIZE)
		elog(ERROR, "a numeric of %d bytes is no amount of ours", (int) VARSIZE_ANY_EXHDR(value));
	memset(small, 0, sizeof(*small));
	small->length = VARSIZE_ANY_EXHDR(value);
	memcpy(small->content, VARDATA_ANY(value), small->length);
}

static inline Datum
small_numeric_datum(const SmallNumeric *small)
{
	struct varlena *value = palloc(VARHDRSZ + SMALL_NUMERIC_SIZE);

	memcpy(VARDATA(value), small->content, SMALL_NUMERIC_SIZE);
	SET_VARSIZE(value, VARHDRSZ + small->length);
	return PointerGetDatum(value);
}

#endif
