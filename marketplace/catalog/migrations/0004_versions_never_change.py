"""What was offered stays as it was: the database itself refuses to change a listing's versions."""

from django.db import migrations

DO = """
CREATE FUNCTION catalog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'versions of listings are never changed: orders and disputes point at them'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalog_version_never_changes BEFORE UPDATE OR DELETE ON catalog_listingversion
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_change();
CREATE TRIGGER catalog_version_photo_never_changes BEFORE UPDATE OR DELETE ON catalog_listingversionphoto
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_change();
"""

UNDO = """
DROP TRIGGER catalog_version_photo_never_changes ON catalog_listingversionphoto;
DROP TRIGGER catalog_version_never_changes ON catalog_listingversion;
DROP FUNCTION catalog_refuse_change;
"""


class Migration(migrations.Migration):
    """Triggers that refuse UPDATE and DELETE."""

    dependencies = [("catalog", "0003_search")]

    operations = [migrations.RunSQL(DO, UNDO)]
