-- What orders promise about themselves and about their money (see marketplace.lib.auditing for the columns).

-- An order and its hold say the same.
WITH compared AS (
    SELECT coalesce(o.number, 'hold ' || h.reference) AS name, o.state, h.state AS money,
           CASE WHEN o.id IS NULL THEN TRUE  -- money that is kept for no order
                WHEN o.state = 'AWAITING_PAYMENT' THEN h.id IS NOT NULL OR o.paid_at IS NOT NULL
                WHEN o.state IN ('AWAITING_SHIPMENT', 'CANCELLATION_REQUESTED', 'SHIPPED')
                    THEN h.state IS DISTINCT FROM 'HELD'
                WHEN o.state = 'COMPLETED' THEN h.state IS DISTINCT FROM 'RELEASED'
                WHEN o.state = 'CANCELLED' THEN CASE WHEN o.paid_at IS NULL THEN h.id IS NOT NULL
                                                     ELSE h.state IS DISTINCT FROM 'REFUNDED' END
                ELSE TRUE END AS disagrees,
           h.id IS NOT NULL AND o.id IS NOT NULL AND
           (h.reference, h.payment_id, h.currency, h.amount_minor, h.fee_minor, a.owner_id) IS DISTINCT FROM
           (o.number, o.payment_id, o.currency, o.goods_minor + o.shipping_minor, o.fee_minor, o.seller_id) AS not_its_own
      FROM orders_order o
      FULL JOIN escrow_hold h ON h.id = o.hold_id
      LEFT JOIN escrow_account a ON a.id = h.seller_account_id
), states AS (
    SELECT state, count(*) AS orders FROM compared WHERE state IS NOT NULL GROUP BY 1
)
SELECT 'Every order''s state agrees with its money',
       coalesce((SELECT jsonb_agg(jsonb_build_array(state, orders, NULL) ORDER BY state) FROM states), '[]'),
       count(*) FILTER (WHERE disagrees), (array_agg(name) FILTER (WHERE disagrees))[1:5]
  FROM compared
UNION ALL
SELECT 'Every hold is its own order''s: amount, fee, currency, payment and seller',
       jsonb_build_array(jsonb_build_array('holds', count(money), NULL)),
       count(*) FILTER (WHERE not_its_own), (array_agg(name) FILTER (WHERE not_its_own))[1:5]
  FROM compared;

-- Silence acts once on every open order, and never on a final one.
WITH clocks AS (
    SELECT order_id, count(*) AS deadlines, min(due_at) AS due_at, min(state) AS state, min(shard) AS shard,
           min(buyer_id) AS buyer_id, min(seller_id) AS seller_id
      FROM orders_deadline GROUP BY 1
), compared AS (
    SELECT coalesce(o.number, 'order ' || c.order_id) AS name, o.closed_at IS NULL AND o.id IS NOT NULL AS is_open,
           CASE WHEN o.id IS NULL OR o.closed_at IS NOT NULL THEN c.deadlines IS NOT NULL
                ELSE (c.deadlines, c.due_at, c.state, c.shard, c.buyer_id, c.seller_id) IS DISTINCT FROM
                     (1::bigint, o.due_at, o.state, (o.seller_id % 16)::smallint, o.buyer_id, o.seller_id)
           END AS differs
      FROM orders_order o
      FULL JOIN clocks c ON c.order_id = o.id
)
SELECT 'Every open order has exactly one deadline, its own, and a final one has none',
       jsonb_build_array(jsonb_build_array('open', count(*) FILTER (WHERE is_open), NULL),
                         jsonb_build_array('final', count(*) FILTER (WHERE NOT is_open), NULL)),
       count(*) FILTER (WHERE differs), (array_agg(name) FILTER (WHERE differs))[1:5]
  FROM compared;

-- An order is the sum of its lines.
WITH summed AS (
    SELECT order_id, sum(quantity * unit_price_minor) AS goods_minor, sum(quantity * unit_shipping_minor) AS shipping_minor
      FROM orders_orderline GROUP BY 1
)
SELECT 'Every order costs what its lines add up to',
       coalesce((SELECT jsonb_agg(jsonb_build_array('ordered', amount_minor, currency) ORDER BY currency)
                   FROM (SELECT currency, sum(goods_minor + shipping_minor)::bigint AS amount_minor
                           FROM orders_order GROUP BY 1) AS totals), '[]'),
       count(*) FILTER (WHERE differs), (array_agg(number) FILTER (WHERE differs))[1:5]
  FROM (SELECT o.number, (s.goods_minor, s.shipping_minor) IS DISTINCT FROM (o.goods_minor, o.shipping_minor) AS differs
          FROM orders_order o LEFT JOIN summed s ON s.order_id = o.id) AS compared;

-- What happened to an order is whole: its last event is the head of its chain and the state it is in.
WITH told AS (
    SELECT order_id, count(*) AS events, max(seq) AS last FROM orders_orderevent GROUP BY 1
)
SELECT 'Every order''s events are all there, and the last is the head of its chain',
       jsonb_build_array(jsonb_build_array('events', coalesce(sum(events), 0), NULL)),
       count(*) FILTER (WHERE differs), (array_agg(number) FILTER (WHERE differs))[1:5]
  FROM (SELECT o.number, t.events,
               (t.events, t.last, e.hash, e.state) IS DISTINCT FROM
               (o.event_count::bigint, o.event_count, o.chain_head, o.state) AS differs
          FROM orders_order o
          LEFT JOIN told t ON t.order_id = o.id
          LEFT JOIN orders_orderevent e ON e.order_id = o.id AND e.seq = o.event_count) AS compared;
