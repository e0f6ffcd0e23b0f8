"""Long lists: prepared in the background, told of, downloaded, and gone after a day."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.test import Client
from django.utils import timezone

from deals.models import Deal
from outbox.services import run_due
from partners.models import Export, Notification, Partner, User
from partners.services import list_files
from partners.services.people import store_partner
from partners.services.staff import assign_manager, change_staff_role
from tests.factories import (
    DealFactory,
    ExportFactory,
    PartnerFactory,
    PointsEntryFactory,
    UserFactory,
)
from tests.integration.pages import (
    NOON,
    account_of,
    browser_of,
    main_of,
    signed_in,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a list of three rows a long one."""
    for module in (
        "partners.services.list_files",
        "partners.listings",
        "portal.downloads",
    ):
        monkeypatch.setattr(f"{module}.DOWNLOAD_ROWS", 2)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def deals_of(partner: Partner, *names: str, **facts: Any) -> list[Deal]:
    return [DealFactory.create(partner=partner, name=name, **facts) for name in names]


def sheet_of(data: bytes) -> str:
    with ZipFile(io.BytesIO(data)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def ask(visitor: Client, **facts: str) -> Any:
    form = {"list": "deals", "query": "", "format": "csv", **facts}
    return visitor.post("/exports/ask/", form, follow=True)


@pytest.mark.usefixtures("short")
def test_a_long_list_is_prepared_told_of_and_downloaded(
    visitor: Client, partner: Partner
) -> None:
    deals_of(partner, "A", "B", "C", "D")
    deals_of(PartnerFactory.create(), "Of somebody else")

    assert "Prepare CSV" in words(visitor.get("/deals/"))
    assert "Being prepared" in words(ask(visitor, query="sort=-name"))
    run_due()

    export = Export.objects.get()
    assert (export.state, export.row_count) == ("ready", 4)
    assert export.expires_at == NOON + timedelta(hours=24)
    told = Notification.objects.get(kind="partners.file_made")
    assert (told.path, told.facts["rows"]) == ("/exports/", 4)
    answer = visitor.get(f"/exports/{export.public_id}/")
    assert [row["Deal"] for row in table(body(answer))] == ["D", "C", "B", "A"]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.usefixtures("short")
def test_reading_the_address_of_a_long_list_prepares_nothing(
    visitor: Client, partner: Partner
) -> None:
    deals_of(partner, "A", "B", "C")

    answer = visitor.get("/deals/deals.csv?stage=registered")

    assert "3 rows" in words(answer)
    assert 'value="stage=registered"' in main_of(answer)
    assert not Export.objects.exists()


def test_a_spreadsheet_is_prepared_too(visitor: Client, partner: Partner) -> None:
    deals_of(partner, "Alpha")

    ask(visitor, format="xlsx")
    run_due()

    export = Export.objects.get()
    data = body(visitor.get(f"/exports/{export.public_id}/"))
    assert "Alpha" in sheet_of(data)


def test_asking_twice_makes_one_file(visitor: Client) -> None:
    ask(visitor)
    ask(visitor)

    assert Export.objects.count() == 1


def test_a_file_holds_what_its_owner_may_see_when_it_is_made(partner: Partner) -> None:
    user = account_of(partner)
    deals_of(partner, "Alpha")
    ask(signed_in(user))
    user.people.update(left_on=NOON.date())

    run_due()

    export = Export.objects.get()
    assert (export.state, export.file_name) == ("failed", "")
    assert "not yours any more" in export.reason


def test_a_list_beyond_measure_is_refused_with_the_reason(
    visitor: Client, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_files, "MAX_ROWS", 1)
    deals_of(partner, "A", "B")

    ask(visitor)
    run_due()

    assert "Narrow it with a filter." in words(visitor.get("/exports/"))


def test_a_fourth_file_waits(visitor: Client) -> None:
    for sort in ("name", "stage", "motion"):
        ask(visitor, query=f"sort={sort}")

    page = words(ask(visitor, query="sort=client"))

    assert "3 files are being prepared already." in page
    assert Export.objects.count() == 3


def test_files_are_counted_by_the_hour(partner: Partner) -> None:
    user = account_of(partner)
    ExportFactory.create_batch(list_files.MAX_AN_HOUR, user=user, ready=True)
    Export.objects.update(created_at=NOON - timedelta(minutes=59))

    assert "within an hour" in words(ask(signed_in(user)))

    Export.objects.update(created_at=NOON - timedelta(minutes=61))
    assert "Being prepared" in words(ask(signed_in(user)))


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"list": "passwords"}, 404),
        ({"list": ""}, 404),
        ({"query": "unknown=1"}, 400),
        ({"query": "sort=partner__pdm__password"}, 400),
        ({"query": "x" * 2_001}, 400),
        ({"query": "\x00"}, 400),
        ({"format": "exe"}, 400),
        ({"more": "1"}, 400),
    ],
    ids=str,
)
def test_a_hostile_form_prepares_nothing(
    visitor: Client, form: dict[str, str], status: int
) -> None:
    assert ask(visitor, **form).status_code == status
    assert not Export.objects.exists()


def test_points_are_not_prepared_for_staff() -> None:
    staff = signed_in(UserFactory.create(programme_manager=True))

    assert ask(staff, list="points").status_code == 404


def test_a_file_is_its_owners_until_it_expires(partner: Partner) -> None:
    user = account_of(partner)
    export = ExportFactory.create(user=user, ready=True)
    address = f"/exports/{export.public_id}/"

    assert signed_in(user).get(address).status_code == 200
    assert browser_of(partner).get(address).status_code == 404

    Export.objects.update(expires_at=NOON)
    assert signed_in(user).get(address).status_code == 404
    assert "Expired" in words(signed_in(user).get("/exports/"))


def test_a_file_of_a_former_company_is_gone(partner: Partner) -> None:
    user = account_of(partner)
    export = ExportFactory.create(user=user, ready=True)
    user.people.update(left_on=NOON.date())

    assert signed_in(user).get(f"/exports/{export.public_id}/").status_code == 404


def test_expired_files_are_deleted_the_others_stay(partner: Partner) -> None:
    user = account_of(partner)
    old, new = ExportFactory.create_batch(2, user=user, ready=True)
    Export.objects.filter(pk=old.pk).update(expires_at=NOON)
    waiting = ExportFactory.create(user=user)

    assert list_files.delete_expired(at=NOON) == 1
    assert list_files.delete_expired(at=NOON) == 0

    assert not default_storage.exists(old.file_name)
    assert default_storage.exists(new.file_name)
    assert set(Export.objects.all()) == {new, waiting}


def test_a_file_nobody_names_goes_after_a_day() -> None:
    name = default_storage.save("exports/stray.csv", io.BytesIO(b"x"))

    list_files.delete_expired(at=NOON + timedelta(hours=23))
    assert default_storage.exists(name)

    list_files.delete_expired(at=NOON + timedelta(hours=25))
    assert not default_storage.exists(name)


def test_a_file_has_a_random_name_and_is_nobody_elses_to_read(
    visitor: Client,
    partner: Partner,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(list_files, "default_storage", FileSystemStorage(tmp_path))
    deals_of(partner, "Alpha")

    ask(visitor)
    run_due()

    (file,) = (tmp_path / "exports").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "exports").stat().st_mode & 0o777 == 0o700
    assert len(file.stem) == 32


def test_the_points_of_a_file_add_up_to_the_last_digit(
    visitor: Client, partner: Partner
) -> None:
    PointsEntryFactory.create_batch(1_100, partner=partner, points=1_000_003)

    ask(visitor, list="points")
    run_due()

    export = Export.objects.get()
    rows = table(body(visitor.get(f"/exports/{export.public_id}/")))
    assert len(rows) == 1_100
    assert sum(Decimal(row["Points"]) for row in rows) == Decimal("1100.0033")


def test_a_person_without_files_reads_what_is_prepared_here(visitor: Client) -> None:
    assert "You asked for no file yet." in words(visitor.get("/exports/"))


# --- Staff: a file holds what was theirs when it was made -------------------------------


def moved(partner: Partner, manager: User) -> None:
    assign_manager(
        partner_id=partner.pk, manager_id=manager.pk, actor=manager, at=timezone.now()
    )


def edited(partner: Partner, manager: User) -> None:
    partner.pdm = manager
    store_partner(
        partner=partner, changed=frozenset({"pdm"}), actor=manager, at=timezone.now()
    )


def given_another_role(partner: Partner, manager: User) -> None:
    assert partner.pdm_id
    leaver = partner.pdm_id
    Partner.objects.update(pdm=manager)
    change_staff_role(
        user_id=leaver, staff_role="finance", actor=manager, at=timezone.now()
    )


@pytest.mark.parametrize("change", [moved, edited, given_another_role])
def test_a_file_ends_with_the_portfolio_it_was_made_from(
    change: Callable[[Partner, User], None],
) -> None:
    before, after = UserFactory.create_batch(2, pdm=True)
    partner = PartnerFactory.create(pdm=before)
    theirs = ExportFactory.create(user=before, ready=True)
    others = ExportFactory.create(user=after, ready=True)
    address = f"/exports/{theirs.public_id}/"
    assert signed_in(before).get(address).status_code == 200

    change(partner, after)

    assert signed_in(before).get(address).status_code == 404
    assert signed_in(after).get(f"/exports/{others.public_id}/").status_code == 200
