"""Winning, ending and reducing a deal, and the points that follow at once."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from deals import services
from deals.models import Deal, DealLine, InvalidTransitionError
from deals.services.life import settling
from outbox import services as outbox
from outbox.models import Job
from outbox.registry import Lane
from partners.models import PointsEntry, Standing, TierChoice, User
from partners.selectors import edition_on, published_editions
from partners.services import open_standings
from tests.factories import (
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    TierChangeFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
CLOSED_ON = date(2026, 3, 31)
MICRO = 1_000_000

STATEMENTS_OF_A_WIN = 21
"""Until the standing is current, with the lock of its row and the look for more work
(docs/performance.md)."""


@pytest.fixture
def actor() -> User:
    return UserFactory.create(programme_manager=True)


def win(deal: Deal, actor: User, **changes: Any) -> Deal:
    values: dict[str, Any] = {"closed_on": CLOSED_ON, "poi_on": CLOSED_ON, **changes}
    return services.win_deal(
        deal_id=deal.pk, actor=actor, at=AT, today=date(2026, 4, 1), **values
    )


def entries(deal: Deal) -> list[tuple[str, int, date, date | None, str]]:
    """Return what the ledger holds for a deal, oldest first."""
    return list(
        PointsEntry.objects.filter(source_ref__startswith=f"{deal.ref}/")
        .order_by("source_id", "seq")
        .values_list("kind", "points", "effective_on", "expires_on", "reason")
    )


def worth_on(deal: Deal, day: date) -> int:
    counting = PointsEntry.objects.counting_on(day).filter(
        source_ref__startswith=f"{deal.ref}/"
    )
    return sum(counting.values_list("points", flat=True))


def test_posts_the_points_and_records_the_step(actor: User) -> None:
    deal = DealLineFactory.create(mrr_minor=100_000, currency="USD").deal

    win(deal, actor)

    deal.refresh_from_db()
    assert (deal.stage, deal.closed_on) == ("won", CLOSED_ON)
    assert deal.transitions.get().actor == actor
    assert entries(deal) == [
        ("sourced", 50 * MICRO, CLOSED_ON, date(2027, 3, 31), "won")  # P1
    ]


def test_a_win_and_its_standing_take_few_statements(actor: User) -> None:
    deal = DealLineFactory.create().deal
    open_standings(partner_ids=[deal.partner_id], on=CLOSED_ON)
    published_editions()  # parsed once by each process

    with CaptureQueriesContext(connection) as won:
        win(deal, actor)
    with CaptureQueriesContext(connection) as queued:
        assert outbox.run_due(lane=Lane.POINTS) == 1

    puts = [each for each in won if 'INTO "outbox_job"' in each["sql"]]
    assert len(puts) == 1
    # Without what tests add: the savepoints of nested transactions.
    said = [each["sql"] for each in (*won, *queued) if "SAVEPOINT" not in each["sql"]]
    assert len(said) <= STATEMENTS_OF_A_WIN


def test_keeps_what_the_points_rest_on(actor: User) -> None:
    deal = DealFactory.create(client__in_growth_market=True)
    DealLineFactory.create(deal=deal, mrr_minor=75_000, currency="EUR")
    TierChangeFactory.create(partner=deal.partner, on=date(2026, 1, 15), tier="platinum")

    win(deal, actor)
    Client.objects.filter(pk=deal.client_id).update(country="FR")
    services.settle_deals(
        deal_ids=[deal.pk], at=AT, editions=published_editions(), refresh=False
    )

    deal.refresh_from_db()
    assert deal.won_tier == TierChoice.PLATINUM
    assert (deal.won_territory, deal.won_growth) == ("PL", True)
    assert deal.won_edition_id == edition_on(CLOSED_ON).id
    # P2, although the client is in France by now.
    assert [points for _kind, points, *_rest in entries(deal)] == [100 * MICRO]


def test_queues_the_standing_which_then_shows_the_points(actor: User) -> None:
    deal = DealLineFactory.create(mrr_minor=100_000, currency="USD").deal
    open_standings(partner_ids=[deal.partner_id], on=CLOSED_ON)

    win(deal, actor)

    assert Standing.objects.get(partner=deal.partner).sourced == 0
    outbox.run_due()
    assert Standing.objects.get(partner=deal.partner).sourced == 50 * MICRO
    assert not Job.objects.open().exists()


def test_without_a_valid_proof_it_is_won_and_earns_nothing(actor: User) -> None:
    deal = DealLineFactory.create().deal

    win(deal, actor, poi_on=date(2025, 12, 30))  # 91 days before

    deal.refresh_from_db()
    assert deal.stage == "won"
    assert entries(deal) == []


def test_a_currency_off_the_scale_stays_pending(actor: User) -> None:
    deal = DealLineFactory.create(currency="NOK").deal
    DealLineFactory.create(deal=deal, product_line="service_hub", mrr_minor=10_000)

    win(deal, actor)

    assert [points for _kind, points, *_rest in entries(deal)] == [5 * MICRO]


@pytest.mark.parametrize("trait", ["won", "lost", "cancelled"])
def test_refuses_a_deal_that_is_not_registered(actor: User, trait: str) -> None:
    deal = DealLineFactory.create(deal=DealFactory.create(**{trait: True})).deal

    with pytest.raises(InvalidTransitionError):
        win(deal, actor)

    assert entries(deal) == []
    assert not deal.transitions.exists()


@pytest.mark.parametrize(
    "days",
    [
        pytest.param({"closed_on": date(2026, 4, 2)}, id="closed in the future"),
        pytest.param({"poi_on": date(2026, 4, 2)}, id="proven in the future"),
        pytest.param({"closed_on": date(2025, 11, 30)}, id="before it was registered"),
    ],
)
def test_refuses_a_day_that_cannot_be(actor: User, days: dict[str, date]) -> None:
    deal = DealLineFactory.create().deal

    with pytest.raises(services.InvalidDayError):
        win(deal, actor, **days)

    deal.refresh_from_db()
    assert deal.stage == "registered"


@pytest.mark.parametrize(
    "days",
    [{"poi_on": date(2026, 4, 1)}, {"closed_on": date(2025, 12, 1), "poi_on": None}],
    ids=["proven today", "on the day it was registered"],
)
def test_takes_the_last_day_that_can_be(actor: User, days: dict[str, Any]) -> None:
    deal = DealLineFactory.create().deal

    assert win(deal, actor, **days).stage == "won"


def test_a_win_without_its_points_does_not_happen(
    actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = DealLineFactory.create().deal

    def full_disk(**_facts: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(settling, "settle", full_disk)

    with pytest.raises(OSError, match="disk full"):
        win(deal, actor)

    deal.refresh_from_db()
    assert deal.stage == "registered"
    assert not Job.objects.exists()


def test_cancelling_takes_the_rest_back_from_that_day(actor: User) -> None:
    deal = DealLineFactory.create(mrr_minor=100_000, currency="USD").deal
    win(deal, actor)

    services.cancel_deal(
        deal_id=deal.pk, on=date(2026, 6, 1), note="", actor=actor, at=AT
    )

    assert entries(deal)[1] == (
        "sourced", -50 * MICRO, date(2026, 6, 1), date(2027, 3, 31), "cancelled"
    )  # fmt: skip
    assert worth_on(deal, date(2026, 5, 31)) == 50 * MICRO
    assert worth_on(deal, date(2026, 6, 1)) == 0
    assert worth_on(deal, date(2027, 3, 31)) == 0


def test_cancelling_twice_is_refused(actor: User) -> None:
    deal = DealLineFactory.create().deal
    win(deal, actor)
    end = partial(services.cancel_deal, deal_id=deal.pk, note="", actor=actor, at=AT)
    end(on=date(2026, 6, 1))

    with pytest.raises(InvalidTransitionError):
        end(on=date(2026, 7, 1))

    assert len(entries(deal)) == 2


def test_a_deal_cannot_end_before_it_was_won(actor: User) -> None:
    deal = DealLineFactory.create().deal
    win(deal, actor)

    with pytest.raises(services.InvalidDayError):
        services.cancel_deal(
            deal_id=deal.pk, on=date(2026, 3, 30), note="", actor=actor, at=AT
        )


def test_a_deal_cancelled_on_the_day_it_was_won_is_worth_nothing(actor: User) -> None:
    deal = DealLineFactory.create().deal
    win(deal, actor)

    services.cancel_deal(deal_id=deal.pk, on=CLOSED_ON, note="", actor=actor, at=AT)

    assert worth_on(deal, CLOSED_ON) == 0
    assert len(entries(deal)) == 2


def test_a_downgrade_takes_points_back_in_proportion(actor: User) -> None:
    line = DealLineFactory.create(mrr_minor=100_000, currency="USD")
    win(line.deal, actor)

    services.downgrade_line(
        line_id=line.pk, mrr_minor=60_000, on=date(2026, 5, 1), actor=actor, at=AT
    )
    services.downgrade_line(
        line_id=line.pk, mrr_minor=50_000, on=date(2026, 6, 1), actor=actor, at=AT
    )
    services.cancel_deal(
        deal_id=line.deal_id, on=date(2026, 7, 1), note="", actor=actor, at=AT
    )

    assert [points // MICRO for _kind, points, *_rest in entries(line.deal)] == [
        50, -20, -5, -25,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("corrected", "worth"),
    [(30_000, [20, 20, 20, 20]), (55_000, [37, 37, 37, 33]), (75_000, [50, 40, 40, 33])],
    ids=["below all", "between them", "as it was"],
)
def test_a_downgrade_adds_nothing_to_a_line_that_was_corrected(
    actor: User, corrected: int, worth: list[int]
) -> None:
    line = DealLineFactory.create(mrr_minor=75_000, currency="EUR")
    win(line.deal, actor)
    for minor, on in ((60_000, date(2026, 5, 1)), (50_000, date(2026, 6, 1))):
        services.downgrade_line(
            line_id=line.pk, mrr_minor=minor, on=on, actor=actor, at=AT
        )

    DealLine.objects.filter(pk=line.pk).update(mrr_minor=corrected)
    services.settle_deals(
        deal_ids=[line.deal_id], at=AT, editions=published_editions(), refresh=False
    )

    days = [CLOSED_ON, date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 1)]
    assert [round(worth_on(line.deal, day) / MICRO) for day in days] == worth


@pytest.mark.parametrize(
    ("mrr_minor", "on", "error"),
    [
        pytest.param(
            100_000, date(2026, 5, 1), services.InvalidAmountError, id="no less"
        ),
        pytest.param(-1, date(2026, 5, 1), services.InvalidAmountError, id="negative"),
        pytest.param(1, date(2026, 3, 30), services.InvalidDayError, id="before the win"),
    ],
)
def test_refuses_a_downgrade_that_is_none(
    actor: User, mrr_minor: int, on: date, error: type[Exception]
) -> None:
    line = DealLineFactory.create(mrr_minor=100_000)
    win(line.deal, actor)

    with pytest.raises(error):
        services.downgrade_line(
            line_id=line.pk, mrr_minor=mrr_minor, on=on, actor=actor, at=AT
        )

    assert len(entries(line.deal)) == 1


def test_losing_a_deal_posts_nothing(actor: User) -> None:
    deal = DealLineFactory.create().deal

    services.lose_deal(
        deal_id=deal.pk, closed_on=CLOSED_ON, reason="price", note="", actor=actor, at=AT
    )

    deal.refresh_from_db()
    assert deal.stage == "lost"
    assert entries(deal) == []


def test_points_of_a_provider_are_kept_as_information(actor: User) -> None:
    deal = DealFactory.create(partner=PartnerFactory.create(provider=True))
    DealLineFactory.create(deal=deal, mrr_minor=10_000_000, currency="USD")
    open_standings(partner_ids=[deal.partner_id], on=CLOSED_ON)

    win(deal, actor)
    outbox.run_due()

    standing = Standing.objects.get(partner=deal.partner)
    assert standing.sourced == 5_000 * MICRO
    assert standing.performing_tier == TierChoice.NONE
