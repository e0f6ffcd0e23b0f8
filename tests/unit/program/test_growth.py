"""The list of growth markets (rulebook 2.4, R26 to R32)."""

from collections import Counter

import pytest

from program.rulebook import Region, Rulebook
from program.territories import TERRITORIES
from tests.unit.program.editions import A, B, edition

ASIA = "BD BN KH CN TW HK IN ID LA MY MV MN MM NP PK PH SG KR LK TH TL VN"
LATIN_AMERICA = """
    BZ CR SV GT HN MX NI PA
    AR BO BR CL CO EC FK GF GY PY PE SR UY VE BV GS
    AI AG AW BS BB BQ CU CW DM DO GD GP HT JM KY MQ MS BL KN LC MF VC SX TC TT VG PR VI
    BM GL PM
"""
EASTERN_EUROPE = "AL AM AZ BY BA BG HR CZ EE GE GR HU LV LT MK MD ME PL RO RU RS SK SI UA"
MIDDLE_EAST_AFRICA = """
    DZ AO SH BH BJ BW BF CM CV CG CY CD EG GQ ET GA GM GH GN IQ IL CI JO KE KW LB LS LR MG
    MW ML MR MU YT MZ NA NG OM PS QA RE RW SN SC SL SO ZA SZ TZ TG TN TR UG AE YE ZM ZW
"""
BOUNDARY = {"PR", "VI", "BM", "GL", "PM", "BV", "GS"}
ODD = "CN TW HK SH RE YT GP MQ GF BL MF SG ZA CO CY GR RU BY CU YE"
NOT_LISTED = """
    MA SA LY NE TD CF BI DJ ER KM GW ST SD SS EH IR SY AF BT MO JP KP AU NZ KZ KG TJ TM UZ
    XK MT CA US UM FR DE GB IE ES PT IT NL BE LU CH AT DK SE NO FI IS LI MC AD SM VA
    FJ PG SB VU NC PF WS TO TV KI NR PW FM MH CK NU TK WF AS GU MP
"""

both = pytest.mark.parametrize("rulebook", [A, B], ids=["2025-A", "2025-B"])


@both
@pytest.mark.parametrize(
    ("region", "codes"),
    [
        pytest.param(Region.ASIA, ASIA, id="R26"),
        pytest.param(Region.LATIN_AMERICA, LATIN_AMERICA, id="R27"),
        pytest.param(Region.EASTERN_EUROPE, EASTERN_EUROPE, id="R28"),
        pytest.param(Region.MIDDLE_EAST_AFRICA, MIDDLE_EAST_AFRICA, id="R29"),
    ],
)
def test_each_region_is_the_guides(
    region: Region, codes: str, rulebook: Rulebook
) -> None:
    listed = {code for code, row in rulebook.growth.items() if row.region is region}

    assert listed == set(codes.split())


@both
def test_there_are_158_and_151_without_the_boundary(rulebook: Rulebook) -> None:
    boundary = {code for code, row in rulebook.growth.items() if row.boundary}

    assert len(rulebook.growth) == 158
    assert boundary == BOUNDARY
    assert len(rulebook.growth.keys() - boundary) == 151
    assert Counter(row.region for row in rulebook.growth.values()) == {
        Region.ASIA: 22,
        Region.LATIN_AMERICA: 55,
        Region.EASTERN_EUROPE: 24,
        Region.MIDDLE_EAST_AFRICA: 57,
    }


@both
@pytest.mark.parametrize(
    ("codes", "growth"),
    [
        pytest.param("CN TW", True, id="G1"),
        pytest.param("HK", True, id="G2"),
        pytest.param("RE YT", True, id="G3"),
        pytest.param("GP MQ GF BL MF", True, id="G4"),
        pytest.param("SG ZA CO", True, id="G5"),
        pytest.param("CY GR", True, id="G6"),
        pytest.param("SH", True, id="G7"),
        pytest.param("BM BV GL GS PM PR VI", True, id="G8"),
        pytest.param("MA SA LY MO JP AU KZ XK CA US", False, id="G9"),
        pytest.param(NOT_LISTED, False, id="R31 in full"),
        pytest.param("AC TA us fr re", False, id="no codes of ISO 3166-1"),
    ],
)
def test_oddities_of_the_list(codes: str, growth: bool, rulebook: Rulebook) -> None:
    assert {code: rulebook.is_growth(code) for code in codes.split()} == dict.fromkeys(
        codes.split(), growth
    )


@both
def test_oddities_carry_a_note(rulebook: Rulebook) -> None:
    odd = ODD.split()

    assert all(rulebook.growth[code].note for code in BOUNDARY.union(odd))
    assert all("R30" in rulebook.growth[code].rule for code in odd)
    assert all("C14" in rulebook.growth[code].rule for code in BOUNDARY)


@both
def test_every_territory_has_both_names(rulebook: Rulebook) -> None:
    rows = rulebook.growth.values()

    assert len({row.name_en for row in rows}) == len({row.name_fr for row in rows}) == 158
    assert rulebook.growth["RE"].name_fr == "La Réunion"


def test_deleting_a_line_switches_a_territory_off() -> None:
    row = B.growth["PR"]
    line = f'PR = {{ en = "{row.name_en}", fr = "{row.name_fr}", region = "{row.region}"'
    without = edition((line, line.replace("PR", "UM", 1)))

    assert not without.is_growth("PR")


def test_territories_are_those_of_iso_3166_1() -> None:
    assert len(TERRITORIES) == 249
    assert all(len(code) == 2 and code.isupper() for code in TERRITORIES)
    assert TERRITORIES.isdisjoint({"XK", "AC", "TA", "EU", "UK", "ZZ", "AN", "CS"})
