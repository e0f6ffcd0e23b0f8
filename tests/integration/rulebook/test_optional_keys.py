"""Editions stored before a key came: the feature is off, and every page opens."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from partners.admin.rulebook_forms import DraftForm
from partners.models import RulebookEdition, User
from partners.selectors import edition_on
from partners.services.rulebook import draft_edition
from partners.services.tiers.appeals import appeal_window
from program.rulebook import (
    RulebookError,
    absent_entries,
    features_of,
    french_title,
    parse_rulebook,
    shipped_documents,
)
from program.rulebook.optional import FEATURES, OPTIONAL_KEYS
from tests.factories import UserFactory
from tests.factories.rulebook import publish_edition
from tests.integration.pages import NOON, TODAY, browser_of, main_of, words
from tests.integration.portal.at_home import gold_partner

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database,
    pytest.mark.time_machine(NOON, tick=False),
]

HELD_FROM = date(2026, 8, 1)
BEFORE_EVALUATION = date(2027, 1, 10)
SHIPPED = shipped_documents()[-1]
CASES = [*sorted(set(FEATURES.values())), "title_fr"]


def lines_of(case: str) -> list[str]:
    """Return the lines of the shipped edition that an older one lacks."""
    keys = [key.split(".")[1] for key in OPTIONAL_KEYS if FEATURES[key] == case]
    keys = keys or [case]
    lines = [line for key in keys for line in re.findall(rf"(?m)^{key} = .*\n", SHIPPED)]
    assert len(lines) == len(keys)
    return lines


def publish_without(*cases: str) -> RulebookEdition:
    gone = {line: "" for case in cases for line in lines_of(case)}
    return publish_edition(effective_on=HELD_FROM, changes=gone)


@pytest.mark.parametrize("case", CASES)
def test_every_page_opens_with_an_edition_without_it(case: str) -> None:
    edition = publish_without(case)
    partner = gold_partner()
    browser = browser_of(partner)
    assert edition_on(TODAY).code == edition.code

    for address in (
        *("/", "/standing/", "/tier/", "/points/", "/benefits/"),
        reverse("partners:rulebook"),
        reverse("partners:rulebook_edition", args=[edition.code]),
        reverse("partners:rulebook_compare"),
        reverse("partners:rulebook_compare", query={"all": "1"}),
        reverse("partners:rulebook_changes"),
        reverse("portal:rehearsal", args=[partner.public_id]),
    ):
        for language in ("en", "fr"):
            answer = browser.get(address, headers={"accept-language": language})
            assert answer.status_code == 200, (address, language)


@pytest.mark.parametrize("key", OPTIONAL_KEYS)
def test_the_rulebook_page_says_what_holds_without_it(key: str) -> None:
    edition = publish_without(FEATURES[key])
    browser = browser_of(gold_partner())
    page = main_of(browser.get(reverse("partners:rulebook_edition", args=[edition.code])))

    line = re.search(rf'<div id="{re.escape(key)}">(.*?)</div>', page, re.DOTALL)
    assert line is not None
    assert "this edition does not name it" in line[1]


def test_the_comparison_says_what_holds_on_either_side() -> None:
    publish_without("second_factor")
    text = words(browser_of(gold_partner()).get(reverse("partners:rulebook_compare")))
    assert "Everybody signs in with two factors yes no (differs) 3.22" in text


def test_without_its_keys_nobody_appeals() -> None:
    assert appeal_window(BEFORE_EVALUATION) is not None
    publish_without("appeals")
    assert appeal_window(BEFORE_EVALUATION) is None


@pytest.mark.parametrize("key", ["appeal_from_days", "appeal_decide_days"])
def test_appeals_have_both_of_their_keys_or_none(key: str) -> None:
    document = re.sub(rf"(?m)^{key} = .*\n", "", SHIPPED)
    with pytest.raises(RulebookError, match=rf"tiers\.{key}.*appeals need both"):
        parse_rulebook(document)


def test_a_draft_takes_on_what_its_author_chooses() -> None:
    author: User = UserFactory.create(programme_manager=True)
    old = publish_without("appeals", "second_factor", "title_fr")
    assert features_of(old.document) == ("appeals", "second_factor")
    offered = DraftForm()["features"].as_widget()
    assert re.findall(r'value="(\w+)"', offered) == ["appeals", "second_factor"]

    draft = draft_edition(
        code="2027-A", title="Next", title_fr="La prochaine", features=["appeals"],
        effective_on=date(2027, 1, 16), actor=author, at=NOON, today=TODAY,
    )  # fmt: skip

    rulebook = parse_rulebook(draft.document)
    assert rulebook.tiers.appeal_from_days == 30
    assert [entry.key for entry in absent_entries(draft.document)] == [
        "escalation.second_factor_required"
    ]
    with translation.override("fr"):
        assert draft.title_here == "La prochaine"
    assert draft.title_here == "Next"


def test_where_nothing_lacks_nothing_is_offered() -> None:
    assert "features" not in DraftForm().fields


def test_a_title_is_in_the_language_of_the_page() -> None:
    browser = browser_of(gold_partner(), language="fr")
    page = words(browser.get(reverse("partners:rulebook")))
    assert "Guide 2025, seuils à atteindre au 15 janvier 2026" in page
    assert "thresholds to reach" not in page


def test_an_edition_stored_before_has_the_shipped_title() -> None:
    edition = publish_without("title_fr")
    with translation.override("fr"):
        assert edition.title_here == "Guide 2025, seuils à atteindre au 15 janvier 2026"
    assert french_title("Any other") == ""
