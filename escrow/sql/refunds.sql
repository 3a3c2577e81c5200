-- What the staff decided about money stays as it was decided. Installed by escrow's migrations.
CREATE OR REPLACE TRIGGER refund_decided_is_final BEFORE UPDATE ON escrow_refund FOR EACH ROW
    WHEN (OLD.state <> 'PROPOSED') EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER refund_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_refund
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER settlement_decided_is_final BEFORE UPDATE ON escrow_outsidesettlement FOR EACH ROW
    WHEN (OLD.state <> 'PROPOSED') EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER settlement_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_outsidesettlement
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();

-- A transfer of a refund stays within its currency, as its hold does.
ALTER TABLE escrow_refund ADD CONSTRAINT refund_hold_same_currency FOREIGN KEY (hold_id, currency)
    REFERENCES escrow_hold (id, currency);
