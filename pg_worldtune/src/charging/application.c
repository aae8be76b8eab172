/*
 * application.c
 *		The application's tables as a whole. See application.h.
 */
#include "postgres.h"

#include "fmgr.h"

#include "charging/account.h"
#include "charging/application.h"
#include "charging/call.h"
#include "charging/carrier_charge.h"
#include "charging/ledger.h"
#include "charging/payment.h"

PG_FUNCTION_INFO_V1(worldtune_require_tables);

/* Local data */
static Table *const tables[] = {&users_table,  &payments_table,       &calls_table,
                                &ledger_table, &ledger_details_table, &charges_table};

void
application_require_tables(void)
{
	table_require_all(tables, lengthof(tables));
}

void
application_require_types(void)
{
	application_require_tables();
	for (size_t i = 0; i < lengthof(tables); i++)
		table_require_types(tables[i]);
}

Datum
worldtune_require_tables(PG_FUNCTION_ARGS pg_attribute_unused())
{
	application_require_tables();
	PG_RETURN_VOID();
}
