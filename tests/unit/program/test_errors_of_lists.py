"""Territories, terms and benefits of an edition that are wrong (rulebook 1.8).

Each case changes one place of edition 2025-B and expects the key and the line of the
change, or of another place it names.
"""

import pytest

from tests.unit.program.editions import assert_refused


@pytest.mark.parametrize(
    ("old", "new", "key", "reason", "at"),
    [
        pytest.param(
            "PL = { en",
            "XK = { en",
            "growth.territories.XK",
            "not an ISO 3166-1 territory",
            None,
            id="unknown territory",
        ),
        pytest.param(
            "PL = { en",
            "pl = { en",
            "growth.territories.pl",
            "not an ISO 3166-1 territory",
            None,
            id="territory in small letters",
        ),
        pytest.param(
            'PL = { en = "Poland"',
            'PL = { english = "Poland"',
            "growth.territories.PL.en",
            "is missing",
            None,
            id="territory without a name",
        ),
        pytest.param(
            'PL = { en = "Poland", fr = "Pologne", region = "eastern_europe"',
            'PL = { en = "Poland", fr = "Pologne", region = "europe"',
            "growth.territories.PL.region",
            "'europe' is not one of asia",
            None,
            id="no region",
        ),
        pytest.param(
            "until_on = 2025-07-01",
            "until_on = 2025-01-01",
            "upmarket.pilot.until_on",
            "not after the first day of the pilot",
            None,
            id="pilot without a day",
        ),
        pytest.param(
            "deadline_days = { value = 45",
            "deadline_days = { value = 121",
            "renewal.deadline_days.value",
            "before the renewal is shown",
            None,
            id="deadline before the horizon",
        ),
        pytest.param(
            "breadth_weight = { value = 20",
            "breadth_weight = { value = 21",
            "usage.breadth_weight.value",
            "sum to 101, not to 100",
            None,
            id="weights",
        ),
        pytest.param(
            "high_from = { value = 70",
            "high_from = { value = 39",
            "usage.high_from.value",
            "below the medium band",
            None,
            id="bands crossed",
        ),
        pytest.param(
            'tools = ["enrichment"]',
            'tools = ["enrichment", "blog"]',
            "products.breeze_intelligence.tools",
            "'blog' is already a tool of content_hub",
            None,
            id="tool of two products",
        ),
        pytest.param(
            'tools = ["enrichment"]',
            'tools = ["Enrichment"]',
            "products.breeze_intelligence.tools[0]",
            "'Enrichment' is no code",
            None,
            id="tool in capitals",
        ),
        pytest.param(
            "commerce_hub = { name",
            '"commerce hub" = { name',
            "products.commerce hub",
            "is no code",
            None,
            id="product with a blank",
        ),
        pytest.param(
            "operations_hub = { editions",
            "operation_hub = { editions",
            "assign.specialist_products.operation_hub",
            "is not a product of this edition",
            None,
            id="specialist of no product",
        ),
        pytest.param(
            "credits_above = 10000",
            'credits_above = 10000, editions = ["starter"]',
            "assign.specialist_products.breeze_intelligence",
            "needs either",
            None,
            id="two ways to a specialist",
        ),
        pytest.param(
            "{ credits_above = 10000, ",
            "{ ",
            "assign.specialist_products.breeze_intelligence",
            "needs either",
            'breeze_intelligence = { rule = "R47" }',
            id="no way to a specialist",
        ),
        pytest.param(
            "pdm = { row = 3",
            "pdm = { row = 4",
            "benefits.pdm.row",
            "is row 3 of the matrix",
            None,
            id="row out of order",
        ),
        pytest.param(
            'pdm = { row = 3, group = "support", levels = "-- P G Pl D E"',
            'pdm = { row = 3, group = "support", levels = "P G Pl D E"',
            "benefits.pdm.levels",
            "must name the six columns in order",
            None,
            id="five columns",
        ),
        pytest.param(
            'pdm = { row = 3, group = "support", levels = "-- P G Pl D E"',
            'pdm = { row = 3, group = "support", levels = "-- P G D Pl E"',
            "benefits.pdm.levels",
            "must name the six columns in order",
            None,
            id="columns out of order",
        ),
        pytest.param(
            'pdm = { row = 3, group = "support"',
            'pdm = { row = 3, group = "helpers"',
            "benefits.pdm.group",
            "'helpers' is not one of commission, support",
            None,
            id="no group",
        ),
        pytest.param(
            "pdm = { row = 3",
            "PDM = { row = 3",
            "benefits.PDM",
            "is no code",
            None,
            id="benefit in capitals",
        ),
        pytest.param(
            "private_training = { row = 37,",
            "private_training = { row = 37, eligibility = true,",
            "benefits.private_training",
            "a right to apply or a right to buy",
            None,
            id="to apply and to buy",
        ),
        pytest.param(
            'refused = "-- P -- -- -- --"',
            'refused = "Pv -- -- -- -- --"',
            "benefits.content_creation.refused",
            "takes back what was not ticked",
            None,
            id="refused without a tick",
        ),
        pytest.param(
            'pga = { row = 18, group = "marketing", levels = "-- -- -- Pl D E", '
            'eligibility = true, exceptional = "-- P G -- -- --"',
            'pga = { row = 18, group = "marketing", levels = "-- -- -- Pl D E", '
            'eligibility = true, exceptional = "-- P G Pl -- --"',
            "benefits.pga.exceptional",
            "is exceptional where it is ticked",
            None,
            id="exceptional with a tick",
        ),
    ],
)
def test_names_the_key_and_the_line(
    old: str, new: str, key: str, reason: str, at: str | None
) -> None:
    assert_refused(old, new, key=key, reason=reason, at=at)
