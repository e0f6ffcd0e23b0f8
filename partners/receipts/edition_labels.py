"""What the values of an edition are called, and how they are written, in plain words.

A value the table does not name is shown by its key: an edition may say more than this
release knows how to word, and nothing of it is hidden.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from partners.models import KindChoice
from program.money import InvalidMoneyError, Money
from program.rulebook import Entry, Tier
from program.rulebook.parse_benefits import COLUMNS
from ui import formats

SECTIONS: Final[dict[str, Any]] = {
    "edition": gettext_lazy("This edition"),
    "points": gettext_lazy("Points"),
    "proof": gettext_lazy("Proof of involvement"),
    "tiers": gettext_lazy("Tiers"),
    "calendar": gettext_lazy("Calendar"),
    "certification": gettext_lazy("Certification"),
    "elite": gettext_lazy("What Elite asks for"),
    "membership": gettext_lazy("Membership"),
    "escalation": gettext_lazy("Good standing"),
    "commission": gettext_lazy("Commission"),
    "upmarket": gettext_lazy("Upmarket referral commission"),
    "payout": gettext_lazy("Payout"),
    "deal": gettext_lazy("Deal registration"),
    "assign": gettext_lazy("Who joins a shared deal"),
    "products": gettext_lazy("Products and their tools"),
    "usage": gettext_lazy("Usage score"),
    "renewal": gettext_lazy("Renewals"),
    "access": gettext_lazy("Access to clients"),
    "matching": gettext_lazy("Partner matching"),
    "mdf": gettext_lazy("Market development funds"),
    "pgf": gettext_lazy("Partner growth fund"),
    "pdf": gettext_lazy("Partner development fund"),
    "benefits": gettext_lazy("Benefits"),
    "growth": gettext_lazy("Growth markets"),
    "rules": gettext_lazy("The rules in words"),
}
LABELS: Final[dict[str, Any]] = {
    "edition.code": gettext_lazy("Code"),
    "edition.title": gettext_lazy("Title"),
    "edition.title_fr": gettext_lazy("Title in French"),
    "edition.effective_on": gettext_lazy("Holds from"),
    "points.growth_multiplier": gettext_lazy("Factor in growth markets"),
    "points.sold_window_months": gettext_lazy("Sold points count for"),
    "points.non_deal_increase_counts": gettext_lazy("Increases outside of deals count"),
    "points.managed_split": gettext_lazy("Managed points are shared"),
    "points.managed_activity_window_days": gettext_lazy(
        "A client is served by activity within"
    ),
    "points.managed_min_activities": gettext_lazy("Activities that make a client served"),
    "points.rates.sourced": gettext_lazy("Points per unit, sourced"),
    "points.rates.assisted": gettext_lazy("Points per unit, assisted"),
    "points.rates.managed": gettext_lazy("Points per unit, managed"),
    "points.units": gettext_lazy("One unit"),
    "proof.required": gettext_lazy("A won deal needs a proof"),
    "proof.max_age_days": gettext_lazy("Before the close, at most"),
    "proof.grace_days": gettext_lazy("After the close, at most"),
    "tiers.table.code": gettext_lazy("Threshold table"),
    "tiers.sold_basis": gettext_lazy("The sold minimum counts"),
    "tiers.managed_minimum_enforced": gettext_lazy("The managed minimum binds"),
    "tiers.rounding": gettext_lazy("Sums are rounded, half up, to steps of"),
    "tiers.upgrade_schedule": gettext_lazy("Tiers rise"),
    "tiers.protection_months": gettext_lazy("A new tier is safe for"),
    "tiers.keep_if_met_once_in_period": gettext_lazy(
        "Reached once in the period, it is kept"
    ),
    "tiers.elite_requires_invitation": gettext_lazy("Elite needs an invitation"),
    "tiers.appeal_from_days": gettext_lazy("Appeals open before the evaluation, by"),
    "tiers.appeal_decide_days": gettext_lazy("An appeal is decided within"),
    "calendar.snapshot_day": gettext_lazy("Tiers are checked on day"),
    "calendar.evaluation_months": gettext_lazy("Evaluations are in months"),
    "calendar.period_checks": gettext_lazy("Checks of a period"),
    "certification.required": gettext_lazy("A tier needs a certification"),
    "certification.kind": gettext_lazy("Which one"),
    "certification.cure_days": gettext_lazy("An expired one is renewed within"),
    "certification.warning_days": gettext_lazy("Warnings before it expires, days"),
    "elite.customer_retention_min": gettext_lazy("Customer retention, at least"),
    "elite.revenue_retention_above": gettext_lazy("Revenue retention, more than"),
    "elite.certifications_min": gettext_lazy("Certifications in the team, at least"),
    "elite.proximity": gettext_lazy("Close to Elite from"),
    "elite.retention_clients_min": gettext_lazy("Clients that make retention count"),
    "membership.provider_edition": gettext_lazy("A provider owns, or higher"),
    "membership.partner_edition": gettext_lazy("A partner owns, or higher"),
    "membership.partner_minimum": gettext_lazy("A partner spends a month, at least"),
    "membership.subscription_cure_days": gettext_lazy(
        "A missing subscription is cured within"
    ),
    "membership.gold_deadline_enabled": gettext_lazy("Gold has a deadline"),
    "membership.gold_deadline_months": gettext_lazy("Gold is reached within"),
    "membership.demotion_notice_days": gettext_lazy("Notice before becoming a provider"),
    "membership.gold_warning_days": gettext_lazy("Warnings before the deadline, days"),
    "escalation.second_factor_required": gettext_lazy(
        "Everybody signs in with two factors"
    ),
    "escalation.recent_months": gettext_lazy("An escalation weighs for"),
    "escalation.review_above_marks": gettext_lazy("A review follows above, marks"),
    "commission.rate": gettext_lazy("Rate"),
    "commission.motion": gettext_lazy("Paid on deals"),
    "commission.first_close_on": gettext_lazy("Deals closed from"),
    "commission.base": gettext_lazy("A share of"),
    "commission.attribution_model": gettext_lazy("Attributed by"),
    "commission.touchless_window_months": gettext_lazy("Touchless purchases within"),
    "commission.term_months.provider": gettext_lazy("Paid to a provider for"),
    "commission.term_months.partner": gettext_lazy("Paid to a partner for"),
    "upmarket.rate": gettext_lazy("Rate"),
    "upmarket.motion": gettext_lazy("Paid on deals"),
    "upmarket.months": gettext_lazy("Paid for"),
    "upmarket.minimum": gettext_lazy("Deals a month, at least"),
    "upmarket.minimum_tier": gettext_lazy("From tier"),
    "upmarket.accreditation": gettext_lazy("Accreditation"),
    "upmarket.pilot.from_on": gettext_lazy("Pilot from"),
    "upmarket.pilot.until_on": gettext_lazy("Pilot ends before"),
    "upmarket.pilot.minimum": gettext_lazy("Deals of the pilot, at least"),
    "upmarket.pilot.region": gettext_lazy("Region of the pilot"),
    "payout.frequency": gettext_lazy("How often"),
    "payout.lag_days": gettext_lazy("After the end of the period"),
    "payout.fx": gettext_lazy("Converted at the rate of"),
    "payout.minimum_minor": gettext_lazy("Smallest payout, in minor units"),
    "payout.forfeiture_months": gettext_lazy("Lost without paperwork after"),
    "payout.forfeiture_warning_days": gettext_lazy("Warnings before it is lost, days"),
    "deal.validity_days": gettext_lazy("A registration holds"),
    "deal.renewals_max": gettext_lazy("Renewals, at most"),
    "deal.renewal_activity_days": gettext_lazy("Renewed with activity within"),
    "deal.reminder_days": gettext_lazy("Reminders before it ends, days"),
    "deal.review_sla_hours": gettext_lazy("Answered within"),
    "assign.engineer_minimum": gettext_lazy("A solutions engineer joins from"),
    "assign.specialist_products": gettext_lazy("A specialist joins for"),
    "usage.activation_weight": gettext_lazy("Weight of activation"),
    "usage.depth_weight": gettext_lazy("Weight of depth"),
    "usage.breadth_weight": gettext_lazy("Weight of breadth"),
    "usage.window_days": gettext_lazy("Measured over"),
    "usage.target_key_actions": gettext_lazy("Key actions that are enough"),
    "usage.coverage_min": gettext_lazy("Measured share, at least"),
    "usage.medium_from": gettext_lazy("Medium from"),
    "usage.high_from": gettext_lazy("High from"),
    "renewal.horizon_days": gettext_lazy("A renewal is shown before, by"),
    "renewal.deadline_days": gettext_lazy("It can be stopped until before, by"),
    "renewal.alert_days": gettext_lazy("Alerts before it, days"),
    "access.link_days": gettext_lazy("An access link holds"),
    "matching.conditions": gettext_lazy("Conditions"),
    "matching.window_months": gettext_lazy("Looked at over"),
    "matching.sourced_share_min": gettext_lazy("Sourced share, at least"),
    "matching.retention_min": gettext_lazy("Retention, at least"),
    "matching.minimum_tier": gettext_lazy("From tier"),
    "matching.software_certifications_min": gettext_lazy(
        "Software certifications, at least"
    ),
    "matching.implementation_certifications_min": gettext_lazy(
        "Implementation certifications, at least"
    ),
    "mdf.match": gettext_lazy("Share of the cost"),
    "mdf.standard_tier": gettext_lazy("As a rule from tier"),
    "mdf.claim_days": gettext_lazy("Claimed within"),
    "pgf.budget": gettext_lazy("Budget"),
    "pgf.tranches": gettext_lazy("Yearly payments"),
    "pgf.applications_per_year": gettext_lazy("Applications a year"),
    "pdf.minimum_tier": gettext_lazy("From tier"),
    "pdf.advance_months": gettext_lazy("Commission in advance, for"),
    "pdf.retention_min": gettext_lazy("Retention, at least"),
    "pdf.growth_min": gettext_lazy("Growth, at least"),
}
COLUMN_LABELS: Final[dict[str, Any]] = {
    "sold": gettext_lazy("sold"),
    "managed": gettext_lazy("managed"),
    "total": gettext_lazy("total"),
    "name": gettext_lazy("name"),
    "tools": gettext_lazy("tools"),
    "editions": gettext_lazy("editions"),
    "credits_above": gettext_lazy("credits above"),
    "en": gettext_lazy("in English"),
    "fr": gettext_lazy("in French"),
    "levels": gettext_lazy("levels"),
    "refused": gettext_lazy("taken back"),
    "exceptional": gettext_lazy("case by case"),
    "eligibility": gettext_lazy("right to apply"),
    "paid": gettext_lazy("right to buy"),
    "region": gettext_lazy("region"),
    "boundary": gettext_lazy("on the boundary of the wording"),
    "group": gettext_lazy("group"),
    "row": gettext_lazy("row"),
}
WORDS: Final[dict[str, Any]] = {
    "even": gettext_lazy("evenly between those who serve the client"),
    "monthly_15": gettext_lazy("at each monthly check"),
    "quarterly": gettext_lazy("each quarter"),
    "immediate": gettext_lazy("at once"),
    "solutions_partner": gettext_lazy("Solutions Partner Certification"),
    "net_revenue_received": gettext_lazy("net revenue received"),
    "deal_based": gettext_lazy("the deal"),
    "product_line": gettext_lazy("the product line"),
    "month_end": gettext_lazy("the end of the month"),
    "accreditation_or_all": gettext_lazy("an accreditation, or all others together"),
    "all_required": gettext_lazy("all of them"),
    "starter": gettext_lazy("Starter"),
    "professional": gettext_lazy("Professional"),
    "enterprise": gettext_lazy("Enterprise"),
    "asia": gettext_lazy("North and South-East Asia"),
    "latin_america": gettext_lazy("Latin America and the Caribbean"),
    "eastern_europe": gettext_lazy("Eastern and Central Europe"),
    "middle_east_africa": gettext_lazy("Middle East and Africa"),
    **{tier.value: tier.value.capitalize() for tier in Tier if tier is not Tier.NONE},
    "none": gettext_lazy("no tier"),
    **{kind.value: kind.label for kind in KindChoice},
}
_LEVELS: Final = {
    "Pv": gettext_lazy("Provider"),
    "P": gettext_lazy("Partner"),
    "G": "Gold",
    "Pl": "Platinum",
    "D": "Diamond",
    "E": "Elite",
}
_ABSENT: Final = {
    "tiers.appeal_from_days": gettext_lazy("no appeals"),
    "tiers.appeal_decide_days": gettext_lazy("no appeals"),
    "certification.warning_days": gettext_lazy("no warnings"),
    "escalation.second_factor_required": gettext_lazy("no"),
}
"""What holds in an edition without a key that came later."""
_PERCENT: Final = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?\s?%")
_MONEY: Final = re.compile(r"[0-9]+(\.[0-9]+)? [A-Z]{3}")
_FREE: Final = frozenset(
    {"en", "fr", "name", "title", "title_fr", "code", "note", "accreditation"}
)


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


def absent(entry: Entry) -> str:
    """Say what holds in an edition that lacks a key; "" for what is no key of its own."""
    return str(_ABSENT.get(entry.key, ""))


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
