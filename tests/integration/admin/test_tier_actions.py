"""Overrides, appeals and reviews for Elite in the back office."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser

from partners.models import EliteReview, TierAppeal, TierOverride
from tests.factories import stand
from tests.integration.admin.conftest import Portfolio, everything, url
from tests.integration.admin.test_people_actions import act
from tests.integration.pages import words

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine("2026-12-20T12:00:00Z", tick=False),
    pytest.mark.one_database,
]


NOT_GRANTED = ["No action selected."]


def row(portfolio: Portfolio, model: type[Any]) -> Any:
    return portfolio.rows[model]


def posted(portfolio: Portfolio, **changes: Any) -> dict[str, Any]:
    return {
        "partner": portfolio.partner.pk,
        "tier": "diamond",
        "from_on": "2027-01-01",
        "until_on": "2027-06-01",
        "reason": "A merger.",
        **changes,
    }


@pytest.fixture
def no_proposal(mine: Portfolio) -> Portfolio:
    TierOverride.objects.filter(partner=mine.partner).delete()
    return mine


# --- Overrides ------------------------------------------------------------------------


def test_a_manager_of_partners_proposes_for_the_own_portfolio(
    as_pdm: Browser, no_proposal: Portfolio
) -> None:
    answer = as_pdm.post(url(TierOverride, "add"), posted(no_proposal))

    assert answer.status_code == 302
    override = TierOverride.objects.get(partner=no_proposal.partner)
    assert (override.state, override.proposed_by) == ("proposed", no_proposal.pdm)
    assert (override.from_on, override.until_on) == (date(2027, 1, 1), date(2027, 6, 1))


def test_not_for_a_foreign_one(as_pdm: Browser, theirs: Portfolio) -> None:
    before = everything()

    answer = as_pdm.post(url(TierOverride, "add"), posted(theirs))

    assert "partner" in answer.context["adminform"].form.errors
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tier": "bronze"}, "tier"),
        ({"tier": ""}, "tier"),
        ({"from_on": "0000-00-00"}, "from_on"),
        ({"until_on": "99999-01-01"}, "until_on"),
        ({"until_on": "2026-12-31"}, "__all__"),
        ({"reason": " "}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
        ({"reason": "x" * 2_001}, "reason"),
    ],
    ids=str,
)
def test_hostile_fields_are_named(
    as_pdm: Browser, no_proposal: Portfolio, changes: dict[str, str], field: str
) -> None:
    before = everything()

    answer = as_pdm.post(url(TierOverride, "add"), posted(no_proposal, **changes))

    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert everything() == before


def test_what_the_service_refuses_is_said(
    as_pdm: Browser, no_proposal: Portfolio
) -> None:
    answer = as_pdm.post(
        url(TierOverride, "add"), posted(no_proposal, from_on="2026-12-19"), follow=True
    )

    assert "An override cannot begin in the past." in words(answer)
    assert not TierOverride.objects.filter(partner=no_proposal.partner).exists()


def test_a_second_proposal_waits(as_pdm: Browser, mine: Portfolio) -> None:
    answer = as_pdm.post(url(TierOverride, "add"), posted(mine))

    errors = answer.context["adminform"].form.errors
    assert errors["partner"] == ["Another proposal waits for its decision."]


def test_another_person_approves_and_the_standing_shows_both(
    as_manager: Browser, as_pdm: Browser, mine: Portfolio
) -> None:
    override = row(mine, TierOverride)
    act(as_pdm, "approve", override, note="")
    assert TierOverride.objects.get(pk=override.pk).state == "proposed"

    assert act(as_manager, "approve", override, note="Fine.") == [
        f"{override}: The tier is granted; the partner was told."
    ]

    stand(mine.partner, on=date(2026, 12, 20))
    page = words(as_manager.get("/admin/partners/standing/"))
    assert "Diamond" in page
    assert (
        f"/receipts/overrides/{override.public_id}/"
        in as_manager.get("/admin/partners/standing/").content.decode()
    )


def test_refused_and_withdrawn_say_why(as_manager: Browser, mine: Portfolio) -> None:
    override = row(mine, TierOverride)
    act(as_manager, "approve", override, note="")

    act(as_manager, "withdraw", override, reason="Over.")
    words_of = act(as_manager, "refuse", override, reason="No.")

    stored = TierOverride.objects.get(pk=override.pk)
    assert (stored.state, stored.withdrawal_reason) == ("withdrawn", "Over.")
    assert words_of[0].endswith("This override was decided already.")


# --- Appeals --------------------------------------------------------------------------


def test_one_proposes_and_another_decides(
    as_pdm: Browser, as_manager: Browser, mine: Portfolio
) -> None:
    appeal = row(mine, TierAppeal)
    assert act(as_pdm, "decide", appeal, decision="uphold", reason="Yes.") == NOT_GRANTED
    assert act(as_manager, "decide", appeal, decision="uphold", reason="Yes.") == [
        f"{appeal}: Nobody has proposed yet what to do."
    ]

    act(as_pdm, "propose", appeal, decision="uphold", reason="They are right.")
    assert act(as_manager, "decide", appeal, decision="uphold", reason="Yes.") == [
        f"{appeal}: Decided; the partner was told."
    ]

    stored = TierAppeal.objects.get(pk=appeal.pk)
    assert (stored.state, stored.proposed_by) == ("upheld", mine.pdm)
    assert stored.override


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"decision": "both", "reason": "x"},
        {"decision": "uphold", "reason": " "},
        {"decision": "uphold", "reason": "a\x00b"},
    ],
    ids=str,
)
def test_a_proposal_without_its_parts_changes_nothing(
    as_pdm: Browser, mine: Portfolio, form: dict[str, str]
) -> None:
    before = everything()

    act(as_pdm, "propose", row(mine, TierAppeal), **form)

    assert everything() == before


# --- Elite ----------------------------------------------------------------------------

FINDINGS = {
    "customer_retention": "85.00",
    "customer_retention_source": "Plan",
    "revenue_retention": "85.01",
    "revenue_retention_source": "Plan",
}


def test_findings_are_entered_in_percent(as_pdm: Browser, mine: Portfolio) -> None:
    review = row(mine, EliteReview)

    act(as_pdm, "review", review, **FINDINGS)

    stored = EliteReview.objects.get(pk=review.pk)
    assert (stored.customer_retention_bps, stored.revenue_retention_bps) == (8_500, 8_501)
    assert stored.checked_by == mine.pdm
    page = words(as_pdm.get(url(review, "change", review.pk)))
    assert "Customer retention 85% Plan at least 85% yes R115, C34" in page
    assert "Revenue retention 85.01% Plan more than 85% yes R115, C34" in page
    assert "at least 100 no R115, C37" in page


@pytest.mark.parametrize("value", ["-1", "1000.01", "8.555", "NaN", "1e9", "many"])
def test_hostile_percentages_change_nothing(
    as_pdm: Browser, mine: Portfolio, value: str
) -> None:
    before = everything()

    act(
        as_pdm,
        "review",
        row(mine, EliteReview),
        **FINDINGS | {"customer_retention": value},
    )

    assert everything() == before


def test_inviting_names_what_is_not_met(
    as_pdm: Browser, as_manager: Browser, mine: Portfolio
) -> None:
    review = row(mine, EliteReview)
    act(as_pdm, "review", review, **FINDINGS)

    [refusal] = act(as_manager, "invite", review)

    assert "Not met yet: Points, Valid certifications of the team" in refusal
    assert act(as_pdm, "invite", review) == NOT_GRANTED


def test_a_review_is_begun_and_closed(as_pdm: Browser, mine: Portfolio) -> None:
    act(as_pdm, "close", row(mine, EliteReview), reason="Not now.")
    assert EliteReview.objects.get(partner=mine.partner).state == "closed"

    as_pdm.post(url(EliteReview, "add"), {"partner": mine.partner.pk})

    newest = EliteReview.objects.filter(partner=mine.partner).latest("pk")
    assert (newest.state, newest.opened_by) == ("candidate", mine.pdm)
