"""A proof that comes after the win counts within the days of grace."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from deals import services
from deals.models import Deal, InvalidTransitionError
from outbox import services as outbox
from partners.models import PointsEntry, Standing, User
from partners.services import open_standings
from tests.factories import DealFactory, DealLineFactory, UserFactory
from tests.integration.interchange.test_corrections import DEALS, load
from tests.integration.pages import browser_of, words

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
CLOSED_ON = date(2026, 1, 10)
TODAY = date(2026, 1, 31)
MICRO = 1_000_000


@pytest.fixture
def actor() -> User:
    return UserFactory.create(programme_manager=True)


@pytest.fixture
def deal() -> Deal:
    """Return a deal won without a proof; with one it is worth 50 points."""
    return DealLineFactory.create(deal=DealFactory.create(won=True, poi_on=None)).deal


def prove(deal: Deal, actor: User, poi_on: date) -> Deal:
    proof = services.add_proof(
        deal_id=deal.pk, dated_on=poi_on, file=None, note="", actor=actor, at=AT
    )
    return proof.deal


def worth(deal: Deal, on: date = CLOSED_ON) -> int:
    entries = PointsEntry.objects.counting_on(on).filter(
        source_ref__startswith=f"{deal.ref}/"
    )
    return sum(entries.values_list("points", flat=True)) // MICRO


@pytest.mark.parametrize(
    ("poi_on", "points"),
    [
        (date(2026, 1, 24), 50),
        (date(2026, 1, 25), 0),
        (date(2025, 10, 12), 50),
        (date(2025, 10, 11), 0),
    ],
    ids=["last day of grace", "too late", "just fresh enough", "too old"],
)
def test_counts_if_it_is_in_time(
    deal: Deal, actor: User, poi_on: date, points: int
) -> None:
    prove(deal, actor, poi_on)

    deal.refresh_from_db()
    assert (deal.poi_on, deal.stage, deal.closed_on) == (poi_on, "won", CLOSED_ON)
    assert worth(deal) == points


def test_a_corrected_proof_takes_back_what_the_wrong_one_gave(
    deal: Deal, actor: User
) -> None:
    prove(deal, actor, date(2026, 1, 20))

    prove(deal, actor, date(2026, 1, 30))

    assert worth(deal) == 0


def test_a_cancelled_deal_counts_until_its_end(actor: User) -> None:
    deal = DealLineFactory.create(
        deal=DealFactory.create(cancelled=True, poi_on=None)
    ).deal

    prove(deal, actor, date(2026, 1, 20))

    assert worth(deal) == 50
    assert worth(deal, date(2026, 4, 10)) == 0


def test_records_the_step_and_refreshes_the_standing(deal: Deal, actor: User) -> None:
    open_standings(partner_ids=[deal.partner_id], on=TODAY)

    prove(deal, actor, date(2026, 1, 20))
    outbox.run_due()

    step = deal.transitions.get()
    assert (step.to_stage, step.on, step.actor, step.at) == (
        "won", date(2026, 1, 20), actor, AT
    )  # fmt: skip
    assert Standing.objects.get(partner=deal.partner).sourced == 50 * MICRO


def test_the_partner_reads_of_a_proof_and_of_no_end(deal: Deal, actor: User) -> None:
    prove(deal, actor, date(2026, 1, 20))

    page: Any = browser_of(deal.partner).get(f"/deals/{deal.public_id}/")

    assert "Proof of involvement recorded: 20 Jan 2026" in words(page)
    assert "Subscription ended" not in words(page)


def test_what_was_lost_is_not_proven(actor: User) -> None:
    deal = DealFactory.create(lost=True)

    with pytest.raises(InvalidTransitionError):
        prove(deal, actor, date(2026, 1, 20))

    assert not deal.transitions.exists()


def test_the_same_proof_is_no_news(deal: Deal, actor: User) -> None:
    prove(deal, actor, date(2026, 1, 20))

    with pytest.raises(services.ProofError):
        prove(deal, actor, date(2026, 1, 20))

    assert deal.transitions.count() == 1


def test_no_proof_lies_in_the_future(deal: Deal, actor: User) -> None:
    with pytest.raises(services.ProofError):
        prove(deal, actor, date(2026, 2, 1))

    deal.refresh_from_db()
    assert deal.poi_on is None


def test_an_older_bundle_does_not_take_the_proof_away(
    deal: Deal, actor: User, tmp_path: Path
) -> None:
    Deal.objects.update(ref="D1")
    prove(deal, actor, date(2026, 1, 20))
    row = f"D1,{deal.partner.ref},{deal.client.ref},{deal.name},sourced,2025-12-01,won,"

    report = load(tmp_path, {"deals": f"{DEALS}{row}2026-01-10,\n"})

    assert [refusal.column for refusal in report.refusals] == ["poi_on"]
    assert Deal.objects.get().poi_on == date(2026, 1, 20)
