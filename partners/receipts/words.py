"""The rules in sentences of our own, with the numbers of the edition a page speaks of.

A sentence never writes a number of the programme itself: rates, units, minima and days
are put in from the edition, and so is the rule's number ("R20") beside it, from the entry
of the edition that the sentence explains.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from partners.models import KindChoice
from program.money import Money
from program.rulebook import Kind, Rulebook, RuleText, Tier, french_title
from ui import formats

TAKEN_BACK = "3.2"
"""Cited by no entry of an edition: what follows a subscription that ends or shrinks."""


class Rule(NamedTuple):
    """A rule as a receipt shows it: what it cites ("R20, C36") and a sentence."""

    cites: str
    sentence: str

    @property
    def anchor(self) -> str:
        """The rule whose wording the page of an edition leads to: the first it cites."""
        return self.cites.partition(",")[0]


def cited(key: str, rulebook: Rulebook) -> str:
    """Return the rules an entry of the edition cites, "" if it has no such entry."""
    return rulebook.rules.get(key, "")


def in_language(text: RuleText) -> str:
    """Return an edition's own wording in the language active now."""
    return text.fr if (get_language() or "").startswith("fr") else text.en


def edition_title(rulebook: Rulebook) -> str:
    """Return an edition's title in the language active now, as far as it has one."""
    fr = rulebook.title_fr or french_title(rulebook.title) or rulebook.title
    return in_language(RuleText(en=rulebook.title, fr=fr))


def tier_name(tier: Tier | str) -> str:
    """Return a tier as a sentence names it."""
    return _("no tier") if tier == Tier.NONE else str(tier).capitalize()


# --- Points ---------------------------------------------------------------------------


def rate(kind: Kind, rulebook: Rulebook) -> Rule:
    points = rulebook.points.rates[kind]
    sentences = {
        Kind.SOURCED: ngettext(
            "One unit of monthly recurring revenue that the partner sourced gives "
            "%(points)s point.",
            "One unit of monthly recurring revenue that the partner sourced gives "
            "%(points)s points.",
            points,
        ),
        Kind.ASSISTED: ngettext(
            "One unit of monthly recurring revenue that the partner assisted gives "
            "%(points)s point.",
            "One unit of monthly recurring revenue that the partner assisted gives "
            "%(points)s points.",
            points,
        ),
        Kind.MANAGED: ngettext(
            "One unit of monthly recurring revenue that the partner manages gives "
            "%(points)s point.",
            "One unit of monthly recurring revenue that the partner manages gives "
            "%(points)s points.",
            points,
        ),
    }
    return Rule(
        cited(f"points.rates.{kind}", rulebook),
        sentences[kind] % {"points": formats.number(points)},
    )


def unit(currency: str, rulebook: Rulebook) -> Rule:
    worth = Money(rulebook.points.units[currency], currency)
    return Rule(
        cited(f"points.units.{currency}", rulebook),
        _("One unit is %(amount)s: a scale of the programme, not a market rate.")
        % {"amount": formats.money(worth.minor, worth.currency)},
    )


def growth(territory: str, *, is_growth: bool, rulebook: Rulebook) -> Rule:
    words = {
        "territory": formats.territory(territory),
        "factor": formats.number(rulebook.points.growth_multiplier),
    }
    if not is_growth:
        return Rule(
            cited("points.growth_multiplier", rulebook),
            _("The client’s territory, %(territory)s, is not a growth market: × 1.")
            % words,
        )
    cites = [cited("points.growth_multiplier", rulebook)]
    if territory in rulebook.growth:
        cites.append(rulebook.growth[territory].rule)
    return Rule(
        ", ".join(cites),
        _(
            "The client’s territory, %(territory)s, is a growth market: × %(factor)s, "
            "wherever the partner is."
        )
        % words,
    )


def proof(rulebook: Rulebook) -> Rule:
    rules = rulebook.proof
    if not rules.required:
        return Rule(
            cited("proof.required", rulebook), _("A won deal counts without a proof.")
        )
    return Rule(
        cited("proof.required", rulebook),
        _(
            "A won deal counts if its proof of involvement is dated from %(before)s days "
            "before the close to %(after)s days after it."
        )
        % {
            "before": formats.number(rules.max_age_days),
            "after": formats.number(rules.grace_days),
        },
    )


def window(rulebook: Rulebook, *, expires_on: date | None = None) -> Rule:
    months = formats.number(rulebook.points.sold_window_months)
    cites = cited("points.sold_window_months", rulebook)
    if expires_on is None:
        sentence = _(
            "Sold points count for %(months)s months from the close of the deal."
        )
        return Rule(cites, sentence % {"months": months})
    return Rule(
        cites,
        _(
            "Sold points count for %(months)s months from the close of the deal: these "
            "until the day before %(day)s."
        )
        % {"months": months, "day": formats.day_long(expires_on)},
    )


def split(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("points.managed_split", rulebook),
        _(
            "Managed points follow what is served today: the client’s running "
            "subscriptions, shared evenly between the partners who serve it."
        ),
    )


def stock(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("points.managed_split", rulebook),
        _(
            "The ledger holds each change of that stock, so its entries add up to what "
            "the partner has today. Managed points do not expire."
        ),
    )


def taken_back() -> Rule:
    return Rule(
        TAKEN_BACK,
        _(
            "From the day a subscription ends or is no longer paid, what is left of its "
            "sold points is taken back."
        ),
    )


def reduced() -> Rule:
    return Rule(
        TAKEN_BACK,
        _("From the day of a downgrade, sold points are reduced in proportion."),
    )


def corrected() -> Rule:
    return Rule(
        "",
        _(
            "An entry is never changed. When its source turns out to be different, a "
            "further entry makes up the difference."
        ),
    )


def exact(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("tiers.rounding", rulebook),
        _("Points are exact to the millionth; a half of the last digit is rounded up."),
    )


# --- Tiers ----------------------------------------------------------------------------


def basis(rulebook: Rulebook) -> Rule:
    """Say which points count for the sold minimum of the edition's table."""
    labels = [
        str(KindChoice(kind).label).lower()
        for kind in Kind
        if kind in rulebook.table.sold_basis
    ]
    return Rule(
        cited("tiers.sold_basis", rulebook),
        _("The sold minimum of table %(table)s counts these points: %(kinds)s.")
        % {"table": rulebook.table.code, "kinds": formats.listing(labels)},
    )


def managed_minimum(rulebook: Rulebook) -> Rule:
    binding = rulebook.table.managed_minimum_enforced
    return Rule(
        cited("tiers.managed_minimum_enforced", rulebook),
        _("All three minima must be met: sold, managed and total.")
        if binding
        else _("The managed minimum is shown and not required; sold and total are."),
    )


def rounding(rulebook: Rulebook) -> Rule:
    step = formats.points_exact(rulebook.tiers.rounding_micro)
    return Rule(
        cited("tiers.rounding", rulebook),
        _(
            "A sum is rounded to %(step)s points, halves upwards, before it is compared "
            "with a minimum."
        )
        % {"step": step},
    )


def invitation(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("tiers.elite_requires_invitation", rulebook),
        _("Elite is by invitation: without one the numbers of Elite give Diamond."),
    )


def elite(rulebook: Rulebook) -> Rule:
    rules = rulebook.elite
    return Rule(
        "R115, R116, C34, C37",
        _(
            "Beside the points: customer retention of at least %(customers)s, revenue "
            "retention above %(revenue)s, %(count)s valid certifications of the team, "
            "the conditions of standing, and a review by hand."
        )
        % {
            "customers": formats.percent(rules.customer_retention_min_bps),
            "revenue": formats.percent(rules.revenue_retention_above_bps),
            "count": formats.number(rules.certifications_min),
        },
    )


def no_tier_for_providers() -> Rule:
    return Rule("3.9", _("A provider’s points are for information; no tier applies."))


def checks(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("calendar.snapshot_day", rulebook),
        _("Tiers are checked on day %(day)s of each month, and rise at a check.")
        % {"day": formats.number(rulebook.calendar.snapshot_day)},
    )


def keeping(rulebook: Rulebook) -> Rule:
    cites = cited("tiers.keep_if_met_once_in_period", rulebook)
    count = formats.number(rulebook.calendar.period_checks)
    if rulebook.tiers.keep_if_met_once_in_period:
        sentence = _(
            "A tier falls only at an evaluation, to the best tier of its last %(count)s "
            "checks; reaching it at one of them keeps it."
        )
    else:
        sentence = _("A tier falls only at an evaluation, to the tier of its last check.")
    return Rule(cites, sentence % {"count": count})


def protection(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("tiers.protection_months", rulebook),
        _("A tier is safe for %(months)s months after it was credited.")
        % {"months": formats.number(rulebook.tiers.protection_months)},
    )


def appeals(rulebook: Rulebook) -> Rule:
    """Say when an appeal may be made and by when it is decided."""
    if not rulebook.tiers.appeal_from_days:
        return Rule("3.4", _("This edition of the rulebook knows no appeals."))
    return Rule(
        cited("tiers.appeal_from_days", rulebook),
        _(
            "From %(before)s days before an evaluation an owner may appeal against "
            "losing the tier; it is decided within %(within)s days, and until then the "
            "tier stays."
        )
        % {
            "before": formats.number(rulebook.tiers.appeal_from_days),
            "within": formats.number(rulebook.tiers.appeal_decide_days),
        },
    )


def overrides() -> Rule:
    return Rule(
        "R6, C32",
        _(
            "The system computes, the programme decides: a tier may be granted for a "
            "time, with a reason and by two people. The earned tier goes on beneath it."
        ),
    )


def total_label() -> str:
    return _("Total")


def certification(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("certification.required", rulebook),
        _(
            "A tier needs a valid Solutions Partner Certification. If it has expired on "
            "the day of an evaluation, %(days)s days are left to renew it."
        )
        % {"days": formats.number(rulebook.certification.cure_days)},
    )
