"""The acceptance bundle: real-shaped sales data with results computed elsewhere.

It lies beside the project and never in it; where it is absent these tests are skipped.
"""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from outbox import clock
from partners.models import PointsEntry, TierChange

CRM_SALES = Path(__file__).parents[3].parent / "shared" / "data" / "crm-sales"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not CRM_SALES.is_dir(),
        reason="the acceptance bundle lies beside the project only",
    ),
]


def load(folder: Path) -> None:
    """Import a bundle in which nothing is refused."""
    call_command("import_bundle", str(folder))


def test_reproduces_the_expected_standings_from_entries_that_add_up(
    tmp_path: Path,
) -> None:
    load(CRM_SALES)

    compare_with_expected(tmp_path / "expected.csv")
    add_up(tmp_path, date(2025, 9, 30))


@pytest.mark.long
def test_survives_repetition_evaluation_and_repetition(tmp_path: Path) -> None:
    folder = tmp_path / "crm-sales"
    shutil.copytree(CRM_SALES, folder, ignore=shutil.ignore_patterns("expected"))
    load(folder)
    entries = PointsEntry.objects.count()
    call_command("evaluate_tiers", on=date(2025, 7, 15))
    changes = TierChange.objects.count()

    load(folder)
    call_command("evaluate_tiers", on=date(2025, 7, 15))

    assert PointsEntry.objects.count() == entries
    assert TierChange.objects.count() == changes
    call_command("reconcile_points", until=clock.today())


def compare_with_expected(out: Path) -> None:
    """Check the standings of 30 June 2025 against those computed elsewhere."""
    call_command("export_standings", on=date(2025, 6, 30), out=out)

    ours = {row["partner_ref"]: row for row in rows_of(out)}
    expected = rows_of(CRM_SALES / "expected" / "standings-2025-06-30.csv")
    assert len(ours) == len(expected)
    for row in expected:
        mine = ours[row["partner_ref"]]
        assert mine["performing_tier"] == row["performing_tier"]
        for name in ("sourced", "assisted", "managed", "total"):
            column = f"{name}_points"
            off = abs(micro(mine[column]) - micro(row[column]))
            assert off <= 10, (row["partner_ref"], column)


def add_up(folder: Path, day: date) -> None:
    """Check that the entries of a day add up to its standings."""
    call_command("export_points", on=day, out=folder / "points.csv")
    call_command("export_standings", on=day, out=folder / "standings.csv")

    sums: dict[tuple[str, str], int] = {}
    for row in rows_of(folder / "points.csv"):
        key = (row["partner_ref"], row["kind"])
        sums[key] = sums.get(key, 0) + micro(row["points"])
    for row in rows_of(folder / "standings.csv"):
        for kind in ("sourced", "assisted", "managed"):
            expected = micro(row[f"{kind}_points"])
            assert sums.get((row["partner_ref"], kind), 0) == expected


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def micro(points: str) -> int:
    whole, _dot, decimals = points.partition(".")
    return int(whole + decimals.ljust(6, "0"))
