"""Tiers recorded late: history ends where the portal's own decisions begin."""

from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from interchange.models import ImportRun
from partners.models import Evaluation, Partner, Standing, TierChange
from partners.selectors import edition_on
from partners.services import open_standings
from tests.factories import PartnerFactory, TierChangeFactory

pytestmark = pytest.mark.django_db

DECIDED_ON = date(2025, 8, 15)
AT = datetime(2025, 8, 15, 6, tzinfo=UTC)


@pytest.fixture
def partner() -> Partner:
    """Return a partner with Gold imported, and upgraded to Platinum by the portal."""
    partner = PartnerFactory.create(ref="P-1")
    open_standings(partner_ids=[partner.pk], on=DECIDED_ON)
    TierChangeFactory.create(partner=partner, on=date(2025, 1, 15), tier="gold")
    TierChangeFactory.create(
        partner=partner, on=DECIDED_ON, tier="platinum", cause=TierChange.Cause.UPGRADED
    )
    return partner


def load(folder: Path, *rows: str) -> ImportRun:
    """Import rows of tiers.csv, refused or not."""
    text = "\n".join(["partner_ref,tier,credited_on", *rows, ""])
    (folder / "tiers.csv").write_text(text, encoding="utf-8")
    with suppress(CommandError):
        call_command("import_bundle", str(folder))
    return ImportRun.objects.latest("pk")


def credited() -> str:
    return Standing.objects.get(partner__ref="P-1").credited_tier


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("P-1,diamond,2025-06-01", id="before the decision"),
        pytest.param("P-1,diamond,2025-08-15", id="on its day"),
        pytest.param("P-1,diamond,2025-01-15", id="corrects what was known"),
    ],
)
def test_history_new_to_a_decision_is_refused(
    tmp_path: Path, partner: Partner, row: str
) -> None:
    run = load(tmp_path, row)

    (refusal,) = run.refusals
    assert (refusal["line"], refusal["column"]) == (2, "credited_on")
    assert "decided on the tier of this partner on 2025-08-15" in refusal["reason"]
    assert partner.tier_changes.count() == 2
    assert credited() == "platinum"


def test_what_repeats_a_recorded_row_is_unchanged(
    tmp_path: Path, partner: Partner
) -> None:
    run = load(tmp_path, "P-1,gold,2025-01-15")

    assert run.refusals == []
    assert run.counts["tiers.csv"]["unchanged"] == 1
    assert partner.tier_changes.count() == 2


def test_a_day_after_the_decision_is_recorded(tmp_path: Path, partner: Partner) -> None:
    assert load(tmp_path, "P-1,diamond,2025-08-16").refusals == []

    assert partner.tier_changes.count() == 3
    assert credited() == "diamond"


def test_an_evaluation_that_kept_the_tier_is_a_decision_too(
    tmp_path: Path, partner: Partner
) -> None:
    Evaluation.objects.create(
        partner=partner, on=date(2026, 1, 15), credited_before="platinum",
        tier="platinum", cause=Evaluation.Cause.KEPT, best_tier="platinum", facts={},
        edition_id=edition_on(date(2026, 1, 15)).id, decided_at=AT,
    )  # fmt: skip

    (refusal,) = load(tmp_path, "P-1,diamond,2026-01-15").refusals

    assert "2026-01-15" in refusal["reason"]


def test_decisions_on_others_do_not_matter(tmp_path: Path, partner: Partner) -> None:
    other = PartnerFactory.create(ref="P-2")
    open_standings(partner_ids=[other.pk], on=DECIDED_ON)

    run = load(tmp_path, "P-1,diamond,2025-06-01", "P-2,diamond,2025-06-01")

    assert [refusal["line"] for refusal in run.refusals] == [2]
    assert other.tier_changes.get().tier == "diamond"
    assert not partner.tier_changes.filter(tier="diamond").exists()
