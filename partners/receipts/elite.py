"""The checklist of a review for Elite: each criterion, its value and its rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import standing_sql
from partners.models import Certification, EliteReview
from partners.receipts.addresses import Number, number_url
from partners.receipts.conditions import conditions_on
from partners.receipts.words import cited
from partners.selectors import Edition
from program.elite import Candidate, Criterion, Finding, checklist
from program.rulebook import Rulebook
from program.tiers import Totals
from ui import formats

CRITERIA = {
    Criterion.POINTS: gettext_lazy("Points"),
    Criterion.CUSTOMER_RETENTION: gettext_lazy("Customer retention"),
    Criterion.REVENUE_RETENTION: gettext_lazy("Revenue retention"),
    Criterion.CERTIFICATIONS: gettext_lazy("Valid certifications of the team"),
    Criterion.STANDING: gettext_lazy("Conditions of standing"),
}
_ENTRIES = {
    Criterion.POINTS: "tiers.thresholds.elite",
    Criterion.CUSTOMER_RETENTION: "elite.customer_retention_min",
    Criterion.REVENUE_RETENTION: "elite.revenue_retention_above",
    Criterion.CERTIFICATIONS: "elite.certifications_min",
}
_STANDING_RULE = "R10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A criterion as a page shows it; `url` leads to where its value is explained."""

    criterion: Criterion
    label: str
    value: int | None
    value_text: str
    need: int
    need_text: str
    met: bool | None
    cites: str
    source: str
    url: str

    def stored(self) -> dict[str, Any]:
        """Return what is kept with an invitation."""
        return {
            "criterion": str(self.criterion),
            "value": self.value,
            "need": self.need,
            "met": self.met,
            "source": self.source,
        }


def certifications_on(day: date, *, partner_ids: Iterable[int]) -> dict[int, int]:
    """Return partner id → valid certifications of its people on a day (C37).

    Each counts, also the same one of two people; those of people who left do not.
    """
    works_there = Q(person__left_on=None) | Q(person__left_on__gt=day)
    rows = (
        Certification.objects.valid_on(day)
        .filter(works_there, person__partner_id__in=list(partner_ids))
        .values("person__partner_id")
        .annotate(held=Count("pk"))
        .order_by()
    )
    return {row["person__partner_id"]: row["held"] for row in rows}


def checklist_of(review: EliteReview, *, edition: Edition, on: date) -> list[Line]:
    """Return the checklist as of a day; as it was kept, once the partner is invited."""
    rulebook = edition.rulebook
    if review.checklist:
        return [_kept(review, stored, rulebook) for stored in review.checklist["lines"]]
    standing = next(
        standing_sql.read(
            on=on, edition=edition, first=review.partner_id, last=review.partner_id
        )
    )
    held = certifications_on(on, partner_ids=[review.partner_id])
    states = conditions_on([review.partner], on=on, rulebook=rulebook)[review.partner_id]
    candidate = Candidate(
        totals=Totals(
            sourced=standing.sourced, assisted=standing.assisted, managed=standing.managed
        ),
        certifications=held.get(review.partner_id, 0),
        customer_retention_bps=review.customer_retention_bps,
        revenue_retention_bps=review.revenue_retention_bps,
        conditions={state.condition: state.met for state in states},
    )
    return [
        _line(review, finding, rulebook, on=on, source=_source(review, finding.criterion))
        for finding in checklist(candidate, rulebook)
    ]


def _kept(review: EliteReview, stored: Mapping[str, Any], rulebook: Rulebook) -> Line:
    finding = Finding(
        criterion=Criterion(stored["criterion"]),
        value=stored["value"],
        need=stored["need"],
        met=stored["met"],
    )
    on = date.fromisoformat(review.checklist["on"])
    return _line(review, finding, rulebook, on=on, source=stored["source"])


def _line(
    review: EliteReview, finding: Finding, rulebook: Rulebook, *, on: date, source: str
) -> Line:
    criterion = finding.criterion
    url = ""
    if criterion is Criterion.POINTS:
        url = number_url(review.partner, Number.TOTAL, on, known_at=review.invited_at)
    entry = _ENTRIES.get(criterion)
    return Line(
        criterion=criterion,
        label=str(CRITERIA[criterion]),
        value=finding.value,
        value_text=_text(criterion, finding.value),
        need=finding.need,
        need_text=_need(criterion, finding.need),
        met=finding.met,
        cites=cited(entry, rulebook) if entry else _STANDING_RULE,
        source=source,
        url=url,
    )


def _text(criterion: Criterion, value: int | None) -> str:
    if value is None:
        return _("not known yet")
    if criterion is Criterion.POINTS:
        return formats.points(value)
    if criterion in {Criterion.CUSTOMER_RETENTION, Criterion.REVENUE_RETENTION}:
        return formats.percent(value)
    return formats.number(value)


def _need(criterion: Criterion, need: int) -> str:
    text = _text(criterion, need)
    if criterion is Criterion.POINTS:
        return _("at least %(value)s in total, and both minima") % {"value": text}
    if criterion is Criterion.REVENUE_RETENTION:
        return _("more than %(value)s") % {"value": text}
    if criterion is Criterion.STANDING:
        return _("all %(value)s") % {"value": text}
    return _("at least %(value)s") % {"value": text}


def _source(review: EliteReview, criterion: Criterion) -> str:
    if criterion is Criterion.CUSTOMER_RETENTION:
        return review.customer_retention_source
    if criterion is Criterion.REVENUE_RETENTION:
        return review.revenue_retention_source
    return ""
