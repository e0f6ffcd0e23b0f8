"""The values of a document, one by one: read, changed, added, taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.rehearsal import reason
from program.rulebook import (
    RulebookError,
    Tier,
    entries,
    parse_rulebook,
    shipped_documents,
    with_territory,
    with_unit,
    with_values,
    without_entries,
)
from program.tiers import Constraint, Totals

MICRO = 1_000_000
DOCUMENT = shipped_documents()[-1]
BY_NAME = {entry.name: entry for entry in entries(DOCUMENT)}


def test_every_value_is_read_once_with_what_it_cites() -> None:
    found = entries(DOCUMENT)

    assert len({entry.name for entry in found}) == len(found)
    assert BY_NAME["points.rates.sourced"].value == 5
    assert BY_NAME["points.rates.sourced"].rule == "R20"
    assert BY_NAME["tiers.thresholds.gold.total"].value == 325
    assert BY_NAME["tiers.thresholds.gold.total"].rule == "R13"
    assert BY_NAME["points.units.GBP"].value == "62.50"
    assert BY_NAME["calendar.evaluation_months"].value == (1, 7)


def test_writing_all_values_back_changes_not_a_character() -> None:
    values = {entry.path: entry.value for entry in entries(DOCUMENT)}

    assert with_values(DOCUMENT, values) == DOCUMENT


def test_a_changed_value_leaves_rules_notes_and_comments_alone() -> None:
    changed = with_values(DOCUMENT, {BY_NAME["tiers.thresholds.gold.sold"].path: 120})

    assert parse_rulebook(changed).table.rows_by(Tier.GOLD).sold_minimum == 120 * MICRO
    assert parse_rulebook(changed).rules == parse_rulebook(DOCUMENT).rules
    assert changed.replace("gold = { sold = 120", "gold = { sold = 110") == DOCUMENT


@given(text=st.text(min_size=1, max_size=40))
def test_any_text_stays_a_value_and_never_becomes_a_key(text: str) -> None:
    named = {name: entry.value for name, entry in BY_NAME.items()}
    try:
        changed = with_values(DOCUMENT, {BY_NAME["edition.title"].path: text})
    except RulebookError:
        assert not text.isprintable()
        return

    found = {entry.name: entry.value for entry in entries(changed)}
    assert found == named | {"edition.title": text}


def test_a_currency_and_a_territory_come_and_go() -> None:
    document = with_unit(DOCUMENT, "CHF", worth="90.50", rule="R24")
    document = with_territory(
        document, "IT", en='It"aly', fr="Italie", region="asia", rule="R26"
    )
    document = without_entries(
        document, [("growth", "territories", "GR"), ("points", "units", "ZAR")]
    )

    rulebook = parse_rulebook(document)
    assert rulebook.points.units["CHF"] == 9_050
    assert "ZAR" not in rulebook.points.units
    assert rulebook.growth["IT"].name_en == 'It"aly'
    assert not rulebook.is_growth("GR")


@pytest.mark.parametrize("code", ["", "chf", "C.F", 'C"F', "CHFX", "C\nF", "é€a"])
def test_what_is_no_code_comes_into_no_document(code: str) -> None:
    with pytest.raises(RulebookError, match="is no code"):
        with_unit(DOCUMENT, code, worth=90, rule="R24")
    with pytest.raises(RulebookError, match="is no code"):
        with_territory(DOCUMENT, code, en="X", fr="X", region="asia", rule="R26")


# --- Why a tier changes -----------------------------------------------------------------

RULES = parse_rulebook(DOCUMENT)


def changed(**values: int) -> str:
    return with_values(
        DOCUMENT,
        {
            BY_NAME[f"tiers.thresholds.{name.replace('__', '.')}"].path: value
            for name, value in values.items()
        },
    )


TOTALS = Totals(sourced=120 * MICRO, assisted=200 * MICRO, managed=40 * MICRO)


def test_a_fall_is_for_the_first_minimum_that_the_later_edition_refuses() -> None:
    later = parse_rulebook(changed(gold__managed=50))

    found = reason(
        totals=TOTALS, now=Tier.GOLD, then=Tier.NONE, before=RULES, after=later
    )

    assert found is not None
    assert found.before is not None
    assert found.after is not None
    assert (found.tier, found.constraint) == (Tier.GOLD, Constraint.MANAGED)
    assert (found.before.need, found.after.need) == (38 * MICRO, 50 * MICRO)
    assert found.after.short == 10 * MICRO


def test_a_rise_is_for_the_first_minimum_that_the_earlier_edition_refused() -> None:
    later = parse_rulebook(changed(platinum__sold=115, platinum__managed=38,
                                   platinum__total=340))  # fmt: skip

    found = reason(
        totals=TOTALS, now=Tier.GOLD, then=Tier.PLATINUM, before=RULES, after=later
    )

    assert found is not None
    assert (found.tier, found.constraint) == (Tier.PLATINUM, Constraint.SOLD)


def test_without_a_minimum_that_refuses_the_invitation_decides() -> None:
    totals = Totals(sourced=3_000 * MICRO, managed=9_000 * MICRO)

    found = reason(
        totals=totals, now=Tier.ELITE, then=Tier.DIAMOND, before=RULES, after=RULES
    )

    assert found is not None
    assert (found.tier, found.constraint) == (Tier.ELITE, None)


def test_who_stays_needs_no_reason() -> None:
    assert (
        reason(totals=TOTALS, now=Tier.GOLD, then=Tier.GOLD, before=RULES, after=RULES)
        is None
    )
