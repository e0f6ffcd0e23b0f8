"""Publishing an edition: by a second person, once, with a letter to each partner."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import outbox.services as outbox
from partners.models import (
    AuditEntry,
    Partner,
    Person,
    RulebookEdition,
    RulebookRehearsal,
    Standing,
    User,
)
from partners.receipts.changes import change_for
from partners.selectors import parsed
from partners.services import audit
from partners.services.notifications import notify
from partners.services.rulebook.drafts import (
    EditionError,
    day_error,
    locked_draft,
    newest_published,
)
from partners.services.standings import partner_ranges

LETTER: Final = "partners.edition_published"
LETTERS_AT_ONCE: Final = 500
WRITING: Final = ("partners.edition_drafted", "partners.edition_changed")


@transaction.atomic
def publish_edition(
    *, edition_id: int, actor: User, at: datetime, today: date
) -> RulebookEdition:
    """Publish a rehearsed draft; from its day on it holds, and it never changes again.

    Raises `EditionError` for what is not rehearsed as it stands, for whoever wrote any of
    it, for a day that has come, and where another edition was published since the
    rehearsal.
    """
    # Whoever publishes locks the edition that the new one follows: one after the other.
    RulebookEdition.objects.select_for_update(of=("self",)).get(pk=newest_published().pk)
    newest = newest_published()
    edition = locked_draft(edition_id)
    if (
        edition.state != RulebookEdition.State.REHEARSED
        or edition.rehearsed_sha256 != edition.sha256
    ):
        raise EditionError(_("An edition is published as it was rehearsed: rehearse it."))
    if actor.pk in {edition.author_id, *_writers(edition)}:
        raise EditionError(_("Who wrote an edition does not publish it: a second does."))
    if refusal := day_error(edition.effective_on, newest, today):
        raise EditionError(refusal)
    rehearsed = RulebookRehearsal.objects.filter(
        edition=edition,
        sha256=edition.sha256,
        baseline=newest,
        finished_at__isnull=False,
    )
    if not rehearsed.exists():
        raise EditionError(
            _("Another edition was published since the rehearsal: rehearse it again.")
        )
    edition.state = RulebookEdition.State.PUBLISHED
    edition.approver = actor
    edition.published_at = at
    edition.save(update_fields=["state", "approver", "published_at"])
    audit.record(
        "partners.edition_published",
        actor=actor,
        at=at,
        partner_id=None,
        of=edition,
        changes={"state": (RulebookEdition.State.REHEARSED, edition.state)},
    )
    outbox.put(
        "partners.edition_published",
        key=f"edition:{edition.pk}",
        edition_id=edition.pk,
        effective_on=edition.effective_on.isoformat(),
    )
    for first, last in partner_ranges(LETTERS_AT_ONCE):
        outbox.put(
            "partners.write_letters",
            key=f"letters:{edition.pk}:{first}",
            edition_id=edition.pk,
            baseline_id=newest.pk,
            first=first,
            last=last,
        )
    return edition


@transaction.atomic
def write_letters(
    *,
    edition_id: int,
    baseline_id: int,
    first: int,
    last: int,
    at: datetime,
    today: date,
) -> None:
    """Tell each account of the partners of a range what an edition changes for them.

    Once per person and edition, by the notification's key.
    """
    edition = RulebookEdition.objects.published().get(pk=edition_id)
    baseline = RulebookEdition.objects.published().get(pk=baseline_id)
    before = parsed(baseline.sha256, baseline.document)
    after = parsed(edition.sha256, edition.document)
    accounts: dict[int, list[int]] = {}
    people = Person.objects.active().filter(
        partner_id__gte=first,
        partner_id__lte=last,
        user__isnull=False,
        user__is_active=True,
    )
    for partner_id, user_id in people.order_by("pk").values_list("partner_id", "user_id"):
        accounts.setdefault(partner_id, []).append(user_id)
    standings = Standing.objects.in_bulk(accounts)
    for partner in Partner.objects.filter(pk__in=accounts).order_by("pk"):
        standing = standings.get(partner.pk) or Standing(as_of=today)
        standing.partner = partner
        change = change_for(standing, before=before, after=after)
        notify(
            LETTER,
            key=f"edition:{edition.pk}",
            user_ids=accounts[partner.pk],
            at=at,
            partner_id=partner.pk,
            facts={
                "code": edition.code,
                "effective_on": edition.effective_on.isoformat(),
                "provider": change.is_provider,
                "now": change.now,
                "then": change.then,
                "as_of": standing.as_of.isoformat(),
                "short": change.short,
                "constraint": change.constraint,
                "next": change.target,
            },
            path=reverse("partners:rulebook_changes", query={"to": edition.code}),
        )


def _writers(edition: RulebookEdition) -> set[int]:
    """Return who drafted the edition or changed it, from the audit log."""
    acts = AuditEntry.objects.filter(
        object_type=edition._meta.label_lower, object_id=edition.pk, action__in=WRITING
    )
    return set(acts.values_list("actor_id", flat=True))
