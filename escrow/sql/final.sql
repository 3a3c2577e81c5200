-- What was paid, and what a provider did, is done: money is not captured twice, a refund or payout that succeeded is
-- never sent again, and neither is forgotten. A later text of this file is installed by running it again.

CREATE OR REPLACE TRIGGER payment_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_payment
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER payment_captured_is_final BEFORE UPDATE ON escrow_payment FOR EACH ROW
    WHEN (OLD.state = 'CAPTURED' AND
          (NEW.state <> OLD.state OR NEW.captured_at IS DISTINCT FROM OLD.captured_at))
    EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER operation_succeeded_is_final BEFORE UPDATE ON escrow_provideroperation FOR EACH ROW
    WHEN (OLD.state = 'SUCCEEDED' AND NEW.state <> OLD.state) EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER operation_terms_are_frozen BEFORE UPDATE OF
    id, kind, key, provider, payment_id, payout_id, hold_id, currency, amount_minor, created_at
    ON escrow_provideroperation FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
CREATE OR REPLACE TRIGGER operation_not_deleted BEFORE DELETE OR TRUNCATE ON escrow_provideroperation
    FOR EACH STATEMENT EXECUTE FUNCTION escrow_refuse();
