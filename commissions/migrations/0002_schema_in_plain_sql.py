from django.db import migrations, models

import commissions.models


class Migration(migrations.Migration):
    """Put the same rule in words that any SQLite program can read."""

    dependencies = [("commissions", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(
            model_name="receipt", name="receipt_month_is_a_first_day"
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=commissions.models.IsFirstDay("month"),
                name="receipt_month_is_a_first_day",
            ),
        ),
    ]
