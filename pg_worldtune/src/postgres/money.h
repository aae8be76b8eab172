/*
 * money.h
 *		Credits between SQL's numeric and the 64-bit micro-credits that C calculates with.
 */
#ifndef WORLDTUNE_MONEY_H
#define WORLDTUNE_MONEY_H

#include "utils/numeric.h"

/*
 * Micro-credits of a numeric. Errors: 22003 when it is NaN or beyond 9 trillion credits; 22023 when
 * it has more than six decimals, which no column of ours can hold. `what` names the value in the message
 * ("credits").
 */
extern int64 money_from_numeric(Numeric credits, const char *what);

/* The same, rounded half away from zero instead of refused: for what others wrote before we came. */
extern int64 money_rounded_from_numeric(Numeric credits, const char *what);

/* The numeric of so many micro-credits, always with six decimals. */
extern Numeric money_to_numeric(int64 micros);

/* The same as text, for messages and notes: "1.200000". */
extern char *money_to_string(int64 micros);

#define DatumGetMicros(datum, what) money_from_numeric(DatumGetNumeric(datum), what)
#define MicrosGetDatum(micros) NumericGetDatum(money_to_numeric(micros))

#endif
