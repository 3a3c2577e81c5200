-- Payouts: what a seller's balance is taken for, which sales that was, and what becomes of it at the provider.
-- Installed by escrow's migrations; a later text of this file is installed by running it again.

-- A payout's terms stay, and it goes only one way. The money states come with their transfers (depth 0 is a direct
-- statement): none without the other.
CREATE OR REPLACE FUNCTION escrow_check_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT ((OLD.state, NEW.state) IN (('REQUESTED', 'SUBMITTED'), ('REQUESTED', 'PAID'), ('REQUESTED', 'FAILED'),
                                       ('REQUESTED', 'RETURNED'), ('SUBMITTED', 'PAID'), ('SUBMITTED', 'FAILED'),
                                       ('SUBMITTED', 'RETURNED'), ('PAID', 'RETURNED')))
       OR (NEW.state <> 'SUBMITTED' AND pg_trigger_depth() = 1) THEN
        RAISE EXCEPTION 'payout % cannot be made % from %', NEW.id, NEW.state, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER payout_goes_one_way BEFORE UPDATE ON escrow_payout FOR EACH ROW
    WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION escrow_check_payout();
CREATE OR REPLACE TRIGGER payout_terms_are_frozen BEFORE UPDATE OF
    id, reference, account_id, method_id, provider, currency, amount_minor, requested_by_id, week, requested_at
    ON escrow_payout FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER payout_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_payout
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER payout_method_is_what_it_was BEFORE UPDATE OF
    id, reference, owner_id, holder, destination_sealed, mask, added_at ON escrow_payoutmethod
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER allotment_stays BEFORE UPDATE OF transfer_id, hold_id, amount_minor ON escrow_allotment
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER allotment_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_allotment
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();

-- What of each of a seller's sales is still in their balance, from hold p_from on: released, and taken by no debit.
CREATE OR REPLACE FUNCTION escrow_lots(p_account bigint, p_from bigint)
RETURNS TABLE (hold_id bigint, released_minor bigint, left_minor bigint) LANGUAGE sql STABLE AS $$
    SELECT h.id, h.released_minor, (h.released_minor - taken.amount_minor)::bigint
      FROM escrow_hold h
     CROSS JOIN LATERAL (SELECT coalesce(sum(a.amount_minor), 0) AS amount_minor
                           FROM escrow_allotment a WHERE a.hold_id = h.id AND NOT a.given_back) taken
     WHERE h.seller_account_id = p_account AND h.id >= p_from AND h.released_minor > taken.amount_minor
$$;

-- escrow_allot: say which sales' money the debits p_transfers took, the oldest sale's first, each cent once.
--
-- One debit of an account a call, in the transaction that wrote it and after the transfer's trigger has locked its
-- balance: nobody else takes of the account meanwhile, and what is left of the sales is exactly what the balance says.
-- It looks from allotted_below on, where all that is left usually is; a sale with a smaller id that was booked later is
-- found by looking again from the start.
CREATE OR REPLACE FUNCTION escrow_allot(p_transfers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_left bigint[] := p_transfers;
    v_from_start boolean;
BEGIN
    FOREACH v_from_start IN ARRAY ARRAY[FALSE, TRUE] LOOP
        WITH lots AS (
            SELECT t.id, t.amount_minor, lot.hold_id, lot.left_minor,
                   sum(lot.left_minor) OVER (PARTITION BY t.id ORDER BY lot.hold_id) - lot.left_minor AS before_minor,
                   sum(lot.left_minor) OVER (PARTITION BY t.id) AS all_minor
              FROM escrow_transfer t
              JOIN escrow_sellerbalance b ON b.account_id = t.debit_account_id
             CROSS JOIN LATERAL escrow_lots(b.account_id, CASE WHEN v_from_start THEN 0 ELSE b.allotted_below END) lot
             WHERE t.id = ANY (v_left)
        ), added AS (
            INSERT INTO escrow_allotment (transfer_id, hold_id, amount_minor)
            SELECT id, hold_id, least(left_minor, amount_minor - before_minor)
              FROM lots WHERE all_minor >= amount_minor AND before_minor < amount_minor
            RETURNING transfer_id
        )
        SELECT array_agg(id) INTO v_left FROM unnest(v_left) AS id WHERE id NOT IN (SELECT transfer_id FROM added);
        EXIT WHEN v_left IS NULL;
    END LOOP;
    IF v_left IS NOT NULL THEN
        RAISE EXCEPTION 'transfers % took more than what is left of their sellers'' sales', v_left[1:10]
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE escrow_sellerbalance b
       SET allotted_below = coalesce(
               (SELECT h.id FROM escrow_hold h
                 WHERE h.seller_account_id = b.account_id AND h.id >= b.allotted_below
                   AND (h.state = 'HELD' OR h.released_minor >
                        (SELECT coalesce(sum(a.amount_minor), 0) FROM escrow_allotment a
                          WHERE a.hold_id = h.id AND NOT a.given_back))
                 ORDER BY h.id LIMIT 1),
               (SELECT max(h.id) + 1 FROM escrow_hold h WHERE h.seller_account_id = b.account_id))
     WHERE b.account_id IN (SELECT debit_account_id FROM escrow_transfer WHERE id = ANY (p_transfers));
END $$;

-- escrow_settle_owed: take what sellers owe from what they have, as far as it goes. Accounts that owe nothing, or have
-- nothing, are passed over. Returns what was taken, by account.
CREATE OR REPLACE FUNCTION escrow_settle_owed(p_accounts bigint[], p_at timestamptz)
RETURNS TABLE (account_id bigint, amount_minor bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_taken bigint[];
BEGIN
    PERFORM 1 FROM escrow_sellerbalance b
      WHERE b.account_id = ANY (p_accounts) ORDER BY b.account_id FOR NO KEY UPDATE;
    WITH added AS (
        INSERT INTO escrow_transfer (kind, key, currency, amount_minor, debit_account_id, credit_account_id, at)
        SELECT 'OWED_SETTLED', 'owed_settled:' || b.account_id || ':' || b.owed_settlements + 1, seller.currency,
               least(b.available_minor, b.owed_minor), b.account_id, owes.id, p_at
          FROM escrow_sellerbalance b
          JOIN escrow_account seller ON seller.id = b.account_id
          JOIN escrow_account owes ON owes.kind = 'SELLER_OWES' AND owes.owner_id = seller.owner_id
           AND owes.currency = seller.currency
         WHERE b.account_id = ANY (p_accounts) AND b.owed_minor > 0 AND b.available_minor > 0
        RETURNING id
    )
    SELECT array_agg(id) INTO v_taken FROM added;
    IF v_taken IS NOT NULL THEN
        PERFORM escrow_allot(v_taken);
    END IF;
    RETURN QUERY SELECT t.debit_account_id, t.amount_minor FROM escrow_transfer t WHERE t.id = ANY (v_taken);
END $$;

-- escrow_request_payouts: reserve payouts, one an account, in the database alone; the provider is asked once this is
-- committed (escrow/operations.py).
--
-- Of account p_accounts[i] the amount p_amounts[i] (NULL: all there is) goes to p_methods[i], after what the seller owes
-- was taken. An account that has less than that, or would get less than p_minimums[i], is passed over; so is a reference
-- that was used before (a second click) and an account that had this week's payout. Returns one row a payout.
CREATE OR REPLACE FUNCTION escrow_request_payouts(
    p_accounts bigint[], p_amounts bigint[], p_minimums bigint[], p_methods bigint[], p_references text[],
    p_provider text, p_by bigint, p_week date, p_at timestamptz)
RETURNS TABLE (account_id bigint, payout_id bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_booked bigint[];
    v_payouts bigint[];
BEGIN
    PERFORM 1 FROM escrow_sellerbalance b
      WHERE b.account_id = ANY (p_accounts) ORDER BY b.account_id FOR NO KEY UPDATE;
    PERFORM escrow_settle_owed(p_accounts, p_at);
    WITH requested AS (
        INSERT INTO escrow_payout (reference, account_id, method_id, provider, currency, amount_minor, requested_by_id,
                                   week, requested_at)
        SELECT asked.reference, b.account_id, method.id, p_provider, seller.currency,
               coalesce(asked.amount_minor, b.available_minor), p_by, p_week, p_at
          FROM unnest(p_accounts, p_amounts, p_minimums, p_methods, p_references)
               AS asked (account_id, amount_minor, minimum_minor, method_id, reference)
          JOIN escrow_sellerbalance b ON b.account_id = asked.account_id
          JOIN escrow_account seller ON seller.id = b.account_id
          JOIN escrow_payoutmethod method ON method.id = asked.method_id AND method.owner_id = seller.owner_id
           AND method.removed_at IS NULL
         WHERE coalesce(asked.amount_minor, b.available_minor)
               BETWEEN greatest(asked.minimum_minor, 1) AND b.available_minor
        ON CONFLICT DO NOTHING
        RETURNING *
    ), reserved AS (
        INSERT INTO escrow_provideroperation (kind, key, provider, payout_id, currency, amount_minor, state,
                                              provider_reference, last_error, tries, created_at, next_try_at)
        SELECT 'PAYOUT', 'payout:' || id, provider, id, currency, amount_minor, 'RESERVED', '', '', 0, p_at, p_at
          FROM requested
    ), booked AS (
        INSERT INTO escrow_transfer (kind, key, currency, amount_minor, debit_account_id, credit_account_id, at)
        SELECT 'PAYOUT', 'payout:' || requested.id, requested.currency, requested.amount_minor, requested.account_id,
               flight.id, p_at
          FROM requested
          JOIN escrow_account flight ON flight.kind = 'PAYOUTS_IN_FLIGHT' AND flight.currency = requested.currency
           AND flight.provider = p_provider
        RETURNING id
    )
    SELECT (SELECT array_agg(id) FROM booked), (SELECT array_agg(id) FROM requested) INTO v_booked, v_payouts;
    IF cardinality(v_booked) IS DISTINCT FROM cardinality(v_payouts) THEN
        RAISE EXCEPTION 'there is no account for payouts in flight at % in every currency asked', p_provider
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF v_booked IS NOT NULL THEN
        PERFORM escrow_allot(v_booked);
    END IF;
    RETURN QUERY SELECT p.account_id, p.id FROM escrow_payout p WHERE p.id = ANY (v_payouts);
END $$;

-- escrow_record_payouts: take note of what became of payouts at the provider; the same news again has no effect.
--
-- p_states[i] is SUBMITTED, PAID, FAILED or RETURNED. What is paid leaves our books; what failed or was returned is given
-- back to the seller by a new transfer, and the sales it came from are free to be paid again. News in another order than
-- they happened end the same: RETURNED is paid and returned at once, and what is final stays as it is.
-- Each payout that moved is told of by one outbox entry. Returns those.
CREATE OR REPLACE FUNCTION escrow_record_payouts(
    p_payouts bigint[], p_states text[], p_ats timestamptz[], p_references text[], p_failure_codes text[])
RETURNS TABLE (payout_id bigint, state text) LANGUAGE plpgsql AS $$
DECLARE
    v_moved bigint[];
BEGIN
    PERFORM 1 FROM escrow_payout p WHERE p.id = ANY (p_payouts) ORDER BY p.id FOR NO KEY UPDATE;
    WITH news AS (
        SELECT p.id, p.state AS was, news.state AS becomes, news.at, news.reference, news.failure_code, p.currency,
               p.amount_minor, p.account_id, flight.id AS flight_id, cash.id AS cash_id
          FROM unnest(p_payouts, p_states, p_ats, p_references, p_failure_codes)
               AS news (id, state, at, reference, failure_code)
          JOIN escrow_payout p ON p.id = news.id
          JOIN escrow_account flight ON flight.kind = 'PAYOUTS_IN_FLIGHT' AND flight.currency = p.currency
           AND flight.provider = p.provider
          JOIN escrow_account cash ON cash.kind = 'PROVIDER_CASH' AND cash.currency = p.currency
           AND cash.provider = p.provider
         WHERE (p.state = 'REQUESTED' AND news.state IN ('SUBMITTED', 'PAID', 'FAILED', 'RETURNED'))
            OR (p.state = 'SUBMITTED' AND news.state IN ('PAID', 'FAILED', 'RETURNED'))
            OR (p.state = 'PAID' AND news.state = 'RETURNED')
    ), noted AS (
        UPDATE escrow_payout p
           SET state = CASE news.becomes WHEN 'SUBMITTED' THEN 'SUBMITTED' ELSE p.state END,
               submitted_at = coalesce(p.submitted_at, news.at),
               provider_reference = coalesce(nullif(news.reference, ''), p.provider_reference),
               failure_code = news.failure_code
          FROM news WHERE p.id = news.id
    ), freed AS (
        UPDATE escrow_allotment a SET given_back = TRUE
          FROM news, escrow_transfer t
         WHERE news.becomes IN ('FAILED', 'RETURNED') AND t.key = 'payout:' || news.id AND a.transfer_id = t.id
    ), added AS (
        INSERT INTO escrow_transfer (kind, key, currency, amount_minor, debit_account_id, credit_account_id, at)
        SELECT leg.kind, lower(leg.kind) || ':' || news.id, news.currency, news.amount_minor, leg.debit_id,
               leg.credit_id, news.at
          FROM news
         CROSS JOIN LATERAL (VALUES
                ('PAYOUT_PAID', flight_id, cash_id, becomes IN ('PAID', 'RETURNED') AND was <> 'PAID'),
                ('PAYOUT_FAILED', flight_id, account_id, becomes = 'FAILED'),
                ('PAYOUT_RETURNED', cash_id, account_id, becomes = 'RETURNED')
              ) AS leg (kind, debit_id, credit_id, happens)
         WHERE leg.happens
    ), queued AS (
        INSERT INTO notifications_outboxentry (topic, subject_id, seq, created_at)
        SELECT 'escrow.payout_' || lower(becomes), id, CASE becomes WHEN 'RETURNED' THEN 2 ELSE 1 END, at
          FROM news WHERE becomes <> 'SUBMITTED'
    )
    SELECT array_agg(id) INTO v_moved FROM news;
    UPDATE escrow_sellerbalance b
       SET allotted_below = least(b.allotted_below, back.hold_id)
      FROM (SELECT p.account_id, min(a.hold_id) AS hold_id
              FROM escrow_payout p
              JOIN escrow_transfer t ON t.key = 'payout:' || p.id
              JOIN escrow_allotment a ON a.transfer_id = t.id
             WHERE p.id = ANY (v_moved) AND p.state IN ('FAILED', 'RETURNED') GROUP BY 1) back
     WHERE b.account_id = back.account_id;
    RETURN QUERY SELECT p.id, p.state::text FROM escrow_payout p WHERE p.id = ANY (v_moved) ORDER BY p.id;
END $$;
