from django.db import migrations

from marketplace.lib.sql import run_file


class Migration(migrations.Migration):
    """The constraints, triggers and functions of the ledger."""

    dependencies = [("escrow", "0001_initial")]

    operations = [run_file("escrow/sql/ledger.sql"), run_file("escrow/sql/settle.sql")]
