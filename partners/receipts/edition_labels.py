"""What the values of an edition are called, and how they are written, in plain words.

A value the table does not name is shown by its key: an edition may say more than this
release knows how to word, and nothing of it is hidden.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners.models import KindChoice
from program.money import InvalidMoneyError, Money
from program.rulebook import Entry, Tier
from program.rulebook.parse_benefits import COLUMNS
from ui import formats

SECTIONS: Final[dict[str, Any]] = {
    "edition": lazy("This edition"),
    "points": lazy("Points"),
    "proof": lazy("Proof of involvement"),
    "tiers": lazy("Tiers"),
    "calendar": lazy("Calendar"),
    "certification": lazy("Certification"),
    "elite": lazy("What Elite asks for"),
    "membership": lazy("Membership"),
    "escalation": lazy("Good standing"),
    "commission": lazy("Commission"),
    "upmarket": lazy("Upmarket referral commission"),
    "payout": lazy("Payout"),
    "deal": lazy("Deal registration"),
    "assign": lazy("Who joins a shared deal"),
    "products": lazy("Products and their tools"),
    "usage": lazy("Usage score"),
    "renewal": lazy("Renewals"),
    "access": lazy("Access to clients"),
    "matching": lazy("Partner matching"),
    "mdf": lazy("Market development funds"),
    "pgf": lazy("Partner growth fund"),
    "pdf": lazy("Partner development fund"),
    "benefits": lazy("Benefits"),
    "growth": lazy("Growth markets"),
    "rules": lazy("The rules in words"),
}
LABELS: Final[dict[str, Any]] = {
    "edition.code": lazy("Code"),
    "edition.title": lazy("Title"),
    "edition.effective_on": lazy("Holds from"),
    "points.growth_multiplier": lazy("Factor in growth markets"),
    "points.sold_window_months": lazy("Sold points count for"),
    "points.non_deal_increase_counts": lazy("Increases outside of deals count"),
    "points.managed_split": lazy("Managed points are shared"),
    "points.managed_activity_window_days": lazy("A client is served by activity within"),
    "points.managed_min_activities": lazy("Activities that make a client served"),
    "points.rates.sourced": lazy("Points per unit, sourced"),
    "points.rates.assisted": lazy("Points per unit, assisted"),
    "points.rates.managed": lazy("Points per unit, managed"),
    "points.units": lazy("One unit"),
    "proof.required": lazy("A won deal needs a proof"),
    "proof.max_age_days": lazy("Before the close, at most"),
    "proof.grace_days": lazy("After the close, at most"),
    "tiers.table.code": lazy("Threshold table"),
    "tiers.sold_basis": lazy("The sold minimum counts"),
    "tiers.managed_minimum_enforced": lazy("The managed minimum binds"),
    "tiers.rounding": lazy("Sums are rounded, half up, to steps of"),
    "tiers.upgrade_schedule": lazy("Tiers rise"),
    "tiers.protection_months": lazy("A new tier is safe for"),
    "tiers.keep_if_met_once_in_period": lazy("Reached once in the period, it is kept"),
    "tiers.elite_requires_invitation": lazy("Elite needs an invitation"),
    "tiers.appeal_from_days": lazy("Appeals open before the evaluation, by"),
    "tiers.appeal_decide_days": lazy("An appeal is decided within"),
    "calendar.snapshot_day": lazy("Tiers are checked on day"),
    "calendar.evaluation_months": lazy("Evaluations are in months"),
    "calendar.period_checks": lazy("Checks of a period"),
    "certification.required": lazy("A tier needs a certification"),
    "certification.kind": lazy("Which one"),
    "certification.cure_days": lazy("An expired one is renewed within"),
    "certification.warning_days": lazy("Warnings before it expires, days"),
    "elite.customer_retention_min": lazy("Customer retention, at least"),
    "elite.revenue_retention_above": lazy("Revenue retention, more than"),
    "elite.certifications_min": lazy("Certifications in the team, at least"),
    "elite.proximity": lazy("Close to Elite from"),
    "elite.retention_clients_min": lazy("Clients that make retention count"),
    "membership.provider_edition": lazy("A provider owns, or higher"),
    "membership.partner_edition": lazy("A partner owns, or higher"),
    "membership.partner_minimum": lazy("A partner spends a month, at least"),
    "membership.subscription_cure_days": lazy("A missing subscription is cured within"),
    "membership.gold_deadline_enabled": lazy("Gold has a deadline"),
    "membership.gold_deadline_months": lazy("Gold is reached within"),
    "membership.demotion_notice_days": lazy("Notice before becoming a provider"),
    "membership.gold_warning_days": lazy("Warnings before the deadline, days"),
    "escalation.recent_months": lazy("An escalation weighs for"),
    "escalation.review_above_marks": lazy("A review follows above, marks"),
    "commission.rate": lazy("Rate"),
    "commission.motion": lazy("Paid on deals"),
    "commission.first_close_on": lazy("Deals closed from"),
    "commission.base": lazy("A share of"),
    "commission.attribution_model": lazy("Attributed by"),
    "commission.touchless_window_months": lazy("Touchless purchases within"),
    "commission.term_months.provider": lazy("Paid to a provider for"),
    "commission.term_months.partner": lazy("Paid to a partner for"),
    "upmarket.rate": lazy("Rate"),
    "upmarket.motion": lazy("Paid on deals"),
    "upmarket.months": lazy("Paid for"),
    "upmarket.minimum": lazy("Deals a month, at least"),
    "upmarket.minimum_tier": lazy("From tier"),
    "upmarket.accreditation": lazy("Accreditation"),
    "upmarket.pilot.from_on": lazy("Pilot from"),
    "upmarket.pilot.until_on": lazy("Pilot ends before"),
    "upmarket.pilot.minimum": lazy("Deals of the pilot, at least"),
    "upmarket.pilot.region": lazy("Region of the pilot"),
    "payout.frequency": lazy("How often"),
    "payout.lag_days": lazy("After the end of the period"),
    "payout.fx": lazy("Converted at the rate of"),
    "payout.minimum_minor": lazy("Smallest payout, in minor units"),
    "payout.forfeiture_months": lazy("Lost without paperwork after"),
    "payout.forfeiture_warning_days": lazy("Warnings before it is lost, days"),
    "deal.validity_days": lazy("A registration holds"),
    "deal.renewals_max": lazy("Renewals, at most"),
    "deal.renewal_activity_days": lazy("Renewed with activity within"),
    "deal.reminder_days": lazy("Reminders before it ends, days"),
    "deal.review_sla_hours": lazy("Answered within"),
    "assign.engineer_minimum": lazy("A solutions engineer joins from"),
    "assign.specialist_products": lazy("A specialist joins for"),
    "usage.activation_weight": lazy("Weight of activation"),
    "usage.depth_weight": lazy("Weight of depth"),
    "usage.breadth_weight": lazy("Weight of breadth"),
    "usage.window_days": lazy("Measured over"),
    "usage.target_key_actions": lazy("Key actions that are enough"),
    "usage.coverage_min": lazy("Measured share, at least"),
    "usage.medium_from": lazy("Medium from"),
    "usage.high_from": lazy("High from"),
    "renewal.horizon_days": lazy("A renewal is shown before, by"),
    "renewal.deadline_days": lazy("It can be stopped until before, by"),
    "renewal.alert_days": lazy("Alerts before it, days"),
    "access.link_days": lazy("An access link holds"),
    "matching.conditions": lazy("Conditions"),
    "matching.window_months": lazy("Looked at over"),
    "matching.sourced_share_min": lazy("Sourced share, at least"),
    "matching.retention_min": lazy("Retention, at least"),
    "matching.minimum_tier": lazy("From tier"),
    "matching.software_certifications_min": lazy("Software certifications, at least"),
    "matching.implementation_certifications_min": lazy(
        "Implementation certifications, at least"
    ),
    "mdf.match": lazy("Share of the cost"),
    "mdf.standard_tier": lazy("As a rule from tier"),
    "mdf.claim_days": lazy("Claimed within"),
    "pgf.budget": lazy("Budget"),
    "pgf.tranches": lazy("Yearly payments"),
    "pgf.applications_per_year": lazy("Applications a year"),
    "pdf.minimum_tier": lazy("From tier"),
    "pdf.advance_months": lazy("Commission in advance, for"),
    "pdf.retention_min": lazy("Retention, at least"),
    "pdf.growth_min": lazy("Growth, at least"),
}
COLUMN_LABELS: Final[dict[str, Any]] = {
    "sold": lazy("sold"),
    "managed": lazy("managed"),
    "total": lazy("total"),
    "name": lazy("name"),
    "tools": lazy("tools"),
    "editions": lazy("editions"),
    "credits_above": lazy("credits above"),
    "en": lazy("in English"),
    "fr": lazy("in French"),
    "levels": lazy("levels"),
    "refused": lazy("taken back"),
    "exceptional": lazy("case by case"),
    "eligibility": lazy("right to apply"),
    "paid": lazy("right to buy"),
    "region": lazy("region"),
    "boundary": lazy("on the boundary of the wording"),
    "group": lazy("group"),
    "row": lazy("row"),
}
WORDS: Final[dict[str, Any]] = {
    "even": lazy("evenly between those who serve the client"),
    "monthly_15": lazy("at each monthly check"),
    "quarterly": lazy("each quarter"),
    "immediate": lazy("at once"),
    "solutions_partner": lazy("Solutions Partner Certification"),
    "net_revenue_received": lazy("net revenue received"),
    "deal_based": lazy("the deal"),
    "product_line": lazy("the product line"),
    "month_end": lazy("the end of the month"),
    "accreditation_or_all": lazy("an accreditation, or all others together"),
    "all_required": lazy("all of them"),
    "starter": lazy("Starter"),
    "professional": lazy("Professional"),
    "enterprise": lazy("Enterprise"),
    "asia": lazy("North and South-East Asia"),
    "latin_america": lazy("Latin America and the Caribbean"),
    "eastern_europe": lazy("Eastern and Central Europe"),
    "middle_east_africa": lazy("Middle East and Africa"),
    **{tier.value: tier.value.capitalize() for tier in Tier if tier is not Tier.NONE},
    "none": lazy("no tier"),
    **{kind.value: kind.label for kind in KindChoice},
}
_LEVELS: Final = {
    "Pv": lazy("Provider"),
    "P": lazy("Partner"),
    "G": "Gold",
    "Pl": "Platinum",
    "D": "Diamond",
    "E": "Elite",
}
_PERCENT: Final = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?\s?%")
_MONEY: Final = re.compile(r"[0-9]+(\.[0-9]+)? [A-Z]{3}")
_FREE: Final = frozenset({"en", "fr", "name", "title", "code", "note", "accreditation"})


def section_title(section: str) -> str:
    return str(SECTIONS.get(section, section.replace("_", " ").capitalize()))


def label(entry: Entry) -> str:
    """Return what a value is called, with its column where the entry has several."""
    column = str(COLUMN_LABELS.get(entry.column, entry.column.replace("_", " ")))
    named = LABELS.get(entry.name) or LABELS.get(entry.key)
    if named:
        return str(named)
    above, _dot, last = entry.key.rpartition(".")
    if above == "points.units":
        return f"{LABELS[above]}, {last}"
    if above == "growth.territories":
        words = formats.territory(last)
    elif above == "tiers.thresholds":
        words = last.capitalize()
    elif above in {"rules", ""}:
        words = last
    else:
        words = last.replace("_", " ").capitalize()
    return f"{words}, {column}" if column else words


def shown(entry: Entry) -> str:
    """Return a value as a person of the active language reads it."""
    value = entry.value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return formats.day_long(value)
    if isinstance(value, tuple):
        return formats.listing([_word(part) for part in value])
    if entry.key.startswith("points.units."):
        return _amount(str(value), entry.key.rpartition(".")[2])
    if isinstance(value, int):
        return _counted(value, entry.column or entry.key)
    return _text(value, entry)


def _text(value: str, entry: Entry) -> str:
    """Return what stands in quotes: a percentage, an amount, a code, or words."""
    last = entry.column or str(entry.path[-2])
    if last in {"levels", "refused", "exceptional"}:
        marks = [mark for mark in value.split() if mark in COLUMNS]
        return formats.listing([str(_LEVELS[mark]) for mark in marks]) or _("nobody")
    if last in _FREE or entry.section == "rules":
        return value
    if found := _PERCENT.fullmatch(value):
        whole, fraction = found.groups()
        return formats.percent(int(whole) * 100 + int((fraction or "").ljust(2, "0")))
    if _MONEY.fullmatch(value):
        amount, _space, currency = value.partition(" ")
        return _amount(amount, currency)
    return _word(value)


def in_language(en: str, fr: str) -> str:
    return fr if (get_language() or "").startswith("fr") else en


def _word(value: int | str) -> str:
    if isinstance(value, int):
        return formats.number(value)
    return str(WORDS.get(value, value.replace("_", " ")))


def _amount(amount: str, currency: str) -> str:
    try:
        money = Money.of(amount, currency)
        return formats.money(money.minor, money.currency)
    except InvalidMoneyError:  # of a draft
        return f"{amount} {currency}"


def _counted(value: int, key: str) -> str:
    """Return a whole number with the unit its key names."""
    words = {"count": formats.number(value)}
    key = key.replace("term_months.provider", "months").replace(
        "term_months.partner", "months"
    )
    if key.endswith("_days"):
        return ngettext("%(count)s day", "%(count)s days", value) % words
    if key.endswith("months"):
        return ngettext("%(count)s month", "%(count)s months", value) % words
    if key.endswith("_hours"):
        return ngettext("%(count)s hour", "%(count)s hours", value) % words
    return formats.number(value)
