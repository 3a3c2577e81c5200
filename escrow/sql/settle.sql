-- escrow_settle: empty open holds, in one statement, however many there are.
--
-- p_seller_minor[i] is the gross part of hold p_holds[i] that goes to its seller (NULL: all of it); the rest goes back to
-- the buyer. The seller's part pays floor(frozen fee x part / amount); what is refunded pays none. Each refund is also
-- reserved as an operation, to be asked of the provider once this is committed (escrow/operations.py).
--
-- Raises when any of the holds is not open: the transaction that asked for it must not go on. Run it last in a
-- transaction: it ends with the sellers' balances, the rows that others wait for.
CREATE OR REPLACE FUNCTION escrow_settle(p_holds bigint[], p_seller_minor bigint[], p_ats timestamptz[])
RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_settled integer;
BEGIN
    WITH parts AS (
        SELECT h.id, h.payment_id, h.currency, h.seller_account_id, asked.at, payment.provider,
               coalesce(asked.seller_minor, h.amount_minor) AS gross_minor,
               h.amount_minor - coalesce(asked.seller_minor, h.amount_minor) AS refund_minor,
               div(h.fee_minor::numeric * coalesce(asked.seller_minor, h.amount_minor), h.amount_minor)::bigint
                   AS fee_minor
          FROM unnest(p_holds, p_seller_minor, p_ats) AS asked (id, seller_minor, at)
          JOIN escrow_hold h ON h.id = asked.id
          JOIN escrow_payment payment ON payment.id = h.payment_id
         WHERE h.state = 'HELD'
         ORDER BY h.id
           FOR NO KEY UPDATE OF h
    ), reserved AS (
        INSERT INTO escrow_provideroperation (kind, key, provider, payment_id, hold_id, currency, amount_minor, state,
                                              provider_reference, last_error, tries, created_at, next_try_at)
        SELECT 'REFUND', 'refund:' || id, provider, payment_id, id, currency, refund_minor, 'RESERVED', '', '', 0, at, at
          FROM parts WHERE refund_minor > 0
    ), added AS (
        INSERT INTO escrow_transfer (kind, key, currency, amount_minor, debit_account_id, credit_account_id,
                                     debit_hold_id, at)
        SELECT leg.kind, lower(leg.kind) || ':' || parts.id, parts.currency, leg.amount_minor, escrow.id,
               leg.account_id, parts.id, parts.at
          FROM parts
          JOIN escrow_account escrow ON escrow.kind = 'ESCROW' AND escrow.currency = parts.currency
           AND escrow.owner_id IS NULL
          JOIN escrow_account fees ON fees.kind = 'FEES' AND fees.currency = parts.currency
           AND fees.owner_id IS NULL
          JOIN escrow_account refunds ON refunds.kind = 'REFUNDS_IN_FLIGHT' AND refunds.currency = parts.currency
           AND refunds.owner_id IS NULL AND refunds.provider = parts.provider
         CROSS JOIN LATERAL (VALUES ('RELEASE', gross_minor - fee_minor, parts.seller_account_id),
                                    ('FEE', fee_minor, fees.id),
                                    ('REFUND', refund_minor, refunds.id)) AS leg (kind, amount_minor, account_id)
         WHERE leg.amount_minor > 0
    )
    SELECT count(*) INTO v_settled FROM parts;
    IF v_settled < cardinality(p_holds) THEN
        RAISE EXCEPTION 'of holds % only % are open', p_holds[1:10], v_settled
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END $$;
