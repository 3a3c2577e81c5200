"""Which parcels a carrier was asked to report on."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A column, and a small index of what is still to ask."""

    dependencies = [("orders", "0004_imported_orders")]

    operations = [
        migrations.AddField(
            "shipment",
            "watched_at",
            models.DateTimeField(null=True, help_text="when the carrier was asked to report its delivery"),
        ),
        migrations.AddIndex(
            "shipment",
            models.Index(
                fields=["id"],
                name="shipment_to_watch",
                condition=Q(watched_at=None, carrier="Sandbox carrier"),
            ),
        ),
    ]
