"""The rules of commission alone reproduce the accruals of the acceptance bundle."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from program.commission import NoSchedule, Sale, Schedule, allocate, terms_of
from program.money import Money
from program.rulebook import Kind, Membership, Rulebook, Tier
from tests.unit.program.editions import A, B

BUNDLE = Path(__file__).parents[3].parent / "shared" / "data" / "crm-sales"
THROUGH = "2025-06"

pytestmark = pytest.mark.skipif(
    not BUNDLE.is_dir(), reason="the acceptance bundle is not beside the project"
)

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (BUNDLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grouped(name: str, column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows(name):
        groups[row[column]].append(row)
    return groups


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


class Bundle:
    """The files that decide about commission, by what they are asked for."""

    def __init__(self) -> None:
        self.partners = {row["ref"]: row for row in rows("partners.csv")}
        self.countries = {row["ref"]: row["country"] for row in rows("clients.csv")}
        self.tiers = grouped("tiers.csv", "partner_ref")
        self.accreditations = grouped("accreditations.csv", "partner_ref")
        self.lines = grouped("deal_lines.csv", "deal_ref")

    def sale(self, deal: Row, closed_on: date, rulebook: Rulebook) -> Sale:
        partner = deal["partner_ref"]
        return Sale(
            motion=Kind(deal["motion"]),
            closed_on=closed_on,
            poi_on=day(deal["poi_on"]),
            membership=Membership(self.partners[partner]["membership"]),
            tier=self._tier(partner, closed_on),
            accredited=any(
                row["name"] == rulebook.upmarket.accreditation
                and date.fromisoformat(row["granted_on"]) <= closed_on
                and (day(row["expires_on"]) or date.max) > closed_on
                for row in self.accreditations[partner]
            ),
            territory=self.countries[deal["client_ref"]],
            mrr=[
                Money.of(row["mrr"], row["currency"]) for row in self.lines[deal["ref"]]
            ],
        )

    def _tier(self, partner: str, on: date) -> Tier:
        history = sorted((row["credited_on"], row["tier"]) for row in self.tiers[partner])
        known = [tier for credited, tier in history if credited <= on.isoformat()]
        return Tier(known[-1] if known else "none")


def schedules() -> Iterator[tuple[tuple[str, str], Row, Schedule]]:
    """Yield client and product line, deal, schedule of every line that has one."""
    bundle = Bundle()
    for deal in rows("deals.csv"):
        closed_on = day(deal["closed_on"])
        if deal["stage"] != "won" or closed_on is None:
            continue
        rulebook = A if closed_on < B.effective_on else B
        terms = terms_of(bundle.sale(deal, closed_on, rulebook), rulebook=rulebook)
        if isinstance(terms, NoSchedule):
            continue
        for line in bundle.lines[deal["ref"]]:
            yield (
                (deal["client_ref"], line["product_line"]),
                deal,
                Schedule(
                    order=(closed_on, deal["ref"]),
                    plan=terms.plan,
                    rate_bps=terms.rate_bps,
                    months=terms.months,
                    mrr=Money.of(line["mrr"], line["currency"]),
                    begins_on=closed_on,
                    cancelled_on=day(deal["cancelled_on"]),
                ),
            )


def test_reproduces_the_expected_accruals() -> None:
    received: dict[tuple[str, str], dict[str, list[Money]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows("receipts.csv"):
        if row["month"] <= THROUGH:
            key = row["client_ref"], row["product_line"]
            received[key][row["month"]].append(Money.of(row["amount"], row["currency"]))
    running: dict[tuple[str, str], list[Schedule]] = defaultdict(list)
    partner_of: dict[str, str] = {}
    for key, deal, schedule in schedules():
        running[key].append(schedule)
        partner_of[deal["ref"]] = deal["partner_ref"]

    found = {
        (
            partner_of[schedule.order[1]],
            schedule.order[1],
            product_line,
            month,
            schedule.plan.value,
            str(earned.base.amount),
            earned.base.currency,
            str(schedule.rate_bps),
            str(earned.commission.amount),
        )
        for (client, product_line), some in running.items()
        for month, came in received[client, product_line].items()
        for schedule, earned in allocate(
            some, received=came, month=date.fromisoformat(f"{month}-01")
        )
        if earned.commission.minor
    }

    expected = {tuple(row.values()) for row in rows("expected/accruals-2025-06.csv")}
    assert len(expected) > 2_000
    assert found == expected
