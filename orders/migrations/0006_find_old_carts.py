from django.db import migrations, models


class Migration(migrations.Migration):
    """Finds the carts of browsers that never signed in, to forget them."""

    dependencies = [("orders", "0005_ask_carriers")]

    operations = [
        migrations.AddIndex(
            "cartline",
            models.Index(fields=["added_at"], name="cart_line_of_visitors", condition=models.Q(visitor__isnull=False)),
        )
    ]
