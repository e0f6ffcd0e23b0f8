"""Growth specialists hear of what is registered in their territory and segment (R44)."""

from __future__ import annotations

import pytest

from deals.models import Registration, SpecialistKind
from deals.services.registrations.registering import submit
from deals.services.registrations.reviewing import (
    accept_registration,
    tell_late_registrations,
)
from partners.models import Notification, User
from partners.notifications import words_of
from tests.factories import UserFactory
from tests.factories.registrations import DomainHoldFactory, RegistrationFactory
from tests.factories.specialists import (
    SpecialistAreaFactory,
    SpecialistFactory,
    growth_account,
)
from tests.integration.pages import NOON, TODAY, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

IN_TERRITORY = "deals.registered_in_territory"
TO_REVIEW = "deals.registration_to_review"


def submitted(**facts: object) -> Registration:
    draft = RegistrationFactory.create(country="DE", segment="mid_market", **facts)
    return submit(registration_id=draft.pk, actor=draft.created_by, at=NOON, today=TODAY)


def contested() -> Registration:
    """Return one in review: somebody else holds its domain."""
    held = DomainHoldFactory.create()
    return submitted(domains=[held.domain.name])


def told(kind: str) -> set[User]:
    rows = Notification.objects.filter(kind=kind, done_at=None).select_related("user")
    return {each.user for each in rows}


def works_in(user: User, **area: str) -> User:
    SpecialistAreaFactory.create(specialist=user.specialists.get(), **area)
    return user


def test_of_a_registration_in_the_own_territory_and_segment() -> None:
    everywhere, here = growth_account(""), growth_account("DE")
    works_in(segment := growth_account(), territory="DE", segment="mid_market")
    works_in(other := growth_account(), territory="DE", segment="enterprise")
    growth_account("FR")
    SpecialistFactory.create(kind=SpecialistKind.GROWTH)

    registration = contested()

    assert registration.state == Registration.State.SUBMITTED
    growth = {each for each in told(TO_REVIEW) if each.staff_role == "growth_specialist"}
    assert growth == {everywhere, here, segment}
    assert other not in growth


def test_who_is_told_opens_what_it_is_about() -> None:
    here = growth_account("DE")
    contested()

    [news] = here.notifications.filter(kind=TO_REVIEW)

    assert signed_in(here).get(news.path).status_code == 200


def test_an_answer_settles_it_and_a_late_one_is_told_as_well() -> None:
    here, manager = growth_account("DE"), UserFactory.create(programme_manager=True)
    registration = contested()
    assert registration.due_at

    tell_late_registrations(at=registration.due_at, first=0, last=registration.partner_id)

    assert here in told("deals.registration_late")
    accept_registration(
        registration_id=registration.pk, actor=manager, at=NOON, today=TODAY
    )
    assert here not in told(TO_REVIEW) | told("deals.registration_late")


def test_of_one_that_was_accepted_at_once_who_does_not_join_it() -> None:
    """Who was assigned to the deal was told so already."""
    first, second = growth_account("DE"), growth_account("DE")
    gone, elsewhere = growth_account("DE", is_active=False), growth_account("FR")

    registration = submitted()

    assert registration.deal is not None
    assert told("deals.assigned_to_you") == {first}
    assert told(IN_TERRITORY) == {second}
    news = second.notifications.get()
    assert registration.company in words_of(news).title
    assert "Germany, Mid-market" in words_of(news).text
    assert signed_in(second).get(news.path).status_code == 200
    assert not gone.notifications.exists()
    assert not elsewhere.notifications.exists()


def test_who_no_longer_works_as_one_hears_nothing() -> None:
    specialist = growth_account("DE").specialists.get()
    specialist.active = False
    specialist.save()

    contested()

    assert specialist.user not in told(TO_REVIEW)
