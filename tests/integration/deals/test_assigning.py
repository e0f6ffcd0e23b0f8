"""Who is assigned to a deal when it is made, and by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from deals import services
from deals.models import Assignment, Deal, Specialist, SpecialistAbsence
from partners.models import AuditEntry, Notification, User
from tests.factories import (
    DealFactory,
    DealLineFactory,
    SpecialistAreaFactory,
    SpecialistFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
TODAY = date(2026, 1, 15)


def make_deal(**facts: object) -> Deal:
    return DealFactory.create(client__country="FR", client__segment="small", **facts)


def specialist(kind: str = "growth", territory: str = "", **facts: object) -> Specialist:
    found = SpecialistFactory.create(kind=kind, **facts)
    SpecialistAreaFactory.create(specialist=found, territory=territory)
    return found


def assigned(deal: Deal) -> dict[tuple[str, str], Specialist | None]:
    running = Assignment.objects.running().filter(deal=deal)
    return {(each.kind, each.product_line): each.specialist for each in running}


def test_each_need_gets_somebody_with_the_reason() -> None:
    growth, engineer = specialist(territory="FR"), specialist("engineer")
    product = specialist("product")
    specialist(territory="DE")
    deal = make_deal()
    DealLineFactory.create(deal=deal, product_line="service_hub", mrr_minor=300_000)

    services.assign(deal, at=AT, today=TODAY)

    assert assigned(deal) == {
        ("growth", ""): growth,
        ("product", "service_hub"): product,
        ("engineer", ""): engineer,
    }
    facts = Assignment.objects.get(deal=deal, kind="growth").facts
    assert (facts["rule"], facts["area"]["territory"]) == ("R44", "FR")
    assert facts["passed"] == {"elsewhere": 1}


def test_again_adds_nothing() -> None:
    specialist()
    deal = make_deal()
    for _again in range(2):
        services.assign(deal, at=AT, today=TODAY)
    assert Assignment.objects.count() == 1


def test_nobody_absent_or_full_gets_it_and_the_manager_is_told() -> None:
    SpecialistAbsence.objects.create(
        specialist=specialist(), from_on=TODAY, until_on=date(2026, 1, 16)
    )
    specialist(capacity=0)
    specialist(active=False)
    deal = make_deal(partner__pdm=UserFactory.create(pdm=True))

    services.assign(deal, at=AT, today=TODAY)

    assert assigned(deal) == {("growth", ""): None}
    assert Notification.objects.get(kind="deals.nobody_free").user == deal.partner.pdm


def test_the_rule_tries_again_when_somebody_is_back() -> None:
    deal = make_deal()
    services.assign(deal, at=AT, today=TODAY)
    late = specialist()

    every = {"first": 0, "last": 10**9}
    assert services.assign_waiting(today=TODAY, at=AT, **every) == 1
    assert services.assign_waiting(today=TODAY, at=AT, **every) == 0

    assert assigned(deal) == {("growth", ""): late}


def test_a_full_specialist_has_room_when_a_deal_is_closed() -> None:
    only = specialist(capacity=1)
    first, second = make_deal(), make_deal()
    services.assign(first, at=AT, today=TODAY)
    services.assign(second, at=AT, today=TODAY)
    assert assigned(second) == {("growth", ""): None}

    services.lose_deal(
        deal_id=first.pk, closed_on=TODAY, reason="price", note="", actor=None, at=AT
    )

    assert services.assign_waiting(today=TODAY, at=AT, first=0, last=10**9) == 1
    assert assigned(second) == {("growth", ""): only}


def test_by_hand_is_logged_and_keeps_the_old_row() -> None:
    manager: User = UserFactory.create(programme_manager=True)
    specialist()
    deal = make_deal()
    services.assign(deal, at=AT, today=TODAY)
    old = Assignment.objects.get()
    account = UserFactory.create(growth_specialist=True)
    other = specialist(user=account, capacity=0)

    services.reassign(
        assignment_id=old.pk, specialist_id=other.pk, note="Asked for her.",
        actor=manager, at=AT,
    )  # fmt: skip

    assert assigned(deal) == {("growth", ""): other}
    assert Assignment.objects.count() == 2
    entry = AuditEntry.objects.filter(action="deals.assigned").latest("pk")
    assert (entry.actor, entry.note) == (manager, "Asked for her.")
    assert Notification.objects.get(kind="deals.assigned_to_you").user == account


@pytest.mark.parametrize("case", ["ended", "other kind", "inactive", "the same"])
def test_by_hand_refuses_what_makes_no_sense(case: str) -> None:
    first = specialist()
    deal = make_deal()
    services.assign(deal, at=AT, today=TODAY)
    old = Assignment.objects.get()
    to = {
        "ended": specialist(),
        "other kind": specialist("engineer"),
        "inactive": specialist(active=False),
        "the same": first,
    }[case]
    if case == "ended":
        old.ended_at = AT
        old.save()
    with pytest.raises(services.AssignmentError):
        services.reassign(
            assignment_id=old.pk, specialist_id=to.pk, note="",
            actor=UserFactory.create(programme_manager=True), at=AT,
        )  # fmt: skip
