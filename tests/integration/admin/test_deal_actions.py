"""Deals are won, lost, cancelled and downgraded by actions that ask first."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.forms import Form
from django.test import Client as Browser

from deals.admin.forms import CancellationForm, LossForm
from deals.models import Deal, DealTransition, LineReduction
from partners.models import PointsEntry, User
from tests.factories import DealLineFactory
from tests.factories.specialists import SpecialistAreaFactory
from tests.integration.admin.conftest import Portfolio, SignIn, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

WON = {"closed_on": "2026-01-05", "poi_on": "2026-01-05"}


def act(browser: Browser, action: str, *deals: Deal, **posted: Any) -> Any:
    return browser.post(
        url(Deal, "changelist"),
        {
            "action": action,
            "_selected_action": [deal.pk for deal in deals],
            "apply": "1",
            **posted,
        },
    )


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in answer.wsgi_request._messages._queued_messages]


@pytest.fixture
def deal(mine: Portfolio) -> Deal:
    """Return a registered deal worth 50 points when won: USD 1,000, sourced (P1)."""
    return mine.deal


def posted_points(deal: Deal) -> list[int]:
    entries = PointsEntry.objects.filter(
        source_kind="deal_line", source_id__in=deal.lines.values("pk")
    )
    return list(entries.order_by("pk").values_list("points", flat=True))


def test_asks_before_it_wins(as_pdm: Browser, deal: Deal) -> None:
    answer = as_pdm.post(
        url(Deal, "changelist"), {"action": "mark_won", "_selected_action": deal.pk}
    )

    assert answer.status_code == 200
    assert list(answer.context["form"].fields) == ["closed_on", "poi_on"]
    assert deal.name in answer.content.decode()
    assert Deal.objects.get(pk=deal.pk).stage == Deal.Stage.REGISTERED


@pytest.mark.parametrize("form", [LossForm, CancellationForm])
def test_says_that_the_partner_reads_the_note(form: type[Form]) -> None:
    note = form.base_fields["note"]

    assert "The partner reads this." in str(note.help_text)


def test_wins_with_points_history_and_log(
    as_pdm: Browser, mine: Portfolio, deal: Deal
) -> None:
    answer = act(as_pdm, "mark_won", deal, **WON)

    assert answer["Location"] == url(Deal, "change", deal.pk)
    assert messages_of(answer) == ["Mine Deal: Won."]
    assert posted_points(deal) == [50_000_000]
    step = DealTransition.objects.latest("pk")
    assert (step.from_stage, step.to_stage, step.actor) == ("registered", "won", mine.pdm)
    assert LogEntry.objects.get(object_id=str(deal.pk)).user == mine.pdm


def test_a_form_sent_twice_wins_once(as_pdm: Browser, deal: Deal) -> None:
    act(as_pdm, "mark_won", deal, **WON)

    answer = act(as_pdm, "mark_won", deal, **WON)

    assert messages_of(answer) == ["Mine Deal: It is won already."]
    assert posted_points(deal) == [50_000_000]
    assert DealTransition.objects.filter(to_stage="won").count() == 1


@pytest.mark.parametrize(
    ("action", "posted", "already"),
    [
        (
            "mark_lost",
            {"closed_on": "2026-01-05", "reason": "price"},
            "It is lost already.",
        ),
        ("cancel", {"on": "2026-02-01"}, "It is cancelled already."),
    ],
)
def test_sending_twice_is_harmless(
    action: str, posted: dict[str, str], already: str, as_pdm: Browser, deal: Deal
) -> None:
    if action == "cancel":
        act(as_pdm, "mark_won", deal, **WON)
    act(as_pdm, action, deal, **posted)
    before = Deal.objects.values().get(pk=deal.pk)
    steps = DealTransition.objects.count()

    answer = act(as_pdm, action, deal, **posted)

    assert messages_of(answer) == [f"Mine Deal: {already}"]
    assert Deal.objects.values().get(pk=deal.pk) == before
    assert DealTransition.objects.count() == steps


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"closed_on": "2999-01-01"}, "closed_on"),
        ({"closed_on": ""}, "closed_on"),
        ({"closed_on": "0000-01-01"}, "closed_on"),
        ({"closed_on": "2026-02-30"}, "closed_on"),
        ({"closed_on": "2026-01-05", "poi_on": "yesterday"}, "poi_on"),
        ({"closed_on": "2026-01-05", "poi_on": "2999-01-01"}, "poi_on"),
    ],
)
def test_a_wrong_day_is_named_at_its_field(
    posted: dict[str, str], field: str, as_pdm: Browser, deal: Deal
) -> None:
    answer = act(as_pdm, "mark_won", deal, **posted)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Deal.objects.get(pk=deal.pk).stage == Deal.Stage.REGISTERED


@pytest.mark.parametrize("who", ["as_pdm", "as_manager"])
def test_a_proof_in_the_days_of_grace_brings_the_points(
    who: str, deal: Deal, request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(who)
    act(browser, "mark_won", deal, closed_on="2026-01-05", poi_on="")
    assert posted_points(deal) == []

    answers = [act(browser, "record_proof", deal, poi_on="2026-01-19") for _n in range(2)]

    assert posted_points(deal) == [50_000_000]
    assert [messages_of(answer) for answer in answers] == [
        ["Mine Deal: The proof is recorded."],
        ["Mine Deal: This proof is recorded already."],
    ]


@pytest.mark.parametrize("poi_on", ["", "2999-01-01", "0000-01-01"])
def test_a_proof_has_a_day_that_was(poi_on: str, as_pdm: Browser, deal: Deal) -> None:
    act(as_pdm, "mark_won", deal, closed_on="2026-01-05", poi_on="")

    answer = act(as_pdm, "record_proof", deal, poi_on=poi_on)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["poi_on"]
    assert Deal.objects.get(pk=deal.pk).poi_on is None


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_others_record_no_proof(role: str, deal: Deal, sign_in: SignIn) -> None:
    Deal.objects.filter(pk=deal.pk).update(
        stage="won", closed_on="2026-01-05", won_growth=False
    )
    browser = sign_in(
        User.objects.create_user("x@portal.example", is_staff=True, staff_role=role)
    )

    act(browser, "record_proof", deal, poi_on="2026-01-06")

    assert Deal.objects.get(pk=deal.pk).poi_on is None


def test_a_proof_does_not_reach_a_foreign_deal(
    as_pdm: Browser, theirs: Portfolio
) -> None:
    Deal.objects.filter(pk=theirs.deal.pk).update(
        stage="won", closed_on="2026-01-05", won_growth=False
    )

    act(as_pdm, "record_proof", theirs.deal, poi_on="2026-01-06")

    assert Deal.objects.get(pk=theirs.deal.pk).poi_on is None


def test_cancelling_takes_the_points_back(as_pdm: Browser, deal: Deal) -> None:
    act(as_pdm, "mark_won", deal, **WON)

    act(as_pdm, "cancel", deal, on="2026-02-01", note="not paid")

    assert posted_points(deal) == [50_000_000, -50_000_000]
    assert DealTransition.objects.latest("pk").note == "not paid"


def test_a_downgrade_leaves_points_in_proportion(
    as_pdm: Browser, mine: Portfolio, deal: Deal
) -> None:
    act(as_pdm, "mark_won", deal, **WON)

    answer = act(
        as_pdm, "downgrade", deal, line=mine.line.pk, on="2026-02-01", remaining="250.00"
    )

    assert messages_of(answer) == ["Mine Deal: sales_hub was downgraded."]
    assert LineReduction.objects.get().mrr_minor == 25_000
    assert sum(posted_points(deal)) == 12_500_000


@pytest.mark.parametrize("remaining", ["0.001", "-1", "NaN", "1e400", "", "2000"])
def test_a_downgrade_takes_an_exact_smaller_amount(
    remaining: str, as_pdm: Browser, mine: Portfolio, deal: Deal
) -> None:
    act(as_pdm, "mark_won", deal, **WON)

    act(
        as_pdm, "downgrade", deal, line=mine.line.pk, on="2026-02-01", remaining=remaining
    )

    assert not LineReduction.objects.exists()


def test_an_amount_has_the_decimals_of_its_currency(
    as_pdm: Browser, mine: Portfolio, deal: Deal
) -> None:
    yen = DealLineFactory.create(
        deal=deal, product_line="service_hub", mrr_minor=12_000, currency="JPY"
    )
    act(as_pdm, "mark_won", deal, **WON)

    refused = act(
        as_pdm, "downgrade", deal, line=yen.pk, on="2026-02-01", remaining="0.50"
    )
    act(as_pdm, "downgrade", deal, line=yen.pk, on="2026-02-01", remaining="6000")

    assert refused.context["form"].errors == {"remaining": ["This is no amount in JPY."]}
    assert LineReduction.objects.get().mrr_minor == 6_000


def test_one_deal_at_a_time_is_downgraded(
    as_manager: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    answer = act(as_manager, "downgrade", mine.deal, theirs.deal)

    assert messages_of(answer) == ["Select one deal to downgrade."]


def test_one_refusal_does_not_keep_the_others_back(
    as_manager: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    act(as_manager, "mark_lost", mine.deal, closed_on="2026-01-02", reason="price")

    answer = act(as_manager, "mark_won", mine.deal, theirs.deal, **WON)

    assert sorted(messages_of(answer)) == [
        "Mine Deal: That cannot be done with a deal that is: Lost.",
        "Zebra Deal: Won.",
    ]


@pytest.mark.parametrize(
    ("stage", "buttons"),
    [
        (
            "registered",
            [*("mark_won", "mark_lost", "record_proof"), "decide_motion"],
        ),
        ("won", ["record_proof", "correct_motion", "cancel", "downgrade", "upgrade"]),
        ("lost", []),
    ],
)
def test_a_deals_page_offers_what_can_be_done(
    stage: str, buttons: list[str], as_pdm: Browser, deal: Deal
) -> None:
    if stage != "registered":
        act(as_pdm, f"mark_{stage}", deal, **WON, reason="price")

    answer = as_pdm.get(url(Deal, "change", deal.pk))

    assert [name for name, _words in answer.context["object_actions"]] == buttons


@pytest.mark.parametrize("role", ["finance", "growth_specialist", "auditor"])
def test_others_look_on(role: str, mine: Portfolio, deal: Deal, sign_in: SignIn) -> None:
    user = User.objects.create_user("x@portal.example", is_staff=True, staff_role=role)
    SpecialistAreaFactory.create(specialist__user=user)
    browser = sign_in(user)

    page = browser.get(url(Deal, "change", deal.pk))
    act(browser, "mark_won", deal, **WON)

    # A growth specialist adds what the sale rests on (R45), and decides nothing.
    granted = {"record_proof"}
    offered = {name for name, _words in page.context["object_actions"]}
    assert offered == (granted if role == "growth_specialist" else set())
    assert Deal.objects.get(pk=deal.pk).stage == Deal.Stage.REGISTERED


def test_a_list_and_a_page_take_a_fixed_number_of_queries(
    as_pdm: Browser,
    mine: Portfolio,
    django_assert_max_num_queries: Any,
) -> None:
    from tests.factories import DealFactory  # noqa: PLC0415

    DealFactory.create_batch(30, partner=mine.partner, client=mine.client)

    with django_assert_max_num_queries(12):
        as_pdm.get(url(Deal, "changelist"))
    with django_assert_max_num_queries(26):
        as_pdm.get(url(Deal, "change", mine.deal.pk))
