"""What the programme managers are told: refused rows, work that was given up."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from outbox import clock
from outbox import services as outbox
from outbox.models import Job
from partners.models import User
from portal.notices import dead_jobs_are_news, tell_dead_jobs
from tests.factories import UserFactory
from tests.integration.pages import signed_in

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


def kill(number: int, kind: str = "test.kind") -> Job:
    return Job.objects.create(
        kind=kind, key=f"{kind}:{number}", lane="bulk", dead_at=Now()
    )


def test_dead_work_is_told_once_per_kind_and_day(manager: User) -> None:
    finance = UserFactory.create(finance=True)
    first, _second, other = kill(1), kill(2), kill(3, "test.other")
    assert dead_jobs_are_news()

    tell_dead_jobs(at=AT)
    tell_dead_jobs(at=AT)

    assert not dead_jobs_are_news()
    told = manager.notifications.order_by("facts__kind")
    assert [each.path for each in told] == [
        f"/admin/outbox/job/{job.pk}/change/" for job in (first, other)
    ]
    assert signed_in(manager).get(told[0].path).status_code == 200
    assert not finance.notifications.exists()


def test_it_is_settled_when_none_of_it_is_dead_any_more(manager: User) -> None:
    one, two = kill(1), kill(2)
    tell_dead_jobs(at=AT)

    Job.objects.filter(pk=one.pk).update(dead_at=None, done_at=Now())
    assert not dead_jobs_are_news()
    Job.objects.filter(pk=two.pk).update(dead_at=None, done_at=Now())

    assert dead_jobs_are_news()
    tell_dead_jobs(at=AT)
    assert manager.notifications.get().done_at == AT
    assert not dead_jobs_are_news()


def test_nothing_is_put_while_there_is_nobody_to_tell() -> None:
    kill(1)

    assert not dead_jobs_are_news()


def test_the_clock_finds_dead_work_and_it_is_mailed(manager: User) -> None:
    outbox.tick(at=clock.now())
    outbox.run_due()
    kill(1)

    outbox.tick(at=clock.now())
    outbox.run_due()

    messages = [each for each in mail.outbox if each.to == [manager.email]]
    assert ["test.kind" in each.subject for each in messages] == [True]


def test_refused_rows_of_an_import_are_told_once(manager: User, tmp_path: Path) -> None:
    head = "ref,name,membership,country,joined_on,payout_currency,pdm_email,domain"
    rows = "P-1,Aurora,nonsense,FR,2024-01-01,EUR,,"
    (tmp_path / "partners.csv").write_text(f"{head}\n{rows}\n", encoding="utf-8")

    with pytest.raises(CommandError):
        call_command("import_bundle", str(tmp_path), verbosity=0)

    told = manager.notifications.get()
    assert told.kind == "portal.import_refused"
    assert told.facts["refused"] == 1
    assert signed_in(manager).get(told.path).status_code == 200
    outbox.run_due(lane="mail")
    assert len(mail.outbox) == 1


def test_a_dry_run_tells_nobody(manager: User, tmp_path: Path) -> None:
    (tmp_path / "partners.csv").write_text("ref,name\nP-1,Aurora\n", encoding="utf-8")

    with pytest.raises(CommandError):
        call_command("import_bundle", str(tmp_path), dry_run=True, verbosity=0)

    assert not manager.notifications.exists()
