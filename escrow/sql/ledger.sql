-- The rules of the ledger that Django's constraints cannot say. Installed by escrow's migrations.

-- A transfer stays within one currency: its accounts and holds are referred to together with it.
ALTER TABLE escrow_account ADD CONSTRAINT account_in_currency UNIQUE (id, currency);
ALTER TABLE escrow_payment ADD CONSTRAINT payment_in_currency UNIQUE (id, currency);
ALTER TABLE escrow_hold
    ADD CONSTRAINT hold_in_currency UNIQUE (id, currency),
    ADD CONSTRAINT hold_seller_same_currency FOREIGN KEY (seller_account_id, currency)
        REFERENCES escrow_account (id, currency),
    ADD CONSTRAINT hold_payment_same_currency FOREIGN KEY (payment_id, currency)
        REFERENCES escrow_payment (id, currency);
ALTER TABLE escrow_transfer
    ADD CONSTRAINT transfer_debit_same_currency FOREIGN KEY (debit_account_id, currency)
        REFERENCES escrow_account (id, currency),
    ADD CONSTRAINT transfer_credit_same_currency FOREIGN KEY (credit_account_id, currency)
        REFERENCES escrow_account (id, currency),
    ADD CONSTRAINT transfer_debit_hold_same_currency FOREIGN KEY (debit_hold_id, currency)
        REFERENCES escrow_hold (id, currency),
    ADD CONSTRAINT transfer_credit_hold_same_currency FOREIGN KEY (credit_hold_id, currency)
        REFERENCES escrow_hold (id, currency);

-- Updates of a hold and of a balance find room on their own page (heap-only tuples).
ALTER TABLE escrow_hold SET (fillfactor = 60);
ALTER TABLE escrow_sellerbalance SET (fillfactor = 20);

-- What happened stays: nobody changes, deletes or truncates these.
CREATE FUNCTION escrow_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON escrow_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER account_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON escrow_account
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER hold_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_hold
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER seller_balance_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_sellerbalance
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();

-- Totals and balances are written from within the transfers' trigger only: depth 0 is a direct statement.
CREATE TRIGGER hold_opens_empty BEFORE INSERT ON escrow_hold FOR EACH ROW
    WHEN (NEW.captured_minor <> 0 OR NEW.released_minor <> 0 OR NEW.fee_taken_minor <> 0 OR NEW.refunded_minor <> 0)
    EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER hold_totals_follow_transfers BEFORE UPDATE ON escrow_hold FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND
          (OLD.captured_minor, OLD.released_minor, OLD.fee_taken_minor, OLD.refunded_minor) IS DISTINCT FROM
          (NEW.captured_minor, NEW.released_minor, NEW.fee_taken_minor, NEW.refunded_minor))
    EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER hold_terms_are_frozen BEFORE UPDATE OF
    id, reference, payment_id, seller_account_id, currency, amount_minor, fee_minor, opened_at
    ON escrow_hold FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER seller_balance_opens_empty BEFORE INSERT ON escrow_sellerbalance FOR EACH ROW
    WHEN (NEW.available_minor <> 0) EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER seller_balance_follows_transfers BEFORE UPDATE ON escrow_sellerbalance FOR EACH ROW
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION escrow_refuse();
CREATE TRIGGER payment_terms_are_frozen BEFORE UPDATE OF id, reference, buyer_id, provider, currency, amount_minor
    ON escrow_payment FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();

-- The one writer of hold totals and seller balances. Balances come last and in ascending order: they are the rows
-- that others wait for, and two statements that lock them in one order cannot wait for each other in a ring.
CREATE FUNCTION escrow_apply_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sellers integer;
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

    SELECT count(DISTINCT credit_account_id) INTO sellers FROM added WHERE kind = 'RELEASE';
    IF sellers > 1 THEN
        PERFORM 1 FROM escrow_sellerbalance
          WHERE account_id IN (SELECT credit_account_id FROM added WHERE kind = 'RELEASE')
          ORDER BY account_id FOR NO KEY UPDATE;
    END IF;
    IF sellers > 0 THEN
        UPDATE escrow_sellerbalance b
           SET available_minor = b.available_minor + due.amount_minor
          FROM (SELECT credit_account_id, sum(amount_minor) AS amount_minor
                  FROM added WHERE kind = 'RELEASE' GROUP BY 1) due
         WHERE b.account_id = due.credit_account_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER transfers_apply AFTER INSERT ON escrow_transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION escrow_apply_transfers();
