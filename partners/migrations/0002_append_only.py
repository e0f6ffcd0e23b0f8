from django.db import migrations

from partners.append_only import ForbidChanges


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]

    operations = [
        ForbidChanges("PointsEntry"),
        ForbidChanges("Snapshot"),
        ForbidChanges("Evaluation"),
        ForbidChanges("TierChange"),
        ForbidChanges("RulebookEdition", when="OLD.state = 'published'"),
    ]
