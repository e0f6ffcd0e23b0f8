"""The permanent address of a receipt: nothing of the request rides along in it."""

import pytest
from django.test import Client
from pytest_django import Settings

from partners.models import PointsEntry
from tests.factories import PartnerFactory, PointsEntryFactory
from tests.integration.pages import (
    PAGE_MARKS,
    browser_of,
    main_of,
)

pytestmark = PAGE_MARKS


@pytest.fixture
def entry() -> PointsEntry:
    return PointsEntryFactory.create(partner=PartnerFactory.create())


@pytest.fixture
def visitor(entry: PointsEntry) -> Client:
    return browser_of(entry.partner)


def test_an_entry_takes_no_parameter_that_its_address_would_keep(
    visitor: Client, entry: PointsEntry
) -> None:
    address = f"/receipts/points/{entry.public_id}/"

    assert visitor.get(f"{address}?known=2026-01-01T00:00:00Z").status_code == 400
    assert visitor.get(f"{address}?utm_source=mail").status_code == 400


def test_the_host_is_that_of_the_settings_and_not_of_the_request(
    visitor: Client, entry: PointsEntry, settings: Settings
) -> None:
    settings.PORTAL_URL = "https://portal.example.com"
    address = f"/receipts/points/{entry.public_id}/"

    page = main_of(visitor.get(address))
    file = visitor.get("/points/entries.csv")

    link = f"https://portal.example.com{address}"
    assert f'<a class="permanent" href="{link}">{link}</a>' in page
    assert "testserver" not in page
    rows = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert link in rows
