"""A rehearsal: every partner under both editions, in parts, once, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from outbox.services import run_due
from partners.models import (
    Notification,
    RehearsalRow,
    RulebookEdition,
    RulebookRehearsal,
    Standing,
    User,
)
from partners.notifications import words_of
from partners.receipts.changes import why_sentence
from partners.selectors import rehearsed_rules
from partners.services import rulebook, standings
from partners.services.rulebook import Changes, EditionError, rehearse_edition
from tests.integration.pages import NOON, TODAY
from tests.integration.rulebook.conftest import DAY, RAISED, draft, partner_with, save

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]
Change = RehearsalRow.Change


def rehearse(edition: RulebookEdition, actor: User) -> RulebookRehearsal:
    return rehearse_edition(edition_id=edition.pk, actor=actor, at=NOON, today=TODAY)


def why(row: RehearsalRow) -> str:
    before, after = rehearsed_rules(row.rehearsal)
    return why_sentence(row, before=before, after=after)


def test_who_rises_who_falls_and_why(author: User) -> None:
    falling = partner_with(sourced=120, managed=300)
    rising = partner_with(sourced=160, managed=155)
    staying = partner_with(sourced=160, managed=300)
    provider = partner_with(sourced=120, managed=300, provider=True)
    changes = {
        **RAISED,
        "tiers.thresholds.gold.total": 300,
        "tiers.thresholds.platinum.total": 930,
    }
    rehearsal = rehearse(draft(author, values=changes), author)

    run_due()

    rows = {row.partner_id: row for row in rehearsal.rows.select_related("rehearsal")}
    assert {
        pk: (row.tier_now, row.tier_then, row.change) for pk, row in rows.items()
    } == {
        falling.pk: ("gold", "none", Change.FALLS),
        rising.pk: ("none", "gold", Change.RISES),
        staying.pk: ("gold", "gold", Change.SAME),
        provider.pk: ("none", "none", Change.SAME),
    }
    assert why(rows[falling.pk]) == (
        "Gold asks for 150.00 sold points instead of 110.00; 120.00 count."
    )
    assert why(rows[rising.pk]) == (
        "Gold asks for 300.00 points in total instead of 325.00; 315.00 count."
    )
    assert why(rows[staying.pk]) == ""
    rehearsal.refresh_from_db()
    assert (rehearsal.partners, rehearsal.partners_done) == (4, 4)
    assert rehearsal.finished_at is not None


def test_the_reason_names_what_counts_when_that_changes(author: User) -> None:
    partner_with(sourced=120, managed=300)
    edition = draft(author, values={"tiers.sold_basis": ("assisted",)})
    rehearsal = rehearse(edition, author)

    run_due()

    assert why(rehearsal.rows.get()) == (
        "Gold asks for 110.00 sold points; 0.00 count instead of 120.00."
    )


def test_a_managed_minimum_that_begins_to_bind_is_the_reason(author: User) -> None:
    partner_with(sourced=330, managed=20)
    edition = draft(author, values={"tiers.managed_minimum_enforced": False})
    rehearsal = rehearse(edition, author)

    run_due()

    row = rehearsal.rows.get()
    assert row.change == Change.RISES
    assert why(row) == "Gold no longer asks for managed points; 20.00 count."


def test_parts_add_up_and_the_last_one_ends_it(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standings.partner_ranges, "__defaults__", (2,))
    for _number in range(5):
        partner_with()
    edition = draft(author)
    rehearsal = rehearse(edition, author)
    states: list[tuple[int, int, str]] = []

    while run_due(limit=1):
        rehearsal.refresh_from_db()
        edition.refresh_from_db()
        if not states or states[-1][0] != rehearsal.parts_done:
            states.append((rehearsal.parts_done, rehearsal.partners_done, edition.state))

    assert [state for state in states if state[0]] == [
        (1, 2, "draft"),
        (2, 4, "draft"),
        (3, 5, "rehearsed"),
    ]
    assert edition.rehearsed_sha256 == edition.sha256


def test_everybody_who_publishes_is_told_once(author: User, second: User) -> None:
    partner_with(sourced=120, managed=300)
    rehearsal = rehearse(draft(author, values=RAISED), author)

    run_due()

    told = Notification.objects.filter(key=f"rehearsal:{rehearsal.pk}")
    assert {one.user_id for one in told} == {author.pk, second.pk}
    words = words_of(told[0])
    assert "2027-A" in words.title
    assert "1 partner was rehearsed: 0 rise, 1 fall." in words.text


def test_a_part_that_runs_twice_is_refused_whole(author: User) -> None:
    partner = partner_with()
    rehearsal = rehearse(draft(author), author)
    run_due()

    with pytest.raises(IntegrityError), transaction.atomic():
        rulebook.rehearse_part(
            rehearsal_id=rehearsal.pk,
            first=partner.pk,
            last=partner.pk,
            at=NOON,
            today=TODAY,
        )

    rehearsal.refresh_from_db()
    assert (rehearsal.parts_done, rehearsal.partners_done) == (1, 1)


def test_without_partners_there_is_nothing_to_wait_for(author: User) -> None:
    edition = draft(author)

    rehearsal = rehearse(edition, author)

    edition.refresh_from_db()
    assert rehearsal.finished_at == NOON
    assert edition.state == RulebookEdition.State.REHEARSED


def test_a_draft_that_changed_meanwhile_is_not_rehearsed(author: User) -> None:
    partner_with()
    edition = draft(author)
    rehearse(edition, author)
    save(edition, author, Changes(values=RAISED))

    run_due()

    edition.refresh_from_db()
    assert edition.state == RulebookEdition.State.DRAFT


def test_standings_are_of_today_and_stay_as_they_are(author: User) -> None:
    partner = partner_with(sourced=120, managed=300)
    Standing.objects.filter(partner=partner).update(
        as_of=TODAY - timedelta(days=1), sourced=0
    )
    rehearsal = rehearse(draft(author, values=RAISED), author)

    run_due()

    row = rehearsal.rows.get()
    assert (row.as_of, row.sourced) == (TODAY, 120_000_000)
    assert Standing.objects.get(partner=partner).performing_tier == "gold"


def test_one_rehearsal_of_a_text_at_a_time(author: User) -> None:
    partner_with()
    edition = draft(author)
    rehearse(edition, author)

    with pytest.raises(EditionError, match="being rehearsed already"):
        rehearse(edition, author)


def test_what_is_no_draft_or_comes_too_late_is_not_rehearsed(author: User) -> None:
    published = RulebookEdition.objects.get(code="2025-B")
    with pytest.raises(EditionError, match="published"):
        rehearse(published, author)
    late = draft(author)
    with pytest.raises(EditionError, match="in the future"):
        rehearse_edition(edition_id=late.pk, actor=author, at=NOON, today=DAY)


def test_the_database_keeps_progress_honest(author: User) -> None:
    partner_with()
    rehearsal = rehearse(draft(author), author)
    rows = RulebookRehearsal.objects.filter(pk=rehearsal.pk)

    for changes in ({"parts_done": 2}, {"parts_done": 1}, {"finished_at": NOON}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changes)
