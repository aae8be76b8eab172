/*
 * carrier_charge.c
 *		What a call costs the operator. See carrier_charge.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "charging/carrier_charge.h"
#include "charging/charge_queue.h"
#include "postgres/money.h"
#include "postgres/result.h"
#include "postgres/statement.h"

PG_FUNCTION_INFO_V1(worldtune_record_carrier_charge);
PG_FUNCTION_INFO_V1(worldtune_losing_calls);

#define LOSING_COLUMNS 13

static const TableColumn columns[] = {
    {.name = "call_id", .type = UUIDOID},   {.name = "item", .type = TEXTOID},
    {.name = "sid", .type = TEXTOID},       {.name = "amount", .type = NUMERICOID},
    {.name = "estimated", .type = BOOLOID}, {.name = "reported_at", .type = TIMESTAMPTZOID},
};

Table charges_table = {
    .schema = "worldtune",
    .name = "carrier_charges",
    .columns = columns,
    .column_count = lengthof(columns),
};

int64
carrier_charge_read(Numeric price, const char *price_unit)
{
	int64 micros = money_rounded_from_numeric(price, "price");

	if (price_unit == NULL || pg_strcasecmp(price_unit, "USD") != 0)
		ereport(
		    ERROR,
		    (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		     errmsg("the carrier charges in %s, not in US dollars",
		            price_unit == NULL ? "an unknown currency" : price_unit),
		     errhint(
		         "Credits are US dollars: have the carrier's account billed in USD, or convert the price.")));
	return micros < 0 ? -micros : micros;
}

/* Of charge $2 with SID $3, the rows of the same call that it cannot stand beside: a leg is charged once. */
#define IS_REPLACED                                                                                          \
	" CASE $2 WHEN 'both_legs' THEN item IN ('caller_leg', 'dialled_leg') OR item = $2 AND sid <> $3"        \
	" WHEN 'recording' THEN false WHEN 'transcription' THEN false"                                           \
	" ELSE item = 'both_legs' OR item = $2 AND sid <> $3 END"

static Statement forget_replaced = {
    .sql =
        "DELETE FROM worldtune.carrier_charges WHERE call_id = $1 AND (estimated OR NOT $4) AND" IS_REPLACED,
    .expected = SPI_OK_DELETE,
    .reads = {&charges_table},
    .nargs = 4,
    .argtypes = {UUIDOID, TEXTOID, TEXTOID, BOOLOID},
};

/* What was told stays where an estimate comes. */
static Statement upsert = {
    .sql = "INSERT INTO worldtune.carrier_charges AS c (call_id, item, sid, estimated, amount, reported_at)"
           " SELECT $1, $2, $3, $4, $5, now()"
           " WHERE NOT EXISTS (SELECT FROM worldtune.carrier_charges WHERE call_id = $1 AND" IS_REPLACED ")"
           " ON CONFLICT (call_id, item, sid) DO UPDATE"
           " SET amount = excluded.amount, estimated = excluded.estimated, reported_at = excluded.reported_at"
           " WHERE (c.amount, c.estimated) IS DISTINCT FROM (excluded.amount, excluded.estimated)"
           " AND (c.estimated OR NOT excluded.estimated)",
    .expected = SPI_OK_INSERT,
    .reads = {&charges_table},
    .nargs = 5,
    .argtypes = {UUIDOID, TEXTOID, TEXTOID, BOOLOID, NUMERICOID},
};

static bool
is_leg(const char *item)
{
	return strcmp(item, CHARGE_CALLER_LEG) == 0 || strcmp(item, CHARGE_DIALLED_LEG) == 0 ||
	       strcmp(item, CHARGE_BOTH_LEGS) == 0;
}

bool
carrier_charge_record(const Call *call, const CarrierCharge *charge)
{
	Datum values[] = {
	    UUIDPGetDatum(&call->id),        CStringGetTextDatum(charge->item), CStringGetTextDatum(charge->sid),
	    BoolGetDatum(charge->estimated), MicrosGetDatum(charge->micros),
	};
	bool news;

	SPI_connect();
	statement_run(&forget_replaced, values, NULL);
	news = statement_run(&upsert, values, NULL) > 0;
	SPI_finish();
	charge_queue_check(&call->id);
	return news;
}

static Statement sum_of_call = {
    .sql = "SELECT sum(amount) FROM worldtune.carrier_charges WHERE call_id = $1",
    .expected = SPI_OK_SELECT,
    .reads = {&charges_table},
    .nargs = 1,
    .argtypes = {UUIDOID},
};

bool
carrier_charge_sum(const pg_uuid_t *call_id, int64 *micros)
{
	Datum values[] = {UUIDPGetDatum(call_id)};
	bool isnull;

	SPI_connect();
	statement_run(&sum_of_call, values, NULL);
	statement_value(1, &isnull);
	*micros = statement_micros(1);
	SPI_finish();
	return !isnull;
}

/* Error 22023 unless it can be charged; a leg's SID is the call's. */
static void
read_item(FunctionCallInfo fcinfo, Call *call, CarrierCharge *charge)
{
	const char *sid = optional_cstring(fcinfo, 3);

	charge->item = text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (!is_leg(charge->item) && strcmp(charge->item, "recording") != 0 &&
	    strcmp(charge->item, "transcription") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("the carrier charges no \"%s\"", charge->item),
		                errhint("Use one of caller_leg, dialled_leg, both_legs, recording, transcription.")));
	if (strcmp(charge->item, CHARGE_BOTH_LEGS) == 0 || strcmp(charge->item, CHARGE_CALLER_LEG) == 0)
		sid = call->call_sid;
	else if (sid != NULL)
		call_check_sid(sid, "sid");
	else if (strcmp(charge->item, CHARGE_DIALLED_LEG) == 0)
		sid = row_text(&call->row, CALL_DIAL_SID);
	else
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
		                errmsg("sid must not be null: a call may have several of item %s", charge->item)));
	charge->sid = sid != NULL ? sid : "";
}

Datum
worldtune_record_carrier_charge(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"user_id", "call_sid", "item", NULL, "amount", NULL, "estimated"};
	CarrierCharge charge;
	Call call;
	bool news;

	for (size_t i = 0; i < lengthof(names); i++)
		if (names[i] != NULL)
			require_argument(fcinfo, i, names[i]);
	charge.micros = carrier_charge_read(PG_GETARG_NUMERIC(4), optional_cstring(fcinfo, 5));
	charge.estimated = PG_GETARG_BOOL(6);
	call_lock_by_sid(text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_UUID_P(0), &call);
	read_item(fcinfo, &call, &charge);
	news = carrier_charge_record(&call, &charge);
	call_close(&call);
	PG_RETURN_BOOL(news);
}

/* The dearest losses first. */
static Statement losing_calls = {
    .sql =
        "SELECT c.id, c.user_id, c.call_sid::text, c.created_at::timestamptz, c.iso_country::text, c.prefix::text,"
        " c.price_source::text, c.rate::numeric, c.duration_seconds::int, x.charged, k.cost,"
        " k.cost - x.charged, k.estimated FROM (SELECT k.call_id, sum(k.amount) AS cost,"
        " bool_or(k.estimated) AS estimated FROM ONLY public.call_logs c"
        " JOIN worldtune.carrier_charges k ON k.call_id = c.id WHERE c.created_at >= $1 GROUP BY k.call_id) k"
        " JOIN ONLY public.call_logs c ON c.id = k.call_id,"
        " LATERAL (SELECT c.credits_used - c.credits_refunded AS charged) x"
        " WHERE x.charged < k.cost ORDER BY k.cost - x.charged DESC, c.id",
    .expected = SPI_OK_SELECT,
    .reads = {&calls_table, &charges_table},
    .nargs = 1,
    .argtypes = {TIMESTAMPTZOID},
    .parallel = true,
};

Datum
worldtune_losing_calls(PG_FUNCTION_ARGS)
{
	Datum values[] = {PG_GETARG_DATUM(0)};

	require_argument(fcinfo, 0, "since");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	statement_query(&losing_calls, values, NULL);
	result_add_rows(fcinfo, LOSING_COLUMNS);
	SPI_finish();
	return (Datum) 0;
}
