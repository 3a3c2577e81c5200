from django.db import migrations, models


class Migration(migrations.Migration):
    """Why a webhook had no effect."""

    dependencies = [("escrow", "0002_ledger_rules")]

    operations = [
        migrations.AddField(
            "providerevent",
            "problem",
            models.CharField(blank=True, default="", help_text="why it had no effect", max_length=200),
            preserve_default=False,
        )
    ]
