/*
 * page.h
 *		Pages of what belongs to a user, newest first.
 */
#ifndef WORLDTUNE_PAGE_H
#define WORLDTUNE_PAGE_H

#include "fmgr.h"
#include "utils/uuid.h"

#include "postgres/statement.h"

/*
 * Answers a page as a set of rows of so many columns. The function's arguments from `first_argument` are
 * page_size and before; the statement's are the user, before (infinity where it is NULL) and page_size. Rows of
 * one instant must all be on one page: whoever asks for the next one names the last instant. Errors: 22023 for
 * a page_size outside 1 to 1000, 22004 for none.
 */
extern void page_of_user(FunctionCallInfo fcinfo, Statement *statement, const pg_uuid_t *user_id,
                         int first_argument, int columns);

#endif
