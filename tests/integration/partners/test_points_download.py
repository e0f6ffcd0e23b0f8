"""The download of the points page: exactly what is shown, to the last digit."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.test import Client

from clients.models import Relationship
from partners.models import Partner
from tests.factories import (
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
)
from tests.integration.pages import (
    MICRO,
    PAGE_MARKS,
    browser_of,
    main_of,
)
from tests.integration.partners.test_points_page import PAGE, entry, shown

pytestmark = PAGE_MARKS


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def downloaded(visitor: Client, **params: str) -> list[dict[str, str]]:
    answer = visitor.get("/points/entries.csv", params)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_downloads_exactly_the_filtered_set_to_the_last_digit(
    visitor: Client, partner: Partner
) -> None:
    row = entry(partner, "D-1/sales_hub", points=33_333_333)
    entry(partner, "C-1", managed=True)
    PointsEntryFactory.create(source_ref="of somebody else")

    rows = downloaded(visitor, kind="sourced", page="1", sort="points")

    assert [
        (one["Reference"], one["Points"], one["Counts from"], one["Edition"])
        for one in rows
    ] == [("D-1/sales_hub", "33.333333", "2026-01-10", "2025-B")]
    assert rows[0]["Receipt"] == f"http://testserver/receipts/points/{row.public_id}/"


def test_downloads_in_the_order_shown(visitor: Client, partner: Partner) -> None:
    for points in (2, 3, 1):
        entry(partner, f"{points}", points=points * MICRO, managed=True)
    params = {"sort": "-points", "kind": "managed"}

    rows = downloaded(visitor, **params)

    assert [row["Reference"] for row in rows] == shown(visitor, **params)
    assert [row["Reference"] for row in rows] == ["3", "2", "1"]
    page = main_of(visitor.get(PAGE, {**params, "page": "1"}))
    assert 'href="/points/entries.csv?sort=-points&amp;kind=managed"' in page


def test_the_download_adds_up_to_the_sum_of_the_page(
    visitor: Client, partner: Partner
) -> None:
    PointsEntryFactory.create_batch(600, partner=partner, points=1_000_003)

    rows = downloaded(visitor)

    assert len(rows) == 600
    assert sum(Decimal(row["Points"]) for row in rows) == Decimal("600.0018")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"unknown": "1"}, 400),
        ({"page": str(10**9)}, 200),  # a download has no pages
        ({"sort": "partner__pdm__password"}, 400),
        ({"kind": "bogus"}, 400),
        ({"kind": "\x00"}, 400),
        ({"since": "2026-02-30"}, 400),
        ({"since": "0000-00-00"}, 400),
        ({"q": "\x00"}, 400),
        ({"kind": ["sourced", "managed"]}, 400),
        ({"sort": ["points", "kind"]}, 400),
    ],
    ids=repr,
)
def test_hostile_parameters_get_a_clean_answer_to_the_download(
    visitor: Client, partner: Partner, params: dict[str, str | list[str]], status: int
) -> None:
    entry(partner, "D-1/sales_hub")

    answer = visitor.get(f"/points/entries.csv?{urlencode(params, doseq=True)}")

    assert answer.status_code == status


def test_a_name_that_is_a_formula_is_harmless_in_the_download(
    visitor: Client, partner: Partner
) -> None:
    line = DealLineFactory.create(deal__partner=partner, deal__name="=HYPERLINK(1)")
    entry(partner, "+1/x", source_id=line.pk)

    row = downloaded(visitor)[0]

    assert (row["For"], row["Reference"]) == ("'=HYPERLINK(1)", "'+1/x")


def test_the_download_follows_the_language(partner: Partner) -> None:
    entry(partner, "D-1/sales_hub", points=1_500_000)

    answer = browser_of(partner, language="fr").get("/points/entries.csv")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    header, row = text.splitlines()
    assert header.startswith("Référence;")
    assert ";1,5;" in row


def test_relationships_of_others_are_not_named(visitor: Client, partner: Partner) -> None:
    served: Relationship = RelationshipFactory.create(client__name="Hidden client")
    entry(partner, "C-9", managed=True, source_id=served.pk)

    assert downloaded(visitor)[0]["For"] == ""


def test_moments_of_the_download_name_their_zone(
    visitor: Client, partner: Partner
) -> None:
    entry(partner, "D-1/x", recorded_at=datetime(2026, 1, 10, 6, tzinfo=UTC))

    assert downloaded(visitor)[0]["Recorded"] == "2026-01-10T06:00:00+00:00"
