"""The next bundle corrects the last one: what moves, and what stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model

from clients.models import Client, Relationship, Subscription, UsageReading
from deals.models import Deal, DealLine
from interchange.report import Report
from interchange.services import find_files, import_files
from partners.models import (
    Accreditation,
    Certification,
    Partner,
    Person,
    PointsEntry,
    TierChange,
)
from portal.management.commands.import_bundle import FILES

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)

PARTNERS = """ref,name,membership,country,joined_on,payout_currency
P1,Ann,partner,FR,2022-02-10,EUR
P2,Bob,provider,FR,2022-02-10,EUR
"""
CLIENTS = "ref,name,country\nC1,Cid,FR\nC2,Dan,RE\n"
TIERS = "partner_ref,tier,credited_on\nP1,gold,2024-01-01\nP2,none,2024-01-01\n"
SERVED = "partner_ref,client_ref,kind,from_on\nP1,C1,managed,2024-01-01\n"
DEALS = "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on,poi_on\n"
DEAL = "D1,P1,C1,Deal,sourced,2025-09-01,won,2025-10-01,2025-09-20\n"
LINES = "deal_ref,product_line,edition,mrr,currency\nD1,sales_hub,starter,1000,USD\n"
PERIODS = "ref,client_ref,product_line,edition,mrr,currency,from_on,until_on\n"


def load(folder: Path, files: Mapping[str, str], *, rows_at_once: int = 5_000) -> Report:
    """Import files by name, in batches of a few rows if the test is about batches."""
    for old in folder.iterdir():
        old.unlink()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    known = [replace(file, batch_size=rows_at_once) for file in FILES]
    report = Report()
    import_files(
        found=find_files(folder=folder, files=known),
        report=report,
        on=TODAY,
        clock=lambda: NOON,
    )
    return report


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a folder; companies, clients and tiers are imported already."""
    report = load(
        tmp_path,
        {
            "partners": PARTNERS,
            "clients": CLIENTS,
            "tiers": TIERS,
            "relationships": SERVED,
        },
    )
    assert report.refusals == []
    return tmp_path


def line(ref: str, from_on: str, until_on: str = "", client: str = "C1") -> str:
    return f"{ref},{client},sales_hub,starter,1000,USD,{from_on},{until_on}\n"


def periods() -> dict[str, tuple[str, str, str]]:
    """Return ref → client, first day and end of every subscription."""
    return {
        row.ref: (row.client.ref, str(row.from_on), str(row.until_on or ""))
        for row in Subscription.objects.select_related("client").order_by("ref")
    }


def counting_on(day: date) -> int:
    entries = PointsEntry.objects.counting_on(day)
    return sum(entries.values_list("points", flat=True))


# --- Periods of a subscription ----------------------------------------------------

FIRST = line("S1", "2024-01-01", "2025-06-01") + line("S2", "2025-06-01")


@pytest.mark.parametrize("rows_at_once", [5_000, 1], ids=["one batch", "a batch a row"])
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(
            [line("S1", "2024-01-01", "2025-09-01"), line("S2", "2025-09-01")],
            id="boundary later",
        ),
        pytest.param(
            [line("S1", "2024-01-01", "2025-03-01"), line("S2", "2025-03-01")],
            id="boundary earlier",
        ),
        pytest.param(
            [line("S1", "2025-06-01"), line("S2", "2024-01-01", "2025-06-01")],
            id="swapped",
        ),
        pytest.param(
            [line("S1", "2024-01-01", "2025-09-01", "C2"), line("S2", "2024-01-01")],
            id="moved to another client",
        ),
        pytest.param(
            [
                line("S1", "2024-01-01", "2024-05-01"),
                line("S3", "2024-05-01", "2025-07-01"),
                line("S2", "2025-07-01"),
            ],
            id="a new one between",
        ),
    ],
)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_periods_that_fit_in_the_end_are_taken_at_once(
    bundle: Path, rows: list[str], rows_at_once: int, *, backwards: bool
) -> None:
    load(bundle, {"subscriptions": PERIODS + FIRST})
    wanted = {
        ref: (client, from_on, until_on)
        for ref, client, _product, _edition, _mrr, _currency, from_on, until_on in (
            row.strip().split(",") for row in rows
        )
    }

    text = PERIODS + "".join(reversed(rows) if backwards else rows)
    report = load(bundle, {"subscriptions": text}, rows_at_once=rows_at_once)
    again = load(bundle, {"subscriptions": text}, rows_at_once=rows_at_once)

    assert report.refusals == []
    assert periods() == wanted
    assert set(Subscription.objects.values_list("product_line", flat=True)) == {
        "sales_hub"
    }
    assert again.total.unchanged == len(rows)


def test_the_ledger_has_no_gap_where_a_boundary_moved(bundle: Path) -> None:
    load(bundle, {"subscriptions": PERIODS + FIRST})
    before = counting_on(date(2025, 7, 1))
    moved = line("S1", "2024-01-01", "2025-09-01") + line("S2", "2025-09-01")

    load(bundle, {"subscriptions": PERIODS + moved})

    assert counting_on(date(2025, 7, 1)) == before > 0


@pytest.mark.parametrize("rows_at_once", [5_000, 1], ids=["one batch", "a batch a row"])
def test_periods_that_overlap_in_the_end_leave_everything_as_it_was(
    bundle: Path, rows_at_once: int
) -> None:
    load(bundle, {"subscriptions": PERIODS + FIRST})
    wrong = line("S1", "2024-01-01", "2025-09-01") + line("S3", "2025-12-01")

    report = load(bundle, {"subscriptions": PERIODS + wrong}, rows_at_once=rows_at_once)

    assert [refusal.line for refusal in report.refusals] == [2, 3]
    assert all("overlaps" in refusal.reason for refusal in report.refusals)
    assert report.total.refused == 2
    assert periods() == {
        "S1": ("C1", "2024-01-01", "2025-06-01"),
        "S2": ("C1", "2025-06-01", ""),
    }


def test_a_row_the_database_refuses_does_not_stop_a_correction(bundle: Path) -> None:
    load(bundle, {"subscriptions": PERIODS + FIRST})
    huge = line("S9", "2024-01-01", client="C2").replace("1000", "9" * 14)
    rows = [line("S1", "2024-01-01", "2025-09-01"), huge, line("S2", "2025-09-01")]

    report = load(bundle, {"subscriptions": PERIODS + "".join(rows)})

    assert [refusal.line for refusal in report.refusals] == [3]
    assert periods()["S1"] == ("C1", "2024-01-01", "2025-09-01")


def test_more_rows_wait_than_may(bundle: Path) -> None:
    """Rows beyond the limit are refused, not half applied, and memory stays flat."""
    load(bundle, {"subscriptions": PERIODS + FIRST})
    clashing = "".join(
        line(f"N{n}", f"2025-{n + 1:02}-01", f"2025-{n + 1:02}-09") for n in range(9)
    )

    report = load(bundle, {"subscriptions": PERIODS + clashing}, rows_at_once=1)

    assert report.total.refused == 9
    assert set(periods()) == {"S1", "S2"}


def test_a_relationship_may_end_in_a_later_batch_than_the_next_begins(
    bundle: Path,
) -> None:
    rows = "P1,C1,managed,2025-01-01,\nP1,C1,managed,2024-01-01,2025-01-01\n"
    header = "partner_ref,client_ref,kind,from_on,until_on\n"

    report = load(bundle, {"relationships": header + rows}, rows_at_once=1)

    assert report.refusals == []
    assert Relationship.objects.count() == 2


# --- Deals -------------------------------------------------------------------------


def test_a_corrected_client_brings_its_own_territory(bundle: Path) -> None:
    load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES})
    Partner.objects.update(membership="partner")
    Client.objects.update(country="RE")
    before = Deal.objects.get()
    points = counting_on(TODAY)

    load(bundle, {"deals": DEALS + DEAL.replace("C1", "C2"), "deal_lines": LINES})

    after = Deal.objects.get()
    assert (before.won_territory, before.won_growth) == ("FR", False)
    assert (after.won_territory, after.won_growth) == ("RE", True)
    assert (after.won_tier, after.won_membership) == ("gold", "partner")
    assert counting_on(TODAY) == 2 * points


def test_a_corrected_partner_brings_its_own_tier(bundle: Path) -> None:
    load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES})
    Client.objects.update(country="RE")

    load(bundle, {"deals": DEALS + DEAL.replace("P1", "P2"), "deal_lines": LINES})

    deal = Deal.objects.get()
    assert (deal.won_tier, deal.won_membership) == ("none", "provider")
    assert (deal.won_territory, deal.won_growth) == ("FR", False)
    entries = PointsEntry.objects.counting_on(TODAY)
    held = {
        ref: sum(entries.filter(partner__ref=ref).values_list("points", flat=True))
        for ref in ("P1", "P2")
    }
    assert held["P1"] == 0 < held["P2"]


def test_what_was_right_when_the_deal_was_won_stays(bundle: Path) -> None:
    load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES})
    Client.objects.update(country="RE")
    Partner.objects.update(membership="provider")

    report = load(bundle, {"deals": DEALS + DEAL.replace("Deal", "Name")})

    deal = Deal.objects.get()
    assert report.total.changed == 1
    assert (deal.won_territory, deal.won_membership) == ("FR", "partner")


def test_a_tier_is_not_credited_in_the_future(bundle: Path) -> None:
    text = TIERS.replace("P1,gold,2024-01-01", "P1,gold,2026-04-01")
    text += "P1,platinum,2026-03-31\n"

    report = load(bundle, {"tiers": text})

    assert [(each.line, each.column) for each in report.refusals] == [(2, "credited_on")]
    assert TierChange.objects.filter(partner__ref="P1").last().tier == "platinum"  # type: ignore[union-attr]


# --- Columns the next bundle does not have -----------------------------------------

FULL = {
    "partners": (
        "ref,name,membership,country,joined_on,payout_currency,domain,pdm_email,"
        "own_edition,own_monthly_usd\n"
        "P1,Ann,partner,FR,2022-02-10,EUR,ann.example,p@portal.example,starter,20\n"
    ),
    "people": (
        "partner_ref,email,first_name,last_name,role,left_on\n"
        "P1,eve@ann.example,Eve,Ek,owner,\nP2,fay@bob.example,Fay,Fi,owner,2025-01-01\n"
        "P1,fay@bob.example,Fay,Fi,owner,\n"
    ),
    "certifications": (
        "partner_ref,email,kind,name,earned_on,expires_on\n"
        "P1,eve@ann.example,software,Sales,2025-01-01,2026-01-01\n"
    ),
    "accreditations": (
        "partner_ref,name,granted_on,expires_on\nP1,CRM,2025-01-01,2026-01-01\n"
    ),
    "clients": "ref,name,country,domain,segment\nC1,Cid,FR,cid.example,small\n",
    "subscriptions": (
        "ref,client_ref,product_line,edition,mrr,currency,from_on,until_on,renews_on,"
        "seats\nS1,C1,sales_hub,starter,10,USD,2025-01-01,2025-03-01,2025-02-01,5\n"
        "S2,C1,sales_hub,starter,10,USD,2025-03-01,2025-09-01,2025-02-01,5\n"
    ),
    "relationships": (
        "partner_ref,client_ref,kind,from_on,until_on\n"
        "P1,C1,sold,2024-01-01,2025-01-01\nP1,C1,sold,2025-01-01,2026-01-01\n"
    ),
    "usage": (
        "client_ref,tool,measured_on,activated,active_users,key_actions\n"
        "C1,pipelines,2025-01-01,1,4,9\n"
    ),
    "deals": (
        "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on,poi_on,"
        "cancelled_on\nD1,P1,C1,Deal,sourced,2025-09-01,won,2025-10-01,2025-09-20,"
        "2026-01-01\nD2,P1,C1,Deal,sourced,2025-09-01,won,2025-10-01,2025-09-20,\n"
    ),
    "deal_lines": (
        "deal_ref,product_line,edition,mrr,currency,credits\n"
        "D2,sales_hub,starter,10,USD,7\n"
    ),
}


def only_required(name: str, text: str) -> str:
    """Return the file without its optional columns."""
    [file] = [file for file in FILES if file.name == f"{name}.csv"]
    required = {column.name for column in file.columns if column.required}
    header, *rows = [row.split(",") for row in text.splitlines()]
    kept = [n for n, column in enumerate(header) if column in required]
    return "".join(",".join(row[n] for n in kept) + "\n" for row in (header, *rows))


def stored() -> dict[str, list[dict[str, Any]]]:
    models: tuple[type[Model], ...] = (
        Partner, Person, Certification, Accreditation, Client, Subscription,
        Relationship, UsageReading, Deal, DealLine, PointsEntry,
    )  # fmt: skip
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in models
    }


def test_a_column_that_is_absent_leaves_what_is_stored(bundle: Path) -> None:
    load(bundle, FULL)
    before = stored()

    report = load(
        bundle, {name: only_required(name, text) for name, text in FULL.items()}
    )

    assert report.refusals == []
    assert report.total.changed == report.total.new == 0
    assert stored() == before
    assert before["Partner"][0]["domain"] == "ann.example"
    assert before["DealLine"][0]["credits"] == 7


def test_a_cell_that_is_blank_clears_what_is_stored(bundle: Path) -> None:
    load(bundle, {"clients": FULL["clients"]})

    load(bundle, {"clients": FULL["clients"].replace("cid.example,small", ",")})

    client = Client.objects.get(ref="C1")
    assert (client.domain, client.segment) == ("", "")


def test_a_new_object_may_lack_every_optional_column(tmp_path: Path) -> None:
    report = load(
        tmp_path,
        {
            "partners": PARTNERS,
            "people": "partner_ref,email,role\nP1,eve@ann.example,owner\n",
            "clients": CLIENTS,
            "relationships": SERVED,
            "subscriptions": only_required(
                "subscriptions", PERIODS + line("S1", "2024-01-01")
            ),
            "deals": "ref,partner_ref,client_ref,name,motion,registered_on,stage\n"
            "D1,P1,C1,Deal,sourced,2025-09-01,registered\n"
            "D2,P1,C1,Deal,sourced,2025-09-01,won\n",
        },
    )

    assert [(each.line, each.column) for each in report.refusals] == [(3, "closed_on")]
    assert Subscription.objects.get().until_on is None
    assert Person.objects.get().first_name == ""
