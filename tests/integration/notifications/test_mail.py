"""Mails: what is in them, in whose language, once, and nobody's name in the log."""

import logging
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from outbox import services as outbox
from outbox.models import Job
from partners.models import Notification, User
from partners.services.mail import MailNotSentError, mail_digest, mail_notification
from partners.services.notifications import notify
from tests.factories import NotificationFactory, PartnerFactory, UserFactory
from tests.integration.outbox.waiting import make_due
from tests.integration.pages import account_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
TUESDAY, MONDAY = date(2026, 3, 3), date(2026, 3, 9)
CURE = {
    "company": "Aurora",
    "tier": "gold",
    "before": "gold",
    "on": "2026-07-15",
    "cause": "certification_expired",
    "protected_until": None,
}


@pytest.fixture(autouse=True)
def _portal_url(settings: Any) -> None:
    settings.PORTAL_URL = "https://portal.example.com"


def sent() -> EmailMultiAlternatives:
    """Return the one mail that was sent."""
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return message


def html_of(message: EmailMultiAlternatives) -> str:
    [(content, kind)] = message.alternatives
    assert kind == "text/html"
    return str(content)


def tell_cure(user: User, **more: Any) -> Notification:
    notify(
        "partners.tier_cure_begun",
        key="cure:1",
        user_ids=[user.pk],
        at=AT,
        facts=CURE,
        path="/points/",
        due_on=date(2026, 8, 15),
        **more,
    )
    return user.notifications.get()


def test_a_mail_says_what_happened_what_to_do_and_where() -> None:
    user = account_of(PartnerFactory.create())
    told = tell_cure(user)

    outbox.run_due()

    message = sent()
    assert message.to == [user.email]
    assert message.subject == (
        "[Partner Portal] Act now: Aurora: to keep Gold, renew a certification"
    )
    address = f"https://portal.example.com/notifications/{told.public_id}/"
    for body in (message.body, html_of(message)):
        assert address in body
        assert "Due by 15 August 2026." in body
        assert "https://portal.example.com/settings/notifications/" in body
    told.refresh_from_db()
    assert told.mailed_at is not None


def test_a_mail_is_in_the_language_of_its_reader() -> None:
    user = account_of(PartnerFactory.create(), language="fr")
    tell_cure(user)

    outbox.run_due()

    assert 'lang="fr"' in html_of(sent())
    assert "15 août 2026" in sent().body


def test_names_in_a_mail_are_text() -> None:
    told = NotificationFactory.create(
        facts={"deal": "<b>Mill</b>\r\nBcc: x@y.example", "client": "A & B"},
        mail="at_once",
    )

    mail_notification(public_id=told.public_id, at=AT)

    assert "\n" not in sent().subject
    assert "<b>Mill</b> Bcc: x@y.example" in sent().subject
    assert "A & B" in sent().body
    assert "&lt;b&gt;Mill&lt;/b&gt;" in html_of(sent())
    assert sent().recipients() == [told.user.email]


def test_a_mail_can_be_ended_with_one_click() -> None:
    user = account_of(PartnerFactory.create())
    tell_cure(user)

    outbox.run_due()

    headers = sent().extra_headers
    assert re.fullmatch(
        r"<https://portal\.example\.com/notifications/unsubscribe/[^/>]+/>",
        headers["List-Unsubscribe"],
    )
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"][1:-1] in html_of(sent())


def test_a_mail_is_sent_once() -> None:
    told = NotificationFactory.create(mail="at_once")

    assert mail_notification(public_id=told.public_id, at=AT)
    assert not mail_notification(public_id=told.public_id, at=AT)

    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "since",
    [{"read_at": AT}, {"done_at": AT}, {"mailed_at": AT}, {"mail": "never"}],
    ids=["read", "done", "mailed", "unsubscribed"],
)
def test_a_mail_that_nobody_needs_any_more_is_not_sent(since: dict[str, Any]) -> None:
    told = NotificationFactory.create(**{"mail": "at_once", **since})

    assert not mail_notification(public_id=told.public_id, at=AT)
    assert mail.outbox == []


def test_who_left_gets_no_mail_about_the_company() -> None:
    partner = PartnerFactory.create()
    user = account_of(partner)
    tell_cure(user, partner_id=partner.pk)
    user.people.update(left_on=date(2026, 3, 2))

    outbox.run_due()

    assert mail.outbox == []


def test_a_closed_account_gets_no_mail() -> None:
    told = NotificationFactory.create(mail="at_once", user__is_active=False)
    NotificationFactory.create(user=told.user)

    assert not mail_notification(public_id=told.public_id, at=AT)
    assert mail_digest(user_id=told.user.pk, day=TUESDAY, at=AT) == 0
    assert mail.outbox == []


def test_a_server_that_refuses_is_tried_again_and_names_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    user = account_of(PartnerFactory.create())
    tell_cure(user)

    def refuse(message: EmailMultiAlternatives, **_options: object) -> int:
        raise SMTPRecipientsRefused({message.to[0]: (450, b"try later")})

    with monkeypatch.context() as patch, caplog.at_level(logging.DEBUG):
        patch.setattr(EmailMultiAlternatives, "send", refuse)
        outbox.run_due()

    job = Job.objects.get(kind="partners.mail_notification")
    assert job.last_error == "MailNotSentError: SMTPRecipientsRefused"
    assert user.email not in caplog.text
    assert user.notifications.get().mailed_at is None

    make_due()
    outbox.run_due()
    assert len(mail.outbox) == 1


def test_a_mail_that_was_sent_before_a_crash_has_the_same_id_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = NotificationFactory.create(mail="at_once")
    send = EmailMultiAlternatives.send

    def send_and_die(message: EmailMultiAlternatives, **options: Any) -> int:
        send(message, **options)
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", send_and_die)
        with pytest.raises(MailNotSentError):
            mail_notification(public_id=told.public_id, at=AT)
    mail_notification(public_id=told.public_id, at=AT)

    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second == f"<notification-{told.public_id}@portal.example.com>"


# --- Digests --------------------------------------------------------------------------


@pytest.fixture
def waiting() -> Callable[..., Notification]:
    """Tell one person more and more."""
    user = UserFactory.create()
    return lambda **facts: NotificationFactory.create(user=user, **facts)


def test_a_digest_tells_everything_that_waits_and_acts_first(
    waiting: Callable[..., Notification],
) -> None:
    news = waiting(facts={"deal": "Mill", "client": "Weaver"})
    waiting(act=True, mail="daily")

    assert mail_digest(user_id=news.user.pk, day=TUESDAY, at=AT) == 2

    body = sent().body
    assert "2 pieces of news" in body
    assert body.index("renew a certification") < body.index("Mill is won")
    assert sent().subject.startswith("[Partner Portal] 2 pieces of news: Aurora")
    assert not Notification.objects.waiting_for_digest().exists()


def test_a_second_digest_finds_nothing_to_tell(
    waiting: Callable[..., Notification],
) -> None:
    user = waiting().user

    mail_digest(user_id=user.pk, day=TUESDAY, at=AT)

    assert mail_digest(user_id=user.pk, day=TUESDAY, at=AT) == 0
    assert len(mail.outbox) == 1


def test_what_is_wanted_weekly_waits_for_monday(
    waiting: Callable[..., Notification],
) -> None:
    weekly, daily = waiting(mail="weekly"), waiting()
    user = weekly.user

    assert mail_digest(user_id=user.pk, day=TUESDAY, at=AT) == 1
    weekly.refresh_from_db()
    daily.refresh_from_db()
    assert (weekly.mailed_at, daily.mailed_at) == (None, AT)

    assert mail_digest(user_id=user.pk, day=MONDAY, at=AT) == 1


@pytest.mark.parametrize(
    "facts",
    [{"read_at": AT}, {"done_at": AT}, {"mail": "never"}, {"mail": "at_once"}],
    ids=["read", "done", "never", "at once"],
)
def test_a_digest_leaves_out_what_is_known_or_unwanted(
    waiting: Callable[..., Notification], facts: dict[str, Any]
) -> None:
    user = waiting(**facts).user

    assert mail_digest(user_id=user.pk, day=MONDAY, at=AT) == 0
    assert mail.outbox == []


def test_a_digest_is_of_one_person_alone(waiting: Callable[..., Notification]) -> None:
    user = waiting().user
    NotificationFactory.create(facts={"deal": "Secret", "client": "Other"})

    assert mail_digest(user_id=user.pk, day=TUESDAY, at=AT) == 1
    assert "Secret" not in sent().body


def test_a_long_digest_names_fifty_and_counts_the_others(
    waiting: Callable[..., Notification],
) -> None:
    for _ in range(53):
        user = waiting().user

    assert mail_digest(user_id=user.pk, day=TUESDAY, at=AT) == 53
    assert sent().body.count(" is won") == 50
    assert "3 more in the portal" in sent().body
