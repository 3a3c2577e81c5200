-- How an order moves. `orders.lifecycle` says what may happen; these functions make it happen to a set of orders.
-- Needs PostgreSQL 18 (RETURNING old).

-- The deadline of order o once step p_step has brought it to p_target at p_at: the table of windows in one place.
-- Clamped to the time the provider lets us hold the money.
CREATE OR REPLACE FUNCTION orders_due_at(
    o orders_order, p orders_policy, p_target text, p_step text, p_at timestamptz, p_facts jsonb)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT least(
        CASE p_target
        WHEN 'AWAITING_PAYMENT' THEN o.placed_at + p.payment_window
        WHEN 'AWAITING_SHIPMENT' THEN
            CASE WHEN p_step = 'pay' THEN p_at + o.handling_window
                 WHEN o.state = 'CANCELLATION_REQUESTED'  -- the clock stood still meanwhile
                 THEN greatest(o.ship_by_at + (p_at - o.cancellation_requested_at), p_at + p.least_shipping_window)
                 ELSE o.due_at END
        WHEN 'CANCELLATION_REQUESTED' THEN p_at + p.cancellation_window
        WHEN 'SHIPPED' THEN
            greatest(least(coalesce(o.shipped_at, p_at) + o.protection_window,
                           coalesce((p_facts ->> 'delivered_at')::timestamptz, o.delivered_at) + p.delivered_window),
                     CASE p_step WHEN 'report_delivery' THEN p_at ELSE o.delivery_reported_at END
                         + p.delivery_report_window)
            + o.extension + coalesce((p_facts ->> 'extension')::interval, interval '0')
        END,
        (SELECT h.expires_at FROM escrow_hold h WHERE h.id = coalesce((p_facts ->> 'hold_id')::bigint, o.hold_id)))
$$;

-- The next reminder after p_at: half way to the deadline, or the next of the times before it; NULL for none.
CREATE OR REPLACE FUNCTION orders_remind_at(
    p_at timestamptz, p_due_at timestamptz, p_before interval[], p_half_way_from timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT min(remind_at) FROM (
        SELECT p_due_at - before AS remind_at FROM unnest(p_before) AS before
        UNION ALL SELECT p_half_way_from + (p_due_at - p_half_way_from) / 2) AS reminders
     WHERE remind_at > p_at
$$;

-- Who of an order's people the party is; NULL where it is no person.
CREATE OR REPLACE FUNCTION orders_party_id(o orders_order, p_party text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_party WHEN 'BUYER' THEN o.buyer_id WHEN 'SELLER' THEN o.seller_id END
$$;

-- What an event's hash is taken of, after the hash of the event before it: fields joined by newlines, times in
-- microseconds since 1970 UTC. Anyone who has the entries can check the chain without this database.
CREATE OR REPLACE FUNCTION orders_event_entry(
    p_number text, p_seq integer, p_step text, p_state text, p_party text, p_actor bigint, p_at timestamptz,
    p_due_at timestamptz, p_data jsonb)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT convert_to(concat_ws(E'\n', p_number, p_seq, p_step, p_state, p_party, coalesce(p_actor, 0),
                                (extract(epoch FROM p_at) * 1000000)::bigint,
                                coalesce((extract(epoch FROM p_due_at) * 1000000)::bigint, 0),
                                coalesce(p_data::text, '')), 'UTF8')
$$;

CREATE TYPE orders_moved AS (
    id bigint, number text, buyer_id bigint, seller_id bigint, hold_id bigint, state text, due_at timestamptz,
    at timestamptz);

-- orders_move: take one step with any number of orders, in one statement, and settle their holds.
--
-- Order p_orders[i] moves at p_ats[i] with the facts p_facts[i], if its state is among p_sources, p_actor is its buyer
-- or seller as p_party says (NULL: history is replayed, or nobody acts), and for silence its deadline has passed. Orders
-- that may not move are passed over. One statement moves the rows, appends their events to their hash chains, replaces their deadlines, and queues
-- one outbox entry each. p_target NULL leaves the state as it is; p_closes says that it is a final one. p_settlement
-- empties their holds: 'release' to the seller less the fee, 'refund' to the buyer. Returns one row a moved order.
--
-- An event keeps the facts but the hold (it is on the order) and the address (nothing personal is in the chain).
--
-- Rows are locked by a statement of its own: in ascending id, so that two callers never wait for each other in a ring,
-- and first, so that the snapshot that then looks for the old deadline is younger than whatever was waited for.
CREATE OR REPLACE FUNCTION orders_move(
    p_step text, p_party text, p_actor bigint, p_sources text[], p_target text, p_closes boolean, p_due_only boolean,
    p_settlement text, p_remind_before interval[], p_remind_half_way boolean,
    p_orders bigint[], p_ats timestamptz[], p_facts jsonb[])
RETURNS SETOF orders_moved LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_moved orders_moved[];
BEGIN
    PERFORM 1 FROM orders_order o WHERE o.id = ANY (p_orders) ORDER BY o.id FOR NO KEY UPDATE;
    WITH moved AS (
        UPDATE orders_order o
           SET state = coalesce(p_target, o.state),
               due_at = CASE WHEN NOT p_closes THEN
                   orders_due_at(o, p, coalesce(p_target, o.state), p_step, asked.at, asked.facts) END,
               hold_id = coalesce((asked.facts ->> 'hold_id')::bigint, o.hold_id),
               ship_to = coalesce(asked.facts -> 'ship_to', o.ship_to),
               paid_at = CASE p_step WHEN 'pay' THEN asked.at ELSE o.paid_at END,
               ship_by_at = CASE p_target WHEN 'AWAITING_SHIPMENT' THEN
                   orders_due_at(o, p, p_target, p_step, asked.at, asked.facts) ELSE o.ship_by_at END,
               cancellation_requested_at = CASE p_step WHEN 'request_cancellation' THEN asked.at
                                           ELSE o.cancellation_requested_at END,
               shipped_at = CASE p_step WHEN 'ship' THEN asked.at ELSE o.shipped_at END,
               delivered_at = coalesce((asked.facts ->> 'delivered_at')::timestamptz, o.delivered_at),
               delivery_reported_at = CASE p_step WHEN 'report_delivery' THEN asked.at
                                      ELSE o.delivery_reported_at END,
               extension = o.extension + coalesce((asked.facts ->> 'extension')::interval, interval '0'),
               buyer_extended_at = CASE p_step WHEN 'extend_protection' THEN asked.at ELSE o.buyer_extended_at END,
               closed_at = CASE WHEN p_closes THEN asked.at END,
               event_count = o.event_count + 1,
               chain_head = sha256(o.chain_head || orders_event_entry(
                   o.number, o.event_count + 1, p_step, coalesce(p_target, o.state), p_party,
                   orders_party_id(o, p_party), asked.at, CASE WHEN o.event_count > 0 THEN o.due_at END, nullif(asked.facts - '{hold_id,ship_to}'::text[], '{}')))
          FROM unnest(p_orders, p_ats, p_facts) AS asked (id, at, facts), orders_policy p
         WHERE o.id = asked.id
           AND p.id = o.policy_id
           AND o.state = ANY (p_sources)
           AND (NOT p_due_only OR o.due_at <= asked.at)
           AND (p_actor IS NULL OR p_actor = orders_party_id(o, p_party))
        RETURNING o.id, o.number, o.buyer_id, o.seller_id, o.hold_id, o.state, o.due_at, o.event_count, o.chain_head,
                  (o.seller_id % 16)::smallint AS shard, asked.at, nullif(asked.facts - '{hold_id,ship_to}'::text[], '{}') AS facts,
                  orders_party_id(o, p_party) AS actor_id, p.notifies, CASE WHEN old.event_count > 0 THEN old.due_at END AS old_due_at,
                  old.event_count = 0 OR (o.due_at, o.state) IS DISTINCT FROM (old.due_at, old.state) AS clock_set
    ), told AS (
        INSERT INTO orders_orderevent (order_id, seq, step, state, party, actor_id, at, due_at, data, hash)
        SELECT moved.id, event_count, p_step, moved.state, p_party, actor_id, moved.at, old_due_at, facts, chain_head
          FROM moved
    ), stopped AS (
        DELETE FROM orders_deadline d USING moved
         WHERE d.shard = moved.shard AND d.due_at = moved.old_due_at AND d.order_id = moved.id
           AND moved.old_due_at IS DISTINCT FROM moved.due_at
    ), started AS (
        INSERT INTO orders_deadline (shard, due_at, order_id, buyer_id, seller_id, state, remind_at)
        SELECT moved.shard, moved.due_at, moved.id, moved.buyer_id, moved.seller_id, moved.state,
               CASE WHEN notifies THEN orders_remind_at(
                   moved.at, moved.due_at, p_remind_before, CASE WHEN p_remind_half_way THEN moved.at END) END
          FROM moved WHERE clock_set AND moved.due_at IS NOT NULL
        ON CONFLICT (shard, due_at, order_id) DO UPDATE SET state = excluded.state, remind_at = excluded.remind_at
    ), queued AS (
        INSERT INTO notifications_outboxentry (topic, subject_id, seq, created_at)
        SELECT 'orders.' || p_step, moved.id, event_count, moved.at FROM moved WHERE notifies
    )
    SELECT array_agg((moved.id, moved.number, moved.buyer_id, moved.seller_id, moved.hold_id, moved.state,
                      moved.due_at, moved.at)::orders_moved)
      INTO v_moved FROM moved;
    IF p_settlement IS NOT NULL AND v_moved IS NOT NULL THEN
        PERFORM escrow_settle(array_agg(m.hold_id),
                              array_agg(CASE p_settlement WHEN 'refund' THEN 0::bigint END), array_agg(m.at))
           FROM unnest(v_moved) AS m;
    END IF;
    RETURN QUERY SELECT * FROM unnest(v_moved);
END $$;
