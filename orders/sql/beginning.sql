-- Every order begins the same way, with all its lines: whatever else it is, it has become by steps.
-- A later text of this file is installed by running it again.

CREATE OR REPLACE TRIGGER order_begins_unpaid BEFORE INSERT ON orders_order FOR EACH ROW
    WHEN (NEW.state <> 'AWAITING_PAYMENT' OR NEW.hold_id IS NOT NULL OR NEW.event_count <> 0)
    EXECUTE FUNCTION orders_refuse('it begins unpaid');
CREATE OR REPLACE FUNCTION orders_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added JOIN orders_order o ON o.id = added.order_id WHERE o.event_count > 0) THEN
        RAISE EXCEPTION 'INSERT on orders_orderline is refused: the order has been placed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER order_line_comes_with_its_order AFTER INSERT ON orders_orderline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_check_lines();
