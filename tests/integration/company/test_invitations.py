"""An invitation opens one account at one company, once, for seven days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from outbox.models import Job
from outbox.registry import Lane
from outbox.services import drain
from partners.models import (
    AuditEntry,
    Invitation,
    Partner,
    Person,
    Role,
    User,
)
from partners.services.invitations import (
    InvitationGoneError,
    Invitee,
    invite,
    revoke_invitation,
)
from partners.services.people import leave_company
from partners.services.staff import deactivate_account
from partners.services.team import change_role
from tests.factories import PartnerFactory, PersonFactory
from tests.factories.people import InvitationFactory
from tests.integration.pages import NOON, account_of, browser_of, words

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


# --- Writing one ----------------------------------------------------------------------


def test_an_owner_invites_and_the_letter_opens_the_account(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    owner = account_of(company, language="fr")
    browser = Client()
    browser.force_login(owner)
    form = {
        "email": "New@Aurora.Example",
        "first_name": "Noor",
        "last_name": "Ali",
        "role": "finance",
    }

    answer = browser.post(reverse("company:invite"), form)
    drain(lane=Lane.MAIL)

    assert answer.status_code == 302
    [letter] = mailoutbox
    assert isinstance(letter, EmailMultiAlternatives)
    assert letter.to == ["new@aurora.example"]
    page = str(letter.alternatives[0][0])
    assert '<html lang="fr">' in page
    assert "Aurora &amp; Co" in page
    assert "Aurora & Co" in letter.body
    [path] = set(re.findall(r"/invitations/\w+/", str(letter.body)))
    assert Client().get(path).status_code == 200
    assert accept(path.split("/")[2], **TYPED) == (302, reverse("account_login"))
    person = Person.objects.get(email="new@aurora.example")
    assert (person.partner, person.role, str(person)) == (company, "finance", "Noor Ali")
    assert person.user
    assert person.user.check_password(PASSWORD)
    invitation = Invitation.objects.get()
    assert invitation.accepted_at == NOON


def test_the_secret_of_the_link_is_stored_nowhere(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    browser_of(company).post(
        reverse("company:invite"), {"email": "n@a.example", "role": "sales"}
    )
    drain(lane=Lane.MAIL)
    [token] = set(re.findall(r"/invitations/(\w+)/", str(mailoutbox[0].body)))

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables
            assert token not in str(cursor.fetchall()), table


def test_a_new_invitation_ends_the_older_one(company: Partner) -> None:
    older = InvitationFactory.create(partner=company, email="n@a.example", token="old")

    browser_of(company).post(
        reverse("company:invite"), {"email": "n@a.example", "role": "reader"}
    )

    older.refresh_from_db()
    assert older.revoked_at == NOON
    assert Invitation.objects.open().get().role == "reader"
    assert accept("old", **TYPED)[0] == 404


def test_the_database_keeps_one_open_per_address_and_company(company: Partner) -> None:
    InvitationFactory.create(partner=company, email="n@a.example")

    with pytest.raises(IntegrityError), transaction.atomic():
        InvitationFactory.create(partner=company, email="n@a.example")
    InvitationFactory.create(email="n@a.example")


def test_whoever_has_an_account_here_is_not_invited(company: Partner) -> None:
    PersonFactory.create(partner=company, email="in@a.example", with_account=True)

    answer = browser_of(company).post(
        reverse("company:invite"), {"email": "in@a.example", "role": "sales"}
    )

    assert answer.status_code == 422
    assert "has an account at your company already" in words(answer)
    assert not Invitation.objects.exists()


def test_whoever_works_elsewhere_is_invited_like_a_stranger(company: Partner) -> None:
    elsewhere = PersonFactory.create(with_account=True)
    browser = browser_of(company)
    forms = [{"email": e, "role": "sales"} for e in (elsewhere.email, "x@y.example")]

    answers = [browser.post(reverse("company:invite"), form) for form in forms]

    assert [answer.status_code for answer in answers] == [302, 302]


@pytest.mark.parametrize(
    "form",
    [
        {"email": "not an address", "role": "sales"},
        {"email": "a@b.example\x00", "role": "sales"},
        {"email": "a@b.example", "role": "superuser"},
        {"email": "a@b.example", "role": ""},
        {"email": f"{'a' * 250}@b.example", "role": "sales"},
        {"email": "a@b.example", "role": "sales", "first_name": "a\x00"},
        {"email": "a@b.example", "role": "sales", "last_name": "x" * 101},
        {},
    ],
)
def test_a_form_that_is_wrong_invites_nobody(
    company: Partner, form: dict[str, str]
) -> None:
    answer = browser_of(company).post(reverse("company:invite"), form)

    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_nothing_is_set_that_the_form_does_not_offer(company: Partner) -> None:
    other = PartnerFactory.create()
    form = {
        "email": "a@b.example",
        "role": "sales",
        "partner": str(other.pk),
        "partner_id": str(other.pk),
        "expires_at": "2199-01-01",
        "token": "mine",
    }

    browser_of(company).post(reverse("company:invite"), form)

    invitation = Invitation.objects.get()
    assert invitation.partner == company
    assert invitation.expires_at == NOON + timedelta(days=7)


def test_it_is_written_down(company: Partner) -> None:
    owner = account_of(company)

    invitation = invite(
        partner_id=company.pk,
        invitee=Invitee(email="n@a.example"),
        role=Role.SALES,
        language="en",
        actor=owner,
        at=NOON,
    )

    entry = AuditEntry.objects.get(action="partners.invited")
    assert (entry.actor, entry.partner, entry.object_id) == (
        owner,
        company,
        invitation.pk,
    )
    assert entry.changes == {"role": [None, "sales"]}
    assert Job.objects.filter(kind="partners.invitation_letter").count() == 1


# --- Withdrawing ----------------------------------------------------------------------


def test_a_withdrawn_invitation_opens_nothing(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    invitation = InvitationFactory.create(partner=company, token="t")

    answer = browser_of(company).post(
        reverse("company:revoke", args=[invitation.public_id])
    )

    assert answer.status_code == 302
    assert accept("t", **TYPED)[0] == 404
    assert not User.objects.filter(email=invitation.email).exists()


def test_a_letter_withdrawn_before_it_was_sent_is_not_sent(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    browser = browser_of(company)
    browser.post(reverse("company:invite"), {"email": "n@a.example", "role": "sales"})
    invitation = Invitation.objects.get()
    browser.post(reverse("company:revoke", args=[invitation.public_id]))

    drain(lane=Lane.MAIL)

    assert mailoutbox == []


def test_what_was_accepted_is_not_withdrawn(company: Partner) -> None:
    owner = account_of(company)
    invitation = InvitationFactory.create(partner=company, accepted_at=NOON)

    with pytest.raises(InvitationGoneError):
        revoke_invitation(invitation_id=invitation.pk, actor=owner, at=NOON)


def test_the_invitation_of_another_company_is_not_there(company: Partner) -> None:
    foreign = InvitationFactory.create()

    answer = browser_of(company).post(reverse("company:revoke", args=[foreign.public_id]))

    assert answer.status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


# --- Whoever wrote one is no owner any more ---------------------------------------------


def leaves(writer: Person, boss: User) -> None:
    leave_company(
        person_id=writer.pk, on=NOON.date(), today=NOON.date(), actor=boss, at=NOON
    )


def gets_another_role(writer: Person, boss: User) -> None:
    change_role(person_id=writer.pk, role=Role.READER, actor=boss, at=NOON)


def is_deactivated(writer: Person, boss: User) -> None:
    assert writer.user_id
    deactivate_account(user_id=writer.user_id, actor=boss, at=NOON)


@pytest.mark.parametrize("change", [leaves, gets_another_role, is_deactivated])
def test_an_owner_shown_out_has_no_invitation_left(
    company: Partner, change: Callable[[Person, User], None]
) -> None:
    boss = account_of(company)
    writer = PersonFactory.create(partner=company, with_account=True)
    InvitationFactory.create(partner=company, owner=writer, token="theirs")
    InvitationFactory.create(partner=company, token="another's")

    change(writer, boss)

    assert accept("theirs", **TYPED)[0] == 404
    assert accept("another's", **TYPED)[0] == 302
    assert AuditEntry.objects.get(action="partners.invitation_withdrawn").actor == boss
