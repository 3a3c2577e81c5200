import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Where imported orders came from."""

    dependencies = [
        ("orders", "0003_cart_prices_and_checkouts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedOrder",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="imported",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("source_order", models.CharField(help_text="its id on the other marketplace", max_length=100)),
                (
                    "source_seller",
                    models.CharField(help_text="whose part of it this is, by the id there", max_length=100),
                ),
                ("imported_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source_order", "source_seller"), name="imported_order_once")
                ],
            },
        ),
    ]
