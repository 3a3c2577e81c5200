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
CREATE TRIGGER payment_terms_are_frozen BEFORE UPDATE OF id, reference, buyer_id, provider, currency, amount_minor
    ON escrow_payment FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
