"""Notes are written for good, tasks are set and ended, and partners see neither."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from outbox import clock
from partners.models import AuditEntry, PartnerNote, PartnerTask
from partners.services.notes import TaskError, end_task, set_task, write_note
from tests.factories import PersonFactory
from tests.integration.admin.conftest import Portfolio, SignIn, url

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def acts(partner_id: int) -> list[str]:
    entries = AuditEntry.objects.filter(partner_id=partner_id, action__regex="note|task")
    return list(entries.order_by("pk").values_list("action", flat=True))


def test_a_note_is_written_from_the_page(as_pdm: Browser, mine: Portfolio) -> None:
    answer = as_pdm.post(
        url(PartnerNote, "add"), {"partner": mine.partner.pk, "text": "  Called Ann. "}
    )

    note = PartnerNote.objects.latest("pk")
    assert answer.status_code == 302
    assert (note.text, note.author, note.partner) == (
        "Called Ann.", mine.pdm, mine.partner,
    )  # fmt: skip
    assert acts(mine.partner.pk) == ["partners.note_written"]


def test_a_note_about_another_portfolio_is_refused(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    before = PartnerNote.objects.count()

    answer = as_pdm.post(
        url(PartnerNote, "add"), {"partner": theirs.partner.pk, "text": "x"}
    )

    assert answer.status_code == 200
    assert PartnerNote.objects.count() == before


def test_a_note_that_says_nothing_is_refused(mine: Portfolio) -> None:
    with pytest.raises(TaskError):
        write_note(partner_id=mine.partner.pk, text=" \n", author=mine.pdm, at=AT)


def test_a_task_is_set_and_ended_once(as_pdm: Browser, mine: Portfolio) -> None:
    due_on = clock.today() + timedelta(days=3)
    as_pdm.post(
        url(PartnerTask, "add"),
        {"partner": mine.partner.pk, "title": "Send the plan", "due_on": str(due_on)},
    )
    task = PartnerTask.objects.latest("pk")
    end = {"action": "end", "_selected_action": task.pk}

    as_pdm.post(url(PartnerTask, "changelist"), end)
    as_pdm.post(url(PartnerTask, "changelist"), end)

    task.refresh_from_db()
    assert task.done_by == mine.pdm
    assert task.done_at is not None
    assert acts(mine.partner.pk) == ["partners.task_set", "partners.task_done"]
    with pytest.raises(TaskError):
        end_task(task_id=task.pk, actor=mine.pdm, at=AT)


def test_a_task_is_not_set_for_a_day_that_is_over(mine: Portfolio) -> None:
    with pytest.raises(TaskError, match="over"):
        set_task(
            partner_id=mine.partner.pk, title="Call", author=mine.pdm, at=AT,
            due_on=TODAY - timedelta(days=1), today=TODAY,
        )  # fmt: skip


def test_a_task_is_done_by_somebody(mine: Portfolio) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerTask.objects.update(done_at=AT)


def test_partners_see_none_of_it(mine: Portfolio, sign_in: SignIn) -> None:
    owner = PersonFactory.create(partner=mine.partner, with_account=True)
    assert owner.user

    assert not PartnerNote.objects.visible_to(owner.user).exists()
    assert not PartnerTask.objects.visible_to(owner.user).exists()
    for page in ("/", "/points/", "/deals/", "/clients/"):
        assert "Mine note" not in sign_in(owner.user).get(page).content.decode()
