"""A draft that somebody else changed meanwhile: submitted, or left by its owner."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from deals.models import Deal, Registration
from deals.pages import registering
from deals.services.registrations.registering import IncompleteError, submit
from partners.models import Partner, Person, Role, User
from tests.factories import PartnerFactory
from tests.factories.registrations import RegistrationFactory
from tests.integration.deals.test_registration_pages import filled_in, page_of
from tests.integration.pages import NOON, TODAY, account_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(payout_currency="EUR")


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role=Role.SALES)


@pytest.fixture
def visitor(seller: User) -> Client:
    return signed_in(seller)


def test_a_second_click_leads_to_what_the_first_one_did(
    visitor: Client, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request submits it between keeping the draft and submitting it."""
    draft = RegistrationFactory.create(partner=partner)

    def twice(**given: Any) -> Registration:
        submit(**given)
        return submit(**given)

    monkeypatch.setattr(registering, "submit", twice)

    answer = visitor.post(page_of(draft, "registration_edit"), filled_in(draft))

    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(draft))
    assert Deal.objects.count() == 1


def test_a_draft_whose_owner_has_left_goes_on_with_another(
    visitor: Client, seller: User, partner: Partner
) -> None:
    draft = RegistrationFactory.create(partner=partner)
    assert draft.owner
    Person.objects.filter(pk=draft.owner.pk).update(left_on=TODAY)
    edit = page_of(draft, "registration_edit")

    kept = visitor.post(edit, filled_in(draft, act="save", need="More"))
    refused = visitor.post(edit, filled_in(draft, owner=""))
    assert (kept.status_code, refused.status_code) == (422, 422)
    draft.refresh_from_db()
    assert draft.need == "A CRM"

    # A form of before, submitted by a program that names nobody.
    with pytest.raises(IncompleteError) as error:
        submit(registration_id=draft.pk, actor=seller, at=NOON, today=TODAY)
    assert error.value.missing == ("owner",)

    assert seller.person
    visitor.post(edit, filled_in(draft, owner=seller.person.pk))
    assert Deal.objects.get().owner == seller.person
