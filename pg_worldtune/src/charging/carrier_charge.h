/*
 * carrier_charge.h
 *		What a call costs the operator: rows of worldtune.carrier_charges, in US dollars.
 */
#ifndef WORLDTUNE_CARRIER_CHARGE_H
#define WORLDTUNE_CARRIER_CHARGE_H

#include "utils/numeric.h"

#include "charging/call.h"

#define CHARGE_CALLER_LEG "caller_leg"
#define CHARGE_DIALLED_LEG "dialled_leg"
#define CHARGE_BOTH_LEGS "both_legs"

/*
 * The micro-dollars of a price as the carrier tells it: Twilio's are negative, what it took from the account.
 * Error 22023 for another currency, NULL included.
 */
extern int64 carrier_charge_read(Numeric price, const char *price_unit);

/* For statements that read the charges. */
extern Table charges_table;

typedef struct CarrierCharge
{
	const char *item;
	const char *sid; /* of what is charged; empty where it is no single thing */
	int64 micros;
	bool estimated; /* the carrier has told no price: this one stands in */
} CarrierCharge;

/*
 * Records a charge of the locked call, in place of an earlier one of the same thing; an estimate takes no told
 * price's place. The two legs and both_legs take each other's. False when that is no news.
 */
extern bool carrier_charge_record(const Call *call, const CarrierCharge *charge);

/* The sum of what is recorded of the call; false when nothing is. */
extern bool carrier_charge_sum(const pg_uuid_t *call_id, int64 *micros);

#endif
