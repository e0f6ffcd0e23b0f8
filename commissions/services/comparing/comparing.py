"""Line by line: agreed, missing here, missing there, different; each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import Schedule
from commissions.selectors.months import months_between
from commissions.services.comparing.ledger import Ledger, Line
from commissions.services.comparing.reasons import Named, why_different, why_missing
from commissions.services.comparing.rows import SheetRow
from partners.models import Partner, User
from partners.services import audit
from program.money import Money
from ui import formats


class Kind(StrEnum):
    """What came of a line."""

    DIFFERENT = "different"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line: theirs (None: not in the sheet), ours (None: not in the ledger), and why.

    `schedule` leads to the receipt; None where there is none.
    """

    kind: Kind
    line: int | None
    deal: str
    product: str
    month: date
    theirs: Money | None
    ours: Money | None
    reason: str
    schedule: Schedule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One currency: what the sheet says, what the ledger says."""

    currency: str
    theirs: int = 0
    ours: int = 0

    @property
    def theirs_money(self) -> Money:
        return Money(self.theirs, self.currency)

    @property
    def ours_money(self) -> Money:
        return Money(self.ours, self.currency)

    @property
    def difference(self) -> Money:
        return Money(self.ours - self.theirs, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """All lines, the differences first, and the sums by currency."""

    results: Sequence[Result]
    sums: Sequence[Sum]

    def of(self, kind: Kind) -> list[Result]:
        return [one for one in self.results if one.kind == kind]


def compare_spreadsheet(
    rows: Sequence[SheetRow], *, partner: Partner, actor: User, at: datetime, on: date
) -> Compared:
    """Compare a partner's lines with the ledger; what is kept is that it was done.

    Lines of the ledger that the sheet lacks are those of the months the sheet is about.
    """
    schedules = list(
        Schedule.objects.filter(partner=partner)
        .select_related("deal")
        .order_by("closed_on", "deal_ref", "pk")
    )
    ledger = Ledger(schedules, until=on)
    by_line: dict[tuple[int, str, date], SheetRow] = {}
    results: list[Result] = []
    for row in rows:
        line, why = ledger.found(row)
        if line is None:
            results.append(_unknown(row, why))
            continue
        key = (line.shown.deal_id, line.shown.product_line, row.month)
        if key in by_line:
            # Once by its name and once by its reference.
            why = _("The same month stands on line %(line)s under another name.") % {
                "line": formats.number(by_line[key].line)
            }
            results.append(_unknown(row, why))
            continue
        by_line[key] = row
    named = {
        (ledger.lines[deal, product].shown.pk, month): row
        for (deal, product, month), row in by_line.items()
    }
    for (deal, product, _month), row in by_line.items():
        results.append(_compared(row, ledger.lines[deal, product], ledger, named))
    months = {row.month for row in rows}
    results += _missing_there(ledger, by_line, months)
    order = list(Kind)
    results.sort(
        key=lambda one: (order.index(one.kind), one.month, one.deal, one.product)
    )
    compared = Compared(results=results, sums=_sums(results))
    _record(compared, partner, actor=actor, at=at)
    return compared


def _unknown(row: SheetRow, why: str) -> Result:
    return Result(
        kind=Kind.MISSING_HERE,
        line=row.line,
        deal=row.deal,
        product=row.product_line,
        month=row.month,
        theirs=row.amount,
        ours=None,
        reason=why,
        schedule=None,
    )


def _compared(
    row: SheetRow,
    line: Line,
    ledger: Ledger,
    named: Named,
) -> Result:
    ours = ledger.ours(line, row.month)
    nothing = ours is None or not ours.amount.minor
    if ours is not None and (
        ours.amount == row.amount or (nothing and not row.amount.minor)
    ):
        kind, reason = Kind.AGREED, ""
    elif ours is None and not row.amount.minor:
        kind, reason = Kind.AGREED, _("Nothing, on both sides.")
    elif ours is None:
        kind, reason = Kind.MISSING_HERE, why_missing(row, line, ledger, named)
    else:
        kind, reason = Kind.DIFFERENT, why_different(row, line, ours, ledger, named)
    return Result(
        kind=kind,
        line=row.line,
        deal=line.deal,
        product=line.product,
        month=row.month,
        theirs=row.amount,
        ours=ours.amount if ours else None,
        reason=reason,
        schedule=line.shown if ours else None,
    )


def _missing_there(
    ledger: Ledger,
    by_line: Mapping[tuple[int, str, date], SheetRow],
    months: Collection[date],
) -> list[Result]:
    """Return what the ledger has of the months of the sheet, and the sheet has not."""
    found = []
    for (deal, product), line in ledger.lines.items():
        for month in months_between(min(months), max(months)) if months else ():
            ours = ledger.ours(line, month)
            if (deal, product, month) in by_line or ours is None or not ours.amount.minor:
                continue
            found.append(
                Result(
                    kind=Kind.MISSING_THERE,
                    line=None,
                    deal=line.deal,
                    product=line.product,
                    month=month,
                    theirs=None,
                    ours=ours.amount,
                    reason=_("Your sheet has no line for it."),
                    schedule=line.shown,
                )
            )
    return found


def _sums(results: Iterable[Result]) -> list[Sum]:
    theirs: dict[str, int] = {}
    ours: dict[str, int] = {}
    for one in results:
        for sums, amount in ((theirs, one.theirs), (ours, one.ours)):
            if amount is not None:
                sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    return [
        Sum(currency=currency, theirs=theirs.get(currency, 0), ours=ours.get(currency, 0))
        for currency in sorted({*theirs, *ours})
    ]


@transaction.atomic
def _record(compared: Compared, partner: Partner, *, actor: User, at: datetime) -> None:
    audit.record(
        "commissions.spreadsheet_compared",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        changes={kind.value: (None, len(compared.of(kind))) for kind in Kind},
    )
