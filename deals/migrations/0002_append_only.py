from django.db import migrations

from partners.append_only import ForbidChanges


class Migration(migrations.Migration):
    dependencies = [("deals", "0001_initial"), ("partners", "0002_append_only")]

    operations = [ForbidChanges("LineReduction"), ForbidChanges("DealTransition")]
