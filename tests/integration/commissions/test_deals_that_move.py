"""An import gives a won deal to another partner: before and after a statement of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy

from commissions.models import (
    Accrual,
    Dispute,
    Schedule,
    ScheduleStep,
    Statement,
)
from commissions.selectors.reconciling import differences, strays
from commissions.selectors.unstated import unstated
from commissions.services import close_statement, settle_schedules
from commissions.services.catching_up import catch_up
from commissions.services.invariants import findings
from commissions.services.receipts import record_increase
from deals import holding
from deals.models import Deal
from interchange.report import Report
from interchange.services import find_files, import_files
from partners.models import Partner
from partners.permissions import POLICY
from portal.management.commands.import_bundle import FILES
from program.calendar import add_months
from program.payout import month_end
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import DisputeFactory
from tests.integration.interchange.test_corrections import (
    CLIENTS,
    DEALS,
    LINES,
    PARTNERS,
)

pytestmark = pytest.mark.django_db

Q4, Q1 = date(2025, 10, 1), date(2026, 1, 1)
MORNING = datetime(2026, 5, 20, 1, tzinfo=UTC)
LATER = datetime(2026, 5, 20, 9, tzinfo=UTC)
_imports = count()
OF_ANN = "D1,P1,C1,Deal,sourced,2025-09-01,won,2025-10-01,2025-09-20\n"
OF_BOB = OF_ANN.replace("P1", "P2")
RECEIPTS = "ref,client_ref,product_line,month,amount,currency\n" + "".join(
    f"R{month},C1,sales_hub,{month},1000,USD\n" for month in ("2025-10", "2025-12")
)
RATES = "day,currency,usd\n" + "".join(
    f"{month_end(add_months(Q4, number))},EUR,2\n" for number in range(6)
)
STAYS = (
    "The commissions of this deal stand in statements or are contested: it stays with "
    "its partner."
)


@pytest.fixture(autouse=True)
def in_may() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a folder; a deal of Ann is imported and accrued, nothing is stated yet."""
    files = {"partners": PARTNERS, "clients": CLIENTS, "deals": DEALS + OF_ANN}
    more = {"deal_lines": LINES, "receipts": RECEIPTS, "fx_rates": RATES}
    assert brought(tmp_path, files | more).refusals == []
    return tmp_path


def loaded(folder: Path, files: dict[str, str]) -> Report:
    """Import files, each import a minute after the one before; nothing follows yet."""
    for old in folder.iterdir():
        old.unlink()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    at = MORNING + timedelta(minutes=next(_imports))
    report = Report()
    import_files(
        found=find_files(folder=folder, files=FILES),
        report=report,
        on=at.date(),
        clock=lambda: at,
    )
    return report


def brought(folder: Path, files: dict[str, str]) -> Report:
    """Import files, with all that follows from them."""
    report = loaded(folder, files)
    catch_up(since=MORNING, at=LATER)
    return report


def partner(ref: str) -> Partner:
    return Partner.objects.get(ref=ref)


def closed(ref: str, quarter: date = Q4) -> Statement:
    statement = close_statement(partner_id=partner(ref).pk, quarter=quarter, at=LATER)
    assert isinstance(statement, Statement), statement
    return statement


def faults() -> dict[str, int]:
    found = findings(on=date(2026, 5, 20))
    return {one.name: one.count for one in found if one.count}


def reconciled() -> bool:
    return not [*strays(), *differences(through=date(2026, 4, 1))]


def everything() -> tuple[object, ...]:
    return tuple(
        list(model.objects.order_by("pk").values())
        for model in (Deal, Schedule, ScheduleStep, Accrual)
    )


def test_before_a_statement_all_of_it_goes_along(bundle: Path) -> None:
    ann = partner("P1").pk
    assert unstated(ann, date(2025, 12, 31)).count() == 3

    report = brought(bundle, {"deals": DEALS + OF_BOB})

    assert report.refusals == []
    assert Schedule.objects.get().partner.ref == "P2"
    assert not unstated(ann, date(2026, 5, 1)).exists()
    # 20 % of USD 1,000 for each of two months, at EUR 1 = USD 2.
    assert closed("P2").accrued_minor == 20_000
    assert not Statement.objects.filter(partner=ann).exists()
    assert faults() == {}
    assert reconciled()


def test_once_it_is_stated_the_row_is_refused_whole(bundle: Path) -> None:
    assert closed("P1").accrued_minor == 20_000
    before = everything()

    report = brought(bundle, {"deals": DEALS + OF_BOB.replace("Deal,", "Renamed,")})

    [refusal] = report.refusals
    assert (refusal.line, refusal.column, refusal.value) == (2, "partner_ref", "P2")
    assert refusal.reason == STAYS
    assert "by an adjustment" in refusal.advice
    assert "under a new reference" in refusal.advice
    assert "Ann" not in f"{refusal.reason} {refusal.advice}"
    assert everything() == before
    assert faults() == {}
    assert reconciled()


def test_while_it_is_contested_it_stays(bundle: Path) -> None:
    dispute = DisputeFactory.create(
        partner=partner("P1"), schedule=Schedule.objects.get(), month=date(2025, 10, 1)
    )

    refused = brought(bundle, {"deals": DEALS + OF_BOB})
    Dispute.objects.filter(pk=dispute.pk).update(state=Dispute.State.WITHDRAWN)
    report = brought(bundle, {"deals": DEALS + OF_BOB})

    assert [one.reason for one in refused.refusals] == [STAYS]
    assert report.refusals == []
    assert Schedule.objects.get().partner.ref == "P2"


def test_the_way_out_that_it_names_works(bundle: Path) -> None:
    closed("P1")
    ended = f"{DEALS.strip()},cancelled_on\n{OF_ANN.strip()},2025-11-15\n"
    anew = OF_BOB.replace("D1", "D2").strip()

    report = brought(
        bundle,
        {"deals": f"{ended}{anew},\n", "deal_lines": LINES.replace("D1", "D2")},
    )

    assert report.refusals == []
    # December is taken back from the old company, and earned by the new one.
    assert closed("P1", Q1).accrued_minor == -10_000
    assert closed("P2").accrued_minor == 10_000
    assert faults() == {}


def test_the_other_rows_of_the_file_come_in(bundle: Path) -> None:
    closed("P1")
    other = OF_ANN.replace("D1", "D9")

    report = brought(bundle, {"deals": DEALS + OF_BOB + other})

    assert [one.line for one in report.refusals] == [2]
    assert report.total.new == 1
    assert Deal.objects.get(ref="D9").partner.ref == "P1"


@pytest.mark.parametrize("others", [1, 6])
def test_a_batch_asks_once(bundle: Path, others: int) -> None:
    closed("P1")
    refs = [f"E{number}" for number in range(others)]
    rows = [OF_ANN.replace("D1", ref) for ref in refs]
    brought(bundle, {"deals": DEALS + "".join(rows)})

    with CaptureQueriesContext(connection) as queries:
        moved = [row.replace("P1", "P2") for row in (OF_ANN, *rows)]
        report = loaded(bundle, {"deals": DEALS + "".join(moved)})

    asked = [one for one in queries if "commissions_statementline" in one["sql"]]
    assert len(report.refusals) == 1
    assert len(asked) == 1


def test_nobody_is_asked_where_nothing_moves(bundle: Path) -> None:
    with CaptureQueriesContext(connection) as queries:
        loaded(bundle, {"deals": DEALS + OF_ANN.replace("Deal,", "Renamed,")})

    assert not [one for one in queries if "commissions_statementline" in one["sql"]]


def test_who_holds_deals_is_asked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_holders", [])
    words = {"why": gettext_lazy("Because"), "instead": gettext_lazy("Wait")}
    holding.holds(**words)(lambda ids: {pk: [7] for pk in ids})
    holding.holds(**words)(lambda ids: {2: [9]})
    one, other = holding._holders

    assert holding.held([1, 2]) == {1: [({7}, one)], 2: [({7}, one), ({9}, other)]}
    assert holding.held([]) == {}


def test_nobody_gives_a_deal_away_in_the_back_office() -> None:
    grants = POLICY["deals.deal"].values()

    assert not [grant for grant in grants if "partner" in (*grant.add, *grant.change)]


# --- A statement closed between the import and its settling ---------------------------


@pytest.fixture
def overtaken(bundle: Path) -> Schedule:
    """Import the deal for Bob, and close Ann's statement before anything settles."""
    loaded(bundle, {"deals": DEALS + OF_BOB})
    closed("P1")
    catch_up(since=MORNING, at=LATER)
    return Schedule.objects.get()


def test_what_a_statement_overtook_stays_and_is_named(overtaken: Schedule) -> None:
    assert Deal.objects.get().partner.ref == "P2"
    assert overtaken.partner.ref == "P1"
    assert not overtaken.steps.filter(number__gt=0).exists()
    # The line is of the partner of its statement; that the deal is not is what is named.
    assert faults() == {"schedule_is_of_the_partner_of_its_deal": 1}
    assert not reconciled()
    assert ["partner_id" in one.columns for one in strays()] == [True]


def test_nothing_of_it_changes_until_it_is_put_right(overtaken: Schedule) -> None:
    before = everything()
    Deal.objects.update(cancelled_on=date(2026, 1, 10))

    assert settle_schedules(deal_ids=[overtaken.deal_id], at=LATER) == 0

    assert everything()[1:] == before[1:]


def test_given_back_by_an_import_it_is_right_again(
    overtaken: Schedule, bundle: Path
) -> None:
    to_a_third = OF_ANN.replace("P1", "P3")
    PartnerFactory.create(ref="P3")

    refused = brought(bundle, {"deals": DEALS + to_a_third})
    report = brought(bundle, {"deals": DEALS + OF_ANN})

    assert [one.reason for one in refused.refusals] == [STAYS]
    assert report.refusals == []
    assert faults() == {}
    assert reconciled()


def test_all_clients_are_locked_before_a_partner(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those of new deals: their months are accrued in the same transaction.

    Locked afterwards, two who settle would wait for each other.
    """
    seen: list[set[int]] = []

    def lock(client_ids: Iterable[int]) -> None:
        seen.append(set(client_ids))

    monkeypatch.setattr("commissions.services.schedules.lock_clients", lock)
    new = OF_BOB.replace("D1", "D2").replace("C1", "C2")
    of_new = LINES.replace("D1", "D2")

    loaded(bundle, {"deals": DEALS + OF_BOB + new, "deal_lines": of_new})

    deals = list(Deal.objects.values_list("pk", flat=True))
    assert settle_schedules(deal_ids=deals, at=LATER) == 2

    clients = set(Schedule.objects.values_list("client_id", flat=True))
    assert len(clients) == 2
    assert seen[0] == clients


# --- What nobody sold -----------------------------------------------------------------


def test_an_increase_that_is_stated_stays_with_the_sale_it_was_of(bundle: Path) -> None:
    of_increase = record_increase(
        client_id=Deal.objects.get().client_id,
        product_line="sales_hub",
        on=date(2025, 11, 20),
        mrr_minor=50_000,
        currency="USD",
        note="They added seats by themselves.",
        actor=UserFactory.create(finance=True),
        at=LATER,
    )
    closed("P1")
    assert of_increase.partner.ref == "P1"
    # A sale of Bob turns up that is newer than Ann's, and older than the increase.
    late = OF_BOB.replace("D1", "D2").replace("2025-10-01", "2025-11-05")

    report = brought(
        bundle, {"deals": DEALS + late, "deal_lines": LINES.replace("D1", "D2")}
    )

    assert report.refusals == []
    of_increase.refresh_from_db()
    assert (of_increase.partner.ref, of_increase.deal_ref) == ("P1", "D1")
    assert faults() == {}
    assert reconciled()
