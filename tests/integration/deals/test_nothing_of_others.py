"""Who has gone, who is of another side or company, and what they must not get."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from clients.models import ClientDomain
from deals import services
from deals.models import (
    Deal,
    DealComment,
    DealTeamMember,
    DomainCheck,
    DomainHold,
    SignalSubscription,
)
from deals.services.activities import vendor_accounts
from deals.services.sharing.teams import join_team, leave_team
from deals.services.sharing.writing import SharingError
from partners.models import Notification, Person, User
from partners.services.link_tokens import link_token
from tests.factories import (
    ClientFactory,
    DealFactory,
    PartnerFactory,
    PersonFactory,
    UserFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.factories.shared import DealFileFactory
from tests.factories.specialists import growth_account
from tests.integration.pages import NOON, TODAY, account_of, browser_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

LATE = datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=400)


@pytest.fixture
def deal() -> Deal:
    deal = DealFactory.create(client=ClientFactory.create(country="DE"))
    ClientDomain.objects.create(client=deal.client, name="example.com")
    return deal


@pytest.fixture
def seller(deal: Deal) -> User:
    return account_of(deal.partner, role="sales")


def on_team(deal: Deal, user: User) -> DealTeamMember:
    return DealTeamMember.objects.create(deal=deal, user=user, added_at=NOON)


def told() -> set[User]:
    return {each.user for each in Notification.objects.all()}


# --- People who have gone -------------------------------------------------------------


def test_who_works_for_another_company_now_hears_of_no_signal(
    deal: Deal, seller: User
) -> None:
    """They are on the team still, and their account is that of the other company."""
    gone = account_of(deal.partner, role="sales")
    for user in (gone, seller):
        on_team(deal, user)
        SignalSubscription.objects.create(user=user, since_at=NOON)
    Person.objects.filter(user=gone).update(left_on=TODAY)
    PersonFactory.create(partner=PartnerFactory.create(), user=gone)

    services.receive_signal(
        external_id="1", domain="example.com", happened_at=NOON, entered_by=None, at=NOON
    )

    assert told() == {seller}


def test_staff_whose_territory_it_is_no_longer_hear_nothing(deal: Deal) -> None:
    here, elsewhere = growth_account("DE"), growth_account("FR")
    for user in (here, elsewhere):
        on_team(deal, user)
        SignalSubscription.objects.create(user=user, since_at=NOON)

    assert vendor_accounts(deal) == [here.pk]
    services.receive_signal(
        external_id="1", domain="example.com", happened_at=NOON, entered_by=None, at=NOON
    )
    assert told() == {here}


@pytest.mark.parametrize("role", ["auditor", "finance"])
def test_staff_who_read_take_nobody_off_a_team(deal: Deal, role: str) -> None:
    manager = UserFactory.create(programme_manager=True)
    member = join_team(deal_id=deal.pk, user_id=manager.pk, actor=manager, at=NOON)
    reader = UserFactory.create(**{role: True})

    signed_in(reader).post(
        f"/deals/{deal.public_id}/team/leave/", {"member": str(member.pk)}
    )
    with pytest.raises(SharingError):
        leave_team(member_id=member.pk, actor=reader, at=NOON)

    assert DealTeamMember.objects.get().left_at is None


# --- Asking by another door -----------------------------------------------------------


def test_a_hold_that_is_refused_counts_as_a_check(deal: Deal) -> None:
    """Its refusal says that a domain is not free; nobody asks so without a trace."""
    visitor = browser_of(PartnerFactory.create())

    visitor.post("/deals/holds/", {"domain": "example.com"})

    [kept] = DomainCheck.objects.all()
    assert (kept.domain, kept.answer) == ("example.com", DomainCheck.Answer.HUMAN)
    assert not DomainHold.objects.exists()


def test_holds_are_no_way_around_the_limit(deal: Deal, settings: Settings) -> None:
    settings.DOMAIN_CHECKS_A_PERSON = 2
    visitor = browser_of(PartnerFactory.create())

    statuses = [
        visitor.post("/deals/holds/", {"domain": "example.com"}).status_code
        for _ in range(3)
    ]

    assert statuses == [302, 302, 429]


def test_a_copy_brings_the_domains_the_company_gave(deal: Deal, seller: User) -> None:
    """The client's record may have been made by another company's registration."""
    ClientDomain.objects.create(client=deal.client, name="secret-project.com")
    RegistrationFactory.create(
        partner=deal.partner, in_review=True, domains=["example.com"]
    )
    mine = RegistrationFactory.create(
        partner=deal.partner, state="accepted", deal=deal, domains=["example.com"]
    )
    assert mine.deal == deal

    page = signed_in(seller).get(f"/deals/register/?deal={deal.public_id}")

    assert b"example.com" in page.content
    assert b"secret-project" not in page.content


# --- Proofs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "email", ["boss@aurora.example", "x@mail.Aurora.example", "Private@Mail.example"]
)
def test_a_company_does_not_prove_itself(email: str) -> None:
    partner = PartnerFactory.create(domain="aurora.example")
    PersonFactory.create(partner=partner, email="private@mail.example")
    deal = DealFactory.create(partner=partner)
    visitor = browser_of(partner, role="sales")

    answer = visitor.post(
        f"/deals/{deal.public_id}/proof/ask/",
        {"name": "Ana", "email": email, "language": "en"},
    )

    assert answer.status_code == 422
    assert "write an address of the client" in answer.content.decode()
    assert not deal.proof_requests.exists()


def test_a_file_that_was_removed_a_moment_ago_proves_nothing(deal: Deal) -> None:
    manager = UserFactory.create(programme_manager=True)
    file = DealFileFactory.create(deal=deal)
    type(file).objects.filter(pk=file.pk).update(removed_at=NOON)

    with pytest.raises(services.ProofError):
        services.add_proof(
            deal_id=deal.pk, dated_on=TODAY, file=file, note="", actor=manager, at=NOON
        )


def test_a_client_who_confirms_again_too_late_takes_no_points_away(
    deal: Deal, seller: User
) -> None:
    won = DealFactory.create(partner=deal.partner, client=deal.client)
    services.win_deal(
        deal_id=won.pk, closed_on=TODAY, poi_on=date(2026, 11, 20), actor=None, at=NOON,
        today=TODAY,
    )  # fmt: skip
    asked = services.ask_for_proof(
        deal_id=won.pk, name="Ana", email="ana@example.com", language="en", actor=seller,
        at=LATE - timedelta(days=1),
    )  # fmt: skip
    services.answer_proof(
        secret=link_token("deals.proof", asked.public_id), confirmed=True,
        signed_as="Ana", remark="", at=LATE,
    )  # fmt: skip

    won.refresh_from_db()
    assert won.poi_on == date(2026, 11, 20)
    assert won.proofs.count() == 1


# --- Doors ----------------------------------------------------------------------------


@pytest.mark.hostile
def test_a_comment_of_a_million_characters_is_refused(deal: Deal, seller: User) -> None:
    visitor = signed_in(seller)
    for text in ("x" * 10**6, "\N{PILE OF POO}" * 10**6, "a\x00b"):
        answer = visitor.post(f"/deals/{deal.public_id}/comment/", {"text": text})
        assert answer.status_code in {400, 422}
    assert not DealComment.objects.exists()


@pytest.mark.hostile
@pytest.mark.parametrize(
    "name",
    [
        "a" * 10_000 + ".txt",
        "../../etc/passwd.txt",
        "a\x00.txt",
        ".txt",
        "a.txt/",
        "é" * 255,
    ],
)
def test_no_name_of_a_file_breaks_the_door(deal: Deal, seller: User, name: str) -> None:
    file: Any = SimpleUploadedFile("x.txt", b"text", content_type="x" * 500)
    file._name = name
    answer = signed_in(seller).post(f"/deals/{deal.public_id}/files/", {"file": file})
    assert answer.status_code in {302, 400, 422}
    for kept in deal.files.all():
        assert len(kept.name) <= 120
        assert not {"/", "\\", "\x00"} & set(kept.name)
        assert Path(kept.content.path).name == kept.public_id.hex
