"""The diary: opening, movements, closing, to the last micro-point."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from outbox import services as outbox
from partners.models import Partner, PointsEntry
from partners.receipts.diary import (
    MovementCause,
    Period,
    counted_on,
    newest_movements,
    sums_by_cause,
)
from portal.models import Visit
from tests.factories import (
    ClientFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    UserFactory,
    stand,
)
from tests.integration.pages import (
    MICRO,
    NOON,
    PAGE_MARKS,
    TODAY,
    account_of,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

NOVEMBER = "/diary/?from=2026-11-01&to=2026-11-23"
Reason = PointsEntry.Reason


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def entry(partner: Partner, points: int, on: date, **fields: Any) -> PointsEntry:
    return PointsEntryFactory.create(
        partner=partner, points=points, effective_on=on, **fields
    )


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


def live_since(day: date) -> None:
    """Let the portal be live for long: what came later was learnt on its day."""
    outbox.go_live(on=day)


def test_opening_and_movements_make_the_closing(partner: Partner) -> None:
    entry(partner, 100_000_001, date(2026, 3, 1))
    entry(partner, 50_333_333, date(2025, 11, 10))  # expires on 10 November 2026
    entry(partner, 7_000_000, date(2026, 11, 5))
    entry(partner, -20_000_000, date(2026, 11, 8), reason=Reason.CANCELLED)
    entry(partner, -1_000_000, date(2026, 11, 9), reason=Reason.REDUCED)
    entry(partner, 3_000_000, date(2026, 11, 9), managed=True)
    entry(partner, -500_000, date(2026, 11, 12), reason=Reason.CORRECTED)

    page = words(browser_of(partner).get(NOVEMBER))

    assert "Before 1 November 2026 150.333334" in page
    assert "Deal won 1 movement 7.000000" in page
    assert "Expired 1 movement -50.333333" in page
    assert "Subscription ended 1 movement -20.000000" in page
    assert "Subscription reduced 1 movement -1.000000" in page
    assert "Managed stock changed 1 movement 3.000000" in page
    assert "Source data corrected 1 movement -0.500000" in page
    assert "Movements together -61.833333" in page
    assert "On 23 November 2026 88.500001" in page
    assert "do not add up" not in page


def test_each_movement_is_a_sentence_with_its_receipt(partner: Partner) -> None:
    line = DealLineFactory.create(
        deal=DealFactory.create(partner=partner, won=True, name="Nordwind")
    )
    won = entry(partner, 8 * MICRO, date(2026, 11, 3), source_id=line.pk)
    client = ClientFactory.create(name="Durand SA")
    service = RelationshipFactory.create(partner=partner, client=client)
    lost = entry(
        partner, -8 * MICRO, date(2026, 11, 4), managed=True, source_id=service.pk
    )

    response = browser_of(partner).get(NOVEMBER)

    page = words(response)
    assert "+8 sourced points: Nordwind was won." in page
    assert "-8 managed points: what Durand SA subscribes to" in page
    for one in (won, lost):
        assert f'href="/receipts/points/{one.public_id}/"' in main_of(response)


def test_what_was_learnt_late_stands_where_it_was_learnt(partner: Partner) -> None:
    live_since(date(2026, 1, 1))
    entry(partner, 5 * MICRO, date(2026, 10, 20), recorded_at=moment(date(2026, 11, 9)))
    visitor = browser_of(partner)

    october = words(visitor.get("/diary/?from=2026-10-01&to=2026-10-31"))
    november = words(visitor.get(NOVEMBER))

    assert "On 31 October 2026 0.000000" in october
    assert "Before 1 November 2026 0.000000" in november
    assert "Learnt late; it counts from 20 October 2026." in november
    assert "On 23 November 2026 5.000000" in november


def test_what_was_learnt_late_and_had_expired_moves_nothing(partner: Partner) -> None:
    live_since(date(2026, 1, 1))
    entry(partner, 5 * MICRO, date(2025, 10, 20), recorded_at=moment(date(2026, 11, 9)))

    page = words(browser_of(partner).get(NOVEMBER))

    assert "Nothing moved in this period." in page


def test_what_the_first_import_brought_was_there_already(partner: Partner) -> None:
    live_since(date(2026, 11, 22))
    entry(partner, 5 * MICRO, date(2026, 10, 20), recorded_at=NOON)

    page = words(browser_of(partner).get(NOVEMBER))

    assert "Before 1 November 2026 5.000000" in page
    assert "Nothing moved in this period." in page


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_entries_it_adds_up_and_periods_follow(
    partner: Partner, seed: int
) -> None:
    luck = random.Random(seed)  # noqa: S311
    first = date(2026, 1, 1)
    for _n in range(60):
        on = first + timedelta(days=luck.randrange(300))
        late = luck.choice([0, 0, 1, 40])
        entry(
            partner,
            luck.choice([-1, 1]) * luck.randrange(1, 10**8),
            on,
            managed=luck.random() < 0.3,
            recorded_at=moment(on + timedelta(days=late)),
            **({} if luck.random() < 0.5 else {"reason": Reason.CORRECTED}),
        )
    days = [first + timedelta(days=n) for n in (0, 45, 46, 120, 299, 400, 500)]
    ends = []
    for begins, ends_before in pairwise(days):
        period = Period(
            first=begins,
            last=ends_before - timedelta(days=1),
            known_from=moment(begins),
            known_to=moment(ends_before),
        )
        opening = counted_on(
            partner.pk, begins - timedelta(days=1), known=period.known_from
        )
        closing = counted_on(partner.pk, period.last, known=period.known_to)
        moved = newest_movements(partner.pk, period, limit=1000)
        by_cause = sums_by_cause(partner.pk, period)

        assert opening + moved.sum == closing
        assert sum(one.points for one in moved.movements) == moved.sum
        assert sum(one.points for one in by_cause) == moved.sum
        ends.append((opening, closing))
    assert [closing for _o, closing in ends[:-1]] == [opening for opening, _c in ends[1:]]


def test_the_filter_narrows_the_movements_and_not_the_sums(partner: Partner) -> None:
    entry(partner, 7 * MICRO, date(2026, 11, 5))
    entry(partner, -2 * MICRO, date(2026, 11, 8), reason=Reason.CANCELLED)

    page = words(browser_of(partner).get(f"{NOVEMBER}&cause=cancelled"))

    assert "1 movement; page 1 of 1" in page
    assert "was won." not in page
    assert "On 23 November 2026 5.000000" in page


def test_a_cause_that_moved_nothing_says_so(partner: Partner) -> None:
    entry(partner, 7 * MICRO, date(2026, 11, 5))

    page = words(browser_of(partner).get(f"{NOVEMBER}&cause=expired"))

    assert "Nothing moved for this cause." in page


def test_many_movements_have_pages(partner: Partner) -> None:
    for _n in range(52):
        entry(partner, MICRO, date(2026, 11, 5))
    visitor = browser_of(partner)

    first, second = visitor.get(NOVEMBER), visitor.get(f"{NOVEMBER}&page=2")
    beyond = visitor.get(f"{NOVEMBER}&page=99")

    assert main_of(first).count("/receipts/points/") == 50
    assert main_of(second).count("/receipts/points/") == 2
    assert words(beyond) == words(second)


def test_the_download_has_every_movement_with_six_decimals(partner: Partner) -> None:
    entry(partner, 7_000_001, date(2026, 11, 5), source_ref="=D-1/sales_hub")
    entry(partner, -2 * MICRO, date(2026, 11, 8), reason=Reason.CANCELLED)

    response = browser_of(partner).get(
        "/diary/movements.csv?from=2026-11-01&to=2026-11-23"
    )

    text = b"".join(response).decode()
    assert re.search(r"2026-11-05,Deal won,7\.000001,", text)
    assert re.search(r"2026-11-08,Subscription ended,-2,−2 ", text)
    assert len(text.strip().splitlines()) == 3


def test_another_company_s_movements_are_not_there(partner: Partner) -> None:
    entry(PartnerFactory.create(), 7 * MICRO, date(2026, 11, 5))

    page = words(browser_of(partner).get(NOVEMBER))

    assert "Nothing moved in this period." in page
    assert "On 23 November 2026 0.000000" in page


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-11-23&to=2026-11-01",
        "to=2026-11-24",
        "from=yesterday",
        "from=2026-02-30",
        "from=0001-01-01",
        "cause=luck",
        "page=0",
        "page=-1",
        "page=999999999999999999999",
        "cause=won&cause=won",
        "cause=%00",
        "partner=1",
    ],
)
@pytest.mark.parametrize("address", ["/diary/", "/diary/movements.csv"])
def test_refuses_what_it_cannot_read(partner: Partner, address: str, query: str) -> None:
    assert browser_of(partner).get(f"{address}?{query}").status_code == 400


# --- Since the last visit -------------------------------------------------------------


def test_begins_with_the_day_of_the_last_visit(partner: Partner) -> None:
    user = account_of(partner)
    Visit.objects.create(user=user, last_on=date(2026, 11, 20))
    stand(partner, on=TODAY)
    visitor = signed_in(user)

    home, diary = words(visitor.get("/")), words(visitor.get("/diary/"))

    assert "What changed since your last visit Before 20 November 2026" in home
    assert "From 20 November 2026 to 23 November 2026" in diary


def test_a_visit_is_written_once_a_day(partner: Partner) -> None:
    user = account_of(partner)
    Visit.objects.create(user=user, last_on=date(2026, 11, 20))
    visitor = signed_in(user)

    first = count_queries(lambda: visitor.get("/"))
    again = count_queries(lambda: visitor.get("/"))

    visit = Visit.objects.get(user=user)
    assert (visit.last_on, visit.previous_on) == (TODAY, date(2026, 11, 20))
    assert again < first


def test_the_second_look_of_a_day_begins_where_the_first_did(partner: Partner) -> None:
    user = account_of(partner)
    Visit.objects.create(user=user, last_on=TODAY, previous_on=date(2026, 11, 18))
    stand(partner, on=TODAY)

    assert "Before 18 November 2026" in words(signed_in(user).get("/"))


def test_a_first_visit_looks_two_weeks_back(partner: Partner) -> None:
    stand(partner, on=TODAY)

    page = words(browser_of(partner).get("/"))

    assert "What changed lately Before 9 November 2026" in page
    assert "Nothing came and nothing went" in page


def test_home_shows_the_newest_five_between_opening_and_closing(
    partner: Partner,
) -> None:
    entry(partner, 100 * MICRO, date(2026, 3, 1))
    for n in range(7):
        entry(partner, MICRO, date(2026, 11, 10 + n))
    stand(partner, on=TODAY)

    response = browser_of(partner).get("/")

    page = words(response)
    assert "Before 9 November 2026 100.00" in page
    assert main_of(response).count('class="movement"') == 5
    assert "7 movements in the diary 7.00 On 23 November 2026 107.00" in page


def test_staff_are_sent_to_the_back_office() -> None:
    visitor = signed_in(UserFactory.create(auditor=True))

    assert visitor.get("/diary/")["Location"] == "/admin/"


def test_every_reason_of_an_entry_has_a_cause() -> None:
    assert set(Reason.values) < set(MovementCause.values)
