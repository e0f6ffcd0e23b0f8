"""Asking to join by the company's e-mail domain: confirmed first, then owners decide."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from outbox.models import Job
from outbox.registry import Lane
from outbox.services import drain
from partners.models import (
    AuditEntry,
    Invitation,
    JoinQuestion,
    JoinRequest,
    Notification,
    Partner,
    Role,
    User,
)
from partners.services.free_mail import FREE_MAIL
from partners.services.joining import (
    JoinError,
    approve_join,
    company_of,
    delete_old_questions,
    refuse_join,
)
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
        f"a@{'İ' * 60}.{'İ' * 60}.{'İ' * 60}.{'İ' * 60}.example",
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


def test_neither_the_link_nor_the_queue_names_anybody(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    ask("noor@aurora.example", first_name="Noor", last_name="Haddad")
    job = Job.objects.get(kind="partners.join_letter")
    token = link_of(mailoutbox).split("/")[2]

    assert list(job.payload) == ["question_id"]
    kept = f"{job.key} {job.payload}".lower()
    assert not [word for word in ("noor", "haddad", "aurora") if word in kept]
    assert hashlib.sha256(b"noor@aurora.example").hexdigest()[:32] not in kept
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert token not in str(JoinQuestion.objects.values().get())


def test_an_address_is_kept_no_longer_than_its_link(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    ask("noor@aurora.example")
    ask("somebody@nowhere.example")
    drain(lane=Lane.MAIL)
    assert [each.email for each in JoinQuestion.objects.all()] == ["noor@aurora.example"]

    assert delete_old_questions(at=NOON + timedelta(days=1)) == 0
    assert delete_old_questions(at=NOON + timedelta(days=2)) == 1


def test_a_letter_that_waited_too_long_is_not_sent(
    company: Partner, mailoutbox: list[EmailMessage]
) -> None:
    ask("noor@aurora.example")

    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        drain(lane=Lane.MAIL)

    assert not mailoutbox


def test_a_link_outlives_a_new_secret_key(
    company: Partner, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    ask("noor@aurora.example")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one, of fifty letters and more, for this test"

    assert Client().get(link_of(mailoutbox)).status_code == 200


@pytest.mark.parametrize("change", ["x{}", "{}x", "x", "a:b:c", "%00"])
def test_a_link_nobody_wrote_confirms_nothing(
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
