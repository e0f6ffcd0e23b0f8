"""When the next digest is due: at seven, where the person lives; once a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from outbox import clock
from outbox import services as outbox
from outbox.models import Job
from outbox.services import JSON
from partners.models import Notification
from partners.services.digests import next_digest, plan_digests
from partners.services.notifications import notify
from tests.factories import NotificationFactory, UserFactory
from tests.integration.outbox.waiting import make_due

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("at", "zone", "mail_choice", "day", "due"),
    [
        ("2026-03-03T06:59", "UTC", "daily", "2026-03-03", "2026-03-03T07:00"),
        ("2026-03-03T07:00", "UTC", "daily", "2026-03-04", "2026-03-04T07:00"),
        # Paris is an hour ahead in winter, two in summer (from 29 March 2026 on).
        ("2026-03-28T12:00", "Europe/Paris", "daily", "2026-03-29", "2026-03-29T05:00"),
        ("2026-03-03T05:30", "Europe/Paris", "daily", "2026-03-03", "2026-03-03T06:00"),
        # In Auckland it is Tuesday already.
        ("2026-03-02T12:00", "Pacific/Auckland", "daily", "2026-03-03",
         "2026-03-02T18:00"),
        ("2026-03-03T12:00", "UTC", "weekly", "2026-03-09", "2026-03-09T07:00"),
        ("2026-03-09T06:00", "UTC", "weekly", "2026-03-09", "2026-03-09T07:00"),
        ("2026-03-09T07:00", "UTC", "weekly", "2026-03-16", "2026-03-16T07:00"),
        # A zone that this machine lacks is the portal's own.
        ("2026-03-03T06:00", "Mars/Olympus", "daily", "2026-03-03", "2026-03-03T07:00"),
    ],
)  # fmt: skip
def test_next_digest(at: str, zone: str, mail_choice: str, day: str, due: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert next_digest(at=moment, time_zone=zone, mail=mail_choice) == (
        date.fromisoformat(day),
        datetime.fromisoformat(due).replace(tzinfo=UTC),
    )


def tell(user_id: int, *, number: int, at: datetime) -> None:
    facts: dict[str, JSON] = {"deal": f"Deal {number}", "client": "C", "currencies": []}
    notify("deals.won", key=f"deal:{number}", user_ids=[user_id], at=at, facts=facts)


def test_one_digest_a_day_tells_all_of_the_day() -> None:
    user = UserFactory.create()
    at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    for number in range(3):
        tell(user.pk, number=number, at=at + timedelta(hours=number))

    assert Job.objects.filter(kind="partners.mail_digest").count() == 1
    outbox.run_due()

    [message] = mail.outbox
    assert "3 pieces of news" in message.body


def test_after_forty_days_without_a_worker_comes_one_digest() -> None:
    user = UserFactory.create()
    today = clock.now()
    for back in range(40, 0, -1):
        tell(user.pk, number=back, at=today - timedelta(days=back))
    assert Job.objects.filter(kind="partners.mail_digest").count() == 40
    # Every beat is doubled on top.
    plan_digests(at=today)
    plan_digests(at=today)

    make_due()
    outbox.run_due()

    [message] = mail.outbox
    assert "40 pieces of news" in message.body
    assert not Notification.objects.waiting_for_digest().exists()
    assert not Job.objects.open().exists()


def test_the_clock_plans_what_was_told_while_the_digest_went_out() -> None:
    told = NotificationFactory.create()
    NotificationFactory.create(mail="never")
    NotificationFactory.create(user__is_active=False)
    outbox.go_live(on=clock.today() - timedelta(days=3))

    outbox.tick(at=clock.now())
    outbox.run_due(lane="mail")

    jobs = Job.objects.filter(kind="partners.mail_digest")
    assert [job.payload["user_id"] for job in jobs] == [told.user.pk]
