"""The benefits matrix of an edition, as one company sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from partners.models import Standing, User
from partners.selectors import override_on
from program.rulebook import Benefit, Grant, Level, Membership, Rulebook, Tier
from ui import formats

GROUPS = {
    "commission": gettext_lazy("Commission"),
    "support": gettext_lazy("Support team"),
    "marketing": gettext_lazy("Marketing"),
    "sales": gettext_lazy("Sales"),
    "customer_service": gettext_lazy("Customer service"),
    "development": gettext_lazy("Development"),
    "community": gettext_lazy("Community"),
}
LEVELS = {
    Level.PROVIDER: gettext_lazy("Provider"),
    Level.NONE: gettext_lazy("Partner"),
    Level.GOLD: "Gold",
    Level.PLATINUM: "Platinum",
    Level.DIAMOND: "Diamond",
    Level.ELITE: "Elite",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a benefit is to one level; `own` is the company's own column."""

    level: Level
    grant: Grant
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A benefit: its words, its rules, its cells; `begins` names the level to reach."""

    name: str
    detail: str
    cites: str
    cells: Sequence[Cell]
    begins: str

    @property
    def anchor(self) -> str:
        """The rule whose wording the rulebook leads to: the first it cites."""
        return self.cites.partition(",")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    label: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    level: Level
    label: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The matrix; the counts are those of the own column, `level` is None for staff."""

    level: Level | None
    columns: Sequence[Column]
    groups: Sequence[Group]
    has: int
    may_apply: int
    may_buy: int
    case_by_case: int


def own_level(user: User, *, today: date) -> Level | None:
    """Return the column of the person's company: its membership and its tier.

    A tier that the programme grants for a time counts before the credited one (C32).
    """
    partner = user.partner
    if partner is None:
        return None
    standing = Standing.objects.visible_to(user).first()
    tier = Tier(standing.credited_tier) if standing else Tier.NONE
    if override := override_on(partner.pk, today):
        tier = Tier(override.tier)
    return Level.of(Membership(partner.membership), tier)


def matrix(rulebook: Rulebook, *, level: Level | None) -> Matrix:
    """Return the edition's matrix with one level as the own one."""
    benefits = sorted(rulebook.benefits.values(), key=lambda benefit: benefit.row)
    own = [benefit.grant(level) for benefit in benefits] if level else []
    return Matrix(
        level=level,
        columns=[
            Column(level=column, label=str(LEVELS[column]), own=column is level)
            for column in Level
        ],
        groups=[
            Group(
                label=str(GROUPS.get(code, code)),
                rows=[
                    _row(benefit, rulebook, level)
                    for benefit in benefits
                    if benefit.group == code
                ],
            )
            for code in dict.fromkeys(benefit.group for benefit in benefits)
        ],
        has=own.count(Grant.YES),
        may_apply=own.count(Grant.MAY_APPLY),
        may_buy=own.count(Grant.MAY_BUY),
        case_by_case=own.count(Grant.EXCEPTIONAL),
    )


def _row(benefit: Benefit, rulebook: Rulebook, level: Level | None) -> Row:
    french = (get_language() or "").startswith("fr")
    return Row(
        name=benefit.name_fr if french else benefit.name_en,
        detail=_detail(benefit.code, rulebook, level),
        cites=benefit.rule,
        cells=[
            Cell(level=column, grant=benefit.grant(column), own=column is level)
            for column in Level
        ],
        begins=_begins(benefit, level) if level else "",
    )


def _begins(benefit: Benefit, level: Level) -> str:
    """Return the first level above that gives what `level` does not, "" if none."""
    if benefit.grant(level) is not Grant.NO:
        return ""
    columns = list(Level)
    above = columns[columns.index(level) + 1 :]
    giving = (column for column in above if benefit.grant(column) is not Grant.NO)
    first = next(giving, None)
    return str(LEVELS[first]) if first else ""


def _detail(code: str, rulebook: Rulebook, level: Level | None) -> str:
    """Return what the two commissions pay, with the edition's numbers."""
    if code == "deal_commission":
        terms = rulebook.commission.term_months
        if level is not None:
            provider = level is Level.PROVIDER
            member = Membership.PROVIDER if provider else Membership.PARTNER
            return _("%(rate)s of what the client pays, for %(months)s months") % {
                "rate": formats.percent(rulebook.commission.rate_bps),
                "months": formats.number(terms[member]),
            }
        return _(
            "%(rate)s of what the client pays, for %(partner)s months (provider: "
            "%(provider)s)"
        ) % {
            "rate": formats.percent(rulebook.commission.rate_bps),
            "partner": formats.number(terms[Membership.PARTNER]),
            "provider": formats.number(terms[Membership.PROVIDER]),
        }
    if code == "upmarket_commission":
        return _("%(rate)s for %(months)s months, on deals of at least %(minimum)s") % {
            "rate": formats.percent(rulebook.upmarket.rate_bps),
            "months": formats.number(rulebook.upmarket.months),
            "minimum": formats.money(
                rulebook.upmarket.minimum.minor, rulebook.upmarket.minimum.currency
            ),
        }
    return ""
