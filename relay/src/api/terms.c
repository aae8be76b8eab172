/*
 * terms.c
 *		Connection fee, minimum and increment as JSON.
 */
#include "api/terms.h"

#include "base/json.h"

void
terms_add(cJSON *answer, const BillingTerms *terms)
{
	json_add_text(answer, "connectionFee", terms->connection_fee);
	json_add_integer(answer, "minimumSeconds", terms->minimum_seconds);
	json_add_integer(answer, "incrementSeconds", terms->increment_seconds);
}
