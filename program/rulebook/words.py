"""The closed lists of words of the programme (rulebook 1.1)."""

from enum import StrEnum


class Kind(StrEnum):
    """What points are earned for. Sourced and assisted together are "sold"."""

    SOURCED = "sourced"
    ASSISTED = "assisted"
    MANAGED = "managed"


class Membership(StrEnum):
    """Whether a company is a provider, which has no tier, or a partner."""

    PROVIDER = "provider"
    PARTNER = "partner"


class Tier(StrEnum):
    """The tiers in order: `Tier.GOLD < Tier.PLATINUM`, also against plain codes.

    Comparing with a word that is no tier raises ValueError instead of comparing letters.
    """

    NONE = "none"
    GOLD = "gold"
    PLATINUM = "platinum"
    DIAMOND = "diamond"
    ELITE = "elite"

    @property
    def rank(self) -> int:
        """0 for none up to 4 for Elite."""
        return _RANKS[self]

    @property
    def next(self) -> "Tier | None":
        """The tier above, or None for Elite."""
        return _ABOVE[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < Tier(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Tier(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Tier(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Tier(other).rank


_RANKS = {tier: rank for rank, tier in enumerate(Tier)}
_ABOVE = dict(zip(Tier, (*list(Tier)[1:], None), strict=True))


class Level(StrEnum):
    """The six columns of the benefits matrix: the provider, then the tiers (C1)."""

    PROVIDER = "provider"
    NONE = "none"
    GOLD = "gold"
    PLATINUM = "platinum"
    DIAMOND = "diamond"
    ELITE = "elite"

    @classmethod
    def of(cls, membership: Membership, tier: Tier) -> "Level":
        """Return the column of a company; a provider's tier does not matter."""
        if membership is Membership.PROVIDER:
            return cls.PROVIDER
        return cls(tier.value)


class Edition(StrEnum):
    """The editions of a product, from the smallest to the largest."""

    STARTER = "starter"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"


class Region(StrEnum):
    """The four groups in which the guide lists its growth markets (R26-R29)."""

    ASIA = "asia"
    LATIN_AMERICA = "latin_america"
    EASTERN_EUROPE = "eastern_europe"
    MIDDLE_EAST_AFRICA = "middle_east_africa"


class UpgradeSchedule(StrEnum):
    """When an earned upgrade is granted (3.4)."""

    MONTHLY = "monthly_15"
    QUARTERLY = "quarterly"
    IMMEDIATE = "immediate"


class MatchingConditions(StrEnum):
    """How far the "or" of the guide's matching conditions reaches (R112, C9)."""

    ACCREDITATION_OR_ALL = "accreditation_or_all"
    ALL_REQUIRED = "all_required"


class Grant(StrEnum):
    """What a cell of the benefits matrix gives."""

    NO = "no"
    YES = "yes"
    MAY_APPLY = "may_apply"
    MAY_BUY = "may_buy"
    EXCEPTIONAL = "exceptional"
