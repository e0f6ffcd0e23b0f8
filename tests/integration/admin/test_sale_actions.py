"""Motion, introduction, proof, upgrades, requests and signals in the back office."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client as Browser

from deals.models import (
    Deal,
    DealFile,
    DealRequest,
    MotionStep,
    Proof,
    ProspectSignal,
)
from deals.shared_facts import motion_evidence
from partners.models import AuditEntry, Certification, PointsEntry, User
from tests.factories import UserFactory
from tests.integration.admin.conftest import Portfolio, SignIn, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
WON = {"closed_on": "2026-01-05", "poi_on": "2026-01-05"}


def act(browser: Browser, action: str, *rows: Model, **posted: Any) -> Any:
    return browser.post(
        url(rows[0], "changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows], **posted},
    )


def done(browser: Browser, action: str, *rows: Model, **posted: Any) -> Any:
    return act(browser, action, *rows, apply="1", **posted)


def said(answer: Any) -> str:
    return " ".join(str(each) for each in get_messages(answer.wsgi_request))


@pytest.fixture
def deal(mine: Portfolio) -> Deal:
    return mine.deal


def posted(deal: Deal) -> list[tuple[str, int]]:
    entries = PointsEntry.objects.filter(
        source_kind="deal_line", source_id__in=deal.lines.values("pk")
    )
    return list(entries.order_by("pk").values_list("kind", "points"))


# --- Previews -------------------------------------------------------------------------


def test_a_win_says_what_it_is_worth_and_on_what_that_rests(
    as_pdm: Browser, deal: Deal
) -> None:
    bare = act(as_pdm, "mark_won", deal).content.decode()
    Deal.objects.filter(pk=deal.pk).update(poi_on=datetime.now(UTC).date())
    proven = act(as_pdm, "mark_won", deal).content.decode()
    Deal.objects.filter(pk=deal.pk).update(motion_state="contested")
    contested = act(as_pdm, "mark_won", deal).content.decode()

    assert "50.00 points with a proof in time; without one nothing" in bare
    assert "50.00 points, with the proof of" in proven
    assert "decide it before the deal is won" in contested
    assert not posted(deal)


def test_an_end_says_what_is_taken_back(as_pdm: Browser, deal: Deal) -> None:
    day = datetime.now(UTC).date().isoformat()
    done(as_pdm, "mark_won", deal, closed_on=day, poi_on=day)

    assert "50.00 points are taken back" in act(as_pdm, "cancel", deal).content.decode()


# --- The motion -----------------------------------------------------------------------


def test_an_introduction_proposes_the_motion_anew(as_pdm: Browser, deal: Deal) -> None:
    Deal.objects.filter(pk=deal.pk).update(motion_state="proposed")

    done(as_pdm, "record_introduction", deal, on="2025-12-20")
    again = done(as_pdm, "record_introduction", deal, on="2025-12-20")
    future = done(as_pdm, "record_introduction", deal, on="2999-01-01")

    deal.refresh_from_db()
    assert (deal.motion, deal.motion_state) == ("assisted", "proposed")
    step = MotionStep.objects.get()
    assert step.evidence["introduced_on"] == "2025-12-20"
    assert AuditEntry.objects.filter(action="deals.introduction_recorded").count() == 1
    assert "recorded already" in said(again)
    assert future.status_code == 422


def test_since_when_the_sale_is_ours_is_evidence(as_pdm: Browser, deal: Deal) -> None:
    """The one fact that says so is what our people record from the CRM."""
    Deal.objects.filter(pk=deal.pk).update(motion_state="proposed", motion="assisted")

    neither = done(as_pdm, "record_introduction", deal)
    done(as_pdm, "record_introduction", deal, works_since="2025-11-03")
    before = done(as_pdm, "record_introduction", deal, on="2025-11-02")

    deal.refresh_from_db()
    assert (deal.motion, deal.motion_state) == ("sourced", "proposed")
    step = MotionStep.objects.get()
    assert step.evidence["vendor_works_since"] == "2025-11-03"
    assert step.evidence["because"] == "vendor_first_no_introduction"
    assert "The vendor’s sale is open since 3 Nov 2025." in motion_evidence(step)
    assert neither.status_code == 422
    assert "not before it is open" in said(before)

    # An introduction on top keeps the day, and makes it assisted.
    done(as_pdm, "record_introduction", deal, on="2025-12-20")
    deal.refresh_from_db()
    last = MotionStep.objects.order_by("-pk")[0]
    assert deal.motion == "assisted"
    assert last.evidence["vendor_works_since"] == "2025-11-03"
    kept = AuditEntry.objects.filter(action="deals.introduction_recorded").order_by("pk")
    assert [set(each.changes) for each in kept] == [
        {"vendor_works_since"},
        {"introduced_on"},
    ]


@pytest.mark.parametrize(
    ("state", "words"),
    [("decided", "is decided already"), ("contested", "is contested: decide it")],
)
def test_what_is_decided_or_argued_about_takes_no_introduction(
    state: str, words: str, as_pdm: Browser, deal: Deal
) -> None:
    Deal.objects.filter(pk=deal.pk).update(motion_state=state)

    answer = done(as_pdm, "record_introduction", deal, on="2025-12-20")

    assert words in said(answer)
    assert not MotionStep.objects.exists()


def test_a_contested_motion_is_decided_with_a_reason(as_pdm: Browser, deal: Deal) -> None:
    Deal.objects.filter(pk=deal.pk).update(motion_state="contested")

    silent = done(as_pdm, "decide_motion", deal, motion="assisted", reason=" ")
    done(as_pdm, "decide_motion", deal, motion="assisted", reason="We were first.")

    assert silent.status_code == 422
    deal.refresh_from_db()
    assert (deal.motion, deal.motion_state) == ("assisted", "decided")


def test_the_motion_of_a_won_deal_is_corrected_by_entries(
    as_pdm: Browser, deal: Deal
) -> None:
    done(as_pdm, "mark_won", deal, **WON)
    early = done(as_pdm, "decide_motion", deal, motion="assisted", reason="Wrong.")
    done(as_pdm, "correct_motion", deal, motion="assisted", reason="Wrong.")

    assert "locked" in said(early)
    found = posted(deal)
    assert sum(points for kind, points in found if kind == "sourced") == 0
    assert [points for kind, points in found if kind == "assisted"] == [30_000_000]


# --- The proof ------------------------------------------------------------------------


def test_a_proof_may_be_a_file_of_the_deal_and_no_other(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    own, foreign = (
        DealFile.objects.create(
            deal=each.deal, name="proof.pdf", media_type="application/pdf", size=9,
            sha256="0" * 64, content="deals/x", uploaded_by=mine.pdm, uploaded_at=AT,
        )
        for each in (mine, theirs)
    )  # fmt: skip

    for file in (foreign.pk, 10**12, 10**30, "x"):
        answer = done(as_pdm, "record_proof", mine.deal, poi_on="2026-01-05", file=file)
        assert answer.status_code == 422
    done(
        as_pdm,
        "record_proof",
        mine.deal,
        poi_on="2026-01-05",
        file=own.pk,
        note="Signed.",
    )

    proof = Proof.objects.get()
    assert (proof.kind, proof.file, proof.note) == ("file", own, "Signed.")


# --- Upgrades -------------------------------------------------------------------------


def test_an_upgrade_is_a_line_of_its_own(as_pdm: Browser, mine: Portfolio) -> None:
    done(as_pdm, "mark_won", mine.deal, **WON)
    given = {"line": mine.line.pk, "on": "2026-01-10", "edition": "enterprise"}

    wrong = done(as_pdm, "upgrade", mine.deal, **given, added="0.001")
    nothing = done(as_pdm, "upgrade", mine.deal, **given, added="0")
    done(as_pdm, "upgrade", mine.deal, **given, added="500.00", credits="10")

    assert wrong.status_code == 422
    assert "more than before" in said(nothing)
    upgrade = mine.deal.lines.get(upgrade_of=mine.line)
    assert (upgrade.mrr_minor, upgrade.edition) == (50_000, "enterprise")
    assert (upgrade.credits, upgrade.added_on) == (10, date(2026, 1, 10))


# --- Requests -------------------------------------------------------------------------


def asked(mine: Portfolio, **values: Any) -> DealRequest:
    request = DealRequest.objects.get(deal=mine.deal)
    DealRequest.objects.filter(pk=request.pk).update(**values)
    request.refresh_from_db()
    return request


def test_a_request_is_approved_with_a_sentence(as_pdm: Browser, mine: Portfolio) -> None:
    request = asked(mine)

    silent = done(as_pdm, "approve", request)
    done(as_pdm, "approve", request, answer="On Monday.")
    again = done(as_pdm, "refuse", request, answer="No.")

    assert silent.status_code == 422
    request.refresh_from_db()
    assert (request.state, request.answer) == ("approved", "On Monday.")
    assert request.decided_by == mine.pdm
    assert "is not open any more" in said(again)


def test_a_waiver_says_what_it_lacks_and_is_revoked(
    as_pdm: Browser, mine: Portfolio
) -> None:
    plan = {"hours": 10, "from_on": "2026-02-01", "until_on": "2026-03-01"}
    request = asked(mine, kind="waiver", **plan)
    Certification.objects.filter(person__partner=mine.partner).update(kind="software")

    preview = act(as_pdm, "approve", request).content.decode()
    refused = done(as_pdm, "approve", request, answer="Yes.")
    asked(mine, state="approved", decided_by=mine.pdm, decided_at=AT)
    done(as_pdm, "revoke", request, reason="It did not begin.")

    assert "not met:" in preview
    assert "Its own onboarding is completed" in preview
    assert "The client agrees." in preview
    assert "not met any more" in said(refused)
    request.refresh_from_db()
    assert (request.state, request.revocation) == ("revoked", "It did not begin.")


def test_a_foreign_request_is_out_of_reach(as_pdm: Browser, theirs: Portfolio) -> None:
    request = DealRequest.objects.get(deal=theirs.deal)

    done(as_pdm, "approve", request, answer="Yes.")

    request.refresh_from_db()
    assert request.state == "open"


# --- Signals --------------------------------------------------------------------------

SIGNAL = {
    "external_id": "crm-1", "domain": "HTTPS://www.Prospect.com/",
    "happened_at": "2026-01-05T10:00",
}  # fmt: skip


def test_a_signal_entered_by_hand_is_received_once(
    as_manager: Browser, manager: User
) -> None:
    for _time in range(2):
        answer = as_manager.post(url(ProspectSignal, "add"), SIGNAL)

    signal = ProspectSignal.objects.get()
    assert (signal.domain, signal.entered_by) == ("prospect.com", manager)
    assert AuditEntry.objects.filter(action="deals.signal_received").count() == 1
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "gmail.com"},
        {"domain": "no domain"},
        {"domain": "a\x00b"},
        {"happened_at": "2999-01-01T10:00"},
        {"happened_at": "0000-01-01T10:00"},
        {"external_id": "x" * 101},
        {"external_id": ""},
    ],
)
def test_what_is_no_signal_is_refused(wrong: dict[str, str], as_manager: Browser) -> None:
    answer = as_manager.post(url(ProspectSignal, "add"), {**SIGNAL, **wrong})

    assert answer.status_code in {200, 302}
    assert not ProspectSignal.objects.exists()


@pytest.mark.parametrize("role", ["pdm", "growth_specialist", "finance"])
def test_signals_are_for_who_sees_all(role: str, sign_in: SignIn) -> None:
    browser = sign_in(UserFactory.create(**{role: True}))

    assert browser.get(url(ProspectSignal, "changelist")).status_code == 403
    browser.post(url(ProspectSignal, "add"), SIGNAL)
    assert not ProspectSignal.objects.exists()
