"""An import takes nothing back that somebody did to a deal in the portal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from deals import services
from deals.models import Deal, DealTransition
from partners.models import User
from program.motion import Evidence
from tests.factories import UserFactory
from tests.factories.registrations import RegistrationFactory
from tests.integration.interchange.test_corrections import (
    CLIENTS,
    DEAL,
    DEALS,
    LINES,
    NOON,
    PARTNERS,
    TODAY,
    counting_on,
    load,
    stored,
)

pytestmark = pytest.mark.django_db

OPEN = "D1,P1,C1,Deal,sourced,2025-09-01,registered,,2025-09-20\n"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a folder; companies and clients are imported already."""
    assert load(tmp_path, {"partners": PARTNERS, "clients": CLIENTS}).refusals == []
    return tmp_path


def cancel(actor: User | None) -> None:
    services.cancel_deal(
        deal_id=Deal.objects.get().pk, on=date(2026, 2, 1), note="", actor=actor, at=NOON
    )


def test_a_cancellation_in_the_portal_stays(bundle: Path) -> None:
    files = {"deals": f"{DEALS.strip()},cancelled_on\n{DEAL.strip()},\n"}
    load(bundle, {**files, "deal_lines": LINES})
    cancel(UserFactory.create())
    before = stored()

    report = load(bundle, {**files, "deal_lines": LINES})

    [refusal] = report.refusals
    assert (refusal.line, refusal.column) == (2, "cancelled_on")
    assert refusal.reason == "This deal was changed in the portal on 2026-03-31."
    assert refusal.advice == (
        "Record the change in the sending system, or correct the deal in the portal."
    )
    assert stored() == before


def test_the_sending_system_closes_what_was_registered_here(bundle: Path) -> None:
    """The acceptance is the deal's first step, and nothing that a row could undo."""
    load(bundle, {"deals": DEALS + OPEN, "deal_lines": LINES})
    deal = Deal.objects.get()
    registration = RegistrationFactory.create(
        in_review=True, state="accepted", deal=deal, partner=deal.partner
    )
    DealTransition.objects.create(
        deal=deal,
        to_stage=deal.stage,
        on=deal.registered_on,
        note=registration.number,
        actor=UserFactory.create(),
        at=NOON,
    )
    won = OPEN.replace("registered,,", "won,2025-10-01,")

    report = load(bundle, {"deals": DEALS + won, "deal_lines": LINES})

    assert report.refusals == []
    deal.refresh_from_db()
    assert (deal.stage, deal.closed_on) == (Deal.Stage.WON, date(2025, 10, 1))


def test_a_win_in_the_portal_stays(bundle: Path) -> None:
    load(bundle, {"deals": DEALS + OPEN, "deal_lines": LINES})
    services.win_deal(
        deal_id=Deal.objects.get().pk, closed_on=date(2025, 10, 1),
        poi_on=date(2025, 9, 20), actor=UserFactory.create(), at=NOON, today=TODAY,
    )  # fmt: skip
    before = stored()

    report = load(bundle, {"deals": DEALS + OPEN, "deal_lines": LINES})

    assert [(each.line, each.column) for each in report.refusals] == [(2, "stage")]
    assert stored() == before
    assert counting_on(TODAY) > 0


def test_a_sender_that_knows_what_the_portal_did_goes_on(bundle: Path) -> None:
    """Its row is unchanged; other fields, other deals and the lines may change."""
    known = f"{DEAL.strip()},2026-02-01\n"
    header = f"{DEALS.strip()},cancelled_on\n"
    load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES})
    cancel(UserFactory.create())

    same = load(bundle, {"deals": header + known})
    without = load(bundle, {"deals": DEALS + DEAL})
    named = load(
        bundle,
        {
            "deals": header + known.replace("Deal", "Name"),
            "deal_lines": LINES.replace("1000", "500"),
        },
    )

    assert [report.total.unchanged for report in (same, without)] == [1, 1]
    assert (named.total.changed, named.refusals) == (2, [])
    assert Deal.objects.get().name == "Name"


def test_one_refused_row_does_not_keep_the_others_back(bundle: Path) -> None:
    load(bundle, {"deals": DEALS + OPEN, "deal_lines": LINES})
    services.lose_deal(
        deal_id=Deal.objects.get().pk, closed_on=date(2025, 10, 1),
        reason="price", note="",
        actor=UserFactory.create(), at=NOON,
    )  # fmt: skip
    other = OPEN.replace("D1", "D2")

    report = load(
        bundle,
        {"deals": DEALS + OPEN + other, "deal_lines": LINES.replace("1000", "500")},
    )

    assert [refusal.line for refusal in report.refusals] == [2]
    assert (report.total.new, report.total.changed) == (1, 1)


def test_the_next_row_corrects_what_no_person_did(bundle: Path) -> None:
    header, row = f"{DEALS.strip()},cancelled_on\n", f"{DEAL.strip()},\n"
    load(bundle, {"deals": header + row, "deal_lines": LINES})
    cancel(None)

    report = load(bundle, {"deals": header + row})

    assert report.refusals == []
    assert Deal.objects.get().cancelled_on is None


def test_a_motion_that_people_agreed_on_stays(bundle: Path) -> None:
    load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES})
    services.correct_motion(
        deal_id=Deal.objects.get().pk, motion="assisted", reason="We introduced them",
        actor=UserFactory.create(), at=NOON,
    )  # fmt: skip
    before = stored()

    report = load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES})

    assert [(each.line, each.column) for each in report.refusals] == [(2, "motion")]
    assert stored() == before
    known = DEAL.replace("sourced", "assisted")
    assert load(bundle, {"deals": DEALS + known}).refusals == []


def test_a_motion_that_only_the_rule_proposed_is_corrected(bundle: Path) -> None:
    load(bundle, {"deals": DEALS + OPEN, "deal_lines": LINES})
    services.propose(Deal.objects.get(), evidence=Evidence(registered_on=TODAY), at=NOON)

    report = load(bundle, {"deals": DEALS + OPEN.replace("sourced", "assisted")})

    assert report.refusals == []
    assert Deal.objects.get().motion == "assisted"


def test_no_import_wins_a_deal_whose_motion_is_contested(bundle: Path) -> None:
    """A close locks the motion; whoever may decide it decides first (3.10)."""
    lost = OPEN.replace("D1", "D2")
    load(bundle, {"deals": DEALS + OPEN + lost, "deal_lines": LINES})
    seller, manager = UserFactory.create(), UserFactory.create(programme_manager=True)
    for deal in Deal.objects.all():
        services.contest_motion(
            deal_id=deal.pk, reason="You introduced us", actor=seller, at=NOON
        )
    before = stored()

    report = load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES})

    [refusal] = report.refusals
    assert (refusal.line, refusal.column) == (2, "stage")
    assert refusal.reason == "The partner contests the motion of this deal."
    assert refusal.advice == "Decide the motion in the portal, then send the row again."
    assert stored() == before

    # Nothing rests on the motion of a deal that earns nothing.
    gone = lost.replace("registered,,2025-09-20", "lost,2025-10-01,")
    assert load(bundle, {"deals": DEALS + gone}).refusals == []
    services.decide_motion(
        deal_id=Deal.objects.get(ref="D1").pk, motion="sourced", reason="No introduction",
        actor=manager, at=NOON,
    )  # fmt: skip
    assert load(bundle, {"deals": DEALS + DEAL, "deal_lines": LINES}).refusals == []
    assert Deal.objects.get(ref="D1").stage == Deal.Stage.WON
