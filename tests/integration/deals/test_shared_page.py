"""The page of a shared deal, and what is sent from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from django.test import Client

from deals import services
from deals.models import (
    Deal,
    DealComment,
    DealRequest,
    DealTeamMember,
    MotionStep,
    Proof,
    ProofRequest,
)
from deals.services.sharing.writing import add_comment
from partners.models import AuditEntry, Notification, Partner, User
from program.motion import Evidence
from tests.factories import (
    CertificationFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    UserFactory,
)
from tests.factories.shared import DealRequestFactory, ProofRequestFactory
from tests.factories.specialists import (
    SpecialistAreaFactory,
    SpecialistFactory,
    growth_account,
)
from tests.hostile import CHOKING, HOSTILE, postable
from tests.integration.pages import (
    NOON,
    TODAY,
    account_of,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

AT = datetime(2026, 11, 23, 11, tzinfo=UTC)
SECRET = "They would pay double"


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(with_pdm=True)


@pytest.fixture
def deal(partner: Partner) -> Deal:
    """Return an open deal that was proposed as sourced, valid for two weeks more."""
    deal = DealFactory.create(
        partner=partner,
        registered_on=date(2026, 11, 1),
        valid_until=TODAY + timedelta(days=30),
        active_on=TODAY,
        client__country="DE",
    )
    DealLineFactory.create(deal=deal)
    services.propose(deal, evidence=Evidence(registered_on=deal.registered_on), at=AT)
    deal.refresh_from_db()
    return deal


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role="sales")


@pytest.fixture
def growth() -> User:
    return growth_account("")


def page(deal: Deal, *parts: object) -> str:
    return "/".join(("/deals", str(deal.public_id), *map(str, parts), ""))


def post(browser: Client, deal: Deal, *parts: object, **form: Any) -> Any:
    return browser.post(page(deal, *parts), form, follow=True)


# --- What stands there ----------------------------------------------------------------


def test_every_field_says_whose_it_is_and_whether_it_syncs(
    deal: Deal, seller: User
) -> None:
    text = words(signed_in(seller).get(page(deal)))

    assert "Owned by the partner; sent once, at the registration" in text
    assert "Owned by both sides; stays in the portal" in text
    assert "Owned by both sides; synced." in text
    assert "Owned by the vendor; proposed by the rule" in text
    assert "The partner registered the deal, and nobody recorded an introduction." in text


def test_the_reason_of_each_assignment_is_said_in_words(deal: Deal, seller: User) -> None:
    chosen = SpecialistFactory.create(name="Gail Growth")
    SpecialistAreaFactory.create(specialist=chosen, territory="DE")
    SpecialistAreaFactory.create(territory="FR")
    services.assign(deal, at=AT, today=TODAY)

    text = words(signed_in(seller).get(page(deal)))

    assert "Gail Growth" in text
    assert "Every shared deal gets one (R44). Responsible for: Germany." in text
    assert "Passed over: 1 is responsible for something else." in text


def test_the_next_act_follows_the_deal(deal: Deal, seller: User) -> None:
    browser = signed_in(seller)

    def act() -> str:
        head = browser.get(page(deal)).content.decode()
        start = head.index('class="btn btn-primary"')
        return head[start : head.index("</a>", start)].rpartition(">")[2].strip()

    assert act() == "Confirm the motion"
    post(browser, deal, "motion", "confirm")
    assert act() == "Ask the client for the proof"
    ProofRequestFactory.create(deal=deal)
    assert act() == "Move the deal on"
    Deal.objects.filter(pk=deal.pk).update(valid_until=TODAY + timedelta(days=10))
    assert act() == "Extend the registration"


@pytest.mark.parametrize(
    ("poi_on", "closed_on", "expected"),
    [
        (None, date(2026, 11, 20), "One dated by 4 Dec 2026 still counts."),
        (None, date(2026, 9, 1), "no proof was dated by 15 Sept 2026."),
        (date(2026, 8, 30), date(2026, 9, 1), "Dated 30 Aug 2026: in time."),
    ],
)
def test_a_won_deal_without_proof_says_so_loudly(
    seller: User, poi_on: date | None, closed_on: date, expected: str
) -> None:
    won = DealFactory.create(
        partner=seller.partner, won=True, closed_on=closed_on, poi_on=poi_on
    )
    text = words(signed_in(seller).get(page(won))).replace("Sep 2026", "Sept 2026")
    assert expected in text


@pytest.mark.parametrize("role", ["finance", "reader"])
def test_who_reads_is_offered_nothing(deal: Deal, partner: Partner, role: str) -> None:
    for browser in (
        browser_of(partner, role=role),
        signed_in(UserFactory.create(auditor=True)),
    ):
        assert "<form" not in main_of(browser.get(page(deal)))


def test_services_comment_and_upload_alone(deal: Deal, partner: Partner) -> None:
    shown = main_of(browser_of(partner, role="services").get(page(deal)))
    assert shown.count("<form") == 2


def test_internal_notes_show_to_staff_alone(
    deal: Deal, partner: Partner, growth: User
) -> None:
    staff = signed_in(growth)
    post(staff, deal, "comment", text=SECRET, internal="on")
    post(staff, deal, "comment", text="Call at noon")
    assert SECRET in words(staff.get(page(deal)))

    owner = account_of(partner, role="owner")
    browser = signed_in(owner)
    for address in (
        *(page(deal), "/deals/", "/deals/board/", "/company/log/", "/notifications/"),
        *("/", "/search/?q=double", "/deals/deals.csv"),
    ):
        answer = browser.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        assert SECRET.encode() not in body, address
    assert "Call at noon" in words(browser.get(page(deal)))
    assert not Notification.objects.filter(user=owner, facts__text=SECRET).exists()


def test_the_page_takes_the_same_queries_however_much_stands_on_it(
    deal: Deal, seller: User, growth: User
) -> None:
    browser = signed_in(seller)
    add_comment(deal_id=deal.pk, text="One", internal=False, actor=growth, at=AT)
    DealRequestFactory.create(deal=deal, kind="reference")
    browser.get(page(deal))
    before = count_queries(lambda: browser.get(page(deal)))
    for number in range(20):
        add_comment(
            deal_id=deal.pk, text=f"{number}", internal=False, actor=growth, at=AT
        )
        DealRequestFactory.create(deal=deal, kind="reference", state="withdrawn")

    assert count_queries(lambda: browser.get(page(deal))) == before


# --- What is sent from it -------------------------------------------------------------


def test_a_seller_works_the_deal(deal: Deal, seller: User) -> None:
    browser = signed_in(seller)
    assert seller.person
    fields = {
        "name": "Renamed", "pipeline": "deciding", "expected_close_on": "2027-01-31",
        "next_step": "Send the offer", "need": "Everything",
        "owner": str(seller.person.pk),
    }  # fmt: skip

    text = words(post(browser, deal, "change", **fields))

    assert "The deal is saved." in text
    deal.refresh_from_db()
    assert (deal.pipeline, deal.owner, deal.need) == (
        "deciding",
        seller.person,
        "Everything",
    )
    assert "Discovery → Decision pending" in text


def test_motion_is_confirmed_or_contested_and_decided(
    deal: Deal, seller: User, growth: User
) -> None:
    browser = signed_in(seller)
    assert post(browser, deal, "motion", "contest", reason="").status_code == 422
    post(browser, deal, "motion", "contest", reason="You called them first")
    assert "You called them first" in words(browser.get(page(deal)))
    post(signed_in(growth), deal, "motion", "decide", motion="assisted", reason="Right")
    deal.refresh_from_db()
    assert (deal.motion, deal.motion_state) == ("assisted", "decided")
    assert MotionStep.objects.count() == 3
    again = post(
        signed_in(growth), deal, "motion", "decide", motion="assisted", reason="x"
    )
    assert "That is decided already." in words(again)
    assert again.status_code == 422


def test_the_client_is_asked_and_the_link_withdrawn(deal: Deal, seller: User) -> None:
    browser = signed_in(seller)
    form = {"name": "Ana", "email": "ana@client.example", "language": "fr"}
    text = words(post(browser, deal, "proof", "ask", **form))
    assert "A link is with Ana; it is good until" in text
    link = ProofRequest.objects.get()
    post(browser, deal, "proof", link.public_id, "withdraw")
    link.refresh_from_db()
    assert link.withdrawn_at
    assert "not open any more" in words(
        post(browser, deal, "proof", link.public_id, "withdraw")
    )


def test_the_vendor_records_a_proof(deal: Deal, growth: User) -> None:
    staff = signed_in(growth)
    assert post(staff, deal, "proof", "record", dated_on="2026-11-20").status_code == 422
    post(staff, deal, "proof", "record", dated_on="2026-11-20", note="Signed offer")
    assert Proof.objects.get().kind == "statement"
    deal.refresh_from_db()
    assert deal.poi_on == date(2026, 11, 20)


def test_a_deal_is_lost_with_a_reason(deal: Deal, seller: User) -> None:
    browser = signed_in(seller)
    assert post(browser, deal, "lose", reason="", note="").status_code == 422
    text = words(post(browser, deal, "lose", reason="price", note="Too dear"))
    deal.refresh_from_db()
    assert (deal.stage, deal.lost_reason, deal.closed_on) == ("lost", "price", TODAY)
    assert "Too dear" in text
    again = post(browser, deal, "lose", reason="price", note="")
    assert "That cannot be done with a deal that is: Lost." in words(again)
    assert AuditEntry.objects.filter(action="deals.lost").count() == 1


def test_a_deal_is_extended_once_and_withdrawn(deal: Deal, seller: User) -> None:
    browser = signed_in(seller)
    until = deal.valid_until
    assert until
    post(browser, deal, "extend")
    deal.refresh_from_db()
    assert deal.valid_until == until + timedelta(days=90)
    assert "It was extended already." in words(post(browser, deal, "extend"))
    post(browser, deal, "withdraw", note="No budget")
    deal.refresh_from_db()
    assert deal.stage == "withdrawn"


def test_a_waiver_is_asked_for_on_the_page(
    deal: Deal, seller: User, growth: User
) -> None:
    browser = signed_in(seller)
    assert "Not met." in words(browser.get(page(deal)))
    CertificationFactory.create(
        person__partner=seller.partner, earned_on=date(2026, 1, 1)
    )
    plan = {
        "text": "All hubs", "hours": "40", "from_on": "2026-12-01",
        "until_on": "2027-02-01", "client_agrees": "on",
    }  # fmt: skip
    wrong = {**plan, "until_on": "2026-12-01"}
    assert post(browser, deal, "requests", "waiver", "ask", **wrong).status_code == 422
    post(browser, deal, "requests", "waiver", "ask", **plan)
    request = DealRequest.objects.get()
    staff = signed_in(growth)
    form = {"outcome": "approve", "answer": "Go ahead"}
    post(staff, deal, "requests", request.public_id, "answer", **form)
    assert "Go ahead" in words(browser.get(page(deal)))
    post(staff, deal, "requests", request.public_id, "revoke", reason="Too late")
    request.refresh_from_db()
    assert request.state == "revoked"
    assert post(browser, deal, "requests", "x", "ask", text="?").status_code == 404


def test_teams_are_joined_and_left(deal: Deal, seller: User, partner: Partner) -> None:
    browser, colleague = signed_in(seller), account_of(partner, role="services")
    stranger = account_of(PartnerFactory.create())
    assert post(browser, deal, "team", "join", user=str(stranger.pk)).status_code == 422
    post(browser, deal, "team", "join", user=str(colleague.pk))
    member = DealTeamMember.objects.get()
    foreign = DealTeamMember.objects.create(
        deal=DealFactory.create(), user=stranger, added_by=None, added_at=AT
    )
    assert post(browser, deal, "team", "leave", member=str(foreign.pk)).status_code == 404
    post(signed_in(colleague), deal, "team", "leave", member=str(member.pk))
    member.refresh_from_db()
    assert member.left_at


def test_whoever_looks_as_the_partner_is_offered_nothing(
    deal: Deal, partner: Partner
) -> None:
    manager = signed_in(UserFactory.create(programme_manager=True))
    post(manager, deal, "comment", text=SECRET, internal="on")
    manager.post(
        "/admin/partners/partner/",
        {"action": "see_as", "_selected_action": partner.pk},
    )
    shown = manager.get(page(deal))
    assert not shown.wsgi_request.user.is_staff
    assert "<form" not in main_of(shown)
    assert SECRET not in words(shown)


# --- Hostile --------------------------------------------------------------------------

FORMS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("comment",): ("text", "internal"),
    ("change",): (
        *("name", "pipeline", "expected_close_on", "next_step", "need", "owner"),
    ),
    ("move",): ("pipeline",),
    ("team", "join"): ("user",),
    ("team", "leave"): ("member",),
    ("motion", "contest"): ("reason",),
    ("motion", "decide"): ("motion", "reason"),
    ("proof", "ask"): ("name", "email", "language"),
    ("proof", "record"): ("dated_on", "file", "note"),
    ("requests", "waiver", "ask"): (
        *("text", "hours", "from_on", "until_on", "client_agrees"),
    ),
    ("requests", "demo", "ask"): ("text",),
}
ANSWERS = {200, 302, 403, 404, 422}


@pytest.mark.hostile
@pytest.mark.parametrize("parts", FORMS, ids="/".join)
def test_every_form_of_the_page_answers(
    deal: Deal, partner: Partner, growth: User, parts: tuple[str, ...]
) -> None:
    fields = FORMS[parts]
    both = [browser_of(partner, role="sales"), signed_in(growth)]
    askers = cycle(both)
    for value in [*HOSTILE, "", "\u202e", "x" * 5_000]:
        for browser in both if value in CHOKING else [next(askers)]:
            posted = dict.fromkeys(fields, postable(value))
            status = browser.post(page(deal, *parts), posted).status_code
            assert status in ANSWERS, (value, status)
    assert all("\x00" not in each.text for each in DealComment.objects.all())
