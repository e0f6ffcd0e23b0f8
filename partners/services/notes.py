"""Notes and tasks of staff about a partner."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import PartnerNote, PartnerTask, User
from partners.services import audit


class TaskError(ValueError):
    """A task that cannot be set or ended like this."""


@transaction.atomic
def write_note(*, partner_id: int, text: str, author: User, at: datetime) -> PartnerNote:
    """Write a note down for good; a correction is a further note.

    Raises `TaskError` for one that says nothing.
    """
    text = text.strip()
    if not text:
        raise TaskError(_("The note says nothing."))
    note = PartnerNote(partner_id=partner_id, author=author, text=text, at=at)
    note.save()
    audit.record(
        "partners.note_written", actor=author, at=at, partner_id=partner_id, of=note
    )
    return note


@transaction.atomic
def set_task(
    *,
    partner_id: int,
    title: str,
    due_on: date,
    author: User,
    at: datetime,
    today: date,
) -> PartnerTask:
    """Write down what is to be done by a day; `TaskError` for one that is over."""
    title = title.strip()
    if not title:
        raise TaskError(_("The task says nothing."))
    if due_on < today:
        raise TaskError(_("The day is over already."))
    task = PartnerTask.objects.create(
        partner_id=partner_id, title=title, due_on=due_on, author=author, created_at=at
    )
    audit.record("partners.task_set", actor=author, at=at, partner_id=partner_id, of=task)
    return task


@transaction.atomic
def end_task(*, task_id: int, actor: User, at: datetime) -> PartnerTask:
    """Mark a task as done. Raises `TaskError` for one that is done already."""
    task = PartnerTask.objects.select_for_update(of=("self",)).get(pk=task_id)
    if task.done_at is not None:
        raise TaskError(_("The task is done already."))
    task.done_at, task.done_by = at, actor
    task.save(update_fields=["done_at", "done_by"])
    audit.record(
        "partners.task_done", actor=actor, at=at, partner_id=task.partner_id, of=task
    )
    return task
