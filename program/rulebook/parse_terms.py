"""Read the sections on money, deals and clients from an edition's document."""

from types import MappingProxyType
from typing import TypedDict

from program.rulebook.reading import Table
from program.rulebook.terms import (
    AccessRules,
    AssignRules,
    CommissionRules,
    DealRules,
    EliteRules,
    EscalationRules,
    MatchingRules,
    MdfRules,
    MembershipRules,
    PayoutRules,
    PdfRules,
    PgfRules,
    Product,
    RenewalRules,
    SpecialistProduct,
    UpmarketPilot,
    UpmarketRules,
    UsageRules,
)
from program.rulebook.words import (
    Edition,
    Kind,
    MatchingConditions,
    Membership,
    Region,
    Tier,
)

_DAYS = 3_660
_MONTHS = 120
_PERCENT = 100


class Terms(TypedDict):
    """The fields of `Rulebook` this module fills."""

    membership: MembershipRules
    elite: EliteRules
    commission: CommissionRules
    upmarket: UpmarketRules
    payout: PayoutRules
    deal: DealRules
    assign: AssignRules
    matching: MatchingRules
    mdf: MdfRules
    pgf: PgfRules
    pdf: PdfRules
    renewal: RenewalRules
    usage: UsageRules
    escalation: EscalationRules
    access: AccessRules
    products: MappingProxyType[str, Product]


def read_terms(root: Table) -> Terms:
    products = _products(root.table("products"))
    return Terms(
        membership=_membership(root.table("membership")),
        elite=_elite(root.table("elite")),
        commission=_commission(root.table("commission")),
        upmarket=_upmarket(root.table("upmarket")),
        payout=_payout(root.table("payout")),
        deal=_deal(root.table("deal")),
        assign=_assign(root.table("assign"), products),
        matching=_matching(root.table("matching")),
        mdf=_mdf(root.table("mdf")),
        pgf=_pgf(root.table("pgf")),
        pdf=_pdf(root.table("pdf")),
        renewal=_renewal(root.table("renewal")),
        usage=_usage(root.table("usage")),
        escalation=_escalation(root.table("escalation")),
        access=AccessRules(link_days=_days(root.table("access"), "link_days")),
        products=products,
    )


def _days(section: Table, key: str) -> int:
    return section.value(key).integer(minimum=1, maximum=_DAYS)


def _months(section: Table, key: str) -> int:
    return section.value(key).integer(minimum=1, maximum=_MONTHS)


def _products(section: Table) -> MappingProxyType[str, Product]:
    products: dict[str, Product] = {}
    owners: dict[str, str] = {}
    for code, entry in section.entries():
        entry.key_is_code()
        tools = entry.cell("tools")
        names = [cell.code() for cell in tools.each()]
        for name in names:
            if name in owners:
                raise tools.error(f"{name!r} is already a tool of {owners[name]}")
            owners[name] = code
        products[code] = Product(
            code=code, name=entry.cell("name").text(), tools=tuple(names)
        )
    return MappingProxyType(products)


def _membership(section: Table) -> MembershipRules:
    return MembershipRules(
        provider_edition=section.value("provider_edition").choice(Edition),
        partner_edition=section.value("partner_edition").choice(Edition),
        partner_minimum=section.value("partner_minimum").money(),
        subscription_cure_days=_days(section, "subscription_cure_days"),
        gold_deadline_enabled=section.value("gold_deadline_enabled").flag(),
        gold_deadline_months=_months(section, "gold_deadline_months"),
        demotion_notice_days=_days(section, "demotion_notice_days"),
        gold_warning_days=section.value("gold_warning_days").descending(),
    )


def _elite(section: Table) -> EliteRules:
    return EliteRules(
        customer_retention_min_bps=section.value("customer_retention_min").bps(),
        revenue_retention_above_bps=section.value("revenue_retention_above").bps(),
        certifications_min=section.value("certifications_min").integer(),
        proximity_bps=section.value("proximity").bps(),
        retention_clients_min=section.value("retention_clients_min").integer(minimum=1),
    )


def _commission(section: Table) -> CommissionRules:
    terms = section.table("term_months")
    return CommissionRules(
        rate_bps=section.value("rate").bps(),
        motion=section.value("motion").choice(Kind),
        term_months=MappingProxyType(
            {membership: _months(terms, membership) for membership in Membership}
        ),
        first_close_on=section.value("first_close_on").day(),
        base=section.value("base").only("net_revenue_received"),
        attribution_model=section.value("attribution_model").only(
            "deal_based", "product_line"
        ),
        touchless_window_months=_months(section, "touchless_window_months"),
    )


def _upmarket(section: Table) -> UpmarketRules:
    pilot = section.entry("pilot")
    until = pilot.cell("until_on")
    rules = UpmarketRules(
        rate_bps=section.value("rate").bps(),
        motion=section.value("motion").choice(Kind),
        months=_months(section, "months"),
        minimum=section.value("minimum").money(),
        minimum_tier=section.value("minimum_tier").choice(Tier),
        accreditation=section.value("accreditation").text(),
        pilot=UpmarketPilot(
            from_on=pilot.cell("from_on").day(),
            until_on=until.day(),
            minimum=pilot.cell("minimum").money(),
            region=pilot.cell("region").choice(Region),
        ),
    )
    if rules.pilot.until_on <= rules.pilot.from_on:
        raise until.error("is not after the first day of the pilot")
    return rules


def _payout(section: Table) -> PayoutRules:
    return PayoutRules(
        frequency=section.value("frequency").only("quarterly"),
        lag_days=section.value("lag_days").integer(maximum=_DAYS),
        fx=section.value("fx").only("month_end"),
        minimum_minor=section.value("minimum_minor").integer(),
        forfeiture_months=_months(section, "forfeiture_months"),
        forfeiture_warning_days=section.value("forfeiture_warning_days").descending(),
    )


def _deal(section: Table) -> DealRules:
    return DealRules(
        validity_days=_days(section, "validity_days"),
        renewals_max=section.value("renewals_max").integer(),
        renewal_activity_days=_days(section, "renewal_activity_days"),
        reminder_days=section.value("reminder_days").descending(),
        review_sla_hours=section.value("review_sla_hours").integer(minimum=1),
    )


def _assign(section: Table, products: MappingProxyType[str, Product]) -> AssignRules:
    chosen = {}
    listed = section.table("specialist_products")
    for code, entry in listed.entries():
        if code not in products:
            raise entry.error("is not a product of this edition")
        editions = entry.optional("editions")
        credits_above = entry.optional("credits_above")
        if (editions is None) == (credits_above is None):
            raise entry.error("needs either editions or credits_above")
        chosen[code] = SpecialistProduct(
            product=code,
            editions=frozenset(editions.distinct(Edition)) if editions else frozenset(),
            credits_above=credits_above.integer() if credits_above else None,
        )
    return AssignRules(
        engineer_minimum=section.value("engineer_minimum").money(),
        specialist_products=MappingProxyType(chosen),
    )


def _matching(section: Table) -> MatchingRules:
    return MatchingRules(
        conditions=section.value("conditions").choice(MatchingConditions),
        window_months=_months(section, "window_months"),
        sourced_share_min_bps=section.value("sourced_share_min").bps(),
        retention_min_bps=section.value("retention_min").bps(),
        minimum_tier=section.value("minimum_tier").choice(Tier),
        software_certifications_min=section.value(
            "software_certifications_min"
        ).integer(),
        implementation_certifications_min=section.value(
            "implementation_certifications_min"
        ).integer(),
    )


def _mdf(section: Table) -> MdfRules:
    return MdfRules(
        match_bps=section.value("match").bps(),
        standard_tier=section.value("standard_tier").choice(Tier),
        claim_days=_days(section, "claim_days"),
    )


def _pgf(section: Table) -> PgfRules:
    return PgfRules(
        budget=section.value("budget").money(),
        tranches=section.value("tranches").integer(minimum=1, maximum=12),
        applications_per_year=section.value("applications_per_year").integer(minimum=1),
    )


def _pdf(section: Table) -> PdfRules:
    return PdfRules(
        minimum_tier=section.value("minimum_tier").choice(Tier),
        advance_months=_months(section, "advance_months"),
        retention_min_bps=section.value("retention_min").bps(),
        growth_min_bps=section.value("growth_min").bps(),
    )


def _renewal(section: Table) -> RenewalRules:
    deadline = section.value("deadline_days")
    rules = RenewalRules(
        horizon_days=_days(section, "horizon_days"),
        deadline_days=deadline.integer(minimum=1, maximum=_DAYS),
        alert_days=section.value("alert_days").descending(),
    )
    if rules.deadline_days > rules.horizon_days:
        raise deadline.error("is before the renewal is shown")
    return rules


def _usage(section: Table) -> UsageRules:
    high = section.value("high_from")
    breadth = section.value("breadth_weight")
    rules = UsageRules(
        activation_weight=section.value("activation_weight").integer(maximum=_PERCENT),
        depth_weight=section.value("depth_weight").integer(maximum=_PERCENT),
        breadth_weight=breadth.integer(maximum=_PERCENT),
        window_days=_days(section, "window_days"),
        target_key_actions=section.value("target_key_actions").integer(minimum=1),
        coverage_min_bps=section.value("coverage_min").bps(),
        medium_from=section.value("medium_from").integer(maximum=_PERCENT),
        high_from=high.integer(maximum=_PERCENT),
    )
    weights = rules.activation_weight + rules.depth_weight + rules.breadth_weight
    if weights != _PERCENT:
        raise breadth.error(f"the three weights sum to {weights}, not to {_PERCENT}")
    if rules.high_from < rules.medium_from:
        raise high.error("is below the medium band")
    return rules


def _escalation(section: Table) -> EscalationRules:
    second_factor = section.optional_value("second_factor_required")
    return EscalationRules(
        recent_months=_months(section, "recent_months"),
        review_above_marks=section.value("review_above_marks").integer(),
        second_factor_required=second_factor.flag() if second_factor else False,
    )
