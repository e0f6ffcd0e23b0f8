"""What apps declare in their handlers.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured

from outbox import registry
from outbox.clock import every_day
from outbox.registry import (
    Lane,
    RegistrationError,
    UnknownKindError,
    handler,
    handler_of,
    periodic,
)


def test_knows_who_runs_a_kind() -> None:
    @handler("test.kind", lane=Lane.MONEY)
    def run(*, number: int, **_future: object) -> None: ...

    assert handler_of("test.kind").run is run
    assert handler_of("test.kind").lane is Lane.MONEY
    assert registry.kinds() == ("test.kind",)


def test_a_periodic_job_is_a_kind_as_well() -> None:
    @periodic("test.daily", days=every_day, lane=Lane.BULK, first=date(2025, 1, 1))
    def run(*, day: str, **_future: object) -> None: ...

    [declared] = registry.periodics()
    assert (declared.job, declared.first, declared.ordered) == (
        "test.daily",
        date(2025, 1, 1),
        True,
    )
    assert handler_of("test.daily").run is run


def test_an_unknown_kind_is_named_in_the_error() -> None:
    with pytest.raises(UnknownKindError, match=r"'test\.none': declare it with @handler"):
        handler_of("test.none")


@pytest.mark.parametrize("second", [handler, periodic], ids=["handler", "periodic"])
def test_refuses_a_kind_that_is_taken(second: Callable[..., Callable[..., None]]) -> None:
    @handler("test.kind", lane=Lane.MONEY)
    def first(**_future: object) -> None: ...

    def rival(**_future: object) -> None: ...

    more = {"days": every_day} if second is periodic else {}
    with pytest.raises(RegistrationError, match=r"run by .*first already; .*rival needs"):
        second("test.kind", lane=Lane.MONEY, **more)(rival)

    assert handler_of("test.kind").run is first
    assert registry.periodics() == ()


@pytest.mark.parametrize("kind", ["", "x" * 101, "go-live"])
def test_refuses_names_that_cannot_be_stored(kind: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot name a kind"):

        @handler(kind, lane=Lane.MAIL)
        def run(**_future: object) -> None: ...


def test_refuses_a_handler_that_an_older_or_newer_release_could_not_call() -> None:
    def positional(number: int, **_future: object) -> None: ...
    def any_number(*numbers: int, **_future: object) -> None: ...
    def knows_it_all(*, number: int) -> None: ...

    for run in (positional, any_number, knows_it_all):
        with pytest.raises(RegistrationError, match="tolerate unknown ones"):
            handler("test.kind", lane=Lane.MAIL)(run)


def test_refuses_a_lane_that_does_not_exist() -> None:
    def run(**_future: object) -> None: ...

    with pytest.raises(ValueError, match="'fast' is not a valid Lane"):
        handler("test.kind", lane="fast")(run)  # type: ignore[arg-type]
