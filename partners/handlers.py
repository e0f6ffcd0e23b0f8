"""Work of this app that the outbox runs."""

from __future__ import annotations

import logging
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from outbox import clock
from outbox.registry import Lane, event, handler, periodic, when_needed
from partners import services
from partners.services import joining, letters, list_files, rulebook
from partners.services.audit_seals import entries_wait, heads, seal_entries

logger = logging.getLogger(__name__)

event("partners.membership_changed", lane=Lane.POINTS)
event("partners.edition_published", lane=Lane.BULK)


@handler("partners.refresh_standing", lane=Lane.POINTS)
def refresh_standing(*, partner_id: int, **_future: object) -> None:
    """Bring one partner's standing to today; natural overwrite, so twice is harmless."""
    services.refresh_standings(on=clock.today(), first=partner_id, last=partner_id)


@handler("partners.refresh_standings", lane=Lane.BULK)
def refresh_standings(*, first: int, last: int, **_future: object) -> None:
    """Bring the standings of a range of partners to today; natural overwrite."""
    services.refresh_standings(on=clock.today(), first=first, last=last)


@when_needed("partners.seal_audit", needed=entries_wait, lane=Lane.BULK)
def seal_audit(**_future: object) -> None:
    """Seal what was written down since; an entry is sealed once."""
    seal_entries(at=clock.now())


@periodic("partners.audit_heads", days=clock.every_day, lane=Lane.BULK, ordered=False)
def audit_heads(*, day: str, **_future: object) -> None:
    """Seal what came late, and write the ends of the chains to the log, out of reach.

    A day that was missed names today's ends, which prove the days before as well.
    """
    seal_entries(at=clock.now(), everywhere=True)
    ends = heads()
    # Sealed anew after a crash, the same entries would have other fingerprints.
    transaction.on_commit(lambda: logger.info("Audit log, heads of %s: %s", day, ends))


@handler("partners.mail_notification", lane=Lane.MAIL)
def mail_notification(*, notification: str, **_future: object) -> None:
    """Mail one notification; once, because it is marked as mailed with this job."""
    services.mail_notification(public_id=UUID(notification), at=clock.now())


@handler("partners.mail_digest", lane=Lane.MAIL)
def mail_digest(*, user_id: int, day: str, **_future: object) -> None:
    """Mail what waits for somebody's digest; each thing once, by its mark."""
    services.mail_digest(user_id=user_id, day=date.fromisoformat(day), at=clock.now())


@handler("partners.tell_tiers", lane=Lane.BULK)
def tell_tiers(*, decided_at: str, partners: list[int], **_future: object) -> None:
    """Tell companies what a check of their tier decided; once by the key of each."""
    services.tell_tiers(
        decided_at=datetime.fromisoformat(decided_at),
        partner_ids=partners,
        at=clock.now(),
    )


@periodic("partners.plan_digests", days=clock.every_day, lane=Lane.MAIL, ordered=False)
def plan_digests(*, day: str, **_future: object) -> None:
    """Plan the digests of all for whom something waits; once per person and day."""
    services.plan_digests(at=clock.now())


@handler("partners.invitation_letter", lane=Lane.MAIL)
def invitation_letter(*, invitation_id: int, **_future: object) -> None:
    """Send an invitation, unless it was withdrawn, accepted or too old meanwhile."""
    letters.send_invitation(invitation_id=invitation_id, at=clock.now())


@handler("partners.join_letter", lane=Lane.MAIL)
def join_letter(*, question_id: int, **_future: object) -> None:
    """Ask an address whether it asked to join, if there is a company it may join."""
    letters.send_confirmation(question_id=question_id, at=clock.now())


@periodic(
    "partners.delete_old_join_questions",
    days=clock.every_day,
    lane=Lane.BULK,
    first=date(2026, 11, 26),
    ordered=False,
)
def delete_old_join_questions(**_future: object) -> None:
    """Delete the addresses whose links are too old; twice deletes nothing more."""
    joining.delete_old_questions(at=clock.now())


@handler("partners.join_refused_letter", lane=Lane.MAIL)
def join_refused_letter(*, request_id: int, **_future: object) -> None:
    """Tell somebody that the request to join was refused."""
    letters.send_join_refusal(request_id=request_id)


@handler("partners.rehearse_part", lane=Lane.BULK)
def rehearse_part(*, rehearsal_id: int, first: int, last: int, **_future: object) -> None:
    """Rehearse an edition over a range of partners; once by the rows' unique key."""
    now = clock.now()
    rulebook.rehearse_part(
        rehearsal_id=rehearsal_id,
        first=first,
        last=last,
        at=now,
        today=clock.program_day(now),
    )


@handler("partners.write_letters", lane=Lane.BULK)
def write_letters(
    *, edition_id: int, baseline_id: int, first: int, last: int, **_future: object
) -> None:
    """Tell the partners of a range what an edition changes; once by the letters' key."""
    now = clock.now()
    rulebook.write_letters(
        edition_id=edition_id,
        baseline_id=baseline_id,
        first=first,
        last=last,
        at=now,
        today=clock.program_day(now),
    )


@handler("partners.make_file", lane=Lane.BULK)
def make_file(*, export_id: int, host: str, **_future: object) -> None:
    """Make the file of a list; a finished one is left alone."""
    now = clock.now()
    list_files.make_file(
        export_id=export_id, host=host, at=now, today=clock.program_day(now)
    )


@periodic(
    "partners.delete_expired_files",
    days=clock.every_day,
    lane=Lane.BULK,
    first=date(2026, 11, 1),
    ordered=False,
)
def delete_expired_files(**_future: object) -> None:
    """Delete the files that expired; twice deletes nothing more."""
    list_files.delete_expired(at=clock.now())
