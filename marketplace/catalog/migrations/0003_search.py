"""Finding a listing by words: accents and capitals do not matter, and the vector follows whatever it is made of."""

from django.db import migrations

# Letters without their accents. PostgreSQL's `unaccent` is not everywhere; normalization does the same for every letter
# that decomposes, and the few that do not are named.
FOLD = r"""
CREATE FUNCTION catalog_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    replace(replace(replace(
        translate(
            lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')),
            'øđłıħŧ', 'odliht'
        ), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
"""

# A text's words twice: as English stems, so that "mugs" finds "mug", and letter for letter, so that the beginning of a
# word finds it. Everything but letters and digits parts words, here and in the query alike.
VECTOR = r"""
CREATE FUNCTION catalog_words_vector(words text, weight "char") RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN
    setweight(
        to_tsvector('pg_catalog.english', regexp_replace(catalog_fold(words), '[^[:alnum:]]+', ' ', 'g'))
        || to_tsvector('pg_catalog.simple', regexp_replace(catalog_fold(words), '[^[:alnum:]]+', ' ', 'g')),
        weight
    );
"""

# Every word must be found, as its stem or letter for letter; the last one, which may still be being typed, also as the
# beginning of a word. Words that English leaves out of its index ("the") need not be found unless there are only such.
QUERY = r"""
CREATE FUNCTION catalog_search_query(words text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    all_words text[] := array_remove(regexp_split_to_array(catalog_fold(words), '[^[:alnum:]]+'), '');
    word text;
    place int;
    exact tsquery;
    meaningful tsquery := ''::tsquery;
    everything tsquery := ''::tsquery;
BEGIN
    FOR word, place IN SELECT * FROM unnest(all_words[:12]) WITH ORDINALITY LOOP
        exact := (quote_literal(left(word, 100)) || CASE WHEN place = cardinality(all_words) THEN ':*' ELSE '' END)::tsquery;
        everything := everything && exact;
        IF numnode(plainto_tsquery('pg_catalog.english', word)) > 0 THEN
            meaningful := meaningful && (plainto_tsquery('pg_catalog.english', word) || exact);
        END IF;
    END LOOP;
    RETURN CASE WHEN numnode(meaningful) > 0 THEN meaningful ELSE everything END;
END $$;
"""

TRIGGERS = """
CREATE FUNCTION catalog_set_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := (
        SELECT catalog_words_vector(version.title, 'A')
            || catalog_words_vector(category.name, 'B')
            || catalog_words_vector(shop.name, 'C')
            || catalog_words_vector(version.description, 'D')
        FROM catalog_listingversion version, catalog_category category, accounts_shop shop
        WHERE version.id = NEW.current_id AND category.id = NEW.category_id AND shop.id = NEW.shop_id
    );
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_listing_search
    BEFORE INSERT OR UPDATE OF current_id, category_id, shop_id ON catalog_listing
    FOR EACH ROW EXECUTE FUNCTION catalog_set_search();

-- A shop or a category that is renamed is found under its new name: touching the column runs the trigger above.
CREATE FUNCTION catalog_renew_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'accounts_shop' THEN
        UPDATE catalog_listing SET shop_id = shop_id WHERE shop_id = NEW.id;
    ELSE
        UPDATE catalog_listing SET category_id = category_id WHERE category_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_shop_renamed AFTER UPDATE OF name ON accounts_shop
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION catalog_renew_search();
CREATE TRIGGER catalog_category_renamed AFTER UPDATE OF name ON catalog_category
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION catalog_renew_search();
"""

UNDO = """
DROP TRIGGER catalog_category_renamed ON catalog_category;
DROP TRIGGER catalog_shop_renamed ON accounts_shop;
DROP TRIGGER catalog_listing_search ON catalog_listing;
DROP FUNCTION catalog_renew_search, catalog_set_search, catalog_search_query, catalog_words_vector, catalog_fold;
"""


class Migration(migrations.Migration):
    """Functions and triggers of the search."""

    dependencies = [("catalog", "0002_find_listings")]

    operations = [migrations.RunSQL(FOLD + VECTOR + QUERY + TRIGGERS, UNDO)]
