"""Asking to join by the company's e-mail domain: confirmed first, then owners decide."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from outbox.models import Job
from outbox.registry import Lane
from outbox.services import drain
from partners.models import (
    AuditEntry,
    Invitation,
    JoinRequest,
    Notification,
    Partner,
    Role,
    User,
)
from partners.services.free_mail import FREE_MAIL
from partners.services.joining import JoinError, approve_join, company_of, refuse_join
from tests.factories import PartnerFactory, PersonFactory, UserFactory
from tests.factories.people import JoinRequestFactory
from tests.integration.pages import NOON, account_of, browser_of, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

DOMAIN = "aurora.example"


@pytest.fixture
def company() -> Partner:
    return PartnerFactory.create(domain=DOMAIN, name="Aurora")


def ask(email: str, **names: str) -> str:
    """Ask to join from a new browser; return where that leads."""
    answer = Client().post("/join/", {"email": email, **names})
    return answer.headers.get("Location", str(answer.status_code))


def link_of(letters: list[EmailMessage]) -> str:
    drain(lane=Lane.MAIL)
    [letter] = letters
    return str(re.findall(r"/join/\S+/", str(letter.body))[0])


# --- Asking ---------------------------------------------------------------------------


def test_from_the_question_to_the_account(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    owner = account_of(company)
    assert ask("Noor@Aurora.Example", first_name="Noor") == "/join/sent/"
    link = link_of(mailoutbox)
    visitor = Client()

    assert visitor.get(link).status_code == 200
    assert not JoinRequest.objects.exists()  # looking into a mail confirms nothing
    assert "with the owners of Aurora" in words(visitor.post(link))

    request = JoinRequest.objects.get()
    assert (request.partner, request.email) == (company, "noor@aurora.example")
    told = Notification.objects.get(kind="partners.join_asked")
    assert told.user == owner
    assert signed_in(owner).get(told.path).status_code == 200

    signed_in(owner).post(told.path, {"role": "services"})
    drain(lane=Lane.MAIL)

    told.refresh_from_db()
    assert told.done_at == NOON
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("noor@aurora.example", "services")
    assert mailoutbox[-1].to == ["noor@aurora.example"]
    assert "/invitations/" in str(mailoutbox[-1].body)


@pytest.mark.parametrize(
    "email",
    [
        "somebody@nowhere.example",
        "somebody@gmail.com",
        "somebody@sub.aurora.example",
        "somebody@aurora.example.evil.example",
        "known@aurora.example",
        "staff@aurora.example",
    ],
)
def test_the_answer_never_tells_whether_there_is_a_company(
    company: Partner, mailoutbox: list[EmailMessage], email: str
) -> None:
    PartnerFactory.create(domain="gmail.com")
    PersonFactory.create(partner=company, email="known@aurora.example", with_account=True)
    UserFactory.create(email="staff@aurora.example", pdm=True)

    assert ask(email) == ask("new@aurora.example") == "/join/sent/"
    drain(lane=Lane.MAIL)

    assert [letter.to for letter in mailoutbox] == [["new@aurora.example"]]


def test_no_free_mail_domain_is_anybodys() -> None:
    for domain in ("gmail.com", "outlook.com", "yahoo.fr", "laposte.net", "gmx.de"):
        PartnerFactory.create(domain=domain)
        assert company_of(f"a@{domain}") is None
    assert all(domain == domain.lower() for domain in FREE_MAIL)


def test_a_domain_of_two_companies_tells_nothing(company: Partner) -> None:
    assert company_of(f"a@{DOMAIN}") == company
    PartnerFactory.create(domain=DOMAIN.upper())

    assert company_of(f"a@{DOMAIN}") is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        "a",
        "a@",
        "@aurora.example",
        "a@b@aurora.example",
        "a\x00@aurora.example",
        "a\r\nBcc: all@aurora.example",
        f"{'a' * 300}@aurora.example",
    ],
)
def test_what_is_no_address_is_refused(company: Partner, email: str) -> None:
    assert ask(email) == "422"
    assert not Job.objects.filter(kind="partners.join_letter").exists()


# --- Confirming -----------------------------------------------------------------------


def test_confirming_twice_asks_once(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    account_of(company)
    ask("noor@aurora.example")
    link = link_of(mailoutbox)

    assert [Client().post(link).status_code for _ in range(3)] == [200] * 3

    assert JoinRequest.objects.count() == 1
    assert Notification.objects.filter(kind="partners.join_asked").count() == 1


def test_a_link_is_too_old_after_two_days(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    ask("noor@aurora.example")
    link = link_of(mailoutbox)

    with time_machine.travel(NOON + timedelta(days=2, seconds=2), tick=False):
        assert Client().post(link).status_code == 404
    assert not JoinRequest.objects.exists()


def test_a_link_that_was_answered_asks_no_more(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    owner = account_of(company)
    ask("noor@aurora.example")
    link = link_of(mailoutbox)
    Client().post(link)
    refuse_join(request_id=JoinRequest.objects.get().pk, actor=owner, at=NOON)

    assert Client().post(link).status_code == 404
    assert JoinRequest.objects.count() == 1


@pytest.mark.parametrize("change", ["x{}", "{}x", "x", "a:b:c", "%00"])
def test_a_link_nobody_signed_confirms_nothing(
    company: Partner, mailoutbox: list[EmailMessage], change: str
) -> None:
    ask("noor@aurora.example")
    token = link_of(mailoutbox).split("/")[2]

    assert Client().post(f"/join/{change.format(token)}/").status_code in {400, 404}
    assert not JoinRequest.objects.exists()


def test_a_company_that_lost_the_domain_gets_nobody(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    ask("noor@aurora.example")
    link = link_of(mailoutbox)
    Partner.objects.update(domain="")

    assert Client().post(link).status_code == 404


# --- Deciding -------------------------------------------------------------------------


def test_an_owner_refuses_and_a_letter_says_so(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    asked = JoinRequestFactory.create(partner=company)
    owner = account_of(company)

    signed_in(owner).post(reverse("company:join_refuse", args=[asked.public_id]))
    drain(lane=Lane.MAIL)

    asked.refresh_from_db()
    assert (asked.decision, asked.decided_by) == ("refused", owner)
    [letter] = mailoutbox
    assert letter.to == [asked.email]
    assert "refused" in str(letter.body)
    assert not Invitation.objects.exists()
    assert AuditEntry.objects.get(action="partners.join_refused").actor == owner


@pytest.mark.parametrize("name", ["company:join_request", "company:join_refuse"])
def test_the_request_to_another_company_is_not_there(company: Partner, name: str) -> None:
    foreign = JoinRequestFactory.create()

    answer = browser_of(company).post(
        reverse(name, args=[foreign.public_id]), {"role": "owner"}
    )

    assert answer.status_code == 404
    foreign.refresh_from_db()
    assert foreign.decided_at is None


@pytest.mark.parametrize("role", [r for r in Role if r != Role.OWNER])
def test_other_roles_decide_nothing(company: Partner, role: Role) -> None:
    asked = JoinRequestFactory.create(partner=company)
    browser = browser_of(company, role=role)

    for name in ("company:join_request", "company:join_refuse"):
        answer = browser.post(reverse(name, args=[asked.public_id]), {"role": "owner"})
        assert answer.status_code == 403
    assert JoinRequest.objects.open().count() == 1


def test_a_request_is_answered_once(company: Partner) -> None:
    owner = account_of(company)
    asked = JoinRequestFactory.create(partner=company)
    refuse_join(request_id=asked.pk, actor=owner, at=NOON)

    with pytest.raises(JoinError):
        approve_join(request_id=asked.pk, role=Role.SALES, actor=owner, at=NOON)
    with pytest.raises(JoinError):
        refuse_join(request_id=asked.pk, actor=owner, at=NOON)
    page = signed_in(owner).get(reverse("company:join_request", args=[asked.public_id]))
    assert "was answered" in words(page)


def test_an_approval_that_fails_decides_nothing(company: Partner) -> None:
    asked = JoinRequestFactory.create(partner=company)
    PersonFactory.create(partner=company, email=asked.email, with_account=True)

    answer = browser_of(company).post(
        reverse("company:join_request", args=[asked.public_id]), {"role": "sales"}
    )

    assert answer.status_code == 422
    asked.refresh_from_db()
    assert asked.decided_at is None


def test_the_database_keeps_a_decision_whole(company: Partner) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        JoinRequestFactory.create(partner=company, decision="approved")
    JoinRequestFactory.create(partner=company, email="a@b.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        JoinRequestFactory.create(partner=company, email="a@b.example")


def test_nobody_is_made_an_account_by_asking(company: Partner) -> None:
    before = User.objects.count()

    ask("noor@aurora.example")
    drain(lane=Lane.MAIL)

    assert User.objects.count() == before
