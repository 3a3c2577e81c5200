-- The rules that the ledger keeps, checked from the transfers up (see marketplace.lib.auditing for the columns).
-- Each statement reads a big table once.

-- Accounts: every balance follows from the transfers, and what we owe is what is there.
WITH moved AS MATERIALIZED (
    SELECT kind, currency, debit_account_id, credit_account_id, sum(amount_minor) AS amount_minor, count(*) AS transfers
      FROM escrow_transfer GROUP BY 1, 2, 3, 4
), balances AS MATERIALIZED (
    SELECT a.id, a.kind, a.provider, a.currency, coalesce(sum(s.debit_minor), 0)::bigint AS debit_minor,
           coalesce(sum(s.credit_minor), 0)::bigint AS credit_minor
      FROM escrow_account a
      LEFT JOIN (SELECT debit_account_id AS account_id, amount_minor AS debit_minor, 0 AS credit_minor FROM moved
                 UNION ALL SELECT credit_account_id, 0, amount_minor FROM moved) s ON s.account_id = a.id
     GROUP BY a.id
), sides AS (
    SELECT currency, sum(debit_minor)::bigint AS debit_minor, sum(credit_minor)::bigint AS credit_minor
      FROM balances GROUP BY 1
), crossed AS (
    SELECT m.* FROM moved m
      JOIN escrow_account debit ON debit.id = m.debit_account_id
      JOIN escrow_account credit ON credit.id = m.credit_account_id
     WHERE m.currency <> debit.currency OR m.currency <> credit.currency
        OR debit.kind || '>' || credit.kind <> CASE m.kind
            WHEN 'CAPTURE' THEN 'PROVIDER_CASH>ESCROW'
            WHEN 'RELEASE' THEN 'ESCROW>SELLER'
            WHEN 'FEE' THEN 'ESCROW>FEES'
            WHEN 'REFUND' THEN 'ESCROW>REFUNDS_IN_FLIGHT'
            WHEN 'LATE_CAPTURE' THEN 'PROVIDER_CASH>REFUNDS_IN_FLIGHT'
            WHEN 'REFUND_PAID' THEN 'REFUNDS_IN_FLIGHT>PROVIDER_CASH'
            WHEN 'PAYOUT' THEN 'SELLER>PAYOUTS_IN_FLIGHT'
            WHEN 'PAYOUT_PAID' THEN 'PAYOUTS_IN_FLIGHT>PROVIDER_CASH'
            WHEN 'PAYOUT_FAILED' THEN 'PAYOUTS_IN_FLIGHT>SELLER'
            WHEN 'PAYOUT_RETURNED' THEN 'PROVIDER_CASH>SELLER'
            WHEN 'REFUND_AFTER' THEN 'SELLER>REFUNDS_IN_FLIGHT'
            WHEN 'REFUND_FEE' THEN 'FEES>REFUNDS_IN_FLIGHT'
            WHEN 'REFUND_OWED' THEN 'SELLER_OWES>REFUNDS_IN_FLIGHT'
            WHEN 'REFUND_OUTSIDE' THEN 'REFUNDS_IN_FLIGHT>OUTSIDE_CASH'
            WHEN 'OWED_SETTLED' THEN 'SELLER>SELLER_OWES' ELSE '' END
), held AS (
    SELECT coalesce(a.currency, h.currency) AS currency, coalesce(a.amount_minor, 0) AS account_minor,
           coalesce(h.amount_minor, 0) AS holds_minor
      FROM (SELECT currency, credit_minor - debit_minor AS amount_minor FROM balances WHERE kind = 'ESCROW') a
      FULL JOIN (SELECT currency,
                        sum(captured_minor - released_minor - fee_taken_minor - refunded_minor)::bigint AS amount_minor
                   FROM escrow_hold WHERE state = 'HELD' GROUP BY 1) h ON h.currency = a.currency
), available AS (
    SELECT coalesce(a.id, b.account_id) AS account_id, a.currency, b.available_minor, b.owed_minor,
           a.credit_minor - a.debit_minor AS moved_minor, coalesce(o.debit_minor - o.credit_minor, 0) AS moved_owed_minor
      FROM (SELECT balances.*, account.owner_id FROM balances JOIN escrow_account account USING (id)
             WHERE balances.kind = 'SELLER') a
      FULL JOIN escrow_sellerbalance b ON b.account_id = a.id
      LEFT JOIN escrow_account owes ON owes.kind = 'SELLER_OWES' AND owes.owner_id = a.owner_id
                                   AND owes.currency = a.currency
      LEFT JOIN balances o ON o.id = owes.id
), paid_out AS (
    SELECT provider, currency,
           coalesce(sum(amount_minor) FILTER (WHERE state IN ('REQUESTED', 'SUBMITTED')), 0)::bigint AS open_minor,
           coalesce(sum(amount_minor) FILTER (WHERE state = 'PAID'), 0)::bigint AS paid_minor
      FROM escrow_payout GROUP BY 1, 2
), asked AS (
    SELECT provider, currency, coalesce(sum(amount_minor) FILTER (WHERE state NOT IN ('SUCCEEDED', 'SETTLED')), 0)::bigint AS open_minor,
           coalesce(sum(amount_minor) FILTER (WHERE state = 'SUCCEEDED'), 0)::bigint AS paid_minor
      FROM escrow_provideroperation WHERE kind = 'REFUND' GROUP BY 1, 2
), captured AS (
    SELECT provider, currency, sum(amount_minor)::bigint AS amount_minor
      FROM escrow_payment WHERE state = 'CAPTURED' GROUP BY 1, 2
), outside AS (
    SELECT provider, currency, coalesce(cash.amount_minor, 0) AS cash_minor, coalesce(flight.amount_minor, 0) AS flight_minor,
           coalesce(captured.amount_minor, 0) - coalesce(asked.paid_minor, 0)
           - coalesce(paid_out.paid_minor, 0) AS due_cash_minor,
           coalesce(asked.open_minor, 0) AS open_minor, coalesce(payouts.amount_minor, 0) AS payouts_minor,
           coalesce(paid_out.open_minor, 0) AS open_payouts_minor
      FROM (SELECT provider, currency, debit_minor - credit_minor AS amount_minor
              FROM balances WHERE kind = 'PROVIDER_CASH') cash
      FULL JOIN (SELECT provider, currency, credit_minor - debit_minor AS amount_minor
                   FROM balances WHERE kind = 'REFUNDS_IN_FLIGHT') flight USING (provider, currency)
      FULL JOIN (SELECT provider, currency, credit_minor - debit_minor AS amount_minor
                   FROM balances WHERE kind = 'PAYOUTS_IN_FLIGHT') payouts USING (provider, currency)
      FULL JOIN captured USING (provider, currency)
      FULL JOIN asked USING (provider, currency)
      FULL JOIN paid_out USING (provider, currency)
)
SELECT 'Debits equal credits in every currency',
       coalesce(jsonb_agg(f ORDER BY f) FILTER (WHERE f IS NOT NULL), '[]'),
       count(DISTINCT currency) FILTER (WHERE debit_minor <> credit_minor),
       array_agg(DISTINCT currency) FILTER (WHERE debit_minor <> credit_minor)
  FROM sides, LATERAL (VALUES (jsonb_build_array('debits', debit_minor, currency)),
                              (jsonb_build_array('credits', credit_minor, currency))) AS figures (f)
UNION ALL
SELECT 'Every transfer joins the two kinds of account that its own kind names, in its currency',
       jsonb_build_array(jsonb_build_array('transfers', (SELECT coalesce(sum(transfers), 0) FROM moved), NULL)),
       (SELECT coalesce(sum(transfers), 0) FROM moved) - (SELECT coalesce(sum(transfers), 0) FROM moved m
           JOIN escrow_account d ON d.id = m.debit_account_id JOIN escrow_account c ON c.id = m.credit_account_id)
           + coalesce(sum(transfers), 0),
       array_agg(kind || ' from account ' || debit_account_id || ' to ' || credit_account_id)
  FROM crossed
UNION ALL
SELECT 'The escrow account has exactly what the open holds keep',
       coalesce(jsonb_agg(jsonb_build_array('held', account_minor, currency) ORDER BY currency), '[]'),
       count(*) FILTER (WHERE account_minor <> holds_minor),
       array_agg(currency || ': account ' || account_minor || ', holds ' || holds_minor)
           FILTER (WHERE account_minor <> holds_minor)
  FROM held
UNION ALL
SELECT 'Each seller''s balance is the sum of its transfers and not negative',
       coalesce((SELECT jsonb_agg(jsonb_build_array('available', amount_minor, currency) ORDER BY currency)
                   FROM (SELECT currency, sum(available_minor)::bigint AS amount_minor FROM available
                          WHERE currency IS NOT NULL GROUP BY 1) AS totals), '[]'),
       count(*) FILTER (WHERE available_minor IS DISTINCT FROM moved_minor OR available_minor < 0),
       (array_agg('account ' || account_id) FILTER (WHERE available_minor IS DISTINCT FROM moved_minor
                                                       OR available_minor < 0))[1:5]
  FROM available
UNION ALL
SELECT 'What each seller owes is the sum of its transfers and not negative',
       coalesce((SELECT jsonb_agg(jsonb_build_array('owed', amount_minor, currency) ORDER BY currency)
                   FROM (SELECT currency, sum(owed_minor)::bigint AS amount_minor FROM available
                          WHERE owed_minor > 0 GROUP BY 1) AS totals), '[]'),
       count(*) FILTER (WHERE owed_minor IS DISTINCT FROM moved_owed_minor OR owed_minor < 0),
       (array_agg('account ' || account_id) FILTER (WHERE owed_minor IS DISTINCT FROM moved_owed_minor
                                                       OR owed_minor < 0))[1:5]
  FROM available
UNION ALL
SELECT 'What is on its way to banks is what payouts have not ended',
       coalesce(jsonb_agg(jsonb_build_array(provider, payouts_minor, currency) ORDER BY provider, currency)
                    FILTER (WHERE payouts_minor <> 0 OR open_payouts_minor <> 0), '[]'),
       count(*) FILTER (WHERE payouts_minor <> open_payouts_minor),
       array_agg(provider || ' ' || currency || ': account ' || payouts_minor || ', payouts ' || open_payouts_minor)
           FILTER (WHERE payouts_minor <> open_payouts_minor)
  FROM outside
UNION ALL
SELECT 'What is on its way back is what refund operations have not paid',
       coalesce(jsonb_agg(jsonb_build_array(provider, flight_minor, currency) ORDER BY provider, currency), '[]'),
       count(*) FILTER (WHERE flight_minor <> open_minor),
       array_agg(provider || ' ' || currency || ': account ' || flight_minor || ', operations ' || open_minor)
           FILTER (WHERE flight_minor <> open_minor)
  FROM outside
UNION ALL
SELECT 'The provider''s cash is what was captured less the refunds and payouts that were paid',
       coalesce(jsonb_agg(jsonb_build_array(provider, cash_minor, currency) ORDER BY provider, currency), '[]'),
       count(*) FILTER (WHERE cash_minor <> due_cash_minor),
       array_agg(provider || ' ' || currency || ': account ' || cash_minor || ', payments, refunds and payouts ' || due_cash_minor)
           FILTER (WHERE cash_minor <> due_cash_minor)
  FROM outside;

-- Holds: each is the sum of its transfers, and is empty once.
WITH moved AS (
    SELECT coalesce(debit_hold_id, credit_hold_id) AS hold_id,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'CAPTURE'), 0) AS captured_minor,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'RELEASE'), 0) AS released_minor,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'FEE'), 0) AS fee_minor,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'REFUND'), 0) AS refunded_minor,
           min(credit_account_id) FILTER (WHERE kind = 'RELEASE') AS first_seller,
           max(credit_account_id) FILTER (WHERE kind = 'RELEASE') AS last_seller,
           bool_or(key <> lower(kind) || ':' || coalesce(debit_hold_id, credit_hold_id)) AS other_keys
      FROM escrow_transfer
     WHERE debit_hold_id IS NOT NULL OR credit_hold_id IS NOT NULL
     GROUP BY 1
), compared AS (
    SELECT coalesce(h.reference, 'hold ' || m.hold_id) AS name,
           (h.captured_minor, h.released_minor, h.fee_taken_minor, h.refunded_minor) IS DISTINCT FROM
           (m.captured_minor, m.released_minor, m.fee_minor, m.refunded_minor) AS differs,
           h.captured_minor IS DISTINCT FROM h.amount_minor AS not_captured,
           CASE h.state WHEN 'HELD' THEN out_minor <> 0 ELSE out_minor <> h.captured_minor END
           OR h.state IS DISTINCT FROM CASE WHEN out_minor < h.amount_minor THEN 'HELD'
                                            WHEN m.refunded_minor = 0 THEN 'RELEASED'
                                            WHEN m.refunded_minor = h.amount_minor THEN 'REFUNDED'
                                            ELSE 'SPLIT' END AS half_empty,
           coalesce(m.other_keys, FALSE) AS repeated,
           m.first_seller <> h.seller_account_id OR m.last_seller <> h.seller_account_id AS other_seller,
           m.fee_minor <> div(h.fee_minor::numeric * (m.released_minor + m.fee_minor), h.amount_minor) AS other_fee,
           h.state
      FROM escrow_hold h
      FULL JOIN moved m ON m.hold_id = h.id
     CROSS JOIN LATERAL (SELECT coalesce(m.released_minor + m.fee_minor + m.refunded_minor, 0)) AS paid (out_minor)
), found AS (
    SELECT count(*) FILTER (WHERE state = 'HELD') AS held, count(*) FILTER (WHERE state <> 'HELD') AS settled,
           count(*) FILTER (WHERE differs) AS differ, (array_agg(name) FILTER (WHERE differs))[1:5] AS differing,
           count(*) FILTER (WHERE not_captured) AS uncaptured,
           (array_agg(name) FILTER (WHERE not_captured))[1:5] AS not_captured,
           count(*) FILTER (WHERE half_empty) AS half, (array_agg(name) FILTER (WHERE half_empty))[1:5] AS half_empty,
           count(*) FILTER (WHERE repeated) AS again, (array_agg(name) FILTER (WHERE repeated))[1:5] AS repeated,
           count(*) FILTER (WHERE other_seller) AS sellers,
           (array_agg(name) FILTER (WHERE other_seller))[1:5] AS other_sellers,
           count(*) FILTER (WHERE other_fee) AS fees, (array_agg(name) FILTER (WHERE other_fee))[1:5] AS other_fees
      FROM compared
)
SELECT rule, figures, broken, examples
  FROM found
 CROSS JOIN LATERAL (VALUES
    ('Each hold''s totals are the sums of its transfers',
     jsonb_build_array(jsonb_build_array('holds', held + settled, NULL)), differ, differing),
    ('All of each hold was captured',
     jsonb_build_array(jsonb_build_array('holds', held + settled, NULL)), uncaptured, not_captured),
    ('A hold is final exactly when it is empty',
     jsonb_build_array(jsonb_build_array('open', held, NULL), jsonb_build_array('final', settled, NULL)),
     half, half_empty),
    ('A hold is filled once and resolved once',
     jsonb_build_array(jsonb_build_array('resolutions', settled, NULL)), again, repeated),
    ('What a hold releases goes to its own seller',
     jsonb_build_array(jsonb_build_array('resolutions', settled, NULL)), sellers, other_sellers),
    ('Each fee is the promised share of what the seller got',
     jsonb_build_array(jsonb_build_array('resolutions', settled, NULL)), fees, other_fees)
 ) AS rules (rule, figures, broken, examples);

-- Payments and refunds: what a buyer paid is in holds or on its way back, and every refund is asked for once.
WITH late AS (
    SELECT key, amount_minor FROM escrow_transfer WHERE kind = 'LATE_CAPTURE'
), funded AS (
    SELECT payment_id, sum(amount_minor) AS amount_minor FROM escrow_hold GROUP BY 1
), paid AS (
    SELECT p.reference, p.state, p.currency, p.amount_minor,
           coalesce(f.amount_minor, 0) + coalesce(l.amount_minor, 0) AS booked_minor
      FROM escrow_payment p
      LEFT JOIN funded f ON f.payment_id = p.id
      LEFT JOIN late l ON l.key = 'late_capture:' || p.id
)
SELECT 'What each payment captured is in its holds or on its way back',
       coalesce((SELECT jsonb_agg(jsonb_build_array('captured', amount_minor, currency) ORDER BY currency)
                   FROM (SELECT currency, sum(amount_minor)::bigint AS amount_minor FROM paid
                          WHERE state = 'CAPTURED' GROUP BY 1) AS totals), '[]'),
       count(*) FILTER (WHERE booked_minor <> CASE state WHEN 'CAPTURED' THEN amount_minor ELSE 0 END),
       (array_agg('payment ' || reference)
           FILTER (WHERE booked_minor <> CASE state WHEN 'CAPTURED' THEN amount_minor ELSE 0 END))[1:5]
  FROM paid;

WITH owed AS (
    SELECT 'refund:' || id AS key, currency, refunded_minor AS amount_minor FROM escrow_hold WHERE refunded_minor > 0
    UNION ALL
    SELECT 'late_refund:' || substr(key, length('late_capture:') + 1), currency, amount_minor
      FROM escrow_transfer WHERE kind = 'LATE_CAPTURE'
    UNION ALL
    SELECT 'refund_after:' || id, currency, amount_minor FROM escrow_refund WHERE state = 'DONE'
), paid AS (
    SELECT key, amount_minor FROM escrow_transfer WHERE kind IN ('REFUND_PAID', 'REFUND_OUTSIDE')
), compared AS (
    SELECT coalesce(owed.key, op.key) AS key, op.state,
           (owed.currency, owed.amount_minor) IS DISTINCT FROM (op.currency, op.amount_minor)
           OR CASE WHEN op.state IN ('SUCCEEDED', 'SETTLED') THEN paid.amount_minor IS DISTINCT FROM op.amount_minor
                   ELSE paid.amount_minor IS NOT NULL END AS differs
      FROM owed
      FULL JOIN (SELECT * FROM escrow_provideroperation WHERE kind = 'REFUND') op ON op.key = owed.key
      LEFT JOIN paid ON paid.key = CASE op.state WHEN 'SETTLED' THEN 'refund_outside:' ELSE 'refund_paid:' END || op.id
)
SELECT 'Each refund is asked of the provider once, and paid as often as it succeeded',
       jsonb_build_array(jsonb_build_array('paid', count(*) FILTER (WHERE state = 'SUCCEEDED'), NULL),
                         jsonb_build_array('settled another way', count(*) FILTER (WHERE state = 'SETTLED'), NULL),
                         jsonb_build_array('in flight',
                                           count(*) FILTER (WHERE state NOT IN ('SUCCEEDED', 'SETTLED')), NULL)),
       count(*) FILTER (WHERE differs),
       (array_agg(key) FILTER (WHERE differs))[1:5]
  FROM compared;

-- Refunds after completion: each is paid by who it says, and together they are no more than was released.
WITH moved AS (
    SELECT split_part(key, ':', 2)::bigint AS id, coalesce(sum(amount_minor) FILTER (WHERE kind = 'REFUND_FEE'), 0) AS fee_minor,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'REFUND_OWED'), 0) AS owed_minor, sum(amount_minor) AS amount_minor
      FROM escrow_transfer WHERE kind IN ('REFUND_AFTER', 'REFUND_FEE', 'REFUND_OWED') GROUP BY 1
), compared AS (
    SELECT coalesce(r.reference, 'refund ' || m.id) AS name, r.currency, r.amount_minor, r.state,
           CASE r.state WHEN 'DONE' THEN (m.amount_minor, m.fee_minor, m.owed_minor) IS DISTINCT FROM
                                         (r.amount_minor, r.fee_minor, r.owed_minor)
                        ELSE m.id IS NOT NULL END AS differs,
           h.state = 'HELD' OR h.released_minor + h.fee_taken_minor <
           sum(r.amount_minor) FILTER (WHERE r.state = 'DONE') OVER (PARTITION BY r.hold_id) AS too_much
      FROM escrow_refund r
      FULL JOIN moved m ON m.id = r.id
      LEFT JOIN escrow_hold h ON h.id = r.hold_id
)
SELECT 'Each refund after completion is paid as it says, and never more than was released',
       coalesce((SELECT jsonb_agg(jsonb_build_array('refunded', amount_minor, currency) ORDER BY currency)
                   FROM (SELECT currency, sum(amount_minor)::bigint AS amount_minor FROM compared
                          WHERE state = 'DONE' GROUP BY 1) AS totals), '[]'),
       count(*) FILTER (WHERE differs OR too_much), (array_agg(name) FILTER (WHERE differs OR too_much))[1:5]
  FROM compared;

-- Folding: what was added up earlier is the sum of the transfers that it stands for.
WITH folded AS (
    SELECT coalesce(max(through_id), 0) AS id FROM escrow_folding
), moved AS (
    SELECT account_id, sum(debit_minor) AS debit_minor, sum(credit_minor) AS credit_minor
      FROM (SELECT debit_account_id AS account_id, amount_minor AS debit_minor, 0 AS credit_minor
              FROM escrow_transfer WHERE id <= (SELECT id FROM folded)
            UNION ALL
            SELECT credit_account_id, 0, amount_minor
              FROM escrow_transfer WHERE id <= (SELECT id FROM folded)) AS sides
     WHERE NOT EXISTS (SELECT 1 FROM escrow_sellerbalance b WHERE b.account_id = sides.account_id)
     GROUP BY 1
), compared AS (
    SELECT coalesce(t.account_id, m.account_id) AS account_id,
           (t.debit_minor, t.credit_minor) IS DISTINCT FROM (m.debit_minor, m.credit_minor) AS differs
      FROM escrow_accounttotal t FULL JOIN moved m ON m.account_id = t.account_id
)
SELECT 'Each folded total is the sum of its transfers',
       jsonb_build_array(jsonb_build_array('accounts', count(*), NULL)),
       count(*) FILTER (WHERE differs), (array_agg('account ' || account_id) FILTER (WHERE differs))[1:5]
  FROM compared;

-- Payouts: each is reserved once and ends at most one way, and its state, its operation and its transfers say the same.
WITH moved AS (
    SELECT split_part(key, ':', 2)::bigint AS id, bool_or(kind = 'PAYOUT') AS reserved,
           bool_or(kind = 'PAYOUT_PAID') AS paid, bool_or(kind = 'PAYOUT_FAILED') AS failed,
           bool_or(kind = 'PAYOUT_RETURNED') AS returned, min(amount_minor) AS least_minor,
           max(amount_minor) AS most_minor, bool_or(key <> lower(kind) || ':' || split_part(key, ':', 2)) AS other_keys
      FROM escrow_transfer WHERE kind IN ('PAYOUT', 'PAYOUT_PAID', 'PAYOUT_FAILED', 'PAYOUT_RETURNED') GROUP BY 1
), compared AS (
    SELECT coalesce(p.reference, 'payout ' || m.id) AS name, p.currency, p.amount_minor, p.state,
           (m.least_minor, m.most_minor) IS DISTINCT FROM (p.amount_minor, p.amount_minor)
           OR m.other_keys IS DISTINCT FROM FALSE
           OR (m.reserved, m.paid, m.failed, m.returned) IS DISTINCT FROM
              (TRUE, p.state IN ('PAID', 'RETURNED'), p.state = 'FAILED', p.state = 'RETURNED') AS differs,
           (op.key, op.provider, op.currency, op.amount_minor) IS DISTINCT FROM
           ('payout:' || p.id, p.provider, p.currency, p.amount_minor)
           OR CASE p.state WHEN 'REQUESTED' THEN op.state NOT IN ('RESERVED', 'UNKNOWN')
                           WHEN 'SUBMITTED' THEN op.state <> 'PENDING'
                           WHEN 'FAILED' THEN op.state <> 'FAILED'
                           ELSE op.state <> 'SUCCEEDED' END AS asked_otherwise
      FROM escrow_payout p
      FULL JOIN moved m ON m.id = p.id
      LEFT JOIN escrow_provideroperation op ON op.payout_id = p.id
)
SELECT rule, coalesce((SELECT jsonb_agg(jsonb_build_array(lower(state), amount_minor, currency) ORDER BY state, currency)
                         FROM (SELECT state, currency, sum(amount_minor)::bigint AS amount_minor
                                 FROM compared WHERE state IS NOT NULL GROUP BY 1, 2) AS totals), '[]'),
       broken, examples
  FROM (SELECT count(*) FILTER (WHERE differs) AS differ, (array_agg(name) FILTER (WHERE differs))[1:5] AS differing,
               count(*) FILTER (WHERE asked_otherwise) AS otherwise,
               (array_agg(name) FILTER (WHERE asked_otherwise))[1:5] AS asked_otherwise
          FROM compared) AS found
 CROSS JOIN LATERAL (VALUES
    ('What payouts reserved is paid, given back or in flight, each as its transfers say', differ, differing),
    ('Each payout is asked of the provider once, and is where the provider says', otherwise, asked_otherwise)
 ) AS rules (rule, broken, examples);

-- Allotments: every debit of a seller's balance says which sales it took, each cent of them once.
WITH debits AS (
    SELECT t.id, t.key, t.debit_account_id AS account_id, t.amount_minor
      FROM escrow_transfer t JOIN escrow_account a ON a.id = t.debit_account_id AND a.kind = 'SELLER'
), told AS (
    SELECT d.id, d.key, d.amount_minor, sum(a.amount_minor) AS told_minor,
           coalesce(bool_or(h.seller_account_id <> d.account_id), FALSE) AS anothers,
           coalesce(bool_or(a.given_back IS DISTINCT FROM coalesce(p.state IN ('FAILED', 'RETURNED'), FALSE)), FALSE)
               AS wrongly_back
      FROM debits d
      LEFT JOIN escrow_allotment a ON a.transfer_id = d.id
      LEFT JOIN escrow_hold h ON h.id = a.hold_id
      LEFT JOIN escrow_payout p ON d.key = 'payout:' || p.id
     GROUP BY 1, 2, 3
), lots AS (
    SELECT h.seller_account_id AS account_id, h.reference, h.released_minor - coalesce(taken.amount_minor, 0) AS left_minor
      FROM escrow_hold h
      LEFT JOIN (SELECT hold_id, sum(amount_minor) AS amount_minor FROM escrow_allotment WHERE NOT given_back GROUP BY 1)
           AS taken ON taken.hold_id = h.id
), sums AS (
    SELECT b.account_id, b.available_minor, coalesce(sum(l.left_minor), 0) AS left_minor,
           coalesce(bool_or(l.left_minor < 0), FALSE) AS overdrawn
      FROM escrow_sellerbalance b LEFT JOIN lots l ON l.account_id = b.account_id
     GROUP BY 1, 2
)
SELECT 'Every debit of a seller''s balance says which sales it took',
       jsonb_build_array(jsonb_build_array('debits', count(*), NULL)),
       count(*) FILTER (WHERE told_minor IS DISTINCT FROM amount_minor OR anothers OR wrongly_back),
       (array_agg(key) FILTER (WHERE told_minor IS DISTINCT FROM amount_minor OR anothers OR wrongly_back))[1:5]
  FROM told
UNION ALL
SELECT 'What is left of a seller''s sales is what is available to them',
       jsonb_build_array(jsonb_build_array('balances', count(*), NULL)),
       count(*) FILTER (WHERE left_minor <> available_minor OR overdrawn),
       (array_agg('account ' || account_id) FILTER (WHERE left_minor <> available_minor OR overdrawn))[1:5]
  FROM sums;
