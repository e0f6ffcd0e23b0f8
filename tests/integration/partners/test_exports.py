"""The exports: the same bytes everywhere, and a sentence when they cannot be written."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from partners import standing_sql
from partners.management.commands import export_standings
from partners.models import PointsEntry
from tests.factories import PartnerFactory, PointsEntryFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 1)
COMMANDS = ("export_standings", "export_points")


def column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


@pytest.mark.parametrize("command", COMMANDS)
def test_rows_are_sorted_by_code_points_whatever_the_database_s_language(
    command: str, tmp_path: Path
) -> None:
    for ref in ("b-1", "a 1", "B-1", "a-1", "A1", "É-1", "a_1", "Z-1"):
        partner = PartnerFactory.create(ref=ref)
        PointsEntryFactory.create(partner=partner)

    with CaptureQueriesContext(connection) as queries:
        call_command(command, on=DAY, out=tmp_path / "out.csv")

    refs = column(tmp_path / "out.csv", "partner_ref")
    assert refs == sorted(refs)
    assert len(refs) == 8
    # A SQLite database sorts so by itself, and one of PostgreSQL may.
    assert "COLLATE" in queries.captured_queries[-1]["sql"]


def test_sources_of_a_partner_are_sorted_by_code_points(tmp_path: Path) -> None:
    partner = PartnerFactory.create()
    for ref in ("d/x", "D/x", "d-1/x", "d1/x", "é/x"):
        PointsEntryFactory.create(partner=partner, source_ref=ref)

    call_command("export_points", on=DAY, out=tmp_path / "out.csv")

    refs = column(tmp_path / "out.csv", "source_ref")
    assert refs == sorted(refs)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("path", ["missing/x.csv", "."], ids=["no folder", "a folder"])
def test_a_place_that_cannot_be_written_is_named(
    command: str, path: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r"cannot be written: .*directory\.$"):
        call_command(command, on=DAY, out=tmp_path / path)

    assert list(tmp_path.iterdir()) == []


def test_a_standing_at_the_end_of_the_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="9999-12-31 is too late"):
        call_command("export_standings", on=date.max, out=tmp_path / "out.csv")

    call_command("export_standings", on=export_standings.LAST_DAY)
    call_command("export_points", on=date.max)


def away(*_args: Any, **_options: Any) -> Any:
    raise OperationalError("connection refused\n")


@pytest.mark.parametrize(
    ("command", "owner", "name"),
    [
        ("export_standings", export_standings, "edition_on"),
        ("export_standings", standing_sql, "read"),
        ("export_points", PointsEntry.objects, "counting_on"),
    ],
)
def test_a_database_that_is_away_is_named(
    *, command: str, owner: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, away)

    with pytest.raises(CommandError, match=r"^The database failed: connection refused$"):
        call_command(command, on=DAY)
