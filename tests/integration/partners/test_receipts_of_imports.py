"""Receipts of entries that one import made one after the other, at the same moment."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from partners.models import PointsEntry
from partners.receipts.arithmetic import recompute
from partners.selectors import published_editions
from tests.factories import PointsEntryFactory
from tests.integration.pages import MICRO

pytestmark = pytest.mark.django_db

SUBSCRIPTIONS = (
    "ref,client_ref,product_line,edition,mrr,currency,from_on,until_on\n"
    "S-1,C-1,sales_hub,starter,300,USD,2025-01-01,\n"
)
SERVED = "partner_ref,client_ref,kind,from_on,until_on\nP-1,C-1,managed,2025-01-01,\n"
DEALS = (
    "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on,poi_on,"
    "cancelled_on\n"
    "D-1,P-1,C-1,First,sourced,2026-01-01,won,2026-02-01,2026-01-20,\n"
)
LINES = (
    "deal_ref,product_line,edition,mrr,currency\nD-1,sales_hub,professional,1000,USD\n"
)
BUNDLE = {
    "partners": (
        "ref,name,membership,country,joined_on,payout_currency\n"
        "P-1,One,partner,US,2024-01-01,USD\n"
        "P-2,Two,partner,FR,2024-01-01,EUR\n"
    ),
    "clients": "ref,name,country\nC-1,Client One,US\n",
    "subscriptions": SUBSCRIPTIONS,
    "relationships": SERVED,
    "deals": DEALS,
    "deal_lines": LINES,
}
CANCELLED = DEALS.replace("2026-01-20,", "2026-01-20,2026-02-20")
MORE = "S-2,C-1,service_hub,starter,500,USD,2025-09-01,\n"


def load(folder: Path, changes: Mapping[str, str]) -> None:
    """Import the bundle with some of its files replaced."""
    for name, text in {**BUNDLE, **changes}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    call_command("import_bundle", str(folder))


def complaints() -> dict[str, str]:
    """Return what the receipts of all entries complain of, by source and number."""
    entries = list(PointsEntry.objects.order_by("source_kind", "source_id", "seq"))
    editions = published_editions()
    found = {}
    for entry in entries:
        history = [
            other
            for other in entries
            if (other.source_kind, other.source_id)
            == (entry.source_kind, entry.source_id)
        ]
        rulebook = editions.by_id(entry.edition_id).rulebook
        arithmetic = recompute(entry, history=history, rulebook=rulebook)
        if not arithmetic.agrees:
            found[f"{entry.source_ref} {entry.seq}"] = arithmetic.problem
    return found


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"deals": CANCELLED, "deal_lines": LINES.replace("1000", "600")},
            id="cancelled, and its line corrected",
        ),
        pytest.param(
            {
                "subscriptions": SUBSCRIPTIONS + MORE,
                "relationships": SERVED + "P-2,C-1,managed,2025-03-01,\n",
            },
            id="a subscription, and a second partner before it",
        ),
        pytest.param(
            {
                "subscriptions": SUBSCRIPTIONS + MORE,
                "relationships": SERVED + "P-2,C-1,managed,2025-12-01,\n",
            },
            id="a subscription, and a second partner after it",
        ),
        pytest.param(
            {
                "subscriptions": SUBSCRIPTIONS.replace("2025-01-01", "2025-02-01"),
                "relationships": SERVED + "P-2,C-1,managed,2025-01-15,\n",
            },
            id="a later subscription, and a second partner",
        ),
        pytest.param(
            {
                "deals": DEALS.replace("won,2026-02-01", "won,2026-02-05"),
                "deal_lines": LINES.replace("1000", "600"),
            },
            id="closed on another day, and its line corrected",
        ),
        pytest.param(
            {
                "deals": CANCELLED.replace("D-1,P-1", "D-1,P-2"),
                "deal_lines": LINES.replace("1000", "600"),
            },
            id="moved and cancelled, and its line corrected",
        ),
    ],
)
def test_two_changes_of_one_import_agree_with_their_receipts(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    load(tmp_path, {})
    assert complaints() == {}
    first = PointsEntry.objects.count()

    load(tmp_path, changes)
    assert PointsEntry.objects.count() > first + 1
    assert complaints() == {}

    load(tmp_path, {})
    assert complaints() == {}
    call_command("reconcile_points", until=date(2026, 11, 1))


def test_the_cancellation_is_computed_with_what_the_line_was_worth_then(
    tmp_path: Path,
) -> None:
    load(tmp_path, {})

    load(tmp_path, {"deals": CANCELLED, "deal_lines": LINES.replace("1000", "600")})

    sold = PointsEntry.objects.filter(source_ref="D-1/sales_hub").order_by("seq")
    assert [entry.points for entry in sold] == [
        50 * MICRO, -50 * MICRO, -20 * MICRO, 20 * MICRO,
    ]  # fmt: skip
    ended = recompute(
        sold[1],
        history=sold,
        rulebook=published_editions().by_id(sold[1].edition_id).rulebook,
    )
    assert ended.result == -50 * MICRO
    assert "50.000000" in ended.steps[-1].text


def test_a_wrong_cancellation_is_not_explained_by_what_came_later() -> None:
    """Only the call that made an entry counts, although a later one would fit it."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    won = PointsEntryFactory.create(recorded_at=at)
    common = {
        name: getattr(won, name)
        for name in ("source_id", "source_ref", "partner", "recorded_at", "expires_on")
    }
    ended = PointsEntryFactory.create(
        **common, seq=1, points=-30 * MICRO, reason=PointsEntry.Reason.CANCELLED,
        effective_on=date(2026, 4, 10),
    )  # fmt: skip
    corrected = {"mrr_minor": 60_000, "worth": 30 * MICRO, "should_be": 30 * MICRO}
    PointsEntryFactory.create(
        **common, seq=2, points=-20 * MICRO, reason=PointsEntry.Reason.CORRECTED,
        corrects=won, facts={**won.facts, **corrected, "posted": 50 * MICRO},
    )  # fmt: skip

    assert list(complaints()) == [f"{ended.source_ref} 1"]
