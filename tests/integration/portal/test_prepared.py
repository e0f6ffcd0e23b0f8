"""A query that is put together once answers like the ORM, whatever it is asked."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from pytest_django import DjangoAssertNumQueries

from deals.models import Deal
from portal.prepared import Prepared
from tests.factories import DealFactory

pytestmark = pytest.mark.django_db

SOME, A_DAY = -1, date.max


def of_client_since() -> QuerySet[Deal]:
    return (
        Deal.objects.filter(client=SOME, registered_on__gte=A_DAY)
        .select_related("partner")
        .order_by("registered_on")
    )


def prepared() -> Prepared[Deal]:
    return Prepared(of_client_since, client=SOME, day=A_DAY)


def test_each_value_has_its_own_answer(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    early, late = (DealFactory.create(registered_on=date(2026, n, 1)) for n in (1, 6))
    first = prepared().first

    with django_assert_num_queries(1):
        found = first(client=late.client_id, day=date(2026, 1, 1))
        assert found is not None
        assert found.partner == late.partner
    assert found == late
    assert found.registered_on == date(2026, 6, 1)
    assert first(client=early.client_id, day=date(2026, 1, 1)) == early
    assert first(client=early.client_id, day=date(2026, 1, 2)) is None


def test_it_is_put_together_once(monkeypatch: pytest.MonkeyPatch) -> None:
    deals = [DealFactory.create(registered_on=date(2026, 1, 1)) for _each in "ab"]
    first = prepared().first
    first(client=0, day=date(2026, 1, 1))

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("put together again")

    monkeypatch.setattr(SQLCompiler, "as_sql", refuse)

    for deal in deals:
        assert first(client=deal.client_id, day=date(2026, 1, 1)) == deal


@pytest.mark.parametrize("places", [{"client": SOME}, {"client": SOME, "x": A_DAY}])
def test_what_is_given_is_what_was_prepared(places: dict[str, int | date]) -> None:
    with pytest.raises(AssertionError):
        Prepared(of_client_since, **places).first(client=1, day=date(2026, 1, 1))


def test_all_rows_are_there_in_their_order() -> None:
    deals = [DealFactory.create(registered_on=date(2026, n, 1)) for n in (6, 1)]
    Deal.objects.update(client=deals[0].client)

    found = prepared().rows(client=deals[0].client_id, day=date(2026, 1, 1))

    assert found == deals[::-1]


def test_a_value_that_stands_nowhere_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        Prepared(of_client_since, client=-2, day=A_DAY).first(
            client=1, day=date(2026, 1, 1)
        )
