"""docs/interchange.md says what the code does; the admin shows runs to the right ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client as Browser
from django.urls import reverse

from interchange.files import BundleFile
from interchange.models import ImportRun
from partners.management.commands import export_points, export_standings
from partners.models import User
from portal.demo_bundle.files import HEADERS
from portal.management.commands.import_bundle import COLUMNS, FILES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "interchange.md").read_text()

documented = {
    name: [column.strip() for column in re.sub(r"\([^)]*\)", "", columns).split(",")]
    for name, columns in re.findall(r"^\| `(\w+\.csv)` \| ([^|]+) \|", TEXT, re.MULTILINE)
}


def test_documents_every_file_in_the_order_of_the_import() -> None:
    assert list(documented) == [file.name for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_documents_every_column_and_which_are_required(file: BundleFile) -> None:
    columns = [column.name + ("*" if column.required else "") for column in file.columns]

    assert documented[file.name] == columns


def test_the_demo_bundle_has_every_column() -> None:
    assert {f"{name}.csv": header.split(",") for name, header in HEADERS.items()} == {
        file.name: [column.name for column in file.columns] for file in FILES
    }


@pytest.mark.parametrize(
    "header", [COLUMNS, export_points.HEADER, export_standings.HEADER]
)
def test_documents_what_goes_out(header: tuple[str, ...]) -> None:
    assert ", ".join(header) in TEXT


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"),
    [("programme_manager", 200), ("auditor", 200), ("pdm", 403), ("finance", 403)],
)
def test_import_runs_are_shown_to_those_who_may_see_every_partner(
    client: Browser, role: str, status: int
) -> None:
    run = ImportRun.objects.create(
        started_at=datetime(2026, 3, 31, 12, tzinfo=UTC),
        folder="bundle",
    )
    client.force_login(
        User.objects.create_user("s@portal.example", is_staff=True, staff_role=role)
    )

    for url in (
        reverse("admin:interchange_importrun_changelist"),
        reverse("admin:interchange_importrun_change", args=[run.pk]),
    ):
        assert client.get(url).status_code == status


@pytest.mark.django_db
def test_an_import_run_shows_counts_and_refusals_as_text(admin_client: Browser) -> None:
    run = ImportRun.objects.create(
        started_at=datetime(2026, 3, 31, 12, tzinfo=UTC),
        folder="bundle",
        counts={"deals.csv": {"new": 17}},
        refusals=[{"file": "deals.csv", "line": 4, "value": "<b>", "reason": "No."}],
    )

    page = admin_client.get(reverse("admin:interchange_importrun_change", args=[run.pk]))

    assert b"<td>17</td>" in page.content
    assert b"<td>&lt;b&gt;</td>" in page.content
