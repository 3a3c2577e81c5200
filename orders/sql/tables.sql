-- What Django's constraints cannot say about orders' tables. Installed by orders' migrations.

ALTER TABLE orders_order SET (fillfactor = 70);  -- a step's new row version finds room on its own page

CREATE FUNCTION orders_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER order_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse('what happened stays');
CREATE TRIGGER order_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_orderline
    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse('what was bought stays');
CREATE TRIGGER policy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_policy
    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse('a promise made is never moved');
CREATE TRIGGER order_not_deleted BEFORE DELETE OR TRUNCATE ON orders_order
    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse('orders stay');
CREATE TRIGGER order_terms_are_frozen BEFORE UPDATE OF
    id, number, buyer_id, seller_id, policy_id, payment_id, currency, goods_minor, shipping_minor, fee_minor,
    handling_window, protection_window, placed_at, promised_at ON orders_order
    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse('what was agreed at placement is frozen');

-- A final state is final, and the money box of an order is filled once.
CREATE TRIGGER order_final_is_final BEFORE UPDATE ON orders_order FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL AND (NEW.state <> OLD.state OR NEW.closed_at IS DISTINCT FROM OLD.closed_at))
    EXECUTE FUNCTION orders_refuse('it is final');
CREATE FUNCTION orders_check_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM escrow_hold h JOIN escrow_account a ON a.id = h.seller_account_id
      WHERE h.id = NEW.hold_id AND h.reference = NEW.number AND h.payment_id = NEW.payment_id
        AND h.currency = NEW.currency AND h.amount_minor = NEW.goods_minor + NEW.shipping_minor
        AND h.fee_minor = NEW.fee_minor AND a.owner_id = NEW.seller_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'hold % is not the money of order %', NEW.hold_id, NEW.number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_hold_is_its_own BEFORE UPDATE ON orders_order FOR EACH ROW
    WHEN (OLD.hold_id IS NULL AND NEW.hold_id IS NOT NULL) EXECUTE FUNCTION orders_check_hold();
CREATE TRIGGER order_hold_is_given_once BEFORE UPDATE ON orders_order FOR EACH ROW
    WHEN (OLD.hold_id IS NOT NULL AND NEW.hold_id IS DISTINCT FROM OLD.hold_id)
    EXECUTE FUNCTION orders_refuse('it has its hold');
