"""Publishing: by a second person, as rehearsed, for good, with a letter to everybody."""

from __future__ import annotations

from datetime import date

import pytest

from outbox.models import Job
from outbox.services import run_due
from partners.models import AuditEntry, Notification, RulebookEdition, User
from partners.notifications import words_of
from partners.selectors import edition_on
from partners.services.rulebook import (
    Changes,
    EditionError,
    draft_edition,
    publish_edition,
    rehearse_edition,
    write_letters,
)
from portal.models import Outlook
from portal.rehearsals import queue_rehearsals
from tests.factories import PersonFactory
from tests.integration.pages import NOON, TODAY, account_of
from tests.integration.rulebook.conftest import DAY, RAISED, draft, partner_with, save

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]
State = RulebookEdition.State


def rehearsed(author: User, **changes: object) -> RulebookEdition:
    edition = draft(author, **changes)
    rehearse_edition(edition_id=edition.pk, actor=author, at=NOON, today=TODAY)
    run_due()
    edition.refresh_from_db()
    return edition


def publish(
    edition: RulebookEdition, actor: User, *, today: date = TODAY
) -> RulebookEdition:
    return publish_edition(edition_id=edition.pk, actor=actor, at=NOON, today=today)


def test_a_second_person_publishes_what_was_rehearsed(author: User, second: User) -> None:
    edition = publish(rehearsed(author, values=RAISED), second)

    assert (edition.state, edition.approver, edition.published_at) == (
        State.PUBLISHED,
        second,
        NOON,
    )
    assert edition_on(DAY).code == "2027-A"
    assert edition_on(date(2027, 1, 15)).code == "2025-B"
    written = AuditEntry.objects.get(action="partners.edition_published")
    assert written.changes == {"state": ["rehearsed", "published"]}


def test_nobody_who_wrote_any_of_it_publishes_it(author: User, second: User) -> None:
    edition = draft(author)
    edition = save(edition, second, Changes(values=RAISED))
    rehearse_edition(edition_id=edition.pk, actor=author, at=NOON, today=TODAY)

    for writer in (author, second):
        with pytest.raises(EditionError, match="Who wrote"):
            publish(edition, writer)


def test_a_draft_is_rehearsed_first(author: User, second: User) -> None:
    with pytest.raises(EditionError, match="rehearse it"):
        publish(draft(author), second)


def test_what_changed_since_the_rehearsal_is_rehearsed_again(
    author: User, second: User
) -> None:
    edition = save(rehearsed(author), author, Changes(values=RAISED))

    with pytest.raises(EditionError, match="rehearse it"):
        publish(edition, second)


def test_no_edition_begins_today(author: User, second: User) -> None:
    with pytest.raises(EditionError, match="in the future"):
        publish(rehearsed(author), second, today=DAY)


def test_another_edition_meanwhile_needs_another_rehearsal(
    author: User, second: User
) -> None:
    first = rehearsed(author)
    later = draft_edition(
        code="2027-B",
        title="Later",
        effective_on=date(2027, 7, 16),
        actor=author,
        at=NOON,
        today=TODAY,
    )
    rehearse_edition(edition_id=later.pk, actor=author, at=NOON, today=TODAY)
    publish(first, second)

    with pytest.raises(EditionError, match="since the rehearsal"):
        publish(later, second)


def test_publishing_twice_is_refused(author: User, second: User) -> None:
    edition = publish(rehearsed(author), second)

    with pytest.raises(EditionError, match="never changes"):
        publish(edition, second)


# --- The letters ------------------------------------------------------------------------


def letters(user: User) -> list[Notification]:
    return list(Notification.objects.filter(user=user, kind="partners.edition_published"))


def test_every_account_gets_its_own_letter_once(author: User, second: User) -> None:
    falling = partner_with(sourced=120, managed=300)
    staying = partner_with(sourced=160, managed=300)
    provider = partner_with(provider=True)
    people = {partner: account_of(partner) for partner in (falling, staying, provider)}
    left = PersonFactory.create(partner=falling, with_account=True, left=True).user
    assert left
    edition = publish(rehearsed(author, values=RAISED), second)

    run_due()
    write_letters(
        edition_id=edition.pk,
        baseline_id=RulebookEdition.objects.get(code="2025-B").pk,
        first=falling.pk,
        last=provider.pk,
        at=NOON,
        today=TODAY,
    )

    (letter,) = letters(people[falling])
    assert letter.partner == falling
    assert letter.path == "/rulebook/what-changes/?to=2027-A"
    words = words_of(letter)
    assert words.title == "New rules from 16 January 2027: edition 2027-A"
    assert "you reach Gold by the rules until then, and no tier by the new" in words.text
    assert "For Gold you are 30.00 short: sold points." in words.text
    (other,) = letters(people[staying])
    assert "nothing changes for you: Gold." in words_of(other).text
    (third,) = letters(people[provider])
    assert words_of(third).text == "You are a provider: no tier applies to you."
    assert letters(left) == []


def test_home_is_rehearsed_anew_at_once(author: User, second: User) -> None:
    """The evaluation of 15 July 2027 may be the next: nobody waits for the night."""
    first, other = partner_with(sourced=400, managed=60), partner_with(sourced=120)
    edition = publish(rehearsed(author, values=RAISED), second)
    Outlook.objects.all().delete()

    run_due()
    rows = Outlook.objects.order_by("pk")
    assert {row.partner for row in rows} == {first, other}
    assert {row.as_of for row in rows} == {TODAY}
    put = Job.objects.filter(kind="portal.rehearse").values_list("key", flat=True)
    assert list(put) == [f"rehearse:edition:{edition.pk}:{first.pk}"]

    queue_rehearsals(edition_id=edition.pk)
    assert Job.objects.filter(kind="portal.rehearse").count() == 1
