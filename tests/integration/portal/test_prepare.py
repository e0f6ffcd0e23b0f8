"""The demo data of `manage.py run`: finished on any day, and never beside real data."""

import subprocess
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from outbox import clock
from partners.models import Partner, User
from portal.management.commands import demo_bundle, fill_demo
from portal.runner import prepare
from tests.factories import PartnerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


class KilledError(Exception):
    pass


class Commands:
    """Run the commands here, in the transaction of the test; one may be killed."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.killed_after = ""

    def run(
        self, program: Sequence[str], **_options: Any
    ) -> subprocess.CompletedProcess[str]:
        try:
            call_command(*program[2:])
        except KilledError:
            return subprocess.CompletedProcess(program, -9)
        return subprocess.CompletedProcess(program, 0)

    def call(self, *command: str) -> None:
        self.ran.append(command[0])
        call_command(*command)
        if command[0] == self.killed_after:
            raise KilledError


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Commands:
    commands = Commands()
    monkeypatch.setattr(settings, "VAR", tmp_path)
    monkeypatch.setattr(
        fill_demo, "DEMO_SIZE", ("--partners=12", "--clients=50", "--deals=192")
    )
    monkeypatch.setattr(fill_demo, "call_command", commands.call)
    monkeypatch.setattr(subprocess, "run", commands.run)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    return commands


def fill() -> None:
    prepare.fill_with_demo_data(environ={}, say=lambda _line: None)


def tomorrow(monkeypatch: pytest.MonkeyPatch) -> date:
    day = clock.today() + timedelta(days=1)
    monkeypatch.setattr(demo_bundle, "programme_today", lambda: day)
    return day


def test_an_import_that_was_killed_is_finished_the_next_day_from_the_same_bundle(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands.killed_after = "import_bundle"
    with pytest.raises(prepare.DemoDataError, match=r"fill_demo ended \(-9\)"):
        fill()
    written = (tmp_path / "demo" / "deals.csv").read_bytes()
    commands.killed_after = ""
    tomorrow(monkeypatch)

    fill()
    fill()

    assert (tmp_path / "demo" / "deals.csv").read_bytes() == written
    assert Partner.objects.count() == 12
    assert User.objects.filter(email="manager@portal.example").exists()
    assert commands.ran == [
        "demo_bundle", "import_bundle", "import_bundle", "demo_users",
    ]  # fmt: skip


def test_a_bundle_that_was_not_written_to_its_end_is_written_anew(
    commands: Commands, tmp_path: Path
) -> None:
    commands.killed_after = "demo_bundle"
    with pytest.raises(prepare.DemoDataError):
        fill()
    assert not (tmp_path / "demo").exists()
    commands.killed_after = ""

    fill()

    assert (tmp_path / "demo" / ".imported").exists()
    assert Partner.objects.count() == 12


def test_somebody_s_partners_get_no_demo_beside_them(
    commands: Commands, tmp_path: Path
) -> None:
    # An import into another database was interrupted; now the real one is named.
    PartnerFactory.create(ref="REAL-1")
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "partners.csv").write_text("ref,name\nP-lumen,Lumen\n")

    fill()

    assert commands.ran == []
    assert [partner.ref for partner in Partner.objects.all()] == ["REAL-1"]
    assert not User.objects.filter(email__endswith="@portal.example").exists()


def test_another_empty_database_gets_a_bundle_of_its_own_day(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / ".imported").touch()
    (tmp_path / "demo" / "partners.csv").write_text("ref,name\nP-old,Old\n")

    fill()

    assert Partner.objects.count() == 12
    assert not Partner.objects.filter(ref="P-old").exists()
