"""What the two shipped editions say (rulebook 1.8, section 2)."""

import re
from collections import Counter
from datetime import date

import pytest

from program import MICRO
from program.calendar import EvaluationCalendar
from program.money import Money
from program.rulebook import (
    Edition,
    Grant,
    Kind,
    Level,
    MatchingConditions,
    Membership,
    Region,
    Rulebook,
    Tier,
    UpgradeSchedule,
    parse_rulebook,
)
from tests.unit.program.editions import DOCUMENT_A, DOCUMENT_B, A, B

both = pytest.mark.parametrize("rulebook", [A, B], ids=["2025-A", "2025-B"])
both_documents = pytest.mark.parametrize(
    "document", [DOCUMENT_A, DOCUMENT_B], ids=["2025-A", "2025-B"]
)


def test_they_follow_each_other() -> None:
    assert [(book.code, book.effective_on) for book in (A, B)] == [
        ("2025-A", date(2022, 7, 1)),
        ("2025-B", date(2025, 7, 16)),
    ]


@pytest.mark.parametrize(
    ("rulebook", "code", "basis", "minima"),
    [
        pytest.param(
            A,
            "A",
            frozenset({Kind.SOURCED, Kind.ASSISTED}),
            {
                Tier.ELITE: (1950, 1700, 8600),
                Tier.DIAMOND: (570, 550, 2990),
                Tier.PLATINUM: (270, 150, 875),
                Tier.GOLD: (113, 38, 300),
            },
            id="R12 table A",
        ),
        pytest.param(
            B,
            "B",
            frozenset({Kind.SOURCED}),
            {
                Tier.ELITE: (2100, 1700, 9000),
                Tier.DIAMOND: (950, 550, 3100),
                Tier.PLATINUM: (325, 150, 925),
                Tier.GOLD: (110, 38, 325),
            },
            id="R13 table B",
        ),
    ],
)
def test_the_threshold_tables(
    rulebook: Rulebook,
    code: str,
    basis: frozenset[Kind],
    minima: dict[Tier, tuple[int, int, int]],
) -> None:
    table = rulebook.table

    assert (table.code, table.sold_basis) == (code, basis)
    assert table.managed_minimum_enforced
    assert [row.tier for row in table.rows] == list(minima)
    for tier, (sold, managed, total) in minima.items():
        row = table.rows_by(tier)
        assert (row.sold_minimum, row.managed_minimum, row.total) == (
            sold * MICRO,
            managed * MICRO,
            total * MICRO,
        )


def test_the_dollars_printed_beside_table_b_agree_with_the_rates() -> None:
    printed = {
        Tier.ELITE: (42_000, 170_000),
        Tier.DIAMOND: (19_000, 55_000),
        Tier.PLATINUM: (6_500, 15_000),
        Tier.GOLD: (2_200, 3_800),
    }

    for tier, (sourced, managed) in printed.items():
        row = B.table.rows_by(tier)
        assert row.sold_minimum == sourced * MICRO // 100 * B.points.rates[Kind.SOURCED]
        assert (
            row.managed_minimum == managed * MICRO // 100 * (B.points.rates[Kind.MANAGED])
        )


@both
def test_points_tiers_and_calendar(rulebook: Rulebook) -> None:
    points, tiers = rulebook.points, rulebook.tiers

    assert points.rates == {Kind.SOURCED: 5, Kind.ASSISTED: 3, Kind.MANAGED: 1}
    assert (points.growth_multiplier, points.sold_window_months) == (2, 12)
    assert (points.managed_split, points.non_deal_increase_counts) == ("even", True)
    assert (points.managed_activity_window_days, points.managed_min_activities) == (90, 1)
    assert rulebook.calendar == EvaluationCalendar(
        snapshot_day=15, evaluation_months=(1, 7), period_checks=6
    )
    assert (tiers.rounding_micro, tiers.protection_months) == (10_000, 6)
    assert tiers.upgrade_schedule is UpgradeSchedule.MONTHLY
    assert tiers.keep_if_met_once_in_period
    assert tiers.requires_valid_certification
    assert tiers.elite_requires_invitation
    assert tiers.cure_days == rulebook.certification.cure_days == 30
    assert rulebook.certification.required
    assert rulebook.certification.kind == "solutions_partner"
    assert (rulebook.proof.max_age_days, rulebook.proof.grace_days) == (90, 14)


@both
def test_money_terms(rulebook: Rulebook) -> None:
    commission, upmarket = rulebook.commission, rulebook.upmarket

    assert (commission.rate_bps, commission.motion) == (2_000, Kind.SOURCED)
    assert commission.term_months == {Membership.PROVIDER: 12, Membership.PARTNER: 36}
    assert commission.first_close_on == date(2023, 4, 1)
    assert (commission.base, commission.attribution_model) == (
        "net_revenue_received",
        "deal_based",
    )
    assert commission.touchless_window_months == 12
    assert (upmarket.rate_bps, upmarket.months) == (2_000, 12)
    assert upmarket.motion is Kind.ASSISTED
    assert upmarket.minimum == Money.of("3000", "USD")
    assert upmarket.minimum_tier is Tier.PLATINUM
    assert upmarket.accreditation == "CRM Implementation"
    assert (upmarket.pilot.from_on, upmarket.pilot.until_on) == (
        date(2025, 1, 1),
        date(2025, 7, 1),
    )
    assert upmarket.pilot.minimum == Money.of("1000", "USD")
    assert upmarket.pilot.region is Region.ASIA
    assert (rulebook.payout.frequency, rulebook.payout.fx) == ("quarterly", "month_end")
    assert (rulebook.payout.lag_days, rulebook.payout.minimum_minor) == (45, 0)
    assert rulebook.payout.forfeiture_months == 6
    assert rulebook.payout.forfeiture_warning_days == (90, 30, 7)


@both
def test_membership_deals_and_programmes(rulebook: Rulebook) -> None:
    membership, deal, assign = rulebook.membership, rulebook.deal, rulebook.assign

    assert (membership.provider_edition, membership.partner_edition) == (
        Edition.STARTER,
        Edition.PROFESSIONAL,
    )
    assert membership.partner_minimum == Money.of("400", "USD")
    assert (membership.gold_deadline_enabled, membership.gold_deadline_months) == (
        True,
        24,
    )
    assert (membership.demotion_notice_days, membership.subscription_cure_days) == (
        30,
        30,
    )
    assert membership.gold_warning_days == (180, 90, 30)
    assert (deal.validity_days, deal.renewals_max, deal.renewal_activity_days) == (
        90,
        1,
        30,
    )
    assert (deal.reminder_days, deal.review_sla_hours) == ((14, 3), 48)
    assert assign.engineer_minimum == Money.of("3000", "USD")
    assert assign.specialist_products.keys() == {
        "service_hub",
        "operations_hub",
        "breeze_intelligence",
    }
    assert assign.specialist_products["service_hub"].editions == {
        Edition.PROFESSIONAL,
        Edition.ENTERPRISE,
    }
    assert assign.specialist_products["breeze_intelligence"].credits_above == 10_000
    assert rulebook.elite.customer_retention_min_bps == 8_500
    assert rulebook.elite.revenue_retention_above_bps == 8_500
    assert (rulebook.elite.certifications_min, rulebook.elite.proximity_bps) == (
        100,
        9_000,
    )
    assert rulebook.elite.retention_clients_min == 5
    assert rulebook.matching.conditions is MatchingConditions.ACCREDITATION_OR_ALL
    assert rulebook.matching.sourced_share_min_bps == 2_000
    assert (rulebook.mdf.match_bps, rulebook.mdf.claim_days) == (5_000, 60)
    assert rulebook.pgf.budget == Money.of("10000000", "USD")
    assert (rulebook.pgf.tranches, rulebook.pgf.applications_per_year) == (3, 1)
    assert (rulebook.pdf.advance_months, rulebook.pdf.growth_min_bps) == (12, 2_000)
    assert rulebook.escalation.recent_months == 12
    assert rulebook.access.link_days == 14


@both
def test_client_rules(rulebook: Rulebook) -> None:
    usage, renewal = rulebook.usage, rulebook.renewal

    assert (usage.activation_weight, usage.depth_weight, usage.breadth_weight) == (
        40,
        40,
        20,
    )
    assert (usage.medium_from, usage.high_from) == (40, 70)
    assert (usage.window_days, usage.target_key_actions) == (30, 30)
    assert usage.coverage_min_bps == 5_000
    assert (renewal.horizon_days, renewal.deadline_days) == (120, 45)
    assert renewal.alert_days == (120, 60, 45)
    assert {code: product.tools for code, product in rulebook.products.items()} == {
        "marketing_hub": ("email", "forms", "landing_pages", "workflows"),
        "sales_hub": ("pipelines", "sequences", "meetings"),
        "service_hub": ("tickets", "knowledge_base"),
        "operations_hub": ("data_sync", "custom_code"),
        "content_hub": ("website_pages", "blog"),
        "commerce_hub": ("quotes", "payments"),
        "breeze_intelligence": ("enrichment",),
    }


@both
def test_the_benefits_matrix_has_the_ticks_of_the_guide(rulebook: Rulebook) -> None:
    """R51: the counts of the columns, and what each level adds to the one before."""
    ticked = {
        level: {row.row for row in rulebook.benefits.values() if level in row.ticked}
        for level in Level
    }

    assert [row.row for row in rulebook.benefits.values()] == list(range(1, 43))
    assert [len(ticked[level]) for level in Level] == [19, 34, 35, 41, 41, 42]
    assert ticked[Level.PROVIDER] < ticked[Level.NONE]
    assert ticked[Level.GOLD] - ticked[Level.NONE] == {42}
    assert ticked[Level.PLATINUM] - ticked[Level.GOLD] == {2, 16, 17, 18, 26, 35}
    assert ticked[Level.DIAMOND] == ticked[Level.PLATINUM]
    assert ticked[Level.ELITE] - ticked[Level.DIAMOND] == {8}


@both
def test_the_matrix_is_grouped_and_marked(rulebook: Rulebook) -> None:
    rows = rulebook.benefits.values()

    assert Counter(row.group for row in rows) == {
        "commission": 2,
        "support": 6,
        "marketing": 10,
        "sales": 8,
        "customer_service": 6,
        "development": 6,
        "community": 4,
    }
    assert {row.row for row in rows if row.eligibility} == {2, 14, 17, 18, 26, 42}
    assert {row.row for row in rows if row.paid} == {37, 38}


@both
@pytest.mark.parametrize(
    ("code", "level", "grant"),
    [
        ("pdm", Level.PROVIDER, Grant.NO),
        ("pdm", Level.NONE, Grant.YES),
        ("private_training", Level.PROVIDER, Grant.MAY_BUY),
        ("advisory_council", Level.GOLD, Grant.MAY_APPLY),
        ("content_creation", Level.NONE, Grant.NO),
        ("content_creation", Level.GOLD, Grant.MAY_APPLY),
        ("mdf", Level.PROVIDER, Grant.NO),
        ("mdf", Level.GOLD, Grant.EXCEPTIONAL),
        ("mdf", Level.PLATINUM, Grant.MAY_APPLY),
        ("pga", Level.NONE, Grant.EXCEPTIONAL),
        ("consulting_services", Level.DIAMOND, Grant.NO),
        ("consulting_services", Level.ELITE, Grant.YES),
    ],
)
def test_a_cell_says_what_it_gives(
    code: str, level: Level, grant: Grant, rulebook: Rulebook
) -> None:
    assert rulebook.benefits[code].grant(level) is grant


@both
def test_every_rule_cited_outside_the_matrix_has_a_wording(rulebook: Rulebook) -> None:
    cited = {
        rule
        for key, rules in rulebook.rules.items()
        if not key.startswith("benefits.")
        for rule in rules.split(", ")
    }

    assert cited <= rulebook.rule_texts.keys()


def test_a_receipt_finds_the_rule_behind_a_number() -> None:
    assert A.rules["points.rates.sourced"] == "R20"
    assert A.rules["points.units.EUR"] == "R24"
    assert A.rules["growth.territories.RE"] == "R29, R30"
    assert [rule for rule, _ in A.texts_of("tiers.sold_basis")] == ["R14", "C5"]
    assert "5 points if sourced" in A.texts_of("points.rates.sourced")[0][1].en
    assert "5 points" in A.texts_of("points.rates.sourced")[0][1].fr
    assert B.texts_of("benefits.pdm") == ()
    with pytest.raises(KeyError):
        A.texts_of("points.rates.referred")


@both_documents
def test_every_value_stands_beside_its_rule(document: str) -> None:
    """No line of a document gives a value without a rule on it or on its entry."""
    values = re.compile(r"^\w+ = \{.*\}( #.*)?$", re.MULTILINE)
    lines = [match[0] for match in values.finditer(document)]
    wordings = [line for line in lines if line.startswith(("R", "C")) and "{ en" in line]

    assert len(lines) > 300
    assert all(", rule = " in line for line in lines if line not in wordings)


def test_the_second_edition_changes_the_thresholds_and_nothing_else() -> None:
    values = [
        {
            line
            for line in document.splitlines()
            if line and line[0] not in "#[" and "=" in line
        }
        for document in (DOCUMENT_A, DOCUMENT_B)
    ]

    changed = {line.split(" = ")[0] for line in values[0] ^ values[1]}

    assert changed == {
        "code",
        "title",
        "title_fr",
        "effective_on",
        "rule",
        "table",
        "sold_basis",
        "managed_minimum_enforced",
        "elite",
        "diamond",
        "platinum",
        "gold",
    }


@both_documents
def test_the_same_document_gives_the_same_rulebook(document: str) -> None:
    first, second = parse_rulebook(document), parse_rulebook(document)

    assert first == second
    assert len({first, second}) == 1


def test_an_edition_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        A.title = "Other"  # type: ignore[misc]
    for section in (A.growth, A.products, A.rules, A.points.rates, A.points.units):
        with pytest.raises(TypeError):
            section["X"] = 1  # type: ignore[index]
