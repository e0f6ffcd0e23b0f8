"""Build a `Rulebook` from a document, or say what is wrong with it and where."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from types import MappingProxyType

from program.calendar import EvaluationCalendar
from program.money import CURRENCIES
from program.rulebook.edition import Rulebook
from program.rulebook.parse_benefits import read_benefits
from program.rulebook.parse_terms import read_terms
from program.rulebook.reading import Table
from program.rulebook.source import Source
from program.rulebook.standing import (
    CertificationRules,
    GrowthTerritory,
    PointsRules,
    ProofRules,
    RuleText,
    Threshold,
    ThresholdTable,
    TierRules,
)
from program.rulebook.words import Kind, Region, Tier, UpgradeSchedule
from program.territories import TERRITORIES

POINT_DECIMALS = 6
# The end of a cure is a decision of its own day: it may not reach the next evaluation,
# half a year later, because a partner has one decision a day.
_CURE_DAYS = 150
_APPEAL_DAYS = 120
_ROUNDING_STEPS = frozenset(10**power for power in range(POINT_DECIMALS + 1))


def parse_rulebook(text: str) -> Rulebook:
    """Return the edition a TOML document describes (rulebook 1.8).

    Raises RulebookError naming the dotted key and the line: no TOML, a key missing or
    unknown, a value without a rule, of the wrong type or out of range, a threshold below
    the tier below, a unit that is no exact amount, an unknown currency or territory.
    """
    source = Source(text)
    root = Table(source, (), source.tree)
    edition = root.entry("edition")
    title_fr = edition.optional("title_fr")
    calendar = _calendar(root.table("calendar"))
    certification = _certification(root.table("certification"), calendar)
    rulebook = Rulebook(
        code=edition.cell("code").name(),
        title=edition.cell("title").text(),
        title_fr=title_fr.text() if title_fr else "",
        effective_on=edition.cell("effective_on").day(),
        points=_points(root.table("points")),
        growth=_growth(root.table("growth")),
        proof=_proof(root.table("proof")),
        table=_threshold_table(root.table("tiers")),
        tiers=_tier_rules(root.table("tiers"), certification),
        calendar=calendar,
        certification=certification,
        **read_terms(root),
        benefits=read_benefits(root.table("benefits")),
        rules=MappingProxyType(source.rules),
        rule_texts=_rule_texts(root.table("rules")),
    )
    source.refuse_unread()
    return rulebook


def _points(section: Table) -> PointsRules:
    rates = section.table("rates")
    return PointsRules(
        rates=MappingProxyType(
            {kind: rates.value(kind).integer(minimum=1, maximum=1_000) for kind in Kind}
        ),
        growth_multiplier=section.value("growth_multiplier").integer(
            minimum=1, maximum=100
        ),
        units=_units(section.table("units")),
        sold_window_months=section.value("sold_window_months").integer(
            minimum=1, maximum=120
        ),
        managed_split=section.value("managed_split").only("even"),
        managed_activity_window_days=section.value(
            "managed_activity_window_days"
        ).integer(minimum=1, maximum=366),
        managed_min_activities=section.value("managed_min_activities").integer(),
        non_deal_increase_counts=section.value("non_deal_increase_counts").flag(),
    )


def _units(section: Table) -> Mapping[str, int]:
    units = {}
    for currency, entry in section.entries():
        if currency not in CURRENCIES:
            raise section.error("is not an ISO 4217 currency code in use", currency)
        units[currency] = entry.cell("value").amount(currency).minor
    if "USD" not in units:
        raise section.error("is missing: other rules are written in dollars", "USD")
    return MappingProxyType(units)


def _growth(section: Table) -> Mapping[str, GrowthTerritory]:
    territories = section.table("territories")
    growth = {}
    for code, entry in territories.entries():
        if code not in TERRITORIES:
            raise territories.error("is not an ISO 3166-1 territory code", code)
        boundary = entry.optional("boundary")
        growth[code] = GrowthTerritory(
            code=code,
            name_en=entry.cell("en").text(),
            name_fr=entry.cell("fr").text(),
            region=entry.cell("region").choice(Region),
            boundary=boundary.flag() if boundary else False,
            rule=entry.cell("rule").text(),
            note=entry.text("note"),
        )
    return MappingProxyType(growth)


def _proof(section: Table) -> ProofRules:
    return ProofRules(
        required=section.value("required").flag(),
        max_age_days=section.value("max_age_days").integer(maximum=3_660),
        grace_days=section.value("grace_days").integer(maximum=3_660),
    )


def _threshold_table(section: Table) -> ThresholdTable:
    table = section.entry("table")
    basis = section.value("sold_basis")
    kinds = basis.distinct(Kind)
    if Kind.MANAGED in kinds:
        raise basis.error("managed points are never sold")
    return ThresholdTable(
        code=table.cell("code").name(),
        rows=_thresholds(section.table("thresholds")),
        sold_basis=frozenset(kinds),
        managed_minimum_enforced=section.value("managed_minimum_enforced").flag(),
        rule=table.cell("rule").text(),
    )


def _thresholds(section: Table) -> tuple[Threshold, ...]:
    rows: list[Threshold] = []
    for tier in list(Tier)[1:]:
        entry = section.entry(tier)
        minima = {}
        for column, field in _COLUMNS.items():
            cell = entry.cell(column)
            minima[field] = cell.scaled(POINT_DECIMALS)
            if rows and minima[field] < getattr(rows[-1], field):
                raise cell.error(f"is lower than that of {rows[-1].tier}, the tier below")
        rows.append(Threshold(tier=tier, rule=entry.cell("rule").text(), **minima))
    return tuple(reversed(rows))


_COLUMNS = {"sold": "sold_minimum", "managed": "managed_minimum", "total": "total"}


def _tier_rules(section: Table, certification: CertificationRules) -> TierRules:
    rounding = section.value("rounding")
    step = rounding.scaled(POINT_DECIMALS)
    if step not in _ROUNDING_STEPS:
        raise rounding.error('must be 1 or a step such as "0.01"')
    appeal_from_days, appeal_decide_days = _appeals(section)
    return TierRules(
        rounding_micro=step,
        protection_months=section.value("protection_months").integer(maximum=120),
        keep_if_met_once_in_period=section.value("keep_if_met_once_in_period").flag(),
        upgrade_schedule=section.value("upgrade_schedule").choice(UpgradeSchedule),
        requires_valid_certification=certification.required,
        cure_days=certification.cure_days,
        elite_requires_invitation=section.value("elite_requires_invitation").flag(),
        appeal_from_days=appeal_from_days,
        appeal_decide_days=appeal_decide_days,
    )


def _appeals(section: Table) -> tuple[int, int]:
    """Return when appeals open and within what they are decided; an edition has both."""
    opens = section.optional_value("appeal_from_days")
    decided = section.optional_value("appeal_decide_days")
    if opens is None and decided is None:
        return 0, 0
    if opens is None or decided is None:
        missing = "appeal_from_days" if opens is None else "appeal_decide_days"
        raise section.error("is missing: appeals need both of their keys", missing)
    return (
        opens.integer(minimum=1, maximum=_APPEAL_DAYS),
        decided.integer(minimum=1, maximum=_APPEAL_DAYS),
    )


def _calendar(section: Table) -> EvaluationCalendar:
    snapshot_day = section.value("snapshot_day").integer(minimum=1, maximum=28)
    months = section.value("evaluation_months")
    found = tuple(cell.integer(minimum=1, maximum=12) for cell in months.each())
    if list(found) != sorted(set(found)):
        raise months.error("must name each month once, in the order of the year")
    checks = section.value("period_checks")
    try:
        return EvaluationCalendar(
            snapshot_day=snapshot_day,
            evaluation_months=found,
            period_checks=checks.integer(minimum=1, maximum=12),
        )
    except ValueError as error:
        raise checks.error(str(error)) from None


def _certification(section: Table, calendar: EvaluationCalendar) -> CertificationRules:
    cure = section.value("cure_days")
    cure_days = cure.integer(maximum=_CURE_DAYS)
    if cure_days + 1 >= _days_between_evaluations(calendar):
        raise cure.error("reaches the next evaluation of the calendar")
    warnings = section.optional_value("warning_days")
    return CertificationRules(
        required=section.value("required").flag(),
        kind=section.value("kind").code(),
        cure_days=cure_days,
        warning_days=warnings.descending() if warnings else (),
    )


def _days_between_evaluations(calendar: EvaluationCalendar) -> int:
    """Return the fewest days from one evaluation to the next, 29 February left out."""
    days = calendar.evaluation_days(date(2001, 1, 1), date(2002, 12, 31))
    return min((later - earlier).days for earlier, later in pairwise(days))


def _rule_texts(section: Table) -> Mapping[str, RuleText]:
    texts = {}
    for rule, words in section.tables():
        words.key_is_rule()
        texts[rule] = RuleText(en=words.cell("en").text(), fr=words.cell("fr").text())
    return MappingProxyType(texts)
