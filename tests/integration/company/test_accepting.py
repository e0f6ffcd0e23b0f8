"""An invitation is accepted once, by its link, with a strong password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import (
    AuditEntry,
    Notification,
    Partner,
    Person,
    Role,
    User,
)
from partners.services.invitations import (
    InvitationError,
    accept_invitation,
)
from tests.factories import PartnerFactory, PersonFactory, UserFactory
from tests.factories.people import InvitationFactory
from tests.integration.pages import NOON, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

PASSWORD = "correct horse battery staple"
TYPED = {"password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def company() -> Partner:
    return PartnerFactory.create(name="Aurora & Co")


def accept(token: str, **typed: str) -> tuple[int, str]:
    """Send the page of an invitation from a new browser; return status and address."""
    answer = Client().post(reverse("company:accept", args=[token]), typed)
    return answer.status_code, answer.headers.get("Location", "")


# --- Accepting ------------------------------------------------------------------------


def test_accepting_twice_opens_one_account() -> None:
    invitation = InvitationFactory.create(token="t")

    assert accept("t", **TYPED)[0] == 302
    assert accept("t", password="another password", again="another password")[0] == 404

    user = User.objects.get(email=invitation.email)
    assert user.check_password(PASSWORD)
    assert Person.objects.filter(email=invitation.email).count() == 1


def test_owners_are_told_who_came() -> None:
    invitation = InvitationFactory.create(token="t")

    accept("t", **TYPED)

    told = Notification.objects.get(kind="partners.person_joined")
    assert told.user == invitation.invited_by
    entry = AuditEntry.objects.get(action="partners.invitation_accepted")
    assert entry.actor
    assert entry.actor.email == invitation.email


@pytest.mark.parametrize("after", [timedelta(days=7), timedelta(days=400)])
def test_a_link_is_too_old_after_seven_days(after: timedelta) -> None:
    InvitationFactory.create(token="t", created_at=NOON - after)

    assert accept("t", **TYPED)[0] == 404


def test_a_link_holds_to_the_last_second() -> None:
    last = NOON - timedelta(days=7) + timedelta(seconds=1)
    InvitationFactory.create(token="t", created_at=last)

    assert accept("t", **TYPED)[0] == 302


def test_all_links_that_open_nothing_look_alike() -> None:
    InvitationFactory.create(token="used", accepted_at=NOON)
    InvitationFactory.create(token="withdrawn", revoked_at=NOON)
    InvitationFactory.create(token="old", created_at=NOON - timedelta(days=8))
    tokens = ("used", "withdrawn", "old", "unknown")

    answers = [Client().get(reverse("company:accept", args=[one])) for one in tokens]

    assert {answer.status_code for answer in answers} == {404}
    assert len({words(answer) for answer in answers}) == 1


@pytest.mark.parametrize(
    "token", ["\x00", "a" * 3_000, "%F0%9F", "';--", "\N{PILE OF POO}", "..%2f"]
)
def test_a_hostile_link_is_not_found(token: str) -> None:
    answer = Client().get(f"/invitations/{token}/")

    assert answer.status_code in {400, 404}


@pytest.mark.parametrize(
    "typed",
    [
        {"password": "short", "again": "short"},
        {"password": "password1234", "again": "password1234"},
        {"password": "837465920174", "again": "837465920174"},
        {"password": PASSWORD, "again": "something else here"},
        {"password": PASSWORD},
    ],
)
def test_a_weak_password_is_refused(typed: dict[str, str]) -> None:
    invitation = InvitationFactory.create(token="t")

    assert accept("t", **typed)[0] == 422

    invitation.refresh_from_db()
    assert invitation.accepted_at is None
    assert not User.objects.filter(email=invitation.email).exists()


def test_a_person_the_programme_knows_is_connected(company: Partner) -> None:
    known = PersonFactory.create(
        partner=company, email="known@a.example", role=Role.READER, first_name="Kim"
    )
    InvitationFactory.create(partner=company, email=known.email, token="t", role="sales")

    assert accept("t", **TYPED)[0] == 302

    known.refresh_from_db()
    assert known.user
    assert (known.role, known.first_name) == ("sales", "Kim")


def test_whoever_left_comes_back(company: Partner) -> None:
    left = PersonFactory.create(partner=company, left=True, with_account=True)
    InvitationFactory.create(partner=company, email=left.email, token="t")

    assert accept("t", **TYPED)[0] == 302

    left.refresh_from_db()
    assert left.left_on is None


def test_an_account_keeps_its_password() -> None:
    user = User.objects.create_user("has@a.example", "the password it has had")
    InvitationFactory.create(email=user.email, token="t")

    page = Client().get(reverse("company:accept", args=["t"]))
    assert "keeps its password" in words(page)
    assert accept("t", **TYPED)[0] == 302

    user.refresh_from_db()
    assert user.check_password("the password it has had")


@pytest.mark.parametrize("who", ["staff", "deactivated", "elsewhere"])
def test_who_cannot_come_in(who: str) -> None:
    make: dict[str, Callable[[], str]] = {
        "staff": lambda: UserFactory.create(pdm=True).email,
        "deactivated": lambda: UserFactory.create(is_active=False).email,
        "elsewhere": lambda: PersonFactory.create(with_account=True).email,
    }
    email = make[who]()
    invitation = InvitationFactory.create(email=email, token="t")

    with pytest.raises(InvitationError):
        accept_invitation(token="t", password=PASSWORD, language="en", at=NOON)

    assert accept("t", **TYPED) == (422, "")
    invitation.refresh_from_db()
    assert invitation.accepted_at is None
    assert invitation.partner.people.filter(email=email).count() == 0


def test_the_audit_log_holds_no_secret(company: Partner) -> None:
    InvitationFactory.create(partner=company, token="t-secret")

    accept("t-secret", **TYPED)

    told = str(list(AuditEntry.objects.values("changes", "note", "object_label")))
    assert PASSWORD not in told
    assert "t-secret" not in told
