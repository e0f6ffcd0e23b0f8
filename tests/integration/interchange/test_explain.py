"""What the database refuses, in words of the person who sends the bundle."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from clients.models import Client, Relationship
from deals.models import Deal
from interchange.cells import CellError
from interchange.explain import ROW_ERRORS, explain
from partners.models import Partner

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 1)


@pytest.fixture
def partner() -> Partner:
    return Partner.objects.create(
        ref="P-1", name="P", membership="partner", country="FR", joined_on=MARCH
    )


@pytest.fixture
def ann() -> Client:
    return Client.objects.create(ref="C-1", name="Ann", country="FR")


def refusal_of(row: Relationship | Deal | Client) -> CellError:
    with pytest.raises(ROW_ERRORS) as caught, transaction.atomic():
        row.save(force_insert=True)
    assert isinstance(caught.value, DatabaseError)
    return explain(caught.value)


def test_says_what_the_model_says(partner: Partner, ann: Client) -> None:
    deal = Deal(
        ref="D-1", partner=partner, client=ann, name="D", motion="sourced",
        registered_on=MARCH, cancelled_on=MARCH,
    )  # fmt: skip

    assert refusal_of(deal).reason == "Only a won deal can be cancelled."


def test_names_the_constraint_that_says_nothing(partner: Partner, ann: Client) -> None:
    backwards = Relationship(
        partner=partner, client=ann, kind="sold", from_on=MARCH, until_on=MARCH
    )

    found = refusal_of(backwards)

    assert "relationship ends after it begins" in found.reason
    assert found.advice


def test_names_overlapping_periods(partner: Partner, ann: Client) -> None:
    Relationship.objects.create(
        partner=partner, client=ann, kind="managed", from_on=MARCH
    )

    found = refusal_of(
        Relationship(
            partner=partner, client=ann, kind="managed", from_on=date(2026, 3, 9)
        )
    )

    assert "overlap" in found.reason
    assert "DETAIL" not in found.reason


def test_shows_no_row_of_anybody_else(ann: Client) -> None:
    found = refusal_of(Client(ref=ann.ref, name="Bob", country="FR"))

    assert "Ann" not in found.reason
    assert "\n" not in found.reason
    assert "ref" in found.reason


def test_a_value_that_does_not_fit_is_named() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite stores text of any length")

    found = refusal_of(Client(ref="C-2", name="x" * 500, country="FR"))

    assert "does not fit" in found.reason


def test_a_loader_s_own_words_stay() -> None:
    error = CellError("No such client.", "Add it.")

    assert explain(error) is error
