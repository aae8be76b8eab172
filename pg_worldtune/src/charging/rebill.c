/*
 * rebill.c
 *		The bill of a call made once more. See rebill.h.
 *
 * The durations stand in the order in which they were heeded, the entries in the order in which they were
 * booked. A duration that changes nothing has no entry; each correction is of the next duration that does.
 */
#include "postgres.h"

#include "charging/rebill.h"
#include "postgres/money.h"

typedef struct Replay
{
	const Receipt *receipt;
	Rebill *bill;
	int next; /* the duration that is looked at next */
} Replay;

/* The first difference is told. */
static void
differ(Rebill *bill, const char *what, int64 recomputed_micros, int64 booked_micros)
{
	if (bill->difference == NULL && recomputed_micros != booked_micros)
		bill->difference = psprintf("%s is %s when recomputed and was booked as %s", what,
		                            money_to_string(recomputed_micros), money_to_string(booked_micros));
}

/* The charge for a duration: never below what was refunded before, which is not given back twice. */
static int64
charge_for(const Replay *replay, int32 duration_seconds, int32 *billed_seconds)
{
	int64 charge = billing_charge_micros(&replay->receipt->terms, duration_seconds,
	                                     replay->receipt->max_seconds, billed_seconds);

	return Max(charge, replay->bill->refunded_micros);
}

/* Takes the next durations until one changes the charge. False when none does. */
static bool
next_change(Replay *replay, RebilledEntry *entry)
{
	const Receipt *receipt = replay->receipt;
	Rebill *bill = replay->bill;

	entry->before_micros = bill->used_micros;
	while (replay->next < receipt->reported_count && bill->used_micros == entry->before_micros)
	{
		entry->duration_seconds = receipt->reported_seconds[replay->next++];
		bill->used_micros = charge_for(replay, entry->duration_seconds, &entry->billed_seconds);
		bill->last_billed_seconds = entry->billed_seconds;
	}
	entry->after_micros = bill->used_micros;
	entry->floored = bill->refunded_micros > 0 && entry->after_micros == bill->refunded_micros;
	entry->delta_micros = entry->after_micros - entry->before_micros;
	return entry->delta_micros != 0;
}

static void
replay_refund(Rebill *bill, const ReceiptEntry *booked, RebilledEntry *entry)
{
	entry->is_refund = entry->known = true;
	entry->delta_micros = -booked->delta_micros;
	bill->refunded_micros += booked->delta_micros;
}

static void
replay_correction(Replay *replay, const ReceiptEntry *booked, RebilledEntry *entry)
{
	entry->known = next_change(replay, entry);
	if (entry->known)
		differ(replay->bill, "a correction", entry->delta_micros, -booked->delta_micros);
	else
	{
		differ(replay->bill, "a correction", 0, -booked->delta_micros);
		entry->delta_micros = -booked->delta_micros;
	}
}

static void
replay_entries(Replay *replay)
{
	const Receipt *receipt = replay->receipt;
	Rebill *bill = replay->bill;
	int64 charged_micros = 0;
	RebilledEntry unbooked;

	bill->entries = palloc0(receipt->entry_count * sizeof(RebilledEntry));
	for (int i = 0; i < receipt->entry_count; i++)
	{
		const ReceiptEntry *booked = &receipt->entries[i];
		RebilledEntry *entry = &bill->entries[i];

		if (strcmp(booked->kind, "call") == 0)
			charged_micros -= booked->delta_micros;
		else if (strcmp(booked->kind, "refund") == 0)
			replay_refund(bill, booked, entry);
		else
			replay_correction(replay, booked, entry);
	}
	differ(bill, "the charge", bill->charge_micros, charged_micros);
	if (next_change(replay, &unbooked))
		differ(bill, "a correction", unbooked.delta_micros, 0);
}

void
rebill(const Receipt *receipt, Rebill *bill)
{
	Replay replay = {.receipt = receipt, .bill = bill, .next = 1};

	memset(bill, 0, sizeof(*bill));
	if (receipt->reported_count > 0)
		bill->first_seconds = receipt->reported_seconds[0];
	bill->charge_micros = charge_for(&replay, bill->first_seconds, &bill->billed_seconds);
	bill->used_micros = bill->charge_micros;
	bill->last_billed_seconds = bill->billed_seconds;
	replay_entries(&replay);
	differ(bill, "the whole charge", bill->used_micros, receipt->used_micros);
	differ(bill, "what was refunded", bill->refunded_micros, receipt->refunded_micros);
	if (bill->difference == NULL && bill->last_billed_seconds != receipt->billed_seconds)
		bill->difference = psprintf("%d seconds are billed when recomputed and %d were booked",
		                            bill->last_billed_seconds, receipt->billed_seconds);
}
