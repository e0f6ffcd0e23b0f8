"""Whether a company has a benefit of the matrix on a day, and if not why (R7, 2.9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from partners.models import (
    BenefitSuspension,
    MembershipChange,
    Partner,
    TierChange,
    TierOverride,
)
from partners.receipts.conditions import suspension_on
from partners.selectors import edition_on
from program.rulebook import Benefit, Grant, Level, Membership, Rulebook, Tier
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
    partner: Partner, codes: Iterable[str], *, on: date, rulebook: Rulebook | None = None
) -> dict[str, BenefitRight]:
    """Return code → what `benefit_available` says, for the queries of one.

    `rulebook` is that of the day, for who has read it.
    """
    level = level_on(partner, on)
    benefits = (rulebook or edition_on(on).rulebook).benefits
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
    """Return a company's column of the matrix on a day, by one query.

    A tier that the programme grants for a time counts before the credited one (C32).
    Membership is what `membership_on` says.
    """
    own = Q(partner=OuterRef("pk"))
    granted = TierOverride.objects.in_force_on(day).order_by("-decided_at", "-pk")
    credited = TierChange.objects.filter(on__lte=day).order_by("-on", "-id")
    first = MembershipChange.objects.order_by("on", "id")
    latest = MembershipChange.objects.filter(on__lte=day).order_by("-on", "-id")

    def of(rows: QuerySet[Any], field: str) -> Subquery:
        return Subquery(rows.filter(own).values(field)[:1])

    tier, membership = (
        Partner.objects.filter(pk=partner.pk)
        .values_list(
            Coalesce(of(granted, "tier"), of(credited, "tier"), Value(Tier.NONE.value)),
            Coalesce(of(latest, "membership"), of(first, "membership"), F("membership")),
        )
        .get()
    )
    return Level.of(Membership(membership), Tier(tier))


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
