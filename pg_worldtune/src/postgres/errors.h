/*
 * errors.h
 *		The SQLSTATEs that are the extension's own.
 */
#ifndef WORLDTUNE_ERRORS_H
#define WORLDTUNE_ERRORS_H

#include "utils/elog.h"

/*
 * setup() has not been run, or what it made is gone: the service is not available. PostgREST answers PTxyz
 * with the HTTP status xyz. https://postgrest.org/en/stable/references/errors.html
 */
#define ERRCODE_SETUP_REQUIRED MAKE_SQLSTATE('P', 'T', '5', '0', '3')
#define SETUP_HINT "Run SELECT * FROM worldtune.setup()."

/* A notice: the balance is low while a call lasts. Of the class of warnings, in the part that SQL leaves to
 * implementations. */
#define ERRCODE_LOW_BALANCE MAKE_SQLSTATE('0', '1', 'L', '0', '1')

#endif
