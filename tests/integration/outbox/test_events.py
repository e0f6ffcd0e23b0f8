"""Events: any number of followers, each with a row of its own."""

from __future__ import annotations

import pytest
from django.db import transaction

from outbox import registry, services
from outbox.models import Job
from outbox.registry import Lane, RegistrationError, event, follows, handler
from tests.integration.outbox.waiting import make_due

pytestmark = pytest.mark.django_db

HAPPENED = "test.happened"


def happen(number: int = 1) -> None:
    with transaction.atomic():
        services.put(HAPPENED, key=f"happened:{number}", number=number)


def test_an_event_without_followers_is_done_and_nothing_else() -> None:
    event(HAPPENED, lane=Lane.POINTS)
    happen()

    assert services.run_due() == 1
    [row] = Job.objects.with_state()
    assert (row.kind, row.lane, row.state) == (HAPPENED, "points", "done")


def test_each_follower_gets_the_facts_in_a_row_and_lane_of_its_own() -> None:
    told: list[tuple[str, int]] = []
    event(HAPPENED, lane=Lane.POINTS)

    @follows(HAPPENED, kind="test.pay", lane=Lane.MONEY)
    def pay(*, number: int, **_future: object) -> None:
        told.append(("pay", number))

    @follows(HAPPENED, kind="test.tell", lane=Lane.MAIL)
    def tell(*, number: int, **_future: object) -> None:
        told.append(("tell", number))

    happen(7)
    happen(7)
    services.run_due()

    assert sorted(told) == [("pay", 7), ("tell", 7)]
    rows = Job.objects.exclude(kind=HAPPENED).order_by("kind")
    assert [(row.kind, row.lane) for row in rows] == [
        ("test.pay", "money"),
        ("test.tell", "mail"),
    ]


def test_a_follower_that_fails_is_tried_again_without_the_others() -> None:
    told: list[str] = []
    fails = [True]
    event(HAPPENED, lane=Lane.POINTS)

    @follows(HAPPENED, kind="test.pay", lane=Lane.MONEY)
    def pay(**_future: object) -> None:
        if fails:
            fails.clear()
            raise ValueError("no")
        told.append("pay")

    @follows(HAPPENED, kind="test.tell", lane=Lane.MAIL)
    def tell(**_future: object) -> None:
        told.append("tell")

    happen()
    services.run_due()
    assert told == ["tell"]

    make_due()
    services.run_due()
    assert told == ["tell", "pay"]


def test_an_event_whose_row_was_forgotten_may_happen_again() -> None:
    """Done rows are purged; the next row with the key is another event."""
    told: list[str] = []
    event(HAPPENED, lane=Lane.POINTS)

    @follows(HAPPENED, kind="test.tell", lane=Lane.MAIL)
    def tell(**_future: object) -> None:
        told.append("tell")

    happen()
    services.run_due()
    Job.objects.filter(kind=HAPPENED).delete()
    happen()
    services.run_due()

    assert told == ["tell", "tell"]


def test_a_follower_of_no_event_is_refused_when_django_starts() -> None:
    @follows("test.nothing", kind="test.tell", lane=Lane.MAIL)
    def tell(**_future: object) -> None: ...

    with pytest.raises(RegistrationError, match=r"test\.tell follows 'test\.nothing'"):
        registry.refuse_strangers()


def test_an_event_and_work_do_not_share_a_name() -> None:
    event(HAPPENED, lane=Lane.POINTS)

    with pytest.raises(RegistrationError, match="declared already"):
        event(HAPPENED, lane=Lane.POINTS)
    with pytest.raises(RegistrationError, match="declared already"):

        @handler(HAPPENED, lane=Lane.POINTS)
        def run(**_future: object) -> None: ...
