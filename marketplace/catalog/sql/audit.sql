-- What is counted is never sold twice (see marketplace.lib.auditing for the columns).
SELECT 'No stock is negative',
       jsonb_build_array(jsonb_build_array('variants', count(*), NULL), jsonb_build_array('pieces', coalesce(sum(stock), 0), NULL)),
       count(*) FILTER (WHERE stock < 0), (array_agg('variant ' || id) FILTER (WHERE stock < 0))[1:5]
  FROM catalog_variant;
