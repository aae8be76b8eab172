/** The calls of which explain_charge() does not say that what was paid is what was booked, or whose steps do not add up to it. */
export const UNEXPLAINED = `
  SELECT c.call_sid, c.id, string_agg(e.detail, '') FILTER (WHERE e.item = 'paid') AS paid
  FROM public.call_logs c CROSS JOIN LATERAL worldtune.user_explain_charge(c.user_id, c.id::text) e
  WHERE c.authorized_at IS NOT NULL
  GROUP BY c.id, c.call_sid, c.credits_used, c.credits_refunded
  HAVING bool_or(e.item = 'paid' AND e.detail = 'as booked') IS NOT TRUE
    OR sum(e.amount) FILTER (WHERE e.item = 'paid') <> c.credits_used - c.credits_refunded
    OR coalesce(sum(e.amount) FILTER (WHERE e.item IN ('charge', 'correction', 'refund')), 0) <> c.credits_used - c.credits_refunded`;
