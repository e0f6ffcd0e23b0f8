"""Who came in, what came in and what was taken along: one row each, without secrets."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from interchange.models import ImportRun
from partners.models import AuditEntry, Partner, Person
from tests.factories import (
    PartnerFactory,
    PersonFactory,
)
from tests.integration.pages import browser_of

pytestmark = pytest.mark.django_db

DAY = date(2026, 1, 15)
PASSWORD = "correct horse battery staple"


def only(action: str) -> AuditEntry:
    """Return the one entry of an act; there is no second one."""
    return AuditEntry.objects.get(action=action)


# --- In and out -----------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "crm"
    folder.mkdir()
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["nonsense"])
    return folder


def test_an_import_is_one_row(bundle: Path) -> None:
    with pytest.raises(Exception, match="could not be read"):
        call_command("import_bundle", str(bundle), stdout=StringIO())

    entry = only("interchange.imported")
    assert (entry.object_id, entry.partner_id) == (ImportRun.objects.get().pk, None)


def test_a_dry_run_is_none(bundle: Path) -> None:
    with pytest.raises(Exception, match="could not be read"):
        call_command("import_bundle", str(bundle), "--dry-run", stdout=StringIO())

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("command", "action"),
    [
        ("export_points", "partners.points_exported"),
        ("export_standings", "partners.standings_exported"),
    ],
)
def test_an_export_at_the_command_line(command: str, action: str, tmp_path: Path) -> None:
    call_command(command, on=DAY, out=tmp_path / "out.csv")

    entry = only(action)
    assert (entry.actor_id, entry.changes) == (None, {"on": [None, "2026-01-15"]})


# --- Signing in -----------------------------------------------------------------------


@pytest.fixture
def person() -> Person:
    found: Person = PersonFactory.create(with_account=True, email="ada@company.example")
    assert found.user
    found.user.set_password(PASSWORD)
    found.user.save()
    return found


def sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    form = {"login": email, "password": password}
    return client.post(reverse("account_login"), form).status_code


def test_signing_in_and_out(client: Client, person: Person) -> None:
    assert sign_in(client, person.email) == 302
    client.post(reverse("account_logout"))

    for action in ("accounts.signed_in", "accounts.signed_out"):
        entry = only(action)
        assert (entry.partner_id, entry.actor) == (person.partner_id, person.user)
        assert entry.request_id


def test_a_wrong_password_names_the_account_and_nobody_as_who(
    client: Client, person: Person
) -> None:
    sign_in(client, person.email, "wrong")

    entry = only("accounts.sign_in_failed")
    assert (entry.partner_id, entry.actor) == (person.partner_id, None)
    assert (entry.object_type, entry.object_label) == ("partners.user", person.email)
    assert "wrong" not in str(vars(entry))


@pytest.mark.parametrize(
    "typed", ["my secret password", "eve@stranger.example", "é" * 90]
)
def test_what_a_stranger_typed_is_not_kept(client: Client, typed: str) -> None:
    """People type passwords where the address belongs."""
    sign_in(client, f"{typed}@x.example")
    sign_in(client, f"{typed}@x.example")

    entries = AuditEntry.objects.filter(action="accounts.sign_in_failed")
    assert typed not in str([vars(entry) for entry in entries])
    assert len({entry.note for entry in entries}) <= 1


def test_a_new_password(client: Client, person: Person) -> None:
    assert person.user
    client.force_login(person.user)
    new = "another horse battery staple"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    answer = client.post(reverse("account_change_password"), form)

    assert answer.status_code == 302
    entry = only("accounts.password_changed")
    assert (entry.actor, entry.changes) == (person.user, {})


def test_a_new_password_that_cannot_be_recorded_is_none(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_entry: object, **_how: object) -> None:
        raise OperationalError("the disk is full")

    assert person.user
    browser = Client(raise_request_exception=False)
    browser.force_login(person.user)
    monkeypatch.setattr(AuditEntry, "save", fail)
    new = "another horse battery staple"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    browser.post(reverse("account_change_password"), form)

    person.user.refresh_from_db()
    assert person.user.check_password(PASSWORD)


def test_a_password_reset_by_letter(client: Client, person: Person) -> None:
    client.post(reverse("account_reset_password"), {"email": person.email})
    [letter] = mail.outbox
    [link] = [word for word in str(letter.body).split() if "/password/reset/key/" in word]
    path = "/" + link.split("/", 3)[3]
    page = client.get(path, follow=True)
    new = "another horse battery staple"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})

    assert only("accounts.password_reset").actor == person.user


def test_taking_points_along_as_a_file() -> None:
    partner: Partner = PartnerFactory.create()
    browser = browser_of(partner)
    answer = browser.get("/points/entries.csv", {"kind": "sourced"})

    assert answer.status_code == 200
    entry = AuditEntry.objects.get(action__endswith="_exported")
    assert (entry.partner_id, entry.actor and entry.actor.partner) == (
        partner.pk,
        partner,
    )
    assert "sourced" in str(entry.changes)


def test_a_file_that_is_refused_leaves_no_row() -> None:
    browser = browser_of(PartnerFactory.create())

    answer = browser.get("/points/entries.csv", {"kind": "bogus"})

    assert answer.status_code == 400
    assert not AuditEntry.objects.filter(action__endswith="_exported").exists()
