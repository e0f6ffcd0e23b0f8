"""Is a prospect free? What is answered, kept, held, and how often one may ask."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from clients.models import ClientDomain
from deals.models import DomainCheck, DomainHold
from deals.services.registrations.checking import (
    Checked,
    HoldError,
    TooManyChecksError,
    check,
    end_hold,
    hold_domain,
)
from partners.models import AuditEntry, Partner, User
from program.domains import DomainProblem, company_key
from tests.factories import ClientFactory, DealFactory, PartnerFactory
from tests.factories.registrations import (
    WRITTEN,
    DomainHoldFactory,
    RegistrationFactory,
)
from tests.integration.pages import (
    NOON,
    TODAY,
    account_of,
    count_queries,
    signed_in,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

Answer = DomainCheck.Answer
DAY = timedelta(days=1)


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="We", domain="we-ourselves.com")


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role="sales")


def asked(seller: User, text: str, *, country: str = "", **more: Any) -> Checked:
    assert seller.partner
    return check(
        partner_id=seller.partner.pk,
        text=text,
        country=country,
        actor=seller,
        at=more.get("at", NOON),
        today=TODAY,
    )


def held(seller: User, domain: str, **more: Any) -> DomainHold:
    assert seller.partner
    return hold_domain(
        partner_id=seller.partner.pk,
        domain=domain,
        actor=seller,
        at=more.get("at", NOON),
        today=TODAY,
    )


def deal_with(domain: str, **fields: Any) -> None:
    """Make an open deal of another company, unless `partner` says whose."""
    client = ClientFactory.create(domain=domain, **fields.pop("client", {}))
    ClientDomain.objects.create(client=client, name=domain)
    DealFactory.create(**{"client": client, "registered_on": date(2026, 11, 1), **fields})


@pytest.mark.parametrize(
    "text",
    [
        "shop.example.com",
        "https://www.Shop.Example.com/de?x=1",
        "grace@mail.example.com",
        "EXAMPLE.COM.",
        "example.com:8443",
    ],
)
def test_every_way_of_writing_a_domain_is_one(seller: User, text: str) -> None:
    deal_with("example.com", valid_until=date(2027, 2, 1))

    row = asked(seller, text).row

    assert (row.domain, row.answer) == ("example.com", Answer.PROTECTED)
    assert row.until_on == date(2027, 2, 1)


def test_umlauts_and_punycode_are_one(seller: User) -> None:
    deal_with("xn--mller-kva.de", valid_until=date(2027, 2, 1))

    assert asked(seller, "Müller.de").row.answer == Answer.PROTECTED
    assert asked(seller, "xn--mller-kva.de").row.answer == Answer.PROTECTED


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("somebody@gmail.com", DomainProblem.FREE_MAIL),
        ("co.uk", DomainProblem.SHARED),
        ("github.io", DomainProblem.SHARED),
        ("example.nonsense", DomainProblem.NOT_A_DOMAIN),
        ("192.0.2.1", DomainProblem.NOT_A_DOMAIN),
        ("GmbH", DomainProblem.EMPTY),
        ("...", DomainProblem.EMPTY),
    ],
)
def test_what_tells_nothing_is_said_and_kept(
    seller: User, text: str, problem: DomainProblem
) -> None:
    checked = asked(seller, text)

    assert checked.problem == problem
    assert DomainCheck.objects.get().answer == Answer.UNUSABLE


def test_a_domain_of_nobody_is_free_and_can_be_held(seller: User) -> None:
    assert asked(seller, "example.com").row.answer == Answer.FREE

    hold = held(seller, "www.example.com")

    assert hold.until_at == NOON + timedelta(hours=24)
    assert hold.number.startswith("HOLD-")
    assert AuditEntry.objects.get().action == "deals.domain_held"


def test_ones_own_deal_and_registration_are_ones_own(
    seller: User, partner: Partner
) -> None:
    deal_with("example.com", partner=partner)
    RegistrationFactory.create(partner=partner, in_review=True, domains=["other.com"])

    assert asked(seller, "example.com").row.answer == Answer.YOURS
    assert asked(seller, "other.com").row.answer == Answer.YOURS


@pytest.mark.parametrize("state", ["in_review", "asked"])
def test_somebody_elses_registration_needs_a_human(seller: User, state: str) -> None:
    RegistrationFactory.create(domains=["example.com"], **{state: True})

    assert asked(seller, "example.com").row.answer == Answer.HUMAN


def test_what_is_over_protects_no_longer(seller: User) -> None:
    deal_with("example.com", valid_until=TODAY)
    deal_with("lost.com", lost=True)
    RegistrationFactory.create(domains=["draft.com"])
    DomainHoldFactory.create(name="held.com", from_at=WRITTEN - 2 * DAY)

    for domain in ("example.com", "lost.com", "draft.com", "held.com"):
        assert asked(seller, domain).row.answer == Answer.FREE


def test_a_deal_of_the_vendors_systems_protects_as_long_as_a_registration(
    seller: User,
) -> None:
    deal_with("example.com")
    deal_with("old.com", registered_on=date(2026, 1, 1))

    row = asked(seller, "example.com").row

    assert (row.answer, row.until_on) == (Answer.PROTECTED, date(2027, 1, 30))
    assert asked(seller, "old.com").row.answer == Answer.HUMAN


def test_every_domain_of_a_registered_deal_protects_it(seller: User) -> None:
    deal = DealFactory.create(valid_until=date(2027, 2, 1))
    RegistrationFactory.create(
        state="accepted", deal=deal, domains=["example.com", "example.de"]
    )

    assert asked(seller, "example.de").row.answer == Answer.PROTECTED


@pytest.mark.parametrize(
    ("text", "country", "answer"),
    [
        ("Müller & Söhne", "DE", Answer.HUMAN),
        ("MULLER SOHNE GmbH & Co. KG", "", Answer.HUMAN),
        ("Müller & Söhne", "AT", Answer.FREE),
        ("Schneider", "DE", Answer.FREE),
    ],
)
def test_names_are_compared_within_a_country_and_never_protected(
    seller: User, text: str, country: str, answer: str
) -> None:
    name = {"name": "Müller & Söhne GmbH", "country": "DE"}
    deal_with(
        "example.com",
        valid_until=date(2027, 2, 1),
        client={**name, "name_key": company_key(name["name"])},
    )

    assert asked(seller, text, country=country).row.answer == answer


def test_ones_own_company_needs_a_human(seller: User) -> None:
    assert asked(seller, "www.we-ourselves.com").row.answer == Answer.HUMAN


def test_every_answer_takes_the_same_questions(seller: User) -> None:
    """The time an answer takes tells nothing: neither about deals nor about clients."""
    deal_with("protected.com", valid_until=date(2027, 2, 1))
    deal_with("closed.com", lost=True)
    RegistrationFactory.create(domains=["asked.com"], in_review=True)
    DomainHoldFactory.create(name="held.com")
    assert seller.partner
    deal_with("yours.com", partner=seller.partner)

    counts = {
        domain: count_queries(lambda domain=domain: asked(seller, domain))  # type: ignore[misc]
        for domain in (
            *("free.com", "protected.com", "closed.com", "asked.com", "held.com"),
            "yours.com",
        )
    }

    assert len(set(counts.values())) == 1, counts


def test_a_person_asks_so_often_and_no_more(
    seller: User, partner: Partner, settings: Settings
) -> None:
    settings.DOMAIN_CHECKS_A_PERSON = 3
    for number in range(3):
        asked(seller, f"example{number}.com")

    with pytest.raises(TooManyChecksError) as refused:
        asked(seller, "example.com")

    assert refused.value.again_at == NOON + timedelta(hours=1)
    assert asked(account_of(partner), "example.com").row.answer == Answer.FREE
    assert asked(seller, "example.com", at=NOON + timedelta(hours=1)).row.answer


def test_a_company_asks_so_often_and_no_more(
    seller: User, partner: Partner, settings: Settings
) -> None:
    settings.DOMAIN_CHECKS_A_COMPANY = 5
    DomainCheck.objects.bulk_create(
        DomainCheck(
            partner=partner,
            asked_by=account,
            asked="x.com",
            answer=Answer.FREE,
            at=NOON - timedelta(hours=2),
        )
        for account in [account_of(partner)]
        for _number in range(5)
    )

    with pytest.raises(TooManyChecksError) as refused:
        asked(seller, "example.com")

    assert refused.value.again_at == NOON + timedelta(hours=22)
    stranger = account_of(PartnerFactory.create())
    assert asked(stranger, "example.com").row.answer == Answer.FREE


def test_a_held_domain_is_held_once_and_by_one(seller: User) -> None:
    hold = held(seller, "example.com")

    assert held(seller, "example.com") == hold
    rival = account_of(PartnerFactory.create())
    assert asked(rival, "example.com").row.answer == Answer.HUMAN
    with pytest.raises(HoldError):
        held(rival, "example.com")
    assert held(rival, "example.com", at=NOON + DAY).partner == rival.partner


def test_nobody_keeps_a_domain_by_holding_it_again(seller: User) -> None:
    hold = held(seller, "example.com")
    end_hold(hold_id=hold.pk, actor=seller, at=NOON)

    with pytest.raises(HoldError):
        held(seller, "example.com", at=NOON + timedelta(hours=23))
    assert held(seller, "example.com", at=NOON + DAY) != hold
    with pytest.raises(HoldError):
        end_hold(hold_id=hold.pk, actor=seller, at=NOON + DAY)


def test_a_company_holds_so_many_at_once(seller: User, settings: Settings) -> None:
    settings.DOMAIN_HOLDS_AT_ONCE = 2
    for number in range(2):
        held(seller, f"example{number}.com")

    with pytest.raises(HoldError):
        held(seller, "example.com")


@pytest.mark.parametrize("domain", ["gmail.com", "Company", "", "example.nonsense"])
def test_only_a_domain_of_a_company_is_held(seller: User, domain: str) -> None:
    with pytest.raises(HoldError):
        held(seller, domain)


def test_how_long_a_hold_lasts_and_rests_is_a_setting(
    seller: User, settings: Settings
) -> None:
    settings.DOMAIN_HOLD_HOURS, settings.DOMAIN_REST_HOURS = 2, 5
    page = signed_in(seller).post("/deals/check/", {"asked": "example.com"})
    assert "Hold it for 2 hours" in words(page)

    hold = held(seller, "example.com")

    assert hold.until_at == NOON + timedelta(hours=2)
    receipt = signed_in(seller).get(f"/deals/holds/{hold.public_id}/")
    assert "2 hours later" in words(receipt)
    with pytest.raises(HoldError, match="for 5 hours"):
        held(seller, "example.com", at=NOON + timedelta(hours=6))
    assert held(seller, "example.com", at=NOON + timedelta(hours=7)) != hold


# --- The page -------------------------------------------------------------------------


@pytest.fixture
def visitor(seller: User) -> Client:
    return signed_in(seller)


def test_the_page_says_until_when_and_never_by_whom(visitor: Client) -> None:
    deal_with(
        "example.com",
        valid_until=date(2027, 2, 1),
        partner=PartnerFactory.create(name="Rival"),
    )

    page = visitor.post("/deals/check/", {"asked": "www.example.com"})

    assert "Protected until 1 February 2027" in words(page)
    assert "Clause 3.10" in words(page)
    assert "Rival" not in words(page)


def test_a_free_domain_is_held_and_has_a_receipt(visitor: Client) -> None:
    page = visitor.post("/deals/check/", {"asked": "example.com"})
    assert "Hold it for 24 hours" in words(page)

    receipt = visitor.post("/deals/holds/", {"domain": "example.com"}, follow=True)

    hold = DomainHold.objects.get()
    assert hold.number in words(receipt)
    assert "24 hours later" in words(receipt)
    ended = visitor.post(f"/deals/holds/{hold.public_id}/end/", follow=True)
    assert "free for everybody again" in words(ended)


def test_who_asks_too_often_is_told_when_to_come_back(
    visitor: Client, seller: User, settings: Settings
) -> None:
    settings.DOMAIN_CHECKS_A_PERSON = 3
    for number in range(3):
        asked(seller, f"example{number}.com")

    page = visitor.post("/deals/check/", {"asked": "example.com"})

    assert page.status_code == 429
    assert page.headers["Retry-After"] == "3600"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\x00", "\u202efdp", "a" * 301, "."),
        *("@", "://", "http://", "xn--", "xn--a", "-.com", "a..b", "%00.com", "[::1]"),
        *("'; DROP TABLE x; --", "<script>", "a" * 300, "ß.de", "\U0001f4a9.la", "。"),
        *("a@b@c.com", "١٢٣.com", "e\u0301xample.com", "\u00ad.com", "1" * 64 + ".com"),
        ".".join(["a"] * 140),
    ],
)
def test_no_text_breaks_the_door(visitor: Client, text: str) -> None:
    for country in ("", "DE", "XX", "\x00"):
        page = visitor.post("/deals/check/", {"asked": text, "country": country})
        assert page.status_code in {200, 422}
    assert visitor.post("/deals/holds/", {"domain": text}).status_code == 302
