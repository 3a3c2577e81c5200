from django.db import migrations

from marketplace.lib.sql import run_file


class Migration(migrations.Migration):
    """Captured payments and operations that succeeded are final."""

    dependencies = [("escrow", "0006_refunds")]

    operations = [run_file("escrow/sql/final.sql")]
