"""The queue in the admin: to read for some, to retry for fewer, to edit for nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from outbox import services
from outbox.models import Job, PeriodRun
from partners.models import User

pytestmark = pytest.mark.django_db

JOBS = "admin:outbox_job_changelist"
RUNS = "admin:outbox_periodrun_changelist"


def signed_in(role: str, *, is_superuser: bool = False) -> Client:
    user = User.objects.create_user(
        email=f"{role or 'none'}@example.com",
        is_staff=True,
        staff_role=role,
        is_superuser=is_superuser,
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    return signed_in("programme_manager")


@pytest.fixture
def dead(put: Callable[[int], Job]) -> Job:
    job = put(7)
    Job.objects.filter(pk=job.pk).update(
        dead_at=Now(), attempts=5, last_error="ValueError: no such partner"
    )
    return job


def retry(client: Client, *jobs: Job) -> int:
    selected = [str(job.pk) for job in jobs]
    chosen = {"action": "retry_dead", "_selected_action": selected}
    return client.post(reverse(JOBS), chosen).status_code


@pytest.mark.parametrize("listing", [JOBS, RUNS])
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("programme_manager", 200),
        ("auditor", 200),
        ("pdm", 403),
        ("finance", 403),
        ("growth_specialist", 403),
        ("", 302),  # the back office itself lets nobody in without a role
    ],
)
def test_shows_the_lists_to_those_who_answer_for_the_work(
    listing: str, role: str, status: int
) -> None:
    assert signed_in(role).get(reverse(listing)).status_code == status


def test_shows_the_lists_to_superusers() -> None:
    assert signed_in("", is_superuser=True).get(reverse(JOBS)).status_code == 200


def test_a_superuser_who_is_no_staff_is_sent_to_the_sign_in() -> None:
    user = User.objects.create_user(email="root@example.com", is_superuser=True)
    client = Client()
    client.force_login(user)

    assert client.get(reverse(JOBS)).status_code == 302


def test_says_on_top_how_long_the_oldest_has_waited_and_how_many_are_dead(
    manager: Client, put: Callable[[int], Job], dead: Job
) -> None:
    put(1)

    page = manager.get(reverse(JOBS)).content.decode()

    assert "The oldest due job has waited 0:00:0" in page
    assert "1 job is dead." in page


def test_says_so_when_nothing_is_due(manager: Client) -> None:
    assert "Nothing is due." in manager.get(reverse(JOBS)).content.decode()


@pytest.mark.parametrize(
    ("narrowing", "keys"),
    [
        ({"state": "dead"}, ["test.count-7"]),
        ({"state": "done"}, ["test.count-1"]),
        ({"state": "due"}, ["test.count-2"]),
        ({"lane__exact": "points"}, ["test.count-1", "test.count-2", "test.count-7"]),
        ({"lane__exact": "mail"}, []),
        ({"kind": "test.count"}, ["test.count-1", "test.count-2", "test.count-7"]),
        ({"q": "test.count-2"}, ["test.count-2"]),
        ({"q": "no such partner"}, ["test.count-7"]),
    ],
    ids=str,
)
def test_narrows_by_state_lane_kind_and_text(
    manager: Client,
    put: Callable[[int], Job],
    narrowing: dict[str, str],
    keys: list[str],
) -> None:
    put(1)
    services.run_due()
    put(2)
    Job.objects.filter(pk=put(7).pk).update(
        dead_at=Now(), last_error="ValueError: no such partner"
    )

    shown = manager.get(reverse(JOBS), narrowing).context["cl"].queryset

    assert sorted(job.key for job in shown) == keys


def test_nobody_adds_changes_or_deletes(manager: Client, dead: Job) -> None:
    change = reverse("admin:outbox_job_change", args=[dead.pk])

    assert manager.get(reverse("admin:outbox_job_add")).status_code == 403
    assert manager.post(change, {"attempts": "0"}).status_code == 403
    delete = reverse("admin:outbox_job_delete", args=[dead.pk])
    assert manager.post(delete, {"post": "yes"}).status_code == 403
    page = manager.get(change)
    assert page.status_code == 200
    assert "ValueError: no such partner" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


def test_a_superuser_cannot_delete_either(dead: Job) -> None:
    root = signed_in("programme_manager", is_superuser=True)

    selected = {"action": "delete_selected", "_selected_action": [str(dead.pk)]}
    root.post(reverse(JOBS), selected | {"post": "yes"})

    assert Job.objects.filter(pk=dead.pk).exists()


def test_a_programme_manager_retries_dead_jobs_and_it_is_logged(
    manager: Client, dead: Job, put: Callable[[int], Job], ran: list[int]
) -> None:
    waiting = put(1)

    assert retry(manager, dead, waiting) == 302

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(dead.pk), "Retried")
    assert services.run_due() == 2
    assert sorted(ran) == [1, 7]


@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("pdm", 403)])
def test_others_do_not_retry(role: str, status: int, dead: Job) -> None:
    client = signed_in(role)

    # The auditor gets the list, on which there is no such action.
    assert retry(client, dead) == status

    assert Job.objects.dead().count() == 1
    assert not LogEntry.objects.exists()


def test_lists_what_the_clock_has_put(manager: Client) -> None:
    PeriodRun.objects.create(job="test.daily", period="2025-07-15")

    page = manager.get(reverse(RUNS)).content.decode()

    assert "test.daily" in page
