"""Rehearsing a draft over all partners, in parts, in the background."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

import outbox.services as outbox
from partners import standing_sql
from partners.models import (
    RehearsalRow,
    RulebookEdition,
    RulebookRehearsal,
    StaffRole,
    Standing,
    User,
)
from partners.selectors import parsed
from partners.services import audit
from partners.services.notifications import notify
from partners.services.rulebook.drafts import (
    EditionError,
    day_error,
    locked_draft,
    newest_published,
)
from partners.services.standings import partner_ranges, refresh_standings
from program.rulebook import parse_rulebook

REHEARSAL_DONE = "partners.rehearsal_done"


@transaction.atomic
def rehearse_edition(
    *, edition_id: int, actor: User, at: datetime, today: date
) -> RulebookRehearsal:
    """Begin a rehearsal of a draft as it is now; the outbox works it off.

    Raises `EditionError` for what is no draft, for one that is being rehearsed, and for
    one whose day has passed.
    """
    edition = locked_draft(edition_id)
    baseline = newest_published()
    if refusal := day_error(edition.effective_on, baseline, today):
        raise EditionError(refusal)
    running = RulebookRehearsal.objects.filter(
        edition=edition, sha256=edition.sha256, finished_at=None
    )
    if running.exists():
        raise EditionError(_("This draft is being rehearsed already."))
    parse_rulebook(edition.document)
    ranges = list(partner_ranges())
    rehearsal = RulebookRehearsal.objects.create(
        edition=edition,
        baseline=baseline,
        document=edition.document,
        sha256=edition.sha256,
        requested_by=actor,
        requested_at=at,
        finished_at=None if ranges else at,
        parts=len(ranges),
        partners=Standing.objects.count(),
    )
    audit.record(
        "partners.edition_rehearsed",
        actor=actor,
        at=at,
        partner_id=None,
        of=edition,
        changes={"rehearsal": (None, rehearsal.pk)},
    )
    for first, last in ranges:
        outbox.put(
            "partners.rehearse_part",
            key=f"rehearsal:{rehearsal.pk}:{first}",
            rehearsal_id=rehearsal.pk,
            first=first,
            last=last,
        )
    if not ranges:
        _finish(rehearsal, at=at)
    return rehearsal


@transaction.atomic
def rehearse_part(
    *, rehearsal_id: int, first: int, last: int, at: datetime, today: date
) -> None:
    """Rehearse a range of partners from standings of today; the last part ends it."""
    made = RulebookRehearsal.objects.select_related("baseline").get(pk=rehearsal_id)
    refresh_standings(on=today, first=first, last=last)
    count = standing_sql.rehearse(
        rehearsal_id=rehearsal_id,
        now=parsed(made.baseline.sha256, made.baseline.document),
        then=parsed(made.sha256, made.document),
        first=first,
        last=last,
    )
    # Locked after the work, so that parts run side by side.
    rehearsal = RulebookRehearsal.objects.select_for_update(of=("self",)).get(
        pk=rehearsal_id
    )
    rehearsal.partners_done += count
    rehearsal.parts_done += 1
    if rehearsal.parts_done == rehearsal.parts:
        rehearsal.finished_at = at
        rehearsal.partners = rehearsal.partners_done
    rehearsal.save(
        update_fields=["partners", "partners_done", "parts_done", "finished_at"]
    )
    if rehearsal.finished_at is not None:
        _finish(rehearsal, at=at)


def _finish(rehearsal: RulebookRehearsal, *, at: datetime) -> None:
    """Mark the draft as rehearsed if it still is what was rehearsed, and say so."""
    edition = RulebookEdition.objects.select_for_update(of=("self",)).get(
        pk=rehearsal.edition_id
    )
    if (
        edition.state == RulebookEdition.State.DRAFT
        and edition.sha256 == rehearsal.sha256
    ):
        edition.state = RulebookEdition.State.REHEARSED
        edition.rehearsed_sha256 = rehearsal.sha256
        edition.save(update_fields=["state", "rehearsed_sha256"])
    changes = rehearsal.rows.aggregate(
        rises=Count("pk", filter=Q(change=RehearsalRow.Change.RISES)),
        falls=Count("pk", filter=Q(change=RehearsalRow.Change.FALLS)),
    )
    managers = User.objects.filter(
        is_active=True, is_staff=True, staff_role=StaffRole.PROGRAMME_MANAGER
    )
    notify(
        REHEARSAL_DONE,
        key=f"rehearsal:{rehearsal.pk}",
        user_ids=[
            rehearsal.requested_by_id,
            *managers.order_by("pk").values_list("pk", flat=True),
        ],
        at=at,
        facts={"code": edition.code, "partners": rehearsal.partners_done, **changes},
        path=reverse("admin:partners_rulebookrehearsal_change", args=[rehearsal.pk]),
    )
