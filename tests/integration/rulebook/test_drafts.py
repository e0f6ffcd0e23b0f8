"""A draft: copied, changed value by value, refused by name, withdrawn."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from partners.models import AuditEntry, RulebookEdition, User
from partners.services.rulebook import (
    Changes,
    EditionError,
    InvalidDraftError,
    draft_edition,
    save_draft,
    withdraw_draft,
)
from partners.services.rulebook.drafts import Territory
from program.rulebook import Region, Value, parse_rulebook
from tests.factories import DraftFactory
from tests.hostile import arrangements
from tests.integration.pages import NOON, TODAY
from tests.integration.rulebook.conftest import DAY, RAISED, draft, save

pytestmark = pytest.mark.django_db
State = RulebookEdition.State
ITALY = Territory(code="IT", en="Italy", fr="Italie", region=Region.ASIA)


def test_a_draft_is_the_newest_edition_with_a_name_and_a_day_of_its_own(
    author: User,
) -> None:
    edition = draft(author)

    ours = parse_rulebook(edition.document)
    newest = parse_rulebook(RulebookEdition.objects.get(code="2025-B").document)
    assert (edition.state, edition.author) == (State.DRAFT, author)
    assert (ours.code, ours.title, ours.effective_on) == ("2027-A", "Next", DAY)
    assert (ours.points, ours.table, ours.rules) == (
        newest.points,
        newest.table,
        newest.rules,
    )
    assert AuditEntry.objects.filter(action="partners.edition_drafted").count() == 1


@pytest.mark.parametrize(
    ("code", "title", "day", "name"),
    [
        ("2025-B", "Next", DAY, "edition.code"),
        ("2025-b", "Next", DAY, "edition.code"),
        ("compare", "Next", DAY, "edition.code"),
        ("What-Changes", "Next", DAY, "edition.code"),
        ("2027 A", "Next", DAY, "edition.code"),
        ('"\n[x]', "Next", DAY, "edition.code"),
        ("2027-A", " ", DAY, "edition.title"),
        ("2027-A", "a\x00b", DAY, "edition.title"),
        ("2027-A", "Next", TODAY, "edition.effective_on"),
        ("2027-A", "Next", date(2025, 7, 16), "edition.effective_on"),
    ],
)
def test_what_no_edition_can_be_is_refused_by_name(
    author: User, code: str, title: str, day: date, name: str
) -> None:
    with pytest.raises(InvalidDraftError) as refused:
        draft_edition(
            code=code, title=title, effective_on=day, actor=author, at=NOON, today=TODAY
        )

    assert set(refused.value.errors) == {name}
    assert not RulebookEdition.objects.filter(state=State.DRAFT).exists()


def test_changed_values_are_stored_and_written_down(author: User) -> None:
    edition = save(
        draft(author),
        author,
        Changes(
            values={**RAISED, "commission.rate": "22 %", "edition.title": "Other"},
            units={"CHF": 90},
            territories=(ITALY,),
            dropped=frozenset({"points.units.ZAR", "growth.territories.GR"}),
        ),
    )  # fmt: skip

    rulebook = parse_rulebook(edition.document)
    assert rulebook.commission.rate_bps == 2_200
    assert rulebook.points.units["CHF"] == 9_000
    assert "ZAR" not in rulebook.points.units
    assert (rulebook.is_growth("IT"), rulebook.is_growth("GR")) == (True, False)
    assert edition.title == "Other"
    written = AuditEntry.objects.get(action="partners.edition_changed").changes
    assert written["tiers.thresholds.gold.sold"] == [110, 150]
    assert written["points.units.ZAR"] == [1545, None]


WRONG: dict[str, Value] = {
    "tiers.thresholds.gold.sold": 400,
    "points.rates.sourced": 0,
    "commission.rate": "120 %",
    "usage.breadth_weight": 30,
    "points.units.GBP": "62.505",
    "calendar.evaluation_months": (7, 1),
    "upmarket.minimum": "3000 XYZ",
}


def test_each_wrong_value_is_told_at_its_name(author: User) -> None:
    edition = draft(author)
    before = edition.document

    with pytest.raises(InvalidDraftError) as refused:
        save(edition, author, Changes(values={**WRONG, "commission.motion": "sourced"}))

    # Gold above Platinum is told at Platinum, which is lower.
    told = {"tiers.thresholds.platinum.sold", *WRONG} - {"tiers.thresholds.gold.sold"}
    assert set(refused.value.errors) == told
    edition.refresh_from_db()
    assert edition.document == before


HOSTILE: list[Value] = [
    "", " ", "\x00", "\ud800", '"', "\\", '" }\n[x]\ny = { value = "', "]", "#",
    10**30, -1, True, (), ("",), "9" * 400, "1e5", "NaN", date(2199, 1, 1),
]  # fmt: skip


NAMES = (
    *("points.rates.sourced", "points.units.EUR", "tiers.thresholds.elite.total"),
    *("tiers.sold_basis", "proof.required", "commission.rate"),
    *("commission.first_close_on", "upmarket.minimum", "products.sales_hub.tools"),
    "benefits.pdm.levels",
)


@pytest.mark.hostile
@pytest.mark.parametrize(("turn", "value"), [*enumerate(HOSTILE)])
def test_a_hostile_value_is_refused_or_is_a_value(
    author: User, turn: int, value: Value
) -> None:
    edition = draft(author)
    document, rules = edition.document, parse_rulebook(edition.document).rules

    for names in arrangements(NAMES, str(value), turn=turn):
        errors: dict[str, str] = {}
        try:
            save(edition, author, Changes(values=dict.fromkeys(names, value)))
        except InvalidDraftError as refused:
            errors = refused.errors
        edition.refresh_from_db()

        assert set(errors) <= {*names}
        if edition.document != document:
            assert parse_rulebook(edition.document).rules == rules


def test_a_unit_nobody_knows_and_one_twice_are_refused(author: User) -> None:
    with pytest.raises(InvalidDraftError) as refused:
        save(draft(author), author, Changes(units={"ZZZ": 90, "EUR": 80, 'A"]': 1}))

    assert set(refused.value.errors) == {
        "points.units.ZZZ",
        "points.units.EUR",
        'points.units.A"]',
    }


def test_the_dollar_stays(author: User) -> None:
    with pytest.raises(InvalidDraftError):
        save(draft(author), author, Changes(dropped=frozenset({"points.units.USD"})))


def test_a_draft_keeps_its_code(author: User) -> None:
    with pytest.raises(InvalidDraftError) as refused:
        save(draft(author), author, Changes(values={"edition.code": "2028"}))

    assert set(refused.value.errors) == {"edition.code"}


def test_whoever_saw_an_older_draft_stores_nothing(author: User, second: User) -> None:
    edition = draft(author)
    save(edition, second, Changes(values=RAISED))

    with pytest.raises(EditionError, match="Somebody has changed"):
        save(edition, author, Changes(values={"proof.grace_days": 7}))


def test_a_change_takes_the_rehearsal_back(author: User) -> None:
    edition = DraftFactory.create(rehearsed=True, author=author)

    same = save(edition, author, Changes())
    assert same.state == State.REHEARSED
    changed = save(edition, author, Changes(values=RAISED))

    assert (changed.state, changed.rehearsed_sha256) == (State.DRAFT, "")


def test_a_withdrawn_draft_changes_no_more(author: User) -> None:
    edition = withdraw_draft(
        edition_id=draft(author).pk, reason="Not needed", actor=author, at=NOON
    )

    assert edition.state == State.WITHDRAWN
    assert (
        AuditEntry.objects.get(action="partners.edition_withdrawn").note == "Not needed"
    )
    with pytest.raises(EditionError, match="withdrawn"):
        save(edition, author, Changes(values=RAISED))
    with pytest.raises(EditionError, match="withdrawn"):
        withdraw_draft(edition_id=edition.pk, reason="", actor=author, at=NOON)


def test_a_published_edition_is_no_draft(author: User) -> None:
    edition = RulebookEdition.objects.get(code="2025-B")

    with pytest.raises(EditionError, match="published"):
        save_draft(
            edition_id=edition.pk,
            changes=Changes(values=RAISED),
            seen_sha256=edition.sha256,
            actor=author,
            at=NOON,
            today=TODAY,
        )


# --- Past the services ------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "published", "published_at": NOON},
        {"state": "rehearsed"},
        {"state": "rehearsed", "rehearsed_sha256": "0" * 64},
        {"state": "nonsense"},
    ],
)
def test_the_database_refuses_what_was_not_rehearsed(
    author: User, changes: dict[str, object]
) -> None:
    edition = draft(author)

    with pytest.raises(IntegrityError), transaction.atomic():
        RulebookEdition.objects.filter(pk=edition.pk).update(**changes)


def test_the_database_refuses_to_publish_without_a_second_person(
    author: User, second: User
) -> None:
    edition = DraftFactory.create(rehearsed=True, author=author)
    rows = RulebookEdition.objects.filter(pk=edition.pk)

    for approver in (None, author):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="published", published_at=NOON, approver=approver)
    rows.update(state="published", published_at=NOON, approver=second)

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(title="Changed")
