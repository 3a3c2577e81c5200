-- escrow_settle: empty open holds, in one statement, however many there are.
--
-- p_seller_minor[i] is the gross part of hold p_holds[i] that goes to its seller (NULL: all of it); the rest goes back
-- to the buyer. The seller's part pays floor(frozen fee x part / amount); what is refunded pays none.
-- Holds that are not open any more are passed over: the caller compares what comes back with what it asked.
-- Returns one row a settled hold. Run it last in a transaction: it ends with the sellers' balances.
CREATE OR REPLACE FUNCTION escrow_settle(p_holds bigint[], p_seller_minor bigint[], p_ats timestamptz[])
RETURNS TABLE (hold_id bigint, payment_id bigint, released_minor bigint, fee_minor bigint, refunded_minor bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
    ), settled AS (
        SELECT parts.*, escrow.id AS escrow_id, fees.id AS fees_id, refunds.id AS refunds_id
          FROM parts
          JOIN escrow_account escrow ON escrow.kind = 'ESCROW' AND escrow.currency = parts.currency
          JOIN escrow_account fees ON fees.kind = 'FEES' AND fees.currency = parts.currency
          JOIN escrow_account refunds ON refunds.kind = 'REFUNDS_IN_FLIGHT' AND refunds.currency = parts.currency
           AND refunds.provider = parts.provider
    ), added AS (
        INSERT INTO escrow_transfer (kind, key, currency, amount_minor, debit_account_id, credit_account_id,
                                     debit_hold_id, at)
        SELECT leg.kind, lower(leg.kind) || ':' || settled.id, currency, leg.amount_minor, escrow_id,
               leg.account_id, settled.id, at
          FROM settled
         CROSS JOIN LATERAL (VALUES ('RELEASE', gross_minor - fee_minor, seller_account_id),
                                    ('FEE', fee_minor, fees_id),
                                    ('REFUND', refund_minor, refunds_id)) AS leg (kind, amount_minor, account_id)
         WHERE leg.amount_minor > 0
    )
    SELECT settled.id, settled.payment_id, gross_minor - fee_minor, fee_minor, refund_minor FROM settled;
END $$;
