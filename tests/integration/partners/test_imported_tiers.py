"""What a bundle records about tiers is in the audit log, a row for each partner."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import AuditEntry, Partner, Standing
from partners.services import open_standings
from tests.factories import PartnerFactory, TierChangeFactory

pytestmark = pytest.mark.django_db


def load(folder: Path, *rows: str) -> None:
    text = "\n".join(["partner_ref,tier,credited_on", *rows, ""])
    (folder / "tiers.csv").write_text(text, encoding="utf-8")
    call_command("import_bundle", str(folder))


def partner_of(ref: str, **values: object) -> Partner:
    partner = PartnerFactory.create(ref=ref, **values)
    open_standings(partner_ids=[partner.pk], on=date(2026, 1, 1))
    return partner


def told() -> list[tuple[str, dict[str, list[str | None]]]]:
    entries = AuditEntry.objects.filter(action="partners.tiers_imported")
    return [
        (entry.partner.ref, entry.changes)
        for entry in entries.select_related("partner").order_by("partner__ref")
        if entry.partner
    ]


def test_each_partner_whose_history_grew_has_one_row(tmp_path: Path) -> None:
    for ref in ("P-1", "P-2", "P-3"):
        partner_of(ref)
    TierChangeFactory.create(
        partner=Partner.objects.get(ref="P-2"), on=date(2025, 6, 1), tier="diamond"
    )
    TierChangeFactory.create(
        partner=Partner.objects.get(ref="P-3"), on=date(2025, 6, 1), tier="gold"
    )

    load(
        tmp_path,
        "P-1,gold,2025-01-15",
        "P-1,platinum,2025-07-15",
        "P-2,gold,2025-01-15",
        "P-3,gold,2025-06-01",
    )

    assert told() == [
        ("P-1", {"tier": ["none", "platinum"], "on": [None, "2025-07-15"]}),
        ("P-2", {}),  # older than what it holds: the history grew, the tier did not
    ]
    entry = AuditEntry.objects.filter(action="partners.tiers_imported").first()
    assert entry
    assert (entry.actor, entry.object_type) == (None, "partners.tierchange")

    load(tmp_path, "P-1,gold,2025-01-15", "P-1,platinum,2025-07-15")
    assert len(told()) == 2, "what was known already is told again"


def test_elite_lost_in_the_records_is_invited_no_more(tmp_path: Path) -> None:
    lost = partner_of("P-1", elite_invited_on=date(2025, 1, 1))
    TierChangeFactory.create(partner=lost, tier="elite", on=date(2025, 1, 15))
    waiting = partner_of("P-2", elite_invited_on=date(2025, 1, 1))

    load(tmp_path, "P-1,diamond,2025-07-15", "P-2,diamond,2025-07-15")

    assert Standing.objects.get(partner=lost).credited_tier == "diamond"
    lost.refresh_from_db()
    assert lost.elite_invited_on is None
    assert not lost.elite_admissions.holds_on(date(2025, 7, 15))
    assert lost.elite_admissions.holds_on(date(2025, 7, 14))
    waiting.refresh_from_db()
    assert waiting.elite_invited_on == date(2025, 1, 1)


def test_the_log_costs_the_same_queries_for_one_and_for_many(
    tmp_path: Path,
) -> None:
    counts = []
    for first, many in ((0, 1), (100, 60)):
        rows = []
        for n in range(first, first + many):
            partner_of(f"Q-{n:03}")
            rows.append(f"Q-{n:03},gold,2025-01-15")
        with CaptureQueriesContext(connection) as captured:
            load(tmp_path, *rows)
        counts.append(
            sum(
                "partners_auditentry" in each["sql"] for each in captured.captured_queries
            )
        )
    assert counts[0] == counts[1]
