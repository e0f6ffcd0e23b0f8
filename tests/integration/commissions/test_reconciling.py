"""A partner's own spreadsheet against the ledger: what is read, and what is said."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from commissions.models import Accrual, Schedule
from partners.models import AuditEntry, Partner, Role
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import AccrualFactory
from tests.integration.commissions.money_pages import FIRST, earn, schedule_of
from tests.integration.pages import (
    PAGE_MARKS,
    account_of,
    browser_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

PAGE = "/commissions/reconcile/"
HEAD = "Deal;Product line;Month;Amount;Currency"


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Aurora")


@pytest.fixture
def schedule(partner: Partner) -> Schedule:
    return schedule_of(partner, months=3, deal__name="Nordlicht")


def csv_of(*lines: str, head: str = HEAD) -> SimpleUploadedFile:
    return SimpleUploadedFile("mine.csv", "\n".join((head, *lines)).encode())


def xlsx_of(*rows: Sequence[Any]) -> SimpleUploadedFile:
    book = Workbook()
    assert book.active is not None
    for row in (HEAD.split(";"), *rows):
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return SimpleUploadedFile("mine.xlsx", file.getvalue())


def sent(partner: Partner, file: SimpleUploadedFile) -> Any:
    return browser_of(partner, role=Role.FINANCE).post(PAGE, {"file": file})


def test_what_both_have_is_agreed(schedule: Schedule) -> None:
    answer = sent(
        schedule.partner,
        csv_of(
            "Nordlicht;Sales Hub;2026-01;200.00;USD",
            f"{schedule.deal_ref};sales_hub;February 2026;200,00;usd",
            "nordlicht;sales hub;01/03/2026;$200;USD",
        ),
    )

    text = words(answer)
    assert answer.status_code == 200
    assert "Agreed 3 lines" in text
    assert "Different" not in text
    assert "USD US$600.00 US$600.00 US$0.00" in text


def test_the_ledger_is_not_touched_and_only_the_act_is_kept(schedule: Schedule) -> None:
    before = list(Accrual.objects.values_list("schedule_id", "month", "commission_minor"))

    sent(schedule.partner, csv_of("Nordlicht;Sales Hub;2026-01;1;USD"))

    entry = AuditEntry.objects.get(action="commissions.spreadsheet_compared")
    assert entry.changes["different"] == [None, 1]
    assert "Nordlicht" not in str(entry.changes) + entry.note
    after = list(Accrual.objects.values_list("schedule_id", "month", "commission_minor"))
    assert after == before


@pytest.mark.parametrize(
    ("line", "words_of_reason"),
    [
        pytest.param("Nordlicht;Sales Hub;2026-01;200.01;USD", "Rounding", id="rounding"),
        pytest.param(
            "Nordlicht;Sales Hub;2026-01;200;EUR",
            "Another currency: the line was sold in USD.",
            id="currency",
        ),
        pytest.param(
            "Nordlicht;Sales Hub;2026-04;200;USD",
            "The client did not pay.",
            id="not paid",
        ),
        pytest.param(
            "Nordlicht;Sales Hub;2026-05;200;USD",
            "A correction came later: -US$50.00.",
            id="correction",
        ),
        pytest.param(
            "Nordlicht;Sales Hub;2026-06;200;USD",
            "The client did not pay for the whole month.",
            id="in part",
        ),
        pytest.param(
            "Nordlicht;Sales Hub;2026-01;1000;USD",
            "The sheet has what the client paid",
            id="base",
        ),
        pytest.param(
            "Nordlicht;Sales Hub;2025-12;11;USD",
            "The term begins with January 2026.",
            id="before",
        ),
        pytest.param(
            "Nordlicht;Sales Hub;2029-01;11;USD",
            "The term ended with December 2028.",
            id="after",
        ),
        pytest.param(
            "Nordlicht;Sales Hub;2026-11;11;USD", "The month is not over", id="running"
        ),
        pytest.param(
            "Castellan;Sales Hub;2026-01;200;USD", "No deal of this name", id="no deal"
        ),
        pytest.param(
            "Nordlicht;Content Hub;2026-01;200;USD",
            "no such product line",
            id="no product",
        ),
    ],
)
def test_each_difference_has_its_reason(
    schedule: Schedule, line: str, words_of_reason: str
) -> None:
    AccrualFactory.create(schedule=schedule, month=date(2026, 4, 1), nothing=True)
    earn(schedule, date(2026, 5, 1))
    AccrualFactory.create(
        schedule=schedule,
        month=date(2026, 5, 1),
        number=1,
        base_minor=-25_000,
        commission_minor=-5_000,
    )
    earn(schedule, date(2026, 6, 1), 70_000)

    text = words(sent(schedule.partner, csv_of(line)))

    assert words_of_reason in text


def test_an_amount_may_stand_in_another_month(partner: Partner) -> None:
    schedule = schedule_of(partner, deal__name="Nordlicht")
    AccrualFactory.create(schedule=schedule, month=FIRST, nothing=True)
    earn(schedule, date(2026, 2, 1))

    text = words(sent(partner, csv_of("Nordlicht;Sales Hub;2026-01;200;USD")))

    assert (
        "The client did not pay. Another month: it stands in February 2026 here." in text
    )


def test_a_line_that_earns_nothing_is_not_meant(schedule: Schedule) -> None:
    """Two deals have one name, and only one of them earns commission."""
    refused = schedule_of(schedule.partner, deal__name="Nordlicht")
    Schedule.objects.filter(pk=refused.pk).update(
        plan="", months=0, refused=Schedule.Refused.NO_PROOF, rate_bps=0
    )

    text = words(sent(schedule.partner, csv_of("Nordlicht;Sales Hub;2026-01;200;USD")))

    assert "Agreed 1 line" in text


def test_what_the_sheet_lacks_is_named(schedule: Schedule) -> None:
    text = words(
        sent(
            schedule.partner,
            csv_of(
                "Nordlicht;Sales Hub;2026-01;200;USD",
                "Nordlicht;Sales Hub;2026-03;200;USD",
            ),
        )
    )

    assert "Missing in your sheet 1 line" in text
    assert "February 2026" in text


def test_nothing_of_other_partners_is_compared(schedule: Schedule) -> None:
    other = PartnerFactory.create()

    text = words(sent(other, csv_of("Nordlicht;Sales Hub;2026-01;200;USD")))

    assert "No deal of this name" in text
    assert schedule.deal_ref not in text


def test_a_workbook_is_read_like_a_csv(schedule: Schedule) -> None:
    file = xlsx_of(
        ("Nordlicht", "Sales Hub", datetime(2026, 1, 31), 200, "USD"),  # noqa: DTZ001
        ("Nordlicht", "Sales Hub", "2026-02", 200.0, "USD"),
        (),
        ("Nordlicht", "Sales Hub", "mars 2026", "200,00", "USD"),
    )

    assert "Agreed 3 lines" in words(sent(schedule.partner, file))


def test_french_headings_are_known(schedule: Schedule) -> None:
    head = "Référence;Ligne de produits;Mois;Montant;Devise"
    line = f"{schedule.deal_ref};Sales Hub;janvier 2026;1 200,50;USD"

    text = words(sent(schedule.partner, csv_of(line, head=head)))

    assert "US$1,200.50" in text


def test_unknown_headings_are_asked_for(schedule: Schedule) -> None:
    head = "A;B;C;D;E"
    browser = browser_of(schedule.partner, role=Role.FINANCE)
    line = "Nordlicht;Sales Hub;2026-01;200;USD"

    asked = browser.post(PAGE, {"file": csv_of(line, head=head)})
    sheet = asked.context["form"].initial["sheet"]
    twice = browser.post(PAGE, {"sheet": sheet, **dict.fromkeys(FIELDS, "0")})
    columns = {field: str(place) for place, field in enumerate(FIELDS)}
    done = browser.post(PAGE, {"sheet": sheet, **columns})

    assert "Say which is which" in words(asked)
    assert twice.status_code == 422
    assert "Agreed 1 line" in words(done)


FIELDS = ("deal", "product_line", "month", "amount", "currency")


def test_the_result_is_a_file(schedule: Schedule) -> None:
    browser = browser_of(schedule.partner, role=Role.FINANCE)
    shown = browser.post(PAGE, {"file": csv_of("Nordlicht;Sales Hub;2026-01;199;USD")})

    answer = browser.post(
        PAGE,
        {
            "sheet": shown.context["sheet"],
            **shown.context["columns"],
            "download": "csv",
        },
    )

    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "2,Different,Nordlicht,Sales Hub,2026-01,199.00,200.00,USD,USD" in text
    assert AuditEntry.objects.filter(action="commissions.reconciled_exported").exists()


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param(
            ["Nordlicht;Sales Hub;2026-01;=1+1;USD"], "is a formula", id="formula"
        ),
        pytest.param(["Nordlicht;Sales Hub;2026-01;two;USD"], "Line 2", id="amount"),
        pytest.param(
            ["Nordlicht;Sales Hub;2026-01;1.005;USD"], "read in two ways", id="ambiguous"
        ),
        pytest.param(
            ["Nordlicht;Sales Hub;2026-01;1.0055;USD"], "no amount", id="decimals"
        ),
        pytest.param(["Nordlicht;Sales Hub;2026-13;1;USD"], "no month", id="month"),
        pytest.param(["Nordlicht;Sales Hub;soon;1;USD"], "no month", id="no month"),
        pytest.param(["Nordlicht;Sales Hub;2026-01;1;ABC"], "no currency", id="currency"),
        pytest.param([";Sales Hub;2026-01;1;USD"], "deal is missing", id="no deal"),
        pytest.param(
            [
                "Nordlicht;Sales Hub;2026-01;1;USD",
                "Nordlicht;sales hub;January 2026;1;USD",
            ],
            "Line 3 : The same deal, product line and month stands on line 2.",
            id="twice",
        ),
        pytest.param([], "no lines below its heading", id="empty"),
        pytest.param(['"Nordlicht'], "cannot be read as CSV", id="quotes"),
        pytest.param(["x" * 301 + ";a;b;c;d"], "more than 300 characters", id="long"),
    ],
)
def test_what_cannot_be_read_is_named_and_changes_nothing(
    schedule: Schedule, lines: list[str], reason: str
) -> None:
    answer = sent(schedule.partner, csv_of(*lines))

    assert answer.status_code == 422
    assert reason in words(answer)
    assert not AuditEntry.objects.filter(action__startswith="commissions.").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("a.pdf", b"%PDF-1.7", "ends in .csv or .xlsx", id="ending"),
        pytest.param("a.xlsx", b"PK\x03\x04 no book", "no XLSX workbook", id="no book"),
        pytest.param("a.xlsx", b"Deal;Month", "no XLSX workbook", id="no archive"),
        pytest.param("a.csv", b"\x00\x01\x02", "This is no text", id="no text"),
        pytest.param("a.csv", b"a" * (2 * 1024**2 + 1), "larger than 2 MB", id="large"),
        pytest.param(
            "a.csv", b"Deal;Month\n" + b"x;y\n" * 5_001, "more than 5000 lines", id="many"
        ),
        pytest.param("a.csv", b";".join([b"x"] * 60) + b"\n1", "columns", id="wide"),
    ],
)
def test_files_that_are_no_spreadsheet(
    partner: Partner, name: str, content: bytes, reason: str
) -> None:
    answer = sent(partner, SimpleUploadedFile(name, content))

    assert answer.status_code == 422
    assert reason in words(answer)


def test_a_formula_in_a_workbook_is_refused(schedule: Schedule) -> None:
    answer = sent(
        schedule.partner, xlsx_of(("Nordlicht", "Sales Hub", "2026-01", "=100*2", "USD"))
    )

    assert answer.status_code == 422
    assert "Line 2, column 4 is a formula" in words(answer)


def test_names_with_a_formula_leave_the_file_inert(partner: Partner) -> None:
    browser = browser_of(partner, role=Role.FINANCE)
    shown = browser.post(PAGE, {"file": csv_of("+cmd;Sales Hub;2026-01;1;USD")})

    answer = browser.post(
        PAGE,
        {"sheet": shown.context["sheet"], **shown.context["columns"], "download": "csv"},
    )

    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "'+cmd" in text


def test_it_is_for_owners_and_finance(partner: Partner) -> None:
    answers = {
        role: browser_of(partner, role=role).get(PAGE).status_code for role in Role
    }

    assert answers == {
        Role.OWNER: 200,
        Role.FINANCE: 200,
        Role.READER: 403,
        Role.SALES: 403,
        Role.SERVICES: 403,
    }
    assert signed_in(UserFactory.create(finance=True)).get(PAGE).status_code == 404


def test_it_speaks_french(schedule: Schedule) -> None:
    user = account_of(schedule.partner, language="fr")

    page = signed_in(user).post(
        reverse("commissions:reconcile"),
        {"file": csv_of("Nordlicht;Sales Hub;janvier 2026;200,00;USD")},
    )

    assert page.status_code == 200
    assert "200,00" in page.content.decode()
