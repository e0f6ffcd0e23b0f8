"""The two editions of the 2025 guide, published as they ship.

The documents are read from the package `program`: a shipped edition is never edited,
a new one is a new file and a new migration.
"""

import hashlib
import tomllib
from datetime import UTC, datetime

from django.db import migrations

from program.rulebook import shipped_documents

SHIPPED = ("2025-A", "2025-B")


def publish(apps, schema_editor):
    edition_model = apps.get_model("partners", "RulebookEdition")
    for document in shipped_documents():
        edition = tomllib.loads(document)["edition"]
        if edition["code"] not in SHIPPED:
            continue
        edition_model.objects.create(
            code=edition["code"],
            title=edition["title"],
            effective_on=edition["effective_on"],
            document=document,
            sha256=hashlib.sha256(document.encode()).hexdigest(),
            state="published",
            published_at=datetime(2025, 1, 1, tzinfo=UTC),
        )


class Migration(migrations.Migration):
    # Published editions cannot be deleted, so there is no way back but from zero.
    dependencies = [("partners", "0002_append_only")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
