"""The reason beside a deal line stands there exactly when the ledger gives nothing."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from deals.models import Deal, DealLine
from deals.postings import SoldLine, line_postings
from deals.receipts import Nothing, why_nothing
from partners.selectors import Edition, Editions, published_editions
from tests.factories import DealFactory, DealLineFactory

pytestmark = pytest.mark.django_db

DAYS = [
    date(2019, 6, 1), date(2022, 6, 30), date(2022, 7, 1), date(2025, 7, 15),
    date(2025, 7, 16), date(2026, 2, 28),
]  # fmt: skip
PROOF_DAYS_AFTER = [None, -91, -90, 0, 14, 15]
TODAY = date(2026, 2, 28)


def sold_line(line: DealLine) -> SoldLine:
    deal = line.deal
    return SoldLine(
        partner_id=deal.partner_id, deal_ref=deal.ref, client_ref="C", motion=deal.motion,
        stage=deal.stage, closed_on=deal.closed_on, poi_on=deal.poi_on,
        cancelled_on=deal.cancelled_on, territory="US", growth=False,
        product_line=line.product_line, mrr_minor=line.mrr_minor, currency=line.currency,
    )  # fmt: skip


def worth(line: DealLine, editions: Editions) -> int:
    """Return what the ledger should hold for a line today."""
    return sum(
        posting.points
        for posting in line_postings(sold_line(line), editions)
        if posting.effective_on <= TODAY
        and (posting.expires_on is None or posting.expires_on > TODAY)
    )


@pytest.mark.parametrize("stage", Deal.Stage.values)
@pytest.mark.parametrize("closed_on", DAYS, ids=str)
def test_reason_and_ledger_agree(stage: str, closed_on: date) -> None:
    editions = published_editions()
    closed = None if stage == "registered" else closed_on
    wrong = []
    for after, currency, minor, ended in product(
        PROOF_DAYS_AFTER, ("EUR", "INR"), (0, 75_000), (None, closed_on, TODAY)
    ):
        poi_on = (
            None if after is None else date.fromordinal(closed_on.toordinal() + after)
        )
        deal = DealFactory.build(
            stage=stage, closed_on=closed, poi_on=poi_on,
            cancelled_on=ended if stage == "won" else None,
        )  # fmt: skip
        line = DealLineFactory.build(deal=deal, currency=currency, mrr_minor=minor)
        reason = why_nothing(line, on=TODAY, editions=editions)
        if (reason is None) != bool(worth(line, editions)):
            wrong.append((after, currency, minor, ended, reason))

    assert wrong == []


def with_rupees_from(day: date) -> Editions:
    """Return the published editions and one more that puts INR on the scale."""
    *_earlier, last = published_editions()
    points = replace(last.rulebook.points, units={**last.rulebook.points.units, "INR": 1})
    rulebook = replace(last.rulebook, points=points, effective_on=day)
    return Editions((*published_editions(), Edition(99, "next", day, rulebook, "0")))


@pytest.mark.parametrize(
    ("day", "reason"),
    [(date(2026, 3, 1), Nothing.CURRENCY), (TODAY, None), (date(2026, 1, 1), None)],
)
def test_a_currency_waits_until_the_day_of_the_edition_that_adds_it(
    day: date, reason: Nothing | None
) -> None:
    deal = DealFactory.build(won=True, closed_on=date(2026, 1, 10))
    line = DealLineFactory.build(deal=deal, currency="INR")
    editions = with_rupees_from(day)

    assert why_nothing(line, on=TODAY, editions=editions) is reason
    assert bool(worth(line, editions)) is (reason is None)
