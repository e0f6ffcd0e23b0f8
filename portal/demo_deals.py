"""Deals of the demo data in every state that a registration and a shared deal can have.

Everything is done by the services, as people would do it, at moments of the last weeks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from deals import services
from deals.models import (
    Deal,
    Registration,
    Specialist,
    SpecialistAbsence,
    SpecialistArea,
    SpecialistKind,
)
from deals.services.life import proving
from deals.services.life.introducing import record_introduction
from deals.services.registrations import registering, reviewing
from deals.services.registrations.given import Given, Line
from deals.services.sharing import requesting, teams, writing
from partners.models import Partner, Person, Role, User

_SPECIALISTS: Final = (
    (SpecialistKind.GROWTH, "Liam Byrne", "growth@portal.example", 40, ""),
    (SpecialistKind.GROWTH, "Élodie Martin", "elodie@portal.example", 25, "FR"),
    (SpecialistKind.GROWTH, "Tomás Silva", "tomas@portal.example", 25, "PT"),
    (SpecialistKind.PRODUCT, "Hana Sato", "hana@portal.example", 30, ""),
    (SpecialistKind.PRODUCT, "Oskar Lind", "oskar@portal.example", 30, "SE"),
    (SpecialistKind.ENGINEER, "Priya Nair", "priya@portal.example", 20, ""),
)

_PIPELINE: Final = (
    (Deal.Pipeline.QUALIFIED, 20, "Demo for the sales team"),
    (Deal.Pipeline.PRESENTED, 45, "Send the comparison with their old system"),
    (Deal.Pipeline.DECIDING, 12, "Call the finance director"),
    (Deal.Pipeline.CONTRACT, 6, "Contract is with their lawyers"),
)


@dataclass(frozen=True, slots=True)
class _Prospect:
    company: str
    domain: str
    product: str = "sales_hub"
    mrr_minor: int = 90_000
    assisted: bool = False


@transaction.atomic
def register_demo_deals(*, today: date, at: datetime) -> None:
    """Give the demo its specialists, registrations and shared deals; once."""
    sellers = {
        ref: _seller(ref) for ref in ("P-aurora", "P-meridian", "P-atelier", "P-lumen")
    }
    if Specialist.objects.exists() or None in sellers.values():
        return
    _employ_specialists(today=today)
    aurora, meridian = sellers["P-aurora"], sellers["P-meridian"]
    assert aurora is not None
    assert meridian is not None
    _move_pipeline(aurora, today=today, at=at)
    _register_all(aurora, meridian, today=today, at=at)


def _seller(ref: str) -> User | None:
    """Return the owner's account of a company of the demo."""
    person = (
        Person.objects.active()
        .filter(partner__ref=ref, role=Role.OWNER, user__isnull=False)
        .select_related("user")
        .order_by("pk")
        .first()
    )
    return person.user if person else None


def _employ_specialists(*, today: date) -> None:
    for kind, name, email, capacity, territory in _SPECIALISTS:
        specialist = Specialist.objects.create(
            kind=kind,
            name=name,
            email=email,
            capacity=capacity,
            user=User.objects.filter(email=email, is_staff=True).first(),
        )
        SpecialistArea.objects.create(specialist=specialist, territory=territory)
    away = Specialist.objects.get(email="oskar@portal.example")
    SpecialistAbsence.objects.create(
        specialist=away,
        from_on=today - timedelta(days=3),
        until_on=today + timedelta(days=11),
    )


def _move_pipeline(seller: User, *, today: date, at: datetime) -> None:
    """Bring the deals of the vendor's systems into the pipeline; one stands still."""
    mine = Deal.objects.visible_to(seller).filter(stage=Deal.Stage.REGISTERED)
    deals = list(mine.order_by("-registered_on", "-pk")[: len(_PIPELINE) + 1])
    for number, (deal, plan) in enumerate(zip(deals, _PIPELINE, strict=False)):
        pipeline, days, next_step = plan
        writing.change_deal(
            deal_id=deal.pk,
            values={
                "pipeline": pipeline,
                "expected_close_on": today + timedelta(days=days),
                "next_step": next_step,
            },
            actor=seller,
            at=at - timedelta(days=2 + number),
        )
        services.assign(deal, at=at - timedelta(days=9), today=today)
    if len(deals) > len(_PIPELINE):
        services.assign(deals[-1], at=at - timedelta(days=40), today=today)


def _register_all(seller: User, rival: User, *, today: date, at: datetime) -> None:
    """Register a deal for each state there is."""
    _draft(seller, _Prospect("Brightwater Foods", "brightwater.example"), at=at)
    fresh = _deal(seller, _Prospect("Falcon Freight", "falcon-freight.example"), 4, at=at)
    _talk(fresh, seller, at=at - timedelta(days=1))
    _won_with_proof(
        _deal(
            seller,
            _Prospect("Maison Perrin", "maison-perrin.example", mrr_minor=6_000),
            30,
            at=at,
        ),
        today=today,
        at=at,
    )
    contested = _Prospect("Nordlicht Optik", "nordlicht-optik.example", assisted=True)
    services.contest_motion(
        deal_id=_deal(seller, contested, 12, at=at).pk,
        reason="We met them at their trade fair in May; we have the mail of that day.",
        actor=seller,
        at=at - timedelta(days=3),
    )
    large = _Prospect("Castellan Group", "castellan.example", "service_hub", 420_000)
    _ask_for_help(_deal(seller, large, 8, at=at), seller, today=today, at=at)
    _end(
        _deal(seller, _Prospect("Quill & Sons", "quill-and-sons.example"), 60, at=at),
        at=at,
    )
    given_up = _deal(
        seller, _Prospect("Verde Verticale", "verde-verticale.example"), 25, at=at
    )
    services.withdraw_deal(
        deal_id=given_up.pk,
        on=today - timedelta(days=2),
        note="Their budget was cut.",
        actor=seller,
        at=at - timedelta(days=2),
    )
    soon = _deal(seller, _Prospect("Tidewater Marine", "tidewater.example"), 79, at=at)
    writing.add_comment(
        deal_id=soon.pk,
        text="They decide after their board meets.",
        internal=False,
        actor=seller,
        at=at - timedelta(days=20),
    )
    _conflicts(seller, rival, today=today, at=at)


def _conflicts(seller: User, rival: User, *, today: date, at: datetime) -> None:
    """Leave something for humans: in review, asked about, refused, appealed against."""
    taken = _Prospect("Harbour & Hill", "harbour-hill.example")
    _deal(seller, taken, 15, at=at)
    _submitted(rival, taken, at=at - timedelta(hours=20))
    held = _submitted(
        rival, _Prospect("Falcon Freight Ltd", "falcon-freight.example"), at=at
    )
    pdm = _manager_of(rival)
    reviewing.ask_for_information(
        registration_id=held.pk,
        fields=["company", "domains"],
        question="Is this the company in Leeds or its parent?",
        actor=pdm,
        at=at,
    )
    refused = _submitted(
        rival, _Prospect("Castellan", "castellan.example"), at=at - timedelta(days=2)
    )
    reviewing.refuse_registration(
        registration_id=refused.pk,
        code="pursued",
        text="Another company has worked with this prospect for a week.",
        clause="3.10",
        actor=pdm,
        at=at - timedelta(days=1),
        today=today,
    )
    reviewing.appeal_refusal(
        registration_id=refused.pk,
        text="Their new branch in York asked us first.",
        actor=rival,
        at=at - timedelta(hours=4),
        today=today,
    )


def _manager_of(seller: User) -> User:
    partner = _company(seller)
    return partner.pdm or User.objects.get(email="manager@portal.example")


def _company(seller: User) -> Partner:
    assert seller.person is not None
    return seller.person.partner


def _draft(seller: User, prospect: _Prospect, *, at: datetime) -> Registration:
    partner = _company(seller)
    return registering.begin_registration(
        partner_id=partner.pk,
        origin=Registration.Origin.DASHBOARD,
        given=_given(prospect, seller, on=at.date()),
        client_id=None,
        actor=seller,
        at=at,
    )


def _given(prospect: _Prospect, seller: User, *, on: date) -> Given:
    return Given(
        values={
            "company": prospect.company,
            "country": _company(seller).country,
            "segment": "mid_market",
            "first_name": "Robin",
            "last_name": "Keller",
            "email": f"robin@{prospect.domain}",
            "name": f"{prospect.company}: first year",
            "need": "One view of all customers instead of five lists.",
            "next_step": "Workshop with their sales team",
            "expected_close_on": on + timedelta(days=60),
            "introduced_by_vendor": prospect.assisted,
            "data_is_lawful": True,
        },
        domains=[prospect.domain],
        lines=[
            Line(
                product_line=prospect.product,
                edition="professional",
                mrr_minor=prospect.mrr_minor,
                currency="USD",
            )
        ],
    )


def _submitted(seller: User, prospect: _Prospect, *, at: datetime) -> Registration:
    registration = _draft(seller, prospect, at=at)
    return registering.submit(
        registration_id=registration.pk, actor=seller, at=at, today=at.date()
    )


def _deal(seller: User, prospect: _Prospect, days: int, *, at: datetime) -> Deal:
    """Register a prospect nobody else has, so many days ago; return its deal."""
    registration = _submitted(seller, prospect, at=at - timedelta(days=days))
    assert registration.deal is not None, registration.conflicts
    return registration.deal


def _talk(deal: Deal, seller: User, *, at: datetime) -> None:
    """Let both sides comment, and somebody join the team."""
    pdm = _manager_of(seller)
    for who, text, internal in (
        (seller, "They want the migration done before their fair in spring.", False),
        (pdm, "I can bring our solutions engineer to the workshop.", False),
        (pdm, "Watch the discount: they compare with two others.", True),
    ):
        writing.add_comment(
            deal_id=deal.pk, text=text, internal=internal, actor=who, at=at
        )
    colleagues: Iterable[Person] = Person.objects.active().filter(
        partner=deal.partner, user__isnull=False
    )
    for person in colleagues:
        if person.user_id and person.user_id != seller.pk:
            teams.join_team(deal_id=deal.pk, user_id=person.user_id, actor=seller, at=at)
            break
    services.confirm_motion(deal_id=deal.pk, actor=seller, at=at)


def _won_with_proof(deal: Deal, *, today: date, at: datetime) -> None:
    manager = _manager_of(_owner_of(deal))
    proving.add_proof(
        deal_id=deal.pk,
        dated_on=today - timedelta(days=6),
        file=None,
        note="Confirmed by the client by telephone.",
        actor=manager,
        at=at - timedelta(days=6),
    )
    services.win_deal(
        deal_id=deal.pk,
        closed_on=today - timedelta(days=5),
        poi_on=None,
        actor=manager,
        at=at - timedelta(days=5),
        today=today,
    )


def _owner_of(deal: Deal) -> User:
    assert deal.owner is not None
    assert deal.owner.user is not None
    return deal.owner.user


def _ask_for_help(deal: Deal, seller: User, *, today: date, at: datetime) -> None:
    """Ask for a reference and a demo; the vendor knew the client, who gets the link."""
    # The older one is late: the clock says so to both sides.
    for kind, hours, text in (
        ("reference", 53, "A logistics company that moved from spreadsheets."),
        ("demo", 30, "Reporting for their board, next Thursday."),
    ):
        requesting.ask(
            deal_id=deal.pk,
            kind=kind,
            text=text,
            plan=None,
            actor=seller,
            at=at - timedelta(hours=hours),
            today=today,
        )
    record_introduction(
        deal_id=deal.pk,
        works_since=today - timedelta(days=40),
        actor=_manager_of(seller),
        at=at - timedelta(days=2),
    )
    proving.ask_for_proof(
        deal_id=deal.pk,
        name="Robin Keller",
        email="robin@castellan.example",
        language="en",
        actor=seller,
        at=at - timedelta(days=1),
    )


def _end(deal: Deal, *, at: datetime) -> None:
    services.lose_deal(
        deal_id=deal.pk,
        closed_on=(at - timedelta(days=10)).date(),
        reason=Deal.LostReason.COMPETITOR,
        note="They stayed with their old system.",
        actor=_owner_of(deal),
        at=at - timedelta(days=10),
    )
