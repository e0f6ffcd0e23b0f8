"""Requests on a deal: what a waiver takes, who answers, what follows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deals.models import Assignment, Deal, DealRequest, SpecialistKind
from deals.services.sharing import requesting
from deals.services.sharing.requesting import Plan, RequestError
from partners.models import AuditEntry, Notification, Partner, User
from tests.factories import (
    CertificationFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PersonFactory,
)
from tests.factories.specialists import (
    SpecialistAreaFactory,
    SpecialistFactory,
    growth_account,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
TODAY = date(2026, 1, 15)
PLAN = Plan(
    hours=40, from_on=date(2026, 2, 1), until_on=date(2026, 4, 1), client_agrees=True
)


def certify(partner: Partner, **facts: Any) -> None:
    CertificationFactory.create(
        person__partner=partner, earned_on=date(2025, 6, 1), **facts
    )


@pytest.fixture
def deal() -> Deal:
    """Return an open deal of USD 1,000; its partner has a manager, a certification."""
    partner = PartnerFactory.create(with_pdm=True)
    certify(partner)
    return DealLineFactory.create(deal=DealFactory.create(partner=partner)).deal


@pytest.fixture
def seller(deal: Deal) -> User:
    user = PersonFactory.create(
        partner=deal.partner, role="sales", with_account=True
    ).user
    assert user is not None
    return user


@pytest.fixture
def growth() -> User:
    return growth_account("")


def ask(deal: Deal, actor: User, kind: str = "demo", **facts: Any) -> DealRequest:
    plan = facts.pop("plan", PLAN if kind == "waiver" else None)
    return requesting.ask(
        deal_id=deal.pk, kind=kind, text=facts.pop("text", "Please"), plan=plan,
        actor=actor, at=AT, today=TODAY,
    )  # fmt: skip


def decide(request: DealRequest, actor: User, **facts: Any) -> DealRequest:
    given = {"approve": True, "answer": "Yes.", "today": TODAY, **facts}
    return requesting.decide(request_id=request.pk, actor=actor, at=AT, **given)


def told(kind: str) -> list[User]:
    return [each.user for each in Notification.objects.filter(kind=kind)]


def test_a_request_tells_the_vendor_and_its_answer_the_partner(
    deal: Deal, seller: User, growth: User
) -> None:
    request = ask(deal, seller)

    assert request.due_at == AT + timedelta(hours=48)
    assert told("deals.request_asked") == [deal.partner.pdm]
    decide(request, growth, approve=False, answer="Not this month.")
    request.refresh_from_db()
    assert (request.state, request.decided_by) == ("refused", growth)
    assert told("deals.request_answered") == [seller]
    assert Notification.objects.get(kind="deals.request_asked").done_at == AT
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"deals.request_asked", "deals.request_refused"} <= acts


def test_one_of_a_kind_at_a_time(deal: Deal, seller: User) -> None:
    request = ask(deal, seller)
    with pytest.raises(RequestError):
        ask(deal, seller)
    requesting.withdraw(request_id=request.pk, actor=seller, at=AT)
    with pytest.raises(RequestError):
        requesting.withdraw(request_id=request.pk, actor=seller, at=AT)
    assert ask(deal, seller).state == "open"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_is_asked_without_words(deal: Deal, seller: User, text: str) -> None:
    with pytest.raises(RequestError):
        ask(deal, seller, text=text)


# --- The waiver -----------------------------------------------------------------------


def test_a_waiver_is_asked_for_approved_and_revoked(
    deal: Deal, seller: User, growth: User
) -> None:
    request = ask(deal, seller, "waiver")
    decide(request, growth)

    request.refresh_from_db()
    assert request.runs_on(date(2026, 2, 1))
    assert not request.runs_on(date(2026, 4, 1))
    with pytest.raises(RequestError):
        ask(deal, seller, "waiver")

    requesting.revoke(
        request_id=request.pk, reason="The client asked us.", actor=growth, at=AT
    )
    request.refresh_from_db()
    assert not request.runs_on(date(2026, 2, 1))
    assert told("deals.request_answered") == [seller, seller]
    with pytest.raises(RequestError):
        requesting.revoke(request_id=request.pk, reason="x", actor=growth, at=AT)


@pytest.mark.parametrize(
    "plan",
    [
        None,
        Plan(hours=0, from_on=PLAN.from_on, until_on=PLAN.until_on, client_agrees=True),
        Plan(hours=1, from_on=PLAN.from_on, until_on=PLAN.from_on, client_agrees=True),
        Plan(hours=1, from_on=PLAN.from_on, until_on=PLAN.until_on, client_agrees=False),
    ],
    ids=["none", "hours", "days", "consent"],
)
def test_a_waiver_takes_a_plan_and_the_client(
    deal: Deal, seller: User, plan: Plan | None
) -> None:
    with pytest.raises(RequestError):
        ask(deal, seller, "waiver", plan=plan)


def test_a_provider_gets_no_waiver() -> None:
    deal = DealFactory.create(partner=PartnerFactory.create(provider=True))
    certify(deal.partner)
    actor = PersonFactory.create(partner=deal.partner, with_account=True).user
    assert actor
    with pytest.raises(RequestError):
        ask(deal, actor, "waiver")


@pytest.mark.parametrize(
    "certification",
    [
        None,
        {"expires_on": TODAY},
        {"kind": "software"},
        {"person__left": True},
    ],
    ids=["none", "expired", "another", "of somebody who left"],
)
def test_the_onboarding_must_be_completed(certification: dict[str, Any] | None) -> None:
    deal = DealFactory.create()
    if certification is not None:
        certify(deal.partner, **certification)
    actor = PersonFactory.create(partner=deal.partner, with_account=True).user
    assert actor
    with pytest.raises(RequestError):
        ask(deal, actor, "waiver")


def test_the_conditions_are_asked_again_at_the_approval(
    deal: Deal, seller: User, growth: User
) -> None:
    request = ask(deal, seller, "waiver")
    deal.partner.people.filter(certifications__isnull=False).update(left_on=TODAY)

    with pytest.raises(RequestError):
        decide(request, growth)
    decide(request, growth, approve=False, answer="No certification any more.")


# --- The engineer ---------------------------------------------------------------------


def test_below_the_limit_an_approved_request_brings_an_engineer(
    deal: Deal, seller: User, growth: User
) -> None:
    engineer = SpecialistFactory.create(kind=SpecialistKind.ENGINEER)
    SpecialistAreaFactory.create(specialist=engineer)
    request = ask(deal, seller, "engineer")
    assert not Assignment.objects.exists()

    decide(request, growth)

    found = Assignment.objects.get()
    assert (found.specialist, found.facts["reason"]) == (engineer, "requested")
    with pytest.raises(RequestError):
        ask(deal, seller, "engineer")


def test_from_the_limit_on_nobody_asks_for_an_engineer(seller: User) -> None:
    large = DealFactory.create(partner=seller.partner)
    DealLineFactory.create(deal=large, mrr_minor=300_000)
    with pytest.raises(RequestError):
        ask(large, seller, "engineer")


# --- Over -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["waiver", "reference", "demo", "engineer"])
def test_nothing_is_asked_on_a_deal_that_is_over(
    deal: Deal, seller: User, kind: str
) -> None:
    for end in ("lost", "cancelled"):
        over = DealFactory.create(partner=deal.partner, **{end: True})
        with pytest.raises(RequestError):
            ask(over, seller, kind)


def test_a_won_deal_may_still_ask_for_a_waiver_alone(deal: Deal, seller: User) -> None:
    won = DealFactory.create(partner=deal.partner, won=True)
    assert ask(won, seller, "waiver").pk
    for kind in ("reference", "demo", "engineer"):
        with pytest.raises(RequestError):
            ask(won, seller, kind)


def test_what_is_answered_stays(deal: Deal, seller: User, growth: User) -> None:
    request = ask(deal, seller)
    with pytest.raises(RequestError):
        decide(request, growth, answer=" ")
    decide(request, growth)
    with pytest.raises(RequestError):
        decide(request, growth, approve=False)
    with pytest.raises(RequestError):
        requesting.withdraw(request_id=request.pk, actor=seller, at=AT)
    with pytest.raises(RequestError):
        requesting.revoke(request_id=request.pk, reason="x", actor=growth, at=AT)
