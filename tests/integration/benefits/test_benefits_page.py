"""The benefits page: the edition's matrix, with the own level first among equals."""

import re

import pytest
from django.test import Client

from partners.models import Partner
from program.rulebook import Level, Tier
from tests.factories import PartnerFactory, TierChangeFactory, UserFactory, stand
from tests.integration.pages import (
    PAGE_MARKS,
    TODAY,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

PAGE = "/benefits/"


def partner_at(level: Level) -> Partner:
    """Return a company whose column of the matrix is `level`."""
    if level is Level.PROVIDER:
        return PartnerFactory.create(provider=True)
    partner = PartnerFactory.create()
    if level is not Level.NONE:
        TierChangeFactory.create(partner=partner, tier=Tier(level.value))
        stand(partner, on=TODAY)
    return partner


def own_cell(visitor: Client, benefit: str) -> str:
    """Return the words of the own column in the row of a benefit."""
    row = main_of(visitor.get(PAGE)).partition(benefit)[2]
    cell = re.search(r'<td class="[^"]*\bown">(.*?)</td>', row, re.DOTALL)
    assert cell
    return " ".join(re.sub(r"<[^>]*>", " ", cell[1]).split())


@pytest.mark.parametrize(
    ("level", "heading"),
    [
        (Level.PROVIDER, "As Provider : 17 benefits you have, 0 you may apply for"),
        (Level.NONE, "As Partner : 31 benefits you have, 0 you may apply for"),
        (Level.GOLD, "As Gold : 31 benefits you have, 2 you may apply for"),
        (Level.PLATINUM, "As Platinum : 33 benefits you have, 6 you may apply for"),
        (Level.ELITE, "As Elite : 34 benefits you have, 6 you may apply for"),
    ],
)
def test_counts_what_the_own_level_has(level: Level, heading: str) -> None:
    page = words(browser_of(partner_at(level)).get(PAGE))

    assert heading in page


@pytest.mark.parametrize(
    ("level", "benefit", "says"),
    [
        (Level.GOLD, "Deal registration", "You have it"),
        (Level.GOLD, "Advisory council", "You may apply"),
        (Level.GOLD, "Market development funds (MDF)", "Case by case"),
        (Level.GOLD, "Partner matching", "from Platinum"),
        (Level.GOLD, "Private training", "Paid"),
        (Level.PROVIDER, "Tier badge", "from Partner"),
        (Level.DIAMOND, "Consulting services team", "from Elite"),
        (Level.ELITE, "Consulting services team", "You have it"),
    ],
)
def test_says_have_apply_pay_or_from_which_level(
    level: Level, benefit: str, says: str
) -> None:
    assert own_cell(browser_of(partner_at(level)), benefit) == says


def test_shows_42_rows_with_their_rules() -> None:
    page = main_of(browser_of(partner_at(Level.GOLD)).get(PAGE))

    assert page.count('<th scope="row">') == 42
    assert page.count('class="rule-cites"') == 42
    assert "R33, R34, R53, C21" in page


def test_says_what_the_commissions_pay_by_the_edition() -> None:
    partner = words(browser_of(partner_at(Level.GOLD)).get(PAGE))
    provider = words(browser_of(partner_at(Level.PROVIDER)).get(PAGE))

    assert "20% of what the client pays, for 36 months" in partner
    assert "20% for 12 months, on deals of at least US$3,000.00" in partner
    assert "20% of what the client pays, for 12 months" in provider


def test_staff_see_the_matrix_without_an_own_column() -> None:
    page = main_of(signed_in(UserFactory.create(programme_manager=True)).get(PAGE))

    assert "What each level of the programme has today." in page
    assert ' own"' not in page


def test_refuses_unknown_parameters() -> None:
    visitor = browser_of(partner_at(Level.NONE))

    assert visitor.get(f"{PAGE}?level=elite").status_code == 400
    assert visitor.get(f"{PAGE}?on=%00").status_code == 400


def test_needs_as_many_queries_as_it_reads_tables() -> None:
    visitor = browser_of(partner_at(Level.GOLD))
    visitor.get(PAGE)

    # session, account, person and bell at once; editions, suspension, standing, tier
    assert count_queries(lambda: visitor.get(PAGE)) == 6


def test_speaks_french() -> None:
    page = words(browser_of(partner_at(Level.GOLD), language="fr").get(PAGE))

    assert "Comité consultatif des partenaires" in page
    assert "Vous pouvez le demander" in page
