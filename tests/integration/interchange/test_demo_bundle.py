"""The demo bundle: as large as asked, the same every time, and what it promises."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from interchange import cells
from portal.demo_bundle import Size, write_bundle
from portal.demo_bundle.cast import CAST, ROTATION
from portal.demo_bundle.files import BundleFiles
from portal.demo_bundle.plan import SizeError, allot, plan
from program.rulebook import Rulebook, parse_rulebook, shipped_documents
from program.territories import TERRITORIES

TODAY = date(2026, 3, 31)
SIZE = Size(partners=45, clients=300, deals=900)

Rows = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(folder=folder, size=SIZE, seed=7, today=TODAY)
    return folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> Rows:
    found = {}
    for path in folder.iterdir():
        with path.open(newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return parse_rulebook(shipped_documents()[-1])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_has_exactly_the_size_asked_for(rows: Rows) -> None:
    sizes = {name: len(rows[name]) for name in ("partners", "clients", "deals")}

    assert sizes == {"partners": 45, "clients": 300, "deals": 900}
    assert set(rows) == {
        "partners", "people", "certifications", "accreditations", "tiers", "clients",
        "subscriptions", "relationships", "deals", "deal_lines", "receipts", "fx_rates",
        "usage",
    }  # fmt: skip
    assert all(rows.values())


def test_is_the_same_for_the_same_arguments(folder: Path, tmp_path: Path) -> None:
    write_bundle(folder=tmp_path, size=SIZE, seed=7, today=TODAY)

    assert contents(tmp_path) == contents(folder)


def test_does_not_depend_on_the_process(folder: Path, tmp_path: Path) -> None:
    program = (
        "from datetime import date; from pathlib import Path;"
        "from portal.demo_bundle import Size, write_bundle;"
        "write_bundle(folder=Path('.'), size=Size(partners=45, clients=300, deals=900),"
        " seed=7, today=date(2026, 3, 31))"
    )
    root = Path(__file__).parents[3]

    subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONHASHSEED": "99", "PYTHONPATH": str(root)},
        check=True,
    )

    assert contents(tmp_path) == contents(folder)


@pytest.mark.parametrize("other", [{"seed": 8}, {"today": date(2026, 4, 1)}])
def test_another_seed_or_day_is_another_bundle(
    folder: Path, tmp_path: Path, other: dict[str, object]
) -> None:
    arguments: dict[str, object] = {"seed": 7, "today": TODAY}

    write_bundle(folder=tmp_path, size=SIZE, **(arguments | other))  # type: ignore[arg-type]

    assert contents(tmp_path)["deals.csv"] != contents(folder)["deals.csv"]


def test_references_are_unique_and_lead_somewhere(rows: Rows) -> None:
    refs = {
        name: {row["ref"] for row in rows[name]}
        for name in ("partners", "clients", "deals", "subscriptions", "receipts")
    }

    assert all(len(refs[name]) == len(rows[name]) for name in refs)
    for name, column, target in (
        ("people", "partner_ref", "partners"),
        ("tiers", "partner_ref", "partners"),
        ("deals", "partner_ref", "partners"),
        ("deals", "client_ref", "clients"),
        ("deal_lines", "deal_ref", "deals"),
        ("subscriptions", "client_ref", "clients"),
        ("receipts", "client_ref", "clients"),
        ("relationships", "client_ref", "clients"),
        ("usage", "client_ref", "clients"),
    ):
        assert {row[column] for row in rows[name]} <= refs[target]


@pytest.mark.parametrize(
    ("name", "columns", "parse"),
    [
        ("partners", ("country",), cells.country),
        ("partners", ("payout_currency",), cells.currency),
        ("partners", ("domain",), cells.domain),
        ("people", ("email",), cells.email),
        ("clients", ("domain",), cells.domain),
        ("deals", ("registered_on", "closed_on", "poi_on", "cancelled_on"), cells.day),
        ("subscriptions", ("from_on", "until_on", "renews_on"), cells.day),
        ("receipts", ("month",), cells.month),
        ("fx_rates", ("usd",), cells.amount),
        ("usage", ("activated",), cells.flag),
    ],
)
def test_cells_are_as_the_format_wants_them(
    rows: Rows, name: str, columns: tuple[str, ...], parse: Callable[[str], object]
) -> None:
    for row in rows[name]:
        for column in columns:
            if row[column]:
                parse(row[column])


def test_addresses_and_domains_cannot_be_anybody_s(rows: Rows) -> None:
    names = [row["domain"] for name in ("partners", "clients") for row in rows[name]]
    names += [row["email"] for row in rows["people"]]
    names += [row["pdm_email"] for row in rows["partners"] if row["pdm_email"]]

    assert all(name.endswith(".example") for name in names)


def test_nothing_is_from_the_future(rows: Rows) -> None:
    today = TODAY.isoformat()

    assert all(row["credited_on"] <= today for row in rows["tiers"])
    assert all(row["measured_on"] <= today for row in rows["usage"])
    assert all(row["day"] < today for row in rows["fx_rates"])
    assert all(row["month"] < today[:7] for row in rows["receipts"])
    for column in ("registered_on", "closed_on", "poi_on", "cancelled_on"):
        assert all(row[column] <= today for row in rows["deals"])
    assert any(row["renews_on"] > today for row in rows["subscriptions"])


def test_tiers_were_credited_on_check_days_in_order(rows: Rows) -> None:
    days = [row["credited_on"] for row in rows["tiers"]]
    keys = [(row["partner_ref"], row["credited_on"]) for row in rows["tiers"]]

    assert all(day.endswith("-15") for day in days)
    assert len(set(keys)) == len(keys)
    assert {row["tier"] for row in rows["tiers"]} == {
        "none", "gold", "platinum", "diamond", "elite",
    }  # fmt: skip


def test_periods_of_a_subscription_follow_each_other(rows: Rows) -> None:
    before: dict[tuple[str, str], str] = {}
    for row in rows["subscriptions"]:
        line = row["client_ref"], row["product_line"]
        assert before.get(line, "") <= row["from_on"]
        assert not row["until_on"] or row["until_on"] > row["from_on"]
        assert bool(row["renews_on"]) is not bool(row["until_on"])
        before[line] = row["until_on"] or "9999"


def test_deals_of_every_fate(rows: Rows, rulebook: Rulebook) -> None:
    stages = Counter(row["stage"] for row in rows["deals"])
    won = [row for row in rows["deals"] if row["stage"] == "won"]

    assert set(stages) == {"registered", "won", "lost"}
    assert any(row["cancelled_on"] for row in won)
    assert any(not row["poi_on"] for row in won)
    assert {row["motion"] for row in won} == {"sourced", "assisted"}
    assert any(row["currency"] not in rulebook.points.units for row in rows["deal_lines"])
    assert any(
        row["product_line"] == "breeze_intelligence" and int(row["credits"]) > 10_000
        for row in rows["deal_lines"]
    )
    assert any(row["amount"].startswith("-") for row in rows["receipts"])


def test_clients_are_in_growth_markets_too(rows: Rows, rulebook: Rulebook) -> None:
    places = {row["country"] for row in rows["clients"]}

    assert {"RE", "BR", "IN", "PL", "ZA", "SG"} <= places <= TERRITORIES
    assert any(map(rulebook.is_growth, places))
    assert not all(map(rulebook.is_growth, places))


def test_one_company_is_far_larger_than_the_others(rows: Rows) -> None:
    deals = Counter(row["partner_ref"] for row in rows["deals"]).most_common()

    assert deals[0][0] == "P-colossus"
    assert deals[0][1] > 4 * 900 / 45
    assert "P-sprout" not in dict(deals)


def test_two_and_three_companies_share_a_client(rows: Rows) -> None:
    serving: dict[str, set[str]] = {}
    for row in rows["relationships"]:
        if row["kind"] == "managed":
            serving.setdefault(row["client_ref"], set()).add(row["partner_ref"])

    assert serving["C-harbour-lines"] == {"P-aurora", "P-meridian"}
    assert serving["C-copper-lantern"] == {"P-lumen", "P-atelier", "P-zenith"}


def test_the_named_companies_have_people_of_all_roles(rows: Rows) -> None:
    addresses = {
        row["email"]: row["role"] for row in rows["people"] if not row["left_on"]
    }

    for named in CAST:
        for role in ("owner", "sales", "services", "finance", "reader"):
            assert addresses[f"{role}@{named.slug}.example"] == role
    assert {row["pdm_email"] for row in rows["partners"]} >= {
        "", "pdm1@portal.example", "pdm2@portal.example",
    }  # fmt: skip


def test_the_elite_company_has_its_certificates(rows: Rows, rulebook: Rulebook) -> None:
    held = [
        row
        for row in rows["certifications"]
        if row["partner_ref"] == "P-lumen"
        and (not row["expires_on"] or row["expires_on"] > TODAY.isoformat())
    ]

    assert len(held) >= rulebook.elite.certifications_min


def test_one_company_let_its_certificate_expire(rows: Rows) -> None:
    [row] = [
        row
        for row in rows["certifications"]
        if (row["partner_ref"], row["kind"]) == ("P-eclipse", "solutions_partner")
    ]

    assert date(2026, 3, 1) < date.fromisoformat(row["expires_on"]) < TODAY


# --- Any size ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "size",
    [
        Size(partners=12, clients=50, deals=192),
        Size(partners=60, clients=242, deals=960),
        Size(partners=12, clients=5_000, deals=192),
        Size(partners=50, clients=202, deals=20_000),
        Size(partners=1, clients=1, deals=1),
        Size(partners=5, clients=40, deals=180),
        Size(partners=40, clients=1, deals=1_440),
        Size(partners=40, clients=320, deals=3),
        Size(partners=30, clients=47, deals=61),
    ],
    ids=[
        *("whole cast", "fewest each", "more clients than deals", "many deals"),
        *("smallest", "five partners", "one client", "three deals", "a few of each"),
    ],
)
def test_sizes_are_met_exactly(size: Size) -> None:
    companies = list(plan(size, seed=1))

    assert len(companies) == size.partners
    clients = sum(company.clients for company in companies)
    assert clients + size.shared_clients == size.clients
    assert all(company.clients for company in companies if company.deals)
    assert sum(company.deals for company in companies) == size.deals
    assert len({company.ref for company in companies}) == size.partners


@pytest.mark.parametrize(
    ("partners", "clients", "deals"),
    [(1, 1, 1), (1, 3, 7), (5, 40, 180), (40, 1, 60), (20, 90, 3), (13, 20, 31)],
)
def test_a_bundle_of_any_size_has_it_and_is_imported(
    tmp_path: Path, partners: int, clients: int, deals: int, db: None
) -> None:
    size = Size(partners=partners, clients=clients, deals=deals)

    counts = write_bundle(folder=tmp_path, size=size, seed=1, today=TODAY)

    assert (counts["partners"], counts["clients"], counts["deals"]) == (
        *(partners, clients),
        deals,
    )
    call_command("import_bundle", str(tmp_path))
    call_command("reconcile_points")


@pytest.mark.parametrize("numbers", [(0, 9, 9), (4, 0, 9), (4, 9, -1)], ids=str)
def test_sizes_that_make_no_bundle_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(SizeError, match="at least"):
        Size(partners=numbers[0], clients=numbers[1], deals=numbers[2])


def test_shares_sum_to_the_whole() -> None:
    assert allot(100, [1.0, 0.0, 2.0, 97.0], 5) == [5, 0, 5, 90]
    assert sum(allot(1_000, [1.0] * 7, 5)) == 1_000


def test_every_kind_comes_up_in_a_small_bundle() -> None:
    assert len(ROTATION) + len(CAST) <= 45


def test_memory_does_not_grow_with_the_bundle(tmp_path: Path) -> None:
    def peak(partners: int) -> int:
        tracemalloc.start()
        try:
            write_bundle(
                folder=tmp_path,
                size=Size(
                    partners=partners, clients=4 * partners + 2, deals=16 * partners
                ),
                seed=1,
                today=TODAY,
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small = peak(30)

    assert peak(120) - small < 1_000_000


# --- The folder and the command ------------------------------------------------------


def test_a_folder_never_holds_half_a_bundle(tmp_path: Path) -> None:
    with suppress(RuntimeError), BundleFiles(tmp_path) as files:
        files.row("tiers", "P-1", "gold", TODAY)
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


@override_settings(PROGRAM_TIME_ZONE="UTC")
def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    out = StringIO()

    call_command(
        "demo_bundle", tmp_path / "new" / "folder", partners=12, deals=192, clients=60,
        today=TODAY, stdout=out,
    )  # fmt: skip

    assert "deals.csv                    192" in out.getvalue()
    assert (tmp_path / "new" / "folder" / "deals.csv").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"partners": 0},
        {"deals": 0},
        {"today": date(2022, 7, 1)},
        {"today": date(9999, 12, 31)},
    ],
    ids=["no partners", "no deals", "before the rulebook", "the last day"],
)
def test_the_command_says_what_is_wrong(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(CommandError, match=r"at least|rulebook|too late"):
        call_command("demo_bundle", tmp_path, **wrong)

    assert list(tmp_path.iterdir()) == []
