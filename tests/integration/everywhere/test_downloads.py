"""Files of lists: exactly what is shown."""

import csv
import io
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
from django.test import Client

from deals.models import Deal
from partners.models import AuditEntry, Partner
from tests.factories import (
    ClientFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.integration.pages import (
    NOON,
    browser_of,
    signed_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def downloaded(visitor: Client, path: str, **params: Any) -> list[dict[str, str]]:
    answer = visitor.get(f"{path}?{urlencode(params, doseq=True)}")
    assert answer.status_code == 200
    return table(body(answer))


def deals_of(partner: Partner, *names: str, **facts: Any) -> list[Deal]:
    return [DealFactory.create(partner=partner, name=name, **facts) for name in names]


# --- What a file holds ----------------------------------------------------------------


def test_deals_as_shown_filtered_and_ordered(visitor: Client, partner: Partner) -> None:
    deals_of(partner, "Beta", "Alpha")
    deals_of(partner, "Lost", stage=Deal.Stage.LOST, closed_on=NOON.date())
    deals_of(PartnerFactory.create(), "Of somebody else")

    rows = downloaded(visitor, "/deals/deals.csv", stage="registered", sort="name")

    assert [row["Deal"] for row in rows] == ["Alpha", "Beta"]


def test_only_the_chosen_columns_in_their_order(
    visitor: Client, partner: Partner
) -> None:
    deals_of(partner, "Alpha")

    rows = downloaded(visitor, "/deals/deals.csv", columns=["stage", "client"])

    assert list(rows[0]) == ["Reference", "Deal", "Stage", "Client"]


def test_amounts_of_two_currencies_make_no_sum(visitor: Client, partner: Partner) -> None:
    deal, other = deals_of(partner, "Alpha", "Beta")
    DealLineFactory.create(deal=deal, currency="EUR", mrr_minor=1_050)
    DealLineFactory.create(deal=deal, currency="JPY", mrr_minor=7, product_line="b")
    DealLineFactory.create(deal=other, currency="USD", mrr_minor=200)

    rows = downloaded(visitor, "/deals/deals.csv", sort="name")

    assert [(row["Net MRR"], row["Currency"]) for row in rows] == [
        ("10.50 + 7", "EUR + JPY"),
        ("2.00", "USD"),
    ]


def test_only_staff_read_whose_deal_it_is(visitor: Client, partner: Partner) -> None:
    deals_of(partner, "Alpha")
    staff = signed_in(UserFactory.create(programme_manager=True))

    (row,) = downloaded(staff, "/deals/deals.csv")

    assert row["Partner"] == partner.name
    assert "Partner" not in downloaded(visitor, "/deals/deals.csv")[0]
    assert visitor.get("/deals/deals.csv?columns=partner").status_code == 400


def test_clients_with_what_runs_for_the_partner(
    visitor: Client, partner: Partner
) -> None:
    client = ClientFactory.create(name="=Acme")
    RelationshipFactory.create(partner=partner, client=client)
    SubscriptionFactory.create(client=client, currency="USD", mrr_minor=12_345)
    ClientFactory.create(name="Of nobody")

    (row,) = downloaded(visitor, "/clients/clients.csv")

    assert (row["Client"], row["Running MRR"], row["Currency"]) == (
        "'=Acme",
        "123.45",
        "USD",
    )


def sheet_of(data: bytes) -> str:
    with ZipFile(io.BytesIO(data)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def test_a_spreadsheet_has_text_numbers_and_days_and_no_formula(
    visitor: Client, partner: Partner
) -> None:
    entry = PointsEntryFactory.create(
        partner=partner, source_ref="=1+1", points=33_333_333
    )

    answer = visitor.get("/points/entries.xlsx")

    sheet = sheet_of(body(answer))
    assert "&apos;=1+1" in sheet or "'=1+1" in sheet
    assert "<f>" not in sheet
    assert "<v>33.333333</v>" in sheet
    assert str(entry.public_id) in sheet
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert "points-2026-11-23.xlsx" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/points/entries", "/deals/deals", "/clients/clients"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "query",
    [
        "unknown=1",
        "sort=partner__pdm__password",
        "columns=partner__ref",
        "columns=name&columns=name",
        "q=%00",
        "q=a&q=b",
        "kind=bogus&stage=bogus",
        f"q={'x' * 3_000}",
    ],
)
def test_a_hostile_address_is_refused(
    visitor: Client, path: str, ending: str, query: str
) -> None:
    assert visitor.get(f"{path}.{ending}?{query}").status_code == 400


def test_a_download_is_written_down(visitor: Client, partner: Partner) -> None:
    visitor.get("/deals/deals.csv?stage=won")

    entry = AuditEntry.objects.get(action="partners.deals_exported")
    assert entry.partner_id == partner.pk
    assert entry.changes["query"] == [None, "stage=won"]
