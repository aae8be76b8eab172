/*
 * application.h
 *		The application's tables as a whole: users, transactions, call_logs, credit_ledger.
 */
#ifndef WORLDTUNE_APPLICATION_H
#define WORLDTUNE_APPLICATION_H

/* Opens and binds each, so that statements may read them. Errors as table_open_bound. */
extern void application_require_tables(void);

/* The same, and error 42804 for a column whose type SQL cannot compare with that of the specification. */
extern void application_require_types(void);

#endif
