from django.db import migrations

from marketplace.lib.sql import run_file


class Migration(migrations.Migration):
    """Orders begin unpaid, with all their lines."""

    dependencies = [("orders", "0006_find_old_carts")]

    operations = [run_file("orders/sql/beginning.sql")]
