"""A bundle comes in: schedules, receipts, accruals; and again, and corrected."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from commissions.models import Accrual, Receipt, Schedule, ScheduleStep
from commissions.services import Stated, enter_receipt, take_back_receipt
from deals.models import Deal
from outbox import clock
from outbox.models import Job
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

BUNDLE = Path(__file__).parents[3].parent / "shared" / "data" / "crm-sales"

FILES = {
    "partners.csv": "ref,name,membership,country,joined_on,payout_currency\n"
    "P-1,One,partner,US,2025-01-01,USD\n",
    "clients.csv": "ref,name,country\nC-1,Client,US\n",
    "deals.csv": "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on,"
    "poi_on,cancelled_on\n"
    "D-1,P-1,C-1,First,sourced,2026-01-01,won,2026-02-10,2026-02-01,\n",
    "deal_lines.csv": "deal_ref,product_line,edition,mrr,currency\n"
    "D-1,sales_hub,starter,100.00,USD\n",
    "receipts.csv": "ref,client_ref,product_line,month,amount,currency\n"
    "R-1,C-1,sales_hub,2026-02,100.00,USD\nR-2,C-1,sales_hub,2026-03,60.00,USD\n",
}


def bring(folder: Path, **changes: str) -> None:
    for name, text in (FILES | {f"{n}.csv": t for n, t in changes.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    call_command("import_bundle", str(folder), verbosity=0, stdout=io.StringIO())


def export(through: str) -> list[dict[str, str]]:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        call_command("export_accruals", "--through", through)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def counts() -> tuple[int, ...]:
    models = (Receipt, Schedule, ScheduleStep, Accrual)
    return tuple(model.objects.count() for model in models)


def test_a_bundle_is_accrued_when_it_is_in_and_again_changes_nothing(
    tmp_path: Path,
) -> None:
    bring(tmp_path)
    assert [
        (row["month"], row["base"], row["commission"]) for row in export("2026-04")
    ] == [("2026-02", "100.00", "20.00"), ("2026-03", "60.00", "12.00")]
    # One line a month: receipts were there before anything was accrued.
    assert not Accrual.objects.filter(number__gt=0).exists()
    before = counts()
    jobs = Job.objects.filter(lane="money").count()
    bring(tmp_path)
    assert counts() == before
    assert Job.objects.filter(lane="money").count() == jobs
    call_command("reconcile_accruals", stdout=io.StringIO())


def test_a_corrected_bundle_adds_differences(tmp_path: Path) -> None:
    bring(tmp_path)
    bring(
        tmp_path,
        receipts="ref,client_ref,product_line,month,amount,currency\n"
        "R-1,C-1,sales_hub,2026-02,100.00,USD\nR-2,C-1,sales_hub,2026-03,80.00,USD\n",
        deals=FILES["deals.csv"]
        .replace(",\n", ",2026-03-20\n")
        .replace("cancelled_on,2026-03-20\n", "cancelled_on\n"),
    )
    assert Deal.objects.get().cancelled_on == date(2026, 3, 20)
    assert [row["month"] for row in export("2026-04")] == ["2026-02"]
    call_command("reconcile_accruals", stdout=io.StringIO())


def test_bad_receipts_are_refused_and_change_nothing(tmp_path: Path) -> None:
    bring(tmp_path)
    before = counts()
    for row in (
        "R-3,C-1,sales_hub,2026-03,0,USD",
        "R-3,C-1,sales_hub,2026-03,1.001,USD",
        "R-3,C-1,sales_hub,2026-03,ten,USD",
        "R-3,C-1,sales_hub,2026-03,9999999999999999,USD",
        "R-3,C-1,sales_hub,2026-03,10,XXX",
        "R-3,C-1,sales_hub,2026-13,10,USD",
        "R-3,C-1,tea_hub,2026-03,10,USD",
        "R-3,C-9,sales_hub,2026-03,10,USD",
        "R-1,C-1,sales_hub,2026-02,100.00,USD\nR-1,C-1,sales_hub,2026-02,90.00,USD",
    ):
        head = "ref,client_ref,product_line,month,amount,currency\n"
        with pytest.raises(CommandError):
            bring(tmp_path, receipts=f"{head}{row}\n")
        assert counts() == before, row


def test_what_people_took_back_does_not_come_in_again(tmp_path: Path) -> None:
    bring(tmp_path)
    receipt = Receipt.objects.get(ref="R-1")
    take_back_receipt(
        receipt_id=receipt.pk, reason="Another client’s",
        actor=UserFactory.create(finance=True), at=clock.now(),
    )  # fmt: skip
    before = counts()
    with pytest.raises(CommandError):
        bring(tmp_path)
    assert counts()[0] == before[0]


def test_reconciling_finds_what_was_planted(tmp_path: Path) -> None:
    bring(tmp_path)
    schedule = Schedule.objects.get()
    Accrual.objects.create(
        month=date(2026, 2, 1), schedule=schedule, number=1, base_minor=0,
        commission_minor=1, currency="USD", rate_bps=2_000, plan="deal",
        edition_id=schedule.edition_id, recorded_at=clock.now(),
    )  # fmt: skip
    Schedule.objects.update(rate_bps=1_999)
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("reconcile_accruals", stdout=out)
    assert error.value.returncode == 1
    assert "2026-02: 20.01 USD instead of 19.99 USD" in out.getvalue()
    assert "the schedule differs in rate_bps" in out.getvalue()


def test_a_receipt_by_hand_stands_beside_those_of_the_bundle(tmp_path: Path) -> None:
    bring(tmp_path)
    schedule = Schedule.objects.get()
    enter_receipt(
        Stated(
            ref="H-1", client_id=schedule.client_id, product_line="sales_hub",
            month=date(2026, 3, 1), amount_minor=4_000, currency="USD",
        ),
        note="", actor=UserFactory.create(finance=True), at=clock.now(),
    )  # fmt: skip
    bring(tmp_path)
    assert export("2026-03")[1]["commission"] == "20.00"


@pytest.mark.skipif(
    not BUNDLE.is_dir(), reason="the acceptance bundle is not beside the project"
)
def test_the_acceptance_bundle_is_reproduced_to_the_byte(tmp_path: Path) -> None:
    call_command("import_bundle", str(BUNDLE), verbosity=0, stdout=io.StringIO())
    out = tmp_path / "accruals.csv"
    call_command("export_accruals", "--through", "2025-06", "--out", str(out))
    expected = BUNDLE / "expected" / "accruals-2025-06.csv"
    assert out.read_bytes() == expected.read_bytes()
