from django.db import migrations

from clients.periods import ForbidOverlaps


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial")]

    operations = [
        ForbidOverlaps("Subscription", ["client_id", "product_line"]),
        ForbidOverlaps("Relationship", ["partner_id", "client_id", "kind"]),
    ]
