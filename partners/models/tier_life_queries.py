"""Which rows about a partner's tier grant one on a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from partners.models.companies import MembershipChoice
from partners.models.membership import MembershipChange
from partners.models.of_partner import OfPartnerQuerySet

if TYPE_CHECKING:
    from partners.models.tier_life import TierOverride  # noqa: F401 - a type argument


class TierOverrideQuerySet(OfPartnerQuerySet["TierOverride"]):
    def in_force_on(self, day: date, *, known_at: datetime | None = None) -> Self:
        """Return what grants a tier on a day, as was known at a moment.

        To a provider nothing does: it has no tier.
        """
        withdrawn = Q(withdrawn_on__lte=day)
        decided = Q(decided_at__isnull=False)
        memberships = MembershipChange.objects.filter(
            partner=OuterRef("partner"), on__lte=day
        )
        if known_at is not None:
            memberships = memberships.filter(recorded_at__lte=known_at)
            withdrawn &= Q(withdrawn_at__lte=known_at)
            decided = Q(decided_at__lte=known_at)
        states = ("approved", "withdrawn")
        membership = memberships.order_by("-on", "-id").values("membership")[:1]
        return (
            self.filter(decided, state__in=states, from_on__lte=day, until_on__gt=day)
            .exclude(withdrawn)
            .alias(
                membership=Coalesce(Subquery(membership), Value(MembershipChoice.PARTNER))
            )
            .exclude(membership=MembershipChoice.PROVIDER)
        )
