"""One event told by several processes at once, and one mail sent by several workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.rivals.test_rivals import SETUP, at_once
from tests.live import (
    LiveDatabase,
    live_database,
    live_settings,
    live_stack,
)

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = pytest.mark.processes

RIVALS = 5
EVENTS = 10

MAKE = (
    SETUP
    + """
from partners.models import NotificationPreference, User
for number in range(3):
    user = User.objects.create_user(f"reader{number}@example.com")
    NotificationPreference.objects.create(user=user, kind="deals.won",
                                          mail=("at_once", "daily", "weekly")[number])
"""
)

# Each tells of the same events, then works off what is due, digests included.
RIVAL = (
    SETUP
    + f"""
from django.conf import settings
settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
settings.EMAIL_FILE_PATH = sys.argv[1] + "-mails"
from django.db import transaction
from django.db.models.functions import Now
from outbox import services as outbox
from outbox.models import Job
from partners.models import User
from partners.services.mail import mail_digest
from partners.services.notifications import notify
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
everybody = list(User.objects.order_by("-pk").values_list("pk", flat=True))
for number in range({EVENTS}):
    with transaction.atomic():
        notify("deals.won", key=f"won:{{number}}", user_ids=everybody, at=now,
               facts={{"deal": str(number), "client": "C", "currencies": []}})
monday = today - timedelta(days=today.weekday())
for user_id in everybody:
    mail_digest(user_id=user_id, day=monday, at=now)
outbox.run_due(lane="mail")
"""
)


def test_each_event_is_told_once_and_each_mail_sent_once(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    making = live_database.start("-c", MAKE, piped=True)
    printed, _ = making.communicate()
    assert making.returncode == 0, printed

    at_once(live_database, tmp_path, RIVAL, RIVALS)
    live_database.manage("drain")

    [(told, mailed)] = live_database.rows(
        "SELECT count(*), count(mailed_at) FROM partners_notification"
    )
    assert (told, mailed) == (3 * EVENTS, 3 * EVENTS)
    mails = [
        path.read_text(encoding="utf-8")
        for folder in tmp_path.glob("*-mails")
        for path in folder.iterdir()
    ]
    ids = [
        line.removeprefix("Message-ID: ")
        for text in mails
        for line in text.splitlines()
        if line.startswith("Message-ID: <notification-")
    ]
    assert len(ids) == len(set(ids))
