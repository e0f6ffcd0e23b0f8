"""What each partner calls its client, and when lateness was told.

A client that was made of a registration loses the name and the segment that the partner
typed: its record may be shared with another partner. The deal keeps the name.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


def take_names(apps: Any, schema_editor: Any) -> None:
    """Move what was typed from the clients to the deals; the vendor's own names stay."""
    registrations = (
        apps.get_model("deals", "Registration")
        .objects.filter(deal__isnull=False)
        .select_related("deal", "client")
    )
    for registration in registrations.order_by("pk").iterator(chunk_size=1_000):
        deal, client = registration.deal, registration.client
        deal.client_name = registration.company
        deal.save(update_fields=["client_name"])
        digits = client.public_id.hex[:12].upper() if client else ""
        if client and client.ref == f"C-{digits[:6]}-{digits[6:]}":
            if client.name == registration.company:
                client.name = client.ref
            if client.segment == registration.segment:
                client.segment = ""
            client.save(update_fields=["name", "segment"])


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0003_client_domains"),
        ("deals", "0004_registrations"),
    ]

    operations = [
        migrations.AddField(
            model_name="deal",
            name="client_name",
            field=models.CharField(
                blank=True,
                default="",
                max_length=200,
                verbose_name="client, as the partner calls it",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="dealrequest",
            name="late_told_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="lateness told at"
            ),
        ),
        migrations.AddField(
            model_name="registrationappeal",
            name="late_told_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="lateness told at"
            ),
        ),
        migrations.AddIndex(
            model_name="registrationappeal",
            index=models.Index(
                condition=models.Q(("outcome", "")),
                fields=["due_at"],
                name="registration_appeals_due",
            ),
        ),
        migrations.RunPython(take_names, migrations.RunPython.noop),
    ]
