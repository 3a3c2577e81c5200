-- Every event's hash, computed again from what the event says and from the hash before it.
SELECT 'Every event''s hash follows from what it says and from the event before it',
       jsonb_build_array(jsonb_build_array('events', count(*), NULL)),
       count(*) FILTER (WHERE differs), (array_agg(number || '.' || seq) FILTER (WHERE differs))[1:5]
  FROM (SELECT o.number, e.seq,
               e.hash <> sha256(coalesce(lag(e.hash) OVER (PARTITION BY e.order_id ORDER BY e.seq), '')
                                || orders_event_entry(o.number, e.seq, e.step, e.state, e.party, e.actor_id, e.at,
                                                      e.due_at, e.data)) AS differs
          FROM orders_orderevent e JOIN orders_order o ON o.id = e.order_id) AS compared;
