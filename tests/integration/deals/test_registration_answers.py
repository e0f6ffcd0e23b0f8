"""The pages of a registration that was sent: its answer, its list, its receipt."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from deals.models import Deal, Registration, RegistrationAppeal
from deals.services.registrations.reviewing import refuse_registration
from partners.models import Partner, Role, User
from tests.factories import (
    PartnerFactory,
    UserFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.integration.deals.test_registration_pages import filled_in
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    TODAY,
    account_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

NEW = "/deals/register/"
LIST = "/deals/registrations/"
State = Registration.State


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(payout_currency="EUR")


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role=Role.SALES)


@pytest.fixture
def visitor(seller: User) -> Client:
    return signed_in(seller)


def page_of(registration: Registration, name: str = "registration") -> str:
    return reverse(f"deals:{name}", args=[registration.public_id])


# --- Question, refusal, appeal --------------------------------------------------------


def test_only_the_fields_in_question_are_there(visitor: Client, partner: Partner) -> None:
    asked = RegistrationFactory.create(partner=partner, asked=True)
    address = page_of(asked, "registration_edit")

    page = main_of(visitor.get(address))
    assert "Does this address exist?" in page
    assert 'name="email"' in page
    for name in ("company", "domains", "lines-0-amount", "need"):
        assert f'name="{name}"' not in page
    visitor.post(
        address, filled_in(asked, email="new@example.com", company="Other", act="answer")
    )

    before = asked.company
    asked.refresh_from_db()
    assert (asked.state, asked.email) == (State.SUBMITTED, "new@example.com")
    assert asked.company == before


def test_a_refusal_says_what_by_which_clause_and_what_to_do(
    visitor: Client, partner: Partner
) -> None:
    refused = RegistrationFactory.create(partner=partner, in_review=True)
    refuse_registration(
        registration_id=refused.pk,
        code="bad_domain",
        text="This is a wholesaler.",
        clause="3.10",
        actor=UserFactory.create(programme_manager=True),
        at=NOON,
        today=TODAY,
    )

    for address in (page_of(refused), page_of(refused, "registration_receipt")):
        said = words(visitor.get(address))
        assert "bad_domain" in said
        assert "This is a wholesaler." in said
        assert "3.10" in said
    assert "with the domain of the client’s own website" in words(
        visitor.get(page_of(refused))
    )
    page = visitor.post(
        page_of(refused, "registration_appeal"), {"text": "It is not."}, follow=True
    )
    assert RegistrationAppeal.objects.get().text == "It is not."
    assert "48 hours left" in words(page)
    again = visitor.post(page_of(refused, "registration_appeal"), {"text": "No."})
    assert again.status_code == 422


def test_the_clock_says_that_a_promise_is_broken(
    visitor: Client, partner: Partner
) -> None:
    late = RegistrationFactory.create(
        partner=partner, in_review=True, due_at=NOON - timedelta(hours=3)
    )

    assert "late by 3 hours" in words(visitor.get(page_of(late)))
    assert "late by 3 hours" in words(visitor.get(LIST))


def test_the_receipt_shows_rule_and_arithmetic(visitor: Client, partner: Partner) -> None:
    draft = RegistrationFactory.create(partner=partner)
    visitor.post(page_of(draft, "registration_edit"), filled_in(draft))

    said = words(visitor.get(page_of(draft, "registration_receipt")))

    assert "accepted by the rule, at once" in said
    assert "23 November 2026 and 90 days" in said
    assert "21 February 2027" in said
    assert Deal.objects.get().valid_until == date(2027, 2, 21)


# --- Who sees it ----------------------------------------------------------------------


def test_staff_never_see_drafts(partner: Partner) -> None:
    manager = signed_in(UserFactory.create(programme_manager=True))
    draft = RegistrationFactory.create(partner=partner)
    waiting = RegistrationFactory.create(partner=partner, in_review=True)

    assert manager.get(page_of(draft)).status_code == 404
    page = manager.get(page_of(waiting))
    assert page.status_code == 200
    assert "Withdraw" not in main_of(page)


def test_readers_read_and_are_offered_nothing(partner: Partner) -> None:
    reader = signed_in(account_of(partner, role=Role.READER))
    waiting = RegistrationFactory.create(partner=partner, in_review=True)

    for address in (LIST, page_of(waiting)):
        page = main_of(reader.get(address))
        assert '<form method="post"' not in page
        assert NEW not in page


def test_the_list_finds_by_company_deal_and_number(
    visitor: Client, partner: Partner
) -> None:
    one = RegistrationFactory.create(partner=partner, company="Alpha", name="First")
    RegistrationFactory.create(partner=partner, company="Beta", name="Second")
    RegistrationFactory.create(company="Alpha of others", name="First of others")

    for text in ("alpha", "first", one.number, one.number.lower()[:11]):
        page = main_of(visitor.get(LIST, {"q": text}))
        assert "First" in page
        assert "Second" not in page
        assert "of others" not in page
    assert "Second" not in main_of(visitor.get(LIST, {"state": "accepted"}))
    assert visitor.get(LIST, {"sort": "partner"}).status_code == 400


def test_a_longer_list_takes_no_more_queries(visitor: Client, partner: Partner) -> None:
    RegistrationFactory.create(partner=partner, in_review=True)
    visitor.get(LIST)
    few = count_queries(lambda: visitor.get(LIST))
    RegistrationFactory.create_batch(10, partner=partner, in_review=True)

    assert count_queries(lambda: visitor.get(LIST)) == few
