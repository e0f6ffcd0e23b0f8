"""Drafts of registrations: kept, submitted, answered, withdrawn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from deals.models import (
    Deal,
    Registration,
    RegistrationLine,
    RegistrationStep,
)
from deals.services.registrations.given import Given, Line
from deals.services.registrations.registering import (
    DRAFTS_AT_ONCE,
    REQUIRED,
    IncompleteError,
    answer_question,
    begin_registration,
    save_draft,
    submit,
    withdraw_registration,
)
from deals.services.registrations.steps import RegistrationError
from partners.models import Notification, Partner, User
from tests.factories import (
    PartnerFactory,
    PersonFactory,
    UserFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.integration.pages import NOON, TODAY, account_of

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

State = Registration.State


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(with_pdm=True)


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role="sales")


def submitted(draft: Registration, *, by: User | None = None) -> Registration:
    submit(registration_id=draft.pk, actor=by or draft.created_by, at=NOON, today=TODAY)
    return Registration.objects.get(pk=draft.pk)


def codes(registration: Registration) -> list[str]:
    return [each["code"] for each in registration.conflicts]


def told(kind: str) -> set[str]:
    return set(
        Notification.objects.filter(kind=kind).values_list("user__email", flat=True)
    )


def rival_in_review(domain: str) -> None:
    RegistrationFactory.create(domains=[domain], in_review=True)


# --- Drafts ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", REQUIRED)
def test_what_is_missing_is_named_and_nothing_happens(name: str) -> None:
    empty: dict[str, Any] = {
        "domains": [],
        "lines": [],
        "owner": None,
        "expected_close_on": None,
        "data_is_lawful": False,
    }
    draft = RegistrationFactory.create(
        **{"created_by": UserFactory.create(), name: empty.get(name, "")}
    )

    with pytest.raises(IncompleteError) as refused:
        submitted(draft)

    draft.refresh_from_db()
    assert refused.value.missing == (name,)
    assert draft.state == State.DRAFT
    assert not RegistrationStep.objects.exists()


def test_a_product_that_no_edition_has_is_missing() -> None:
    draft = RegistrationFactory.create(lines=[{"product_line": "marketing_hub_2019"}])

    with pytest.raises(IncompleteError) as refused:
        submitted(draft)

    assert refused.value.missing == ("lines",)


def test_a_draft_is_kept_as_it_grows(partner: Partner, seller: User) -> None:
    draft = begin_registration(
        partner_id=partner.pk,
        origin="dashboard",
        given=Given(values={"company": "Example Ltd"}, domains=["example.com"]),
        client_id=None,
        actor=seller,
        at=NOON,
    )

    save_draft(
        registration_id=draft.pk,
        given=Given(
            values={"need": "A CRM", "expected_close_on": date(2027, 1, 1)},
            lines=[
                Line(
                    product_line="sales_hub",
                    edition="starter",
                    mrr_minor=1,
                    currency="JPY",
                )
            ],
        ),
        at=NOON,
    )
    save_draft(registration_id=draft.pk, given=Given(domains=["b.com", "a.com"]), at=NOON)

    kept = Registration.objects.get()
    assert (kept.company, kept.company_key, kept.need) == (
        "Example Ltd",
        "example",
        "A CRM",
    )
    assert kept.owner == seller.person
    names = kept.domains.order_by("pk").values_list("domain__name", flat=True)
    assert list(names) == ["b.com", "a.com"]
    assert RegistrationLine.objects.get().currency == "JPY"


def test_the_deal_owner_works_for_the_company(partner: Partner) -> None:
    draft = RegistrationFactory.create(partner=partner)
    for stranger in (
        PersonFactory.create(),
        PersonFactory.create(partner=partner, left=True),
    ):
        with pytest.raises(RegistrationError):
            save_draft(
                registration_id=draft.pk, given=Given(values={"owner": stranger}), at=NOON
            )


def test_drafts_do_not_fill_the_database(partner: Partner, seller: User) -> None:
    Registration.objects.bulk_create(
        Registration(partner=partner, created_by=seller, created_at=NOON, saved_at=NOON)
        for _number in range(DRAFTS_AT_ONCE)
    )

    with pytest.raises(RegistrationError):
        begin_registration(
            partner_id=partner.pk,
            origin="dashboard",
            given=Given(),
            client_id=None,
            actor=seller,
            at=NOON,
        )


# --- Answering and withdrawing --------------------------------------------------------


def test_an_answer_changes_what_was_asked_about_and_nothing_else(seller: User) -> None:
    asked = RegistrationFactory.create(partner=seller.partner, asked=True)
    later = NOON + timedelta(days=3)

    with pytest.raises(RegistrationError):
        answer_question(
            registration_id=asked.pk,
            given=Given(values={"email": "new@example.com", "company": "Other"}),
            actor=seller,
            at=later,
            today=later.date(),
        )
    answer_question(
        registration_id=asked.pk,
        given=Given(values={"email": "new@example.com"}),
        actor=seller,
        at=later,
        today=later.date(),
    )

    asked.refresh_from_db()
    assert (asked.state, asked.email) == (State.SUBMITTED, "new@example.com")
    assert (asked.open_fields, asked.question) == ([], "")
    assert asked.due_at == later + timedelta(hours=48)


def test_an_answer_is_looked_at_by_a_human_again(seller: User) -> None:
    """The prospect may have become another one; who asked goes on, not the rule."""
    asked = RegistrationFactory.create(
        partner=seller.partner, asked=True, open_fields=["domains"]
    )
    rival_in_review("example.com")

    answer_question(
        registration_id=asked.pk,
        given=Given(domains=["example.com"]),
        actor=seller,
        at=NOON,
        today=TODAY,
    )

    asked.refresh_from_db()
    assert asked.state == State.SUBMITTED
    assert codes(asked) == ["in_review"]


def test_an_answer_that_empties_a_field_is_refused(seller: User) -> None:
    asked = RegistrationFactory.create(partner=seller.partner, asked=True)

    with pytest.raises(IncompleteError):
        answer_question(
            registration_id=asked.pk,
            given=Given(values={"email": ""}),
            actor=seller,
            at=NOON,
            today=TODAY,
        )

    asked.refresh_from_db()
    assert asked.state == State.NEEDS_INFO


@pytest.mark.parametrize("trait", [{}, {"in_review": True}, {"asked": True}])
def test_what_is_not_decided_can_be_withdrawn(trait: dict[str, bool]) -> None:
    registration = RegistrationFactory.create(**trait)
    actor = registration.created_by

    withdraw_registration(registration_id=registration.pk, note="", actor=actor, at=NOON)

    registration.refresh_from_db()
    assert registration.state == State.WITHDRAWN
    with pytest.raises(RegistrationError):
        withdraw_registration(
            registration_id=registration.pk, note="", actor=actor, at=NOON
        )


def test_a_second_click_submits_nothing_twice() -> None:
    draft = RegistrationFactory.create()
    submitted(draft)

    with pytest.raises(RegistrationError):
        submitted(draft)
    assert Deal.objects.count() == 1


def test_a_number_tells_nothing_about_other_registrations() -> None:
    one, other = RegistrationFactory.create(), RegistrationFactory.create()

    assert str(one.pk) != one.number.rpartition("-")[2]
    assert list(Registration.objects.numbered(one.number)) == [one]
    assert list(Registration.objects.numbered(other.number[:8].lower())) == [other]
    for text in ("", "REG", "REG-", "REG-XYZ", "a" * 13):
        assert not Registration.objects.numbered(text)
