"""Without the benefit nothing new is registered; what there is goes on (R7, R67, R82)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from deals import services
from deals.models import Deal, DomainHold, InvalidTransitionError, Registration
from deals.services.registrations import registering, reviewing
from deals.services.registrations.checking import HoldError, hold_domain
from deals.services.registrations.given import Given
from deals.services.registrations.steps import RegistrationError
from deals.services.sharing import requesting
from partners.models import Partner, User
from tests.factories import (
    BenefitSuspensionFactory,
    DealFactory,
    PartnerFactory,
    UserFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.integration.deals.test_registration_pages import filled_in, page_of
from tests.integration.pages import NOON, TODAY, account_of, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

WHY = "Suspended since 1 November 2026: Two invoices are unpaid."
Act = Callable[[Partner, User], object]


@pytest.fixture
def partner() -> Partner:
    partner = PartnerFactory.create()
    BenefitSuspensionFactory.create(
        partner=partner, from_on=date(2026, 11, 1), reason="Two invoices are unpaid."
    )
    return partner


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role="sales")


def running(partner: Partner) -> Deal:
    return DealFactory.create(
        partner=partner, active_on=TODAY, valid_until=TODAY + timedelta(days=5)
    )


def begin(partner: Partner, seller: User) -> object:
    return registering.begin_registration(
        partner_id=partner.pk, origin="dashboard", given=Given(),
        client_id=None, actor=seller, at=NOON,
    )  # fmt: skip


def submit(partner: Partner, seller: User) -> object:
    draft = RegistrationFactory.create(partner=partner)
    return registering.submit(
        registration_id=draft.pk, actor=seller, at=NOON, today=TODAY
    )


def hold(partner: Partner, seller: User) -> object:
    return hold_domain(
        partner_id=partner.pk, domain="free.com", actor=seller, at=NOON, today=TODAY
    )


def extend(partner: Partner, seller: User) -> object:
    return services.extend_deal(
        deal_id=running(partner).pk, on=TODAY, actor=seller, at=NOON
    )


def ask(partner: Partner, seller: User) -> object:
    return requesting.ask(
        deal_id=running(partner).pk, kind="demo", text="Help", plan=None, actor=seller,
        at=NOON, today=TODAY,
    )  # fmt: skip


NEW: list[tuple[Act, type[Exception]]] = [
    (begin, RegistrationError),
    (submit, RegistrationError),
    (hold, HoldError),
    (extend, InvalidTransitionError),
    (ask, requesting.RequestError),
]


@pytest.mark.parametrize(("act", "error"), NEW)
def test_nothing_new_comes_in_and_the_reason_is_said(
    partner: Partner, seller: User, act: Act, error: type[Exception]
) -> None:
    with pytest.raises(error, match=WHY):
        act(partner, seller)
    assert not DomainHold.objects.exists()


@pytest.mark.parametrize(("act", "_error"), NEW)
def test_restored_it_comes_in_again(act: Act, _error: type[Exception]) -> None:
    partner = PartnerFactory.create()
    BenefitSuspensionFactory.create(
        partner=partner, from_on=date(2026, 11, 1), until_on=TODAY, reason="Unpaid."
    )
    assert act(partner, account_of(partner, role="sales"))


def test_what_is_in_review_is_answered_and_decided(
    partner: Partner, seller: User
) -> None:
    asked = RegistrationFactory.create(partner=partner, asked=True)
    registering.answer_question(
        registration_id=asked.pk,
        given=Given(values={"email": "a@prospect.com"}),
        actor=seller, at=NOON, today=TODAY,
    )  # fmt: skip
    manager = UserFactory.create(programme_manager=True)
    done = reviewing.accept_registration(
        registration_id=asked.pk, actor=manager, at=NOON, today=TODAY
    )
    assert done.state == Registration.State.ACCEPTED
    assert done.deal

    won = services.win_deal(
        deal_id=done.deal.pk, closed_on=TODAY, poi_on=TODAY, actor=manager, at=NOON,
        today=TODAY,
    )  # fmt: skip
    assert won.stage == Deal.Stage.WON


def test_the_pages_say_why(partner: Partner, seller: User) -> None:
    visitor = signed_in(seller)
    draft = RegistrationFactory.create(partner=partner)
    edit = page_of(draft, "registration_edit")
    first = {"company": "Example GmbH", "domains": "example.com", "country": "DE"}

    checked = visitor.post("/deals/check/", {"asked": "example.com"})
    held = visitor.post("/deals/holds/", {"domain": "example.com"}, follow=True)
    begun = visitor.post("/deals/register/", first)
    sent = visitor.post(edit, filled_in(draft))

    for page in (visitor.get("/deals/register/"), visitor.get(edit), checked, held):
        assert (page.status_code, WHY in words(page)) == (200, True)
    assert "Hold it for 24 hours" not in words(checked)
    for page in (begun, sent):
        assert (page.status_code, WHY in words(page)) == (422, True)
    assert [each.state for each in Registration.objects.all()] == ["draft"]
    assert WHY in words(visitor.get(f"/deals/{running(partner).public_id}/"))
