"""What the buyer saw in the cart, and what one press of "Place order" made."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """No cart was kept before this: the prices need no guess for old lines."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("escrow", "0002_ledger_rules"),
        ("orders", "0002_rules_and_steps"),
    ]

    operations = [
        migrations.AddField(
            "cartline", "unit_price_minor", models.PositiveBigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            "cartline", "unit_shipping_minor", models.PositiveBigIntegerField(default=0), preserve_default=False
        ),
        migrations.AlterField("cartline", "added_at", models.DateTimeField()),
        migrations.CreateModel(
            name="Checkout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=16)),
                ("placed_at", models.DateTimeField()),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkouts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("payments", models.ManyToManyField(related_name="checkouts", to="escrow.payment")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("buyer", "reference"), name="checkout_once_per_page")],
            },
        ),
    ]
