-- A second opinion on the books, for tests: what docs/sql.md promises, told without a line of the extension's and otherwise than check_integrity() tells it:
-- in whole micro-credits, by replaying the ledger and by comparing sets. One row for each thing that is wrong.
-- It reads tables alone and calls none of the extension's functions.

CREATE SCHEMA audit;

CREATE FUNCTION audit.micros(credits numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT (credits * 1000000)::bigint $$;

-- The price of so many seconds talked, by whole numbers: minimum, steps, half up.
CREATE FUNCTION audit.price(talked int, rate numeric, fee numeric, minimum int, step int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN talked < 1 THEN 0 ELSE audit.micros(fee) + (audit.micros(rate) * billed + 30) / 60 END
  FROM (SELECT CASE WHEN talked <= minimum THEN minimum ELSE minimum + step * ceil((talked - minimum)::numeric / step)::int END AS billed) b
$$;

CREATE FUNCTION audit.books() RETURNS TABLE (wrong text, who uuid, what text) LANGUAGE sql STABLE AS $$
  -- Replayed from zero, the ledger leaves what each entry says it left, and at the end what the user has.
  WITH ours AS (
    SELECT *, audit.price(least(duration_seconds, max_seconds), rate, connection_fee, minimum_seconds, increment_seconds) AS talk,
      audit.price(max_seconds, rate, connection_fee, minimum_seconds, increment_seconds) AS longest
    FROM public.call_logs WHERE authorized_at IS NOT NULL),
  replay AS (
    SELECT user_id, id, balance_after, sum(delta) OVER (PARTITION BY user_id ORDER BY id ROWS UNBOUNDED PRECEDING) AS replayed,
      row_number() OVER (PARTITION BY user_id ORDER BY id DESC) = 1 AS is_newest FROM public.credit_ledger)
  SELECT 'replay', user_id, format('entry %s leaves %s, replayed %s', id, balance_after, replayed) FROM replay WHERE balance_after <> replayed
UNION ALL
  (SELECT 'balance', id, credit_balance::text FROM public.users WHERE credit_balance <> 0
   EXCEPT SELECT 'balance', user_id, replayed::numeric(18,6)::text FROM replay WHERE is_newest)
UNION ALL
  (SELECT 'balance of nobody', user_id, replayed::numeric(18,6)::text FROM replay WHERE is_newest AND replayed <> 0
   EXCEPT SELECT 'balance of nobody', id, credit_balance::text FROM public.users)
UNION ALL
  -- What the entries of a call come to is what it cost, less what was given back; each but the first charge says who made it.
  SELECT 'call and ledger', c.user_id, format('%s: cost %s, booked %s', c.id, c.credits_used - c.credits_refunded, -l.total)
  FROM ours c LEFT JOIN (SELECT call_id, user_id, sum(delta) AS total, count(*) FILTER (WHERE kind = 'call') AS charges, sum(delta) FILTER (WHERE kind = 'refund') AS refunds
    FROM public.credit_ledger GROUP BY call_id, user_id) l ON (l.call_id, l.user_id) = (c.id, c.user_id)
  WHERE c.credits_used - c.credits_refunded <> -coalesce(l.total, 0) OR coalesce(l.refunds, 0) <> c.credits_refunded OR l.charges > 1 OR (l.total <> 0 AND c.billed_at IS NULL)
UNION ALL
  SELECT 'entry of no call', user_id, format('entry %s', id) FROM public.credit_ledger e
  WHERE kind IN ('call', 'refund') AND NOT EXISTS (SELECT FROM ours c WHERE (c.id, c.user_id) = (e.call_id, e.user_id) AND c.billed_at IS NOT NULL)
UNION ALL
  (SELECT 'details', user_id, id::text FROM public.credit_ledger WHERE kind <> 'call' EXCEPT ALL SELECT 'details', user_id, entry_id::text FROM worldtune.ledger_details)
UNION ALL
  (SELECT 'details of nothing', user_id, entry_id::text FROM worldtune.ledger_details EXCEPT ALL SELECT 'details of nothing', user_id, id::text FROM public.credit_ledger WHERE kind <> 'call')
UNION ALL
  -- A bill is the price of the seconds talked, those beyond the authorised ones left out; where more was given back already it stops there.
  SELECT 'bill', user_id, format('%s: %s for %s s of at most %s', id, credits_used, duration_seconds, max_seconds) FROM ours c
  WHERE billed_at IS NOT NULL AND (duration_seconds IS NULL OR ended_at IS NULL
    OR audit.micros(credits_used) NOT IN (talk, audit.micros(credits_refunded))
    OR audit.micros(credits_used) < talk)
UNION ALL
  SELECT 'no bill', user_id, format('%s is %s and cost %s', id, status, credits_used) FROM ours
  WHERE billed_at IS NULL AND (credits_used, credits_refunded, coalesce(billed_seconds, 0)) <> (0, 0, 0)
UNION ALL
  SELECT 'refund', user_id, format('%s: %s of %s', id, credits_refunded, credits_used) FROM ours WHERE credits_refunded > credits_used OR credits_refunded < 0
UNION ALL
  -- Held is the price of the longest call, by open calls and nobody else.
  (SELECT 'open call', user_id, format('%s %s', id, longest) FROM ours c WHERE status IN ('queued', 'initiated', 'ringing', 'in-progress')
   EXCEPT ALL SELECT 'open call', user_id, format('%s %s', call_id, audit.micros(credits)) FROM worldtune_internal.holds)
UNION ALL
  (SELECT 'hold', user_id, format('%s %s', call_id, credits) FROM worldtune_internal.holds
   EXCEPT ALL SELECT 'hold', user_id, format('%s %s', id, credits_held) FROM ours WHERE ended_at IS NULL)
UNION ALL
  SELECT 'held', user_id, format('%s %s holds %s', id, status, credits_held) FROM ours
  WHERE credits_held <> 0 AND status NOT IN ('queued', 'initiated', 'ringing', 'in-progress')
UNION ALL
  SELECT 'more held than ever owned', user_id, sum(credits)::text FROM worldtune_internal.holds h GROUP BY user_id
  HAVING sum(credits) > greatest(0, (SELECT max(balance_after) FROM public.credit_ledger l WHERE l.user_id = h.user_id))
UNION ALL
  -- Each booked payment once, and nothing else; what was taken back had been bought.
  (SELECT 'payment', user_id, format('%s %s', id, credits_added::numeric(18,6)) FROM public.transactions WHERE booked_at IS NOT NULL
   EXCEPT ALL SELECT 'payment', user_id, format('%s %s', transaction_id, delta::numeric(18,6)) FROM public.credit_ledger WHERE kind = 'purchase')
UNION ALL
  (SELECT 'purchase', user_id, format('%s %s', transaction_id, delta::numeric(18,6)) FROM public.credit_ledger WHERE kind = 'purchase'
   EXCEPT ALL SELECT 'purchase', user_id, format('%s %s', id, credits_added::numeric(18,6)) FROM public.transactions WHERE booked_at IS NOT NULL)
UNION ALL
  (SELECT 'chargeback', user_id, format('%s %s', transaction_id, -delta::numeric(18,6)) FROM public.credit_ledger WHERE kind = 'chargeback'
   EXCEPT ALL SELECT 'chargeback', user_id, format('%s %s', transaction_id, delta::numeric(18,6)) FROM public.credit_ledger WHERE kind = 'purchase')
UNION ALL
  SELECT 'payment used twice', min(user_id::text)::uuid, payment_intent_id FROM public.transactions WHERE booked_at IS NOT NULL GROUP BY payment_intent_id HAVING count(*) > 1
UNION ALL
  -- The price is that of a row of the deck, which fits the number and what it shows.
  SELECT 'price', user_id, format('%s: %s by deck %s, %s', id, rate, deck_id, prefix) FROM ours c
  WHERE price_source = 'deck' AND EXISTS (SELECT FROM worldtune.rate_decks d WHERE d.id = c.deck_id) AND NOT EXISTS (
    SELECT FROM worldtune.rates r WHERE (r.deck_id, r.prefix, r.origination) = (c.deck_id, c.prefix, coalesce(c.origination, ''))
      AND (r.rate, r.connection_fee, r.minimum_seconds, r.increment_seconds) = (c.rate, c.connection_fee, c.minimum_seconds, c.increment_seconds)
      AND (c.phone_number LIKE '+' || r.prefix || '%' OR c.phone_number LIKE '%•%'))
UNION ALL
  SELECT 'refusal', user_id, format('%s %s %s', id, status, reject_reason) FROM ours WHERE (status = 'rejected') <> (reject_reason IS NOT NULL)
$$;
