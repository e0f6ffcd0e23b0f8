"""Whatever is changed behind the portal's back is found, and what is right is not."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from clients import services as clients
from clients.models import Client, Subscription
from deals import services as deals
from deals.models import Deal, DealLine
from outbox import clock
from outbox import services as outbox
from outbox.models import Job, PeriodRun
from partners.append_only import trigger_names
from partners.models import Partner, PointsEntry, RulebookEdition, Standing
from partners.selectors import published_editions
from portal import reconciliation
from portal.management.commands import reconcile_points
from tests.factories import (
    PartnerFactory,
    RelationshipFactory,
    SubscriptionFactory,
    stand,
)
from tests.integration.portal.test_bundle import BUNDLE, amend, load, write

pytestmark = pytest.mark.django_db

Out = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name, lines in BUNDLE.items():
        write(bundle / name, lines)
    return bundle


@pytest.fixture
def corrected(folder: Path) -> Path:
    """Import a bundle twice, with a correction, a cancellation and a new territory."""
    load(folder)
    amend(folder, "deal_lines.csv", "professional,1000,USD", "professional,2000,USD")
    amend(folder, "deals.csv", "2026-02-15,", "2026-02-15,2026-06-01")
    amend(folder, "clients.csv", "C-1,Client One,US", "C-1,Client One,IN")
    load(folder)
    return folder


def differences(out: Out) -> list[str]:
    """Return the lines of the differences; the exit code must agree with them."""
    out.readouterr()
    code = 0
    try:
        call_command("reconcile_points")
    except SystemExit as end:
        code = int(str(end.code))
    *lines, summary = out.readouterr().out.splitlines()
    lines = [line for line in lines if "changed since" not in line]
    assert code == (1 if lines else 0)
    assert summary.endswith(f": {len(lines)} differences.")
    return lines


def plant(statement: str) -> None:
    """Run SQL as somebody would who may drop the triggers of the ledger."""
    connection.check_constraints()  # PostgreSQL alters no table with open checks
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for name in trigger_names("partners_pointsentry", connection.vendor):
            on_table = " ON partners_pointsentry" if postgres else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
        cursor.execute(statement)


def test_a_ledger_with_corrections_has_no_differences(corrected: Path, out: Out) -> None:
    assert PointsEntry.objects.filter(corrects__isnull=False).exists()
    assert differences(out) == []


ENTRY = (
    "INSERT INTO partners_pointsentry (public_id, partner_id, kind, points,"
    " effective_on, expires_on, recorded_at, source_kind, source_id, seq, source_ref,"
    " reason, facts, edition_id, corrects_id)"
    " SELECT {uuid}, partner_id, kind, {points}, {begins}, expires_on, recorded_at,"
    " source_kind, source_id, seq + {seq}, source_ref, reason, facts, edition_id, NULL"
    " FROM partners_pointsentry WHERE source_ref = 'D-2/service_hub' AND seq = 0"
)


@pytest.fixture
def out(capsys: Out) -> Out:
    return capsys


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE partners_pointsentry SET edition_id = {edition}", "names an edition"),
        ("UPDATE partners_pointsentry SET facts = '{{}}'", "do not add up"),
        ("UPDATE partners_pointsentry SET facts = '[1]'", "do not add up"),
        (
            "UPDATE partners_pointsentry SET reason = 'reduced' WHERE reason = 'won'",
            "says 'reduced', not 'won'",
        ),
        (
            "UPDATE partners_pointsentry SET reason = 'won' WHERE reason = 'corrected'",
            "beside the others",
        ),
        ("UPDATE partners_pointsentry SET source_ref = 'nonsense'", "names 'nonsense'"),
        (
            (
                "UPDATE partners_pointsentry SET corrects_id = NULL"
                " WHERE corrects_id IS NOT NULL"
            ),
            "beside the others",
        ),
        (
            (
                "UPDATE partners_pointsentry SET points = points + 1"
                " WHERE source_ref = 'D-1/sales_hub' AND seq = 0"
            ),
            "is worth",
        ),
        ("DELETE FROM partners_pointsentry WHERE kind = 'assisted'", "ledger says 0"),
        ("UPDATE partners_pointsentry SET source_id = source_id + 900", "without a sour"),
    ],
)
def test_a_changed_entry_is_found(
    *, corrected: Path, out: Out, statement: str, found: str
) -> None:
    edition = RulebookEdition.objects.published().order_by("effective_on").first()
    assert edition

    plant(statement.format(edition=edition.pk))

    assert found in "\n".join(differences(out))


@pytest.mark.parametrize("begins", ["effective_on", "'2026-03-03'"])
def test_a_pair_that_cancels_out_is_found(corrected: Path, out: Out, begins: str) -> None:
    for number, points in enumerate((999, -999)):
        uuid = f"'{number:032}'"
        plant(ENTRY.format(uuid=uuid, points=points, begins=begins, seq=10 + number))

    lines = differences(out)

    assert any("adds -999 beside the others" in line for line in lines)


@pytest.mark.parametrize(
    "column",
    [
        "sourced", "expiring_30", "expiring_60", "expiring_90", "sourced_expiring",
        "assisted_expiring",
    ],
)  # fmt: skip
def test_a_wrong_number_of_a_standing_is_found(
    folder: Path, out: Out, column: str
) -> None:
    load(folder)

    Standing.objects.filter(partner__ref="P-1").update(**{column: 7})

    [line] = differences(out)
    assert line.startswith(f"standing of P-1: {column} not as of ")


def test_wrong_days_tiers_and_editions_of_standings_are_found(
    folder: Path, out: Out
) -> None:
    load(folder)
    edition = RulebookEdition.objects.published().order_by("effective_on").first()

    Standing.objects.filter(partner__ref="P-1").update(
        credited_on=date(2025, 2, 1), credited_tier="elite", edition=edition
    )
    Standing.objects.filter(partner__ref="P-2").update(as_of=date(1999, 1, 1))

    lines = differences(out)
    assert lines[0] == "1 standings are of 1999-01-01, where no rules hold"
    assert "credited_tier, credited_on, edition not as of" in lines[1]


def test_standings_that_are_not_there_are_found(folder: Path, out: Out) -> None:
    load(folder)

    Standing.objects.all().delete()

    assert differences(out) == ["standing of P-1: missing", "standing of P-2: missing"]


# --- What is right ------------------------------------------------------------------


def test_an_entry_keeps_the_facts_of_its_day_when_the_source_is_worth_the_same(
    folder: Path, out: Out
) -> None:
    load(folder)

    # Known late: running since long before, so that only the first day is worth more.
    with (folder / "subscriptions.csv").open("a") as file:
        file.write("S-0,C-1,service_hub,starter,500,USD,2025-01-01,\n")
    with (folder / "clients.csv").open("a") as file:
        file.write("C-3,Client Three,US,c3.example,\n")
    amend(folder, "deals.csv", "D-1,P-1,C-1", "D-1,P-1,C-3")
    load(folder)

    assert differences(out) == []
    call_command("reconcile_points")
    assert "2 entries rest on facts that have changed since" in out.readouterr().out


def test_a_downgrade_and_an_end_on_the_same_day_are_no_difference(
    folder: Path, out: Out
) -> None:
    load(folder)
    deal = Deal.objects.get(ref="D-1")
    line = DealLine.objects.get(deal=deal)
    day = date(2026, 5, 1)
    line.reductions.create(line=line, on=day, mrr_minor=0, at=clock.now())
    settle(deal)
    Deal.objects.filter(pk=deal.pk).update(cancelled_on=day)
    settle(deal)
    outbox.run_due()

    assert differences(out) == []


def settle(deal: Deal) -> None:
    deals.settle_deals(
        deal_ids=[deal.pk], at=clock.now(), editions=published_editions(), refresh=True
    )


def served_since(day: date) -> tuple[Partner, Client]:
    """Return a partner and a client whose points turn on a day."""
    partner = PartnerFactory.create()
    client = SubscriptionFactory.create(from_on=day).client
    RelationshipFactory.create(partner=partner, client=client, from_on=day)
    stand(partner, on=clock.today())
    return partner, client


def test_what_the_clock_still_owes_is_not_missing_yet(out: Out) -> None:
    today = clock.today()
    served_since(today)
    assert len(differences(out)) == 1  # before the go-live, nobody will post it

    outbox.go_live(on=today - timedelta(days=3))
    outbox.tick(at=clock.now())
    assert reconciliation.worked_off() == today - timedelta(days=3)
    assert differences(out) == []

    outbox.run_due()
    assert reconciliation.worked_off() == today
    assert differences(out) == []
    assert PointsEntry.objects.count() == 1


def test_what_an_import_posted_ahead_of_the_clock_must_be_right(out: Out) -> None:
    today = clock.today()
    _partner, client = served_since(today)
    outbox.go_live(on=today - timedelta(days=3))
    clients.settle_managed(
        client_ids=[client.pk],
        until=today,
        at=datetime.now(tz=UTC),
        editions=published_editions(),
    )
    Standing.objects.update(managed=10_000_000)
    assert differences(out) == []

    Subscription.objects.update(mrr_minor=1)

    assert "the ledger says 10000000" in differences(out)[0]


def test_a_dead_day_is_owed_and_the_days_behind_it(out: Out) -> None:
    today = clock.today()
    outbox.go_live(on=today - timedelta(days=3))
    outbox.tick(at=clock.now())
    outbox.run_due()

    Job.objects.filter(period=today - timedelta(days=1)).update(
        done_at=None, dead_at=clock.now()
    )

    assert reconciliation.worked_off() == today - timedelta(days=2)
    assert PeriodRun.objects.filter(period=today).exists()


def test_a_database_that_is_away_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Callable[[], date]:
        raise OperationalError("connection refused")

    monkeypatch.setattr(reconcile_points, "worked_off", away)

    with pytest.raises(CommandError, match="connection refused") as error:
        call_command("reconcile_points")

    assert error.value.returncode == 2
