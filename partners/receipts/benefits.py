"""Whether a company has a benefit of the matrix on a day, and if not why (R7, 2.9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from partners.models import BenefitSuspension, Partner, TierChange
from partners.receipts.conditions import suspension_on
from partners.selectors import edition_on, membership_on, override_on
from program.rulebook import Benefit, Grant, Level, Tier
from ui import formats


class Hindrance(StrEnum):
    """Why a company cannot use a benefit."""

    NOT_NAMED = "not_named"
    LEVEL = "level"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitRight:
    """A benefit as a company has it on a day; true if it may use it or apply for it.

    `hindrance` is None then. A suspension takes all benefits, those to apply for too.
    """

    code: str
    level: Level
    grant: Grant
    hindrance: Hindrance | None
    suspension: BenefitSuspension | None

    def __bool__(self) -> bool:
        return self.hindrance is None

    @property
    def why(self) -> str:
        """Say why not, since when and what to do; "" if the company may use it."""
        if self.suspension is not None:
            return suspended_words(self.suspension)
        return {
            None: "",
            Hindrance.NOT_NAMED: _("The rulebook of that day has no such benefit."),
            Hindrance.LEVEL: _("Your level does not include this benefit."),
        }[self.hindrance]


def benefit_available(partner: Partner, code: str, *, on: date) -> BenefitRight:
    """Return whether a company has a benefit on a day, by the edition of that day.

    What asks for money or an application counts as available: the right to ask is there.
    Raises `NoEditionError` for a day before the first edition.
    """
    return benefits_available(partner, (code,), on=on)[code]


def benefits_available(
    partner: Partner, codes: Iterable[str], *, on: date
) -> dict[str, BenefitRight]:
    """Return code → what `benefit_available` says, for the queries of one."""
    level = level_on(partner, on)
    benefits = edition_on(on).rulebook.benefits
    suspension = suspension_on(partner, on)
    return {
        code: _right(code, benefits.get(code), level=level, suspension=suspension)
        for code in codes
    }


def _right(
    code: str,
    benefit: Benefit | None,
    *,
    level: Level,
    suspension: BenefitSuspension | None,
) -> BenefitRight:
    grant = benefit.grant(level) if benefit else Grant.NO
    hindrance = None
    if benefit is None:
        hindrance = Hindrance.NOT_NAMED
    elif grant is Grant.NO:
        hindrance = Hindrance.LEVEL
    elif suspension is not None:
        hindrance = Hindrance.SUSPENDED
    return BenefitRight(
        code=code,
        level=level,
        grant=grant,
        hindrance=hindrance,
        suspension=suspension if hindrance is Hindrance.SUSPENDED else None,
    )


def level_on(partner: Partner, day: date) -> Level:
    """Return a company's column of the matrix on a day.

    A tier that the programme grants for a time counts before the credited one (C32).
    """
    credited = TierChange.objects.filter(partner=partner, on__lte=day)
    held = credited.order_by("-on", "-id").values_list("tier", flat=True).first()
    granted = override_on(partner.pk, day)
    tier = Tier(granted.tier if granted else held or Tier.NONE)
    return Level.of(membership_on(partner, day), tier)


def suspended_words(suspension: BenefitSuspension) -> str:
    """Say since when benefits are suspended, why, and what gives them back."""
    if suspension.cause == BenefitSuspension.Cause.OWN_SUBSCRIPTION:
        why = _("the own subscription has lapsed")
        advice = _("Renew or enlarge it; the benefits come back the night after.")
    else:
        why = suspension.reason.rstrip(". ") or _("the company is in default")
        advice = _(
            "Put it right and tell your partner development manager, who restores them."
        )
    return _("Suspended since %(day)s: %(why)s. %(advice)s") % {
        "day": formats.day_long(suspension.from_on),
        "why": why,
        "advice": advice,
    }
