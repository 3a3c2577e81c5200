from django.db import migrations

from marketplace.lib.sql import run_file


class Migration(migrations.Migration):
    """The triggers of orders' tables and the function that moves orders."""

    dependencies = [("orders", "0001_initial"), ("notifications", "0001_initial"), ("escrow", "0002_ledger_rules")]

    operations = [run_file("orders/sql/tables.sql"), run_file("orders/sql/move.sql")]
