"""/rulebook/: an edition in words, two side by side, what changes for a company."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from partners.models import RulebookEdition, User
from tests.factories import DraftFactory, PartnerFactory, UserFactory
from tests.factories.rulebook import publish_edition
from tests.integration.pages import (
    MICRO,
    PAGE_MARKS,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)
from tests.integration.rulebook.conftest import DAY, partner_with

pytestmark = PAGE_MARKS

GOLD = {"gold = { sold = 110": "gold = { sold = 150"}


@pytest.fixture
def reader() -> Browser:
    return browser_of(PartnerFactory.create())


# --- An edition -------------------------------------------------------------------------


def test_the_edition_of_today_says_its_values_and_their_rules(reader: Browser) -> None:
    answer = reader.get("/rulebook/")

    said = words(answer)
    for sentence in (
        "Rulebook, edition 2025-B",
        "In force",
        "Points per unit, sourced 5 R20",
        "One unit, GBP £62.50 R24",
        "The sold minimum counts these points: Sourced.",
        "Gold 110.00 38.00 325.00 R13",
        "Rate 20% R33",
        "Paid to a partner for 36 months R33, C21",
        "North and South-East Asia (22) R26",
        "Poland",
    ):
        assert sentence in said
    assert 'id="R20"' in main_of(answer)
    assert 'id="points.rates.sourced"' in main_of(answer)


def test_an_older_edition_says_until_when(reader: Browser) -> None:
    said = words(reader.get("/rulebook/2025-A/"))

    assert "the next edition begins on 16 July 2025" in said
    assert "The sold minimum counts these points: Sourced and Assisted." in said


def test_a_draft_is_for_those_who_publish(reader: Browser) -> None:
    draft = DraftFactory.create()

    assert reader.get(f"/rulebook/{draft.code}/").status_code == 404
    pdm = signed_in(UserFactory.create(pdm=True))
    assert pdm.get(f"/rulebook/{draft.code}/").status_code == 404
    assert pdm.get("/rulebook/compare/", {"b": draft.code}).status_code == 404
    auditor = signed_in(UserFactory.create(auditor=True))
    assert auditor.get(f"/rulebook/{draft.code}/").status_code == 200
    assert auditor.get("/rulebook/compare/", {"b": draft.code}).status_code == 200


def test_an_edition_nobody_can_read_is_not_there() -> None:
    draft = DraftFactory.create(document="[edition", sha256="0" * 64)
    manager = signed_in(UserFactory.create(programme_manager=True))

    assert manager.get(f"/rulebook/{draft.code}/").status_code == 404


@pytest.mark.parametrize("address", ["/rulebook/", "/rulebook/2025-B/"])
def test_the_page_knows_no_parameter(reader: Browser, address: str) -> None:
    assert reader.get(address, {"x": "1"}).status_code == 400


# --- Side by side -----------------------------------------------------------------------


def test_the_last_two_editions_side_by_side(reader: Browser) -> None:
    said = words(reader.get("/rulebook/compare/"))

    assert "2025-A (from 1 Jul 2022) and 2025-B (from 16 Jul 2025)" in said
    assert "Gold, sold 113 110" in said
    assert "Points per unit, sourced" not in said


def test_everything_side_by_side(reader: Browser) -> None:
    said = words(reader.get("/rulebook/compare/", {"all": "1"}))

    assert "Points per unit, sourced 5 5" in said
    assert "Gold, sold 113 110" in said


def test_an_edition_beside_itself_differs_in_nothing(reader: Browser) -> None:
    said = words(reader.get("/rulebook/compare/", {"a": "2025-B", "b": "2025-B"}))

    assert "Nothing differs." in said


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"a": "2099"}, 404),
        ({"a": "x" * 31}, 400),
        ({"a": "\x00"}, 400),
        ({"a": ["2025-A", "2025-B"]}, 400),
        ({"all": "yes"}, 400),
        ({"c": "1"}, 400),
        ({"a": "' OR 1=1 --"}, 404),
    ],
)
def test_hostile_parameters_of_the_comparison(
    reader: Browser, query: dict[str, str | list[str]], status: int
) -> None:
    assert reader.get("/rulebook/compare/", query).status_code == status


# --- What changes -----------------------------------------------------------------------


def test_what_the_next_edition_changes_for_a_company() -> None:
    publish_edition(effective_on=DAY, changes=GOLD)
    partner = partner_with(sourced=120, managed=300)

    answer = browser_of(partner).get("/rulebook/what-changes/")

    said = words(answer)
    assert "Edition T-2027-01-16 begins on 16 January 2027." in said
    assert "give Gold by 2025-B and No tier by T-2027-01-16" in said
    assert "Sold points 120.00 110.00 120.00 150.00 30.00" in said
    assert f"/receipts/{partner.public_id}/sourced/2026-11-23/" in main_of(answer)


def test_without_a_next_edition_the_last_change_is_shown() -> None:
    partner = partner_with(sourced=120, managed=300)

    said = words(browser_of(partner).get("/rulebook/what-changes/"))

    assert "No further edition is published." in said
    assert "Your points of today give Gold by both editions." in said


def test_a_provider_has_no_tier_to_lose() -> None:
    provider = partner_with(sourced=120, managed=300, provider=True)

    said = words(browser_of(provider).get("/rulebook/what-changes/"))

    assert "You are a provider: no tier applies to you." in said


def test_a_company_sees_its_own_points_only() -> None:
    partner_with(sourced=777)

    said = words(browser_of(partner_with(sourced=12)).get("/rulebook/what-changes/"))

    assert "12.00" in said
    assert "777" not in said


def test_the_page_reads_the_standing_and_not_the_ledger() -> None:
    partner = partner_with(sourced=120)
    partner.standing.__class__.objects.filter(partner=partner).update(sourced=5 * MICRO)
    browser = browser_of(partner)
    browser.get("/rulebook/what-changes/")

    assert "5.00" in words(browser.get("/rulebook/what-changes/"))
    assert count_queries(lambda: browser.get("/rulebook/what-changes/")) < 20


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"to": "2025-B"}, 200),
        ({"to": "2025-A"}, 404),
        ({"to": "nothing"}, 404),
        ({"to": "x" * 31}, 400),
        ({"on": "2026-01-01"}, 400),
    ],
)
def test_the_edition_it_turns_to(
    reader: Browser, query: dict[str, str], status: int
) -> None:
    assert reader.get("/rulebook/what-changes/", query).status_code == status


def test_staff_are_sent_to_the_comparison() -> None:
    manager: User = UserFactory.create(programme_manager=True)

    answer = signed_in(manager).get("/rulebook/what-changes/")

    assert answer.headers["Location"] == "/rulebook/compare/"


def test_every_shipped_edition_is_a_page(reader: Browser) -> None:
    codes = list(RulebookEdition.objects.values_list("code", flat=True))

    assert {reader.get(f"/rulebook/{code}/").status_code for code in codes} == {200}
