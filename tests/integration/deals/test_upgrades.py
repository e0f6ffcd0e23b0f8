"""What a won line grows by is a line of its own, with its own window of points."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from deals import services
from deals.models import DealLine, InvalidTransitionError
from outbox.models import Job
from partners.models import PointsEntry
from tests.factories import DealFactory, DealLineFactory
from tests.integration.interchange.test_corrections import load

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
ON = date(2026, 3, 10)
MICRO = 1_000_000


@pytest.fixture
def line() -> DealLine:
    return DealLineFactory.create(deal=DealFactory.create(won=True))


def upgrade(line: DealLine, *, mrr_minor: int = 40_000, on: date = ON) -> DealLine:
    return services.upgrade_line(
        line_id=line.pk, edition="enterprise", mrr_minor=mrr_minor, credits=None, on=on,
        actor=None, at=AT,
    )  # fmt: skip


def test_posts_from_its_own_day_for_its_own_window(line: DealLine) -> None:
    new = upgrade(line)

    entry = PointsEntry.objects.get(source_id=new.pk)
    assert entry.points == 20 * MICRO
    assert (entry.effective_on, entry.expires_on) == (ON, date(2027, 3, 10))
    assert entry.source_ref == f"{line.deal.ref}/sales_hub/2026-03-10"
    assert Job.objects.get(kind="deals.line_added").payload["line_id"] == new.pk


def test_an_upgrade_of_an_upgrade_belongs_to_the_first_line(line: DealLine) -> None:
    second = upgrade(upgrade(line), on=date(2026, 3, 11))
    assert second.upgrade_of == line


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"mrr_minor": 0}, services.InvalidAmountError),
        ({"mrr_minor": -1}, services.InvalidAmountError),
        ({"on": date(2026, 1, 9)}, services.InvalidDayError),
    ],
)
def test_is_refused(
    line: DealLine, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        upgrade(line, **changes)  # type: ignore[arg-type]
    assert DealLine.objects.count() == 1


def test_one_a_day_and_only_while_the_deal_runs(line: DealLine) -> None:
    upgrade(line)
    with pytest.raises(services.InvalidDayError):
        upgrade(line)
    ended = DealLineFactory.create(deal=DealFactory.create(cancelled=True))
    with pytest.raises(InvalidTransitionError):
        upgrade(ended)


def test_the_end_of_the_deal_takes_back_the_upgrade_too(line: DealLine) -> None:
    new = upgrade(line)
    services.cancel_deal(
        deal_id=line.deal_id, on=date(2026, 3, 14), note="", actor=None, at=AT
    )
    counting = PointsEntry.objects.filter(source_id=new.pk)
    assert sum(counting.values_list("points", flat=True)) == 0


def test_an_import_does_not_take_it_for_the_line(line: DealLine, tmp_path: Path) -> None:
    new = upgrade(line)
    load(
        tmp_path,
        {
            "deal_lines": "deal_ref,product_line,edition,mrr,currency,credits\n"
            f"{line.deal.ref},sales_hub,professional,900.00,USD,\n"
        },
    )
    new.refresh_from_db()
    line.refresh_from_db()
    assert (new.mrr_minor, line.mrr_minor) == (40_000, 90_000)


def test_an_upgrade_does_not_shrink_before_it_was_sold(line: DealLine) -> None:
    new = upgrade(line)
    with pytest.raises(services.InvalidDayError):
        services.downgrade_line(
            line_id=new.pk, mrr_minor=1, on=date(2026, 3, 9), actor=None, at=AT
        )
