-- The one writer of hold totals, payouts' money states and seller balances: they follow the transfers. Installed by
-- escrow's migrations; a later text of this file is installed by running it again.
--
-- Balances come last and in ascending order: they are the rows that others wait for, and two statements that lock them
-- in one order cannot wait for each other in a ring. Releases, a thousand at a time, take the short way; all else that
-- moves a seller's balance is rare.
CREATE OR REPLACE FUNCTION escrow_apply_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_sellers integer;
    v_others integer;
BEGIN
    UPDATE escrow_hold h
       SET captured_minor  = h.captured_minor  + moved.captured,
           released_minor  = h.released_minor  + moved.released,
           fee_taken_minor = h.fee_taken_minor + moved.fee_taken,
           refunded_minor  = h.refunded_minor  + moved.refunded
      FROM (SELECT coalesce(debit_hold_id, credit_hold_id) AS hold_id,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'CAPTURE'), 0) AS captured,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'RELEASE'), 0) AS released,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'FEE'), 0)     AS fee_taken,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'REFUND'), 0)  AS refunded
              FROM added
             WHERE debit_hold_id IS NOT NULL OR credit_hold_id IS NOT NULL
             GROUP BY 1) moved
     WHERE h.id = moved.hold_id;

    SELECT count(DISTINCT credit_account_id) FILTER (WHERE kind = 'RELEASE'),
           count(*) FILTER (WHERE kind NOT IN ('CAPTURE', 'RELEASE', 'FEE', 'REFUND', 'LATE_CAPTURE', 'REFUND_PAID'))
      INTO v_sellers, v_others FROM added;

    IF v_others > 0 THEN
        -- A payout's transfers carry its id in their keys: payout_paid:<payout>.
        UPDATE escrow_payout p
           SET state = news.state,
               paid_at = coalesce(p.paid_at, news.paid_at),
               given_back_at = news.given_back_at
          FROM (SELECT split_part(key, ':', 2)::bigint AS id,
                       CASE WHEN bool_or(kind = 'PAYOUT_RETURNED') THEN 'RETURNED'
                            WHEN bool_or(kind = 'PAYOUT_FAILED') THEN 'FAILED' ELSE 'PAID' END AS state,
                       max(at) FILTER (WHERE kind = 'PAYOUT_PAID') AS paid_at,
                       max(at) FILTER (WHERE kind IN ('PAYOUT_FAILED', 'PAYOUT_RETURNED')) AS given_back_at
                  FROM added WHERE kind IN ('PAYOUT_PAID', 'PAYOUT_FAILED', 'PAYOUT_RETURNED') GROUP BY 1) news
         WHERE p.id = news.id;

        PERFORM 1 FROM escrow_sellerbalance
          WHERE account_id IN (
                SELECT seller.id
                  FROM (SELECT debit_account_id AS id FROM added UNION SELECT credit_account_id FROM added) moved
                  JOIN escrow_account a ON a.id = moved.id AND a.owner_id IS NOT NULL
                  JOIN escrow_account seller ON seller.kind = 'SELLER' AND seller.owner_id = a.owner_id
                   AND seller.currency = a.currency)
          ORDER BY account_id FOR NO KEY UPDATE;
        UPDATE escrow_sellerbalance b
           SET available_minor = b.available_minor + due.available_minor,
               owed_minor = b.owed_minor + due.owed_minor,
               owed_settlements = b.owed_settlements + due.settlements
          FROM (SELECT account_id, sum(available_minor) AS available_minor, sum(owed_minor) AS owed_minor,
                       sum(settlements) AS settlements
                  FROM (SELECT credit_account_id AS account_id, amount_minor AS available_minor, 0 AS owed_minor,
                               0 AS settlements
                          FROM added WHERE kind IN ('RELEASE', 'PAYOUT_FAILED', 'PAYOUT_RETURNED')
                        UNION ALL
                        SELECT debit_account_id, -amount_minor, 0, 0
                          FROM added WHERE kind IN ('PAYOUT', 'REFUND_AFTER')
                        UNION ALL
                        SELECT debit_account_id, -amount_minor, -amount_minor, 1
                          FROM added WHERE kind = 'OWED_SETTLED'
                        UNION ALL
                        SELECT seller.id, 0, added.amount_minor, 0
                          FROM added
                          JOIN escrow_account owes ON owes.id = added.debit_account_id
                          JOIN escrow_account seller ON seller.kind = 'SELLER' AND seller.owner_id = owes.owner_id
                           AND seller.currency = owes.currency
                         WHERE added.kind IN ('REFUND_OWED')) moves
                 GROUP BY 1) due
         WHERE b.account_id = due.account_id;
        RETURN NULL;
    END IF;

    IF v_sellers > 1 THEN
        PERFORM 1 FROM escrow_sellerbalance
          WHERE account_id IN (SELECT credit_account_id FROM added WHERE kind = 'RELEASE')
          ORDER BY account_id FOR NO KEY UPDATE;
    END IF;
    IF v_sellers > 0 THEN
        UPDATE escrow_sellerbalance b
           SET available_minor = b.available_minor + due.amount_minor
          FROM (SELECT credit_account_id, sum(amount_minor) AS amount_minor
                  FROM added WHERE kind = 'RELEASE' GROUP BY 1) due
         WHERE b.account_id = due.credit_account_id;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER transfers_apply AFTER INSERT ON escrow_transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION escrow_apply_transfers();

-- Nothing else writes what a balance says (depth 0 is a direct statement).
CREATE OR REPLACE TRIGGER seller_balance_follows_transfers BEFORE UPDATE ON escrow_sellerbalance FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.account_id, OLD.available_minor, OLD.owed_minor, OLD.owed_settlements)
          IS DISTINCT FROM (NEW.account_id, NEW.available_minor, NEW.owed_minor, NEW.owed_settlements))
    EXECUTE FUNCTION escrow_refuse();
