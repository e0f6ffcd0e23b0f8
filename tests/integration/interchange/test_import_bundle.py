"""`manage.py import_bundle`: exit codes, the table, the report file, the real loaders."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from clients.models import Client
from deals.models import Deal, DealLine
from interchange.models import ImportRun
from interchange.progress import TerminalProgress
from partners.models import Partner, PointsEntry, Standing
from partners.selectors import rulebook_on
from portal.demo_bundle import Size, write_bundle
from portal.management.commands import import_bundle
from program.rulebook import Tier

pytestmark = pytest.mark.django_db

PARTNERS = "ref,name,membership,country,joined_on,payout_currency\n"
ANN = "P-1,Ann,partner,FR,2022-02-10,EUR\n"
TODAY = date(2026, 3, 31)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Import on the day for which the demo bundle is written."""
    monkeypatch.setattr(import_bundle, "program_day", lambda _at: TODAY)


def import_folder(folder: Path, **options: object) -> str:
    out = StringIO()
    call_command("import_bundle", folder, stdout=out, no_color=True, **options)
    return out.getvalue()


def table(output: str) -> dict[str, list[str]]:
    """Return the numbers of the table by file."""
    rows = [line.split() for line in output.splitlines()]
    return {row[0]: row[1:] for row in rows if row and row[0].endswith(".csv")}


def test_prints_what_it_did(tmp_path: Path) -> None:
    (tmp_path / "partners.csv").write_text(PARTNERS + ANN)

    output = import_folder(tmp_path)

    assert table(output) == {"partners.csv": ["1", "0", "0", "0"]}
    assert Partner.objects.get().name == "Ann"


def test_the_database_knows_its_tables_afterwards(tmp_path: Path) -> None:
    lines = "".join(f"P-{n},Ann,partner,FR,2022-02-10,EUR\n" for n in range(600))
    (tmp_path / "partners.csv").write_text(PARTNERS + lines)
    query = (
        "SELECT reltuples FROM pg_class WHERE relname = 'partners_partner'"
        if connection.vendor == "postgresql"
        else "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1"
        " WHERE tbl = 'partners_partner'"
    )

    import_folder(tmp_path)

    with connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchone()[0] >= 300


def test_refused_rows_are_shown_and_end_with_1(tmp_path: Path) -> None:
    (tmp_path / "partners.csv").write_text(
        PARTNERS.replace("ref,", "ref,colour,")
        + "P-1,red,Ann,partner,FR,2022-02-10,EUR\n"
        + "P-2,red,Bob,partner,FR,2022-02-30,EUR\n"
    )
    out = StringIO()

    with pytest.raises(CommandError, match="1 rows were refused") as caught:
        call_command("import_bundle", tmp_path, stdout=out, no_color=True)

    assert caught.value.returncode == 1
    assert "colour" in out.getvalue()
    assert "partners.csv:3 joined_on: '2022-02-30' It is not in the calendar." in (
        out.getvalue()
    )
    assert table(out.getvalue())["partners.csv"] == ["1", "0", "0", "1"]


def test_the_report_has_every_refused_row_and_runs_in_no_spreadsheet(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    rows = "".join(f"P-{n},Ann,=1+1,FR,2022-02-10,EUR\n" for n in range(30))
    (folder / "partners.csv").write_text(PARTNERS + rows)
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("import_bundle", folder, report=tmp_path / "r.csv", stdout=out)

    with (tmp_path / "r.csv").open(newline="") as file:
        header, *found = csv.reader(file)
    assert header == ["file", "line", "column", "value", "reason", "advice"]
    assert len(found) == 30
    assert found[0][:4] == ["partners.csv", "2", "membership", "'=1+1"]
    assert all(row[5] for row in found)
    assert "10 more" in out.getvalue()


def test_a_report_inside_the_bundle_would_be_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "partners.csv").write_text(PARTNERS + ANN)

    with pytest.raises(CommandError, match="elsewhere") as caught:
        import_folder(tmp_path, report=tmp_path / "r.csv")

    assert caught.value.returncode == 2
    assert not Partner.objects.exists()


@pytest.mark.parametrize("report", ["nowhere/r.csv", "."])
def test_a_report_that_cannot_be_written_stops_the_import(
    tmp_path: Path, report: str
) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "partners.csv").write_text(PARTNERS + ANN)

    with pytest.raises(CommandError) as caught:
        import_folder(folder, report=tmp_path / report)

    assert caught.value.returncode == 2
    assert not Partner.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"), [("partners.csv", ""), ("partnres.csv", PARTNERS), ("x.txt", "")]
)
def test_ends_with_2_when_nothing_could_be_read(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(CommandError) as caught:
        import_folder(tmp_path)

    assert caught.value.returncode == 2


def test_a_database_that_fails_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_options: object) -> int:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(import_bundle, "import_files", fail)
    (tmp_path / "partners.csv").write_text(PARTNERS + ANN)

    with pytest.raises(CommandError, match="closed the connection") as caught:
        import_folder(tmp_path)

    assert caught.value.returncode == 2


def everything() -> dict[str, int]:
    """Return how many rows every table of ours has, import runs aside."""
    return {
        model.__name__: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in ("partners", "clients", "deals", "commissions")
    }


def test_the_demo_bundle_is_imported_without_a_refusal_and_only_once(
    tmp_path: Path,
) -> None:
    counts = write_bundle(
        folder=tmp_path,
        size=Size(partners=14, clients=90, deals=400),
        seed=3,
        today=TODAY,
    )

    dry = table(import_folder(tmp_path, dry_run=True))
    before = everything()
    first = table(import_folder(tmp_path))
    stored = everything()
    ledger = list(PointsEntry.objects.order_by("pk").values())
    second = table(import_folder(tmp_path))

    assert before["Partner"] == 0
    assert dry == first
    assert first == {
        f"{name}.csv": [f"{count:,}", "0", "0", "0"] for name, count in counts.items()
    }
    assert second == {
        f"{name}.csv": ["0", "0", f"{count:,}", "0"] for name, count in counts.items()
    }
    # That it was imported again stands in the audit log, and nowhere else.
    assert everything() == stored | {"AuditEntry": stored["AuditEntry"] + 1}
    assert list(PointsEntry.objects.order_by("pk").values()) == ledger
    assert (stored["Partner"], stored["Client"], stored["Deal"]) == (14, 90, 400)
    assert (Client.objects.count(), Deal.objects.count()) == (90, 400)
    assert DealLine.objects.count() == counts["deal_lines"]
    assert ImportRun.objects.count() == 2


def points(partner: str) -> Standing:
    return Standing.objects.get(partner__ref=f"P-{partner}")


def test_the_named_companies_stand_where_the_demo_needs_them(tmp_path: Path) -> None:
    size = Size(partners=14, clients=90, deals=400)
    write_bundle(folder=tmp_path, size=size, seed=3, today=TODAY)
    import_folder(tmp_path)
    platinum = rulebook_on(TODAY).table.rows_by(Tier.PLATINUM)
    gold = rulebook_on(TODAY).table.rows_by(Tier.GOLD)

    tiers = {
        standing.partner.ref: (standing.performing_tier, standing.credited_tier)
        for standing in Standing.objects.select_related("partner")
    }
    assert (
        tiers
        | {
            "P-aurora": ("gold", "gold"),
            "P-meridian": ("platinum", "platinum"),
            "P-atelier": ("none", "none"),
            "P-lumen": ("elite", "elite"),
            "P-nova": ("none", "none"),
            "P-zenith": ("diamond", "diamond"),
            "P-eclipse": ("gold", "gold"),
            "P-sable": ("gold", "platinum"),
            "P-sprout": ("none", "none"),
            "P-lagon": ("none", "none"),
            "P-baobab": ("none", "none"),
            "P-colossus": ("diamond", "diamond"),
        }
        == tiers
    )
    aurora, lagon, zenith = points("aurora"), points("lagon"), points("zenith")
    assert aurora.sourced >= platinum.sold_minimum
    assert 21_000_000 < platinum.total - aurora.total < 22_000_000
    assert 300_000 < gold.total - lagon.total < 500_000
    assert 0 < zenith.expiring_30 < zenith.expiring_60 < zenith.expiring_90
    diamond = rulebook_on(TODAY).table.rows_by(Tier.DIAMOND)
    assert zenith.sourced - zenith.sourced_expiring < diamond.sold_minimum
    assert points("nova").total > 0
    assert points("sprout").total == 0


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "expected"),
    [(Terminal(), (" 50% deals.csv", "5,000/s")), (StringIO(), ())],
    ids=["terminal", "pipe"],
)
def test_shows_its_progress_on_a_terminal_only(
    stream: StringIO, expected: tuple[str, ...]
) -> None:
    moments = iter((0.0, 2.0))
    show = TerminalProgress(stream=stream, total_bytes=200, seconds=lambda: next(moments))

    show("deals.csv", bytes_read=100, rows=10_000)

    assert all(words in stream.getvalue() for words in expected)
    assert bool(stream.getvalue()) is bool(expected)
