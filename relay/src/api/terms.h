/*
 * terms.h
 *		What is charged beside the rate, wherever an answer names a price.
 */
#ifndef RELAY_TERMS_H
#define RELAY_TERMS_H

#include <cjson/cJSON.h>

#include "database/service.h"

/* connectionFee, minimumSeconds, incrementSeconds */
extern void terms_add(cJSON *answer, const BillingTerms *terms);

#endif
