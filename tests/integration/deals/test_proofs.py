"""The client's proof: a link that is good once, and what the vendor records."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from time_machine import TimeMachineFixture

from deals import services
from deals.models import Deal, InvalidTransitionError, Proof, ProofRequest
from outbox import services as outbox
from outbox.models import Job
from partners.models import Notification, PointsEntry, User
from partners.notifications import words_of
from partners.services.link_tokens import link_token
from tests.factories import DealFactory, DealLineFactory, PersonFactory, UserFactory
from tests.factories.specialists import growth_account
from tests.integration.interchange.test_corrections import load

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
TODAY = date(2026, 1, 15)


@pytest.fixture
def deal() -> Deal:
    return DealLineFactory.create(deal=DealFactory.create()).deal


@pytest.fixture
def seller(deal: Deal) -> User:
    user = PersonFactory.create(
        partner=deal.partner, role="sales", with_account=True
    ).user
    assert user is not None
    return user


def ask(deal: Deal, actor: User, at: datetime = AT) -> tuple[ProofRequest, str]:
    request = services.ask_for_proof(
        deal_id=deal.pk, name="Ana Client", email="ana@client.example", language="fr",
        actor=actor, at=at,
    )  # fmt: skip
    return request, link_token("deals.proof", request.public_id)


def answer(secret: str, *, confirmed: bool = True, at: datetime = AT) -> ProofRequest:
    return services.answer_proof(
        secret=secret, confirmed=confirmed, signed_as="Ana Client", remark="", at=at
    )


def test_a_confirmation_is_a_proof_dated_that_day(deal: Deal, seller: User) -> None:
    _request, secret = ask(deal, seller)

    answer(secret, at=AT + timedelta(days=2))

    deal.refresh_from_db()
    assert deal.poi_on == TODAY + timedelta(days=2)
    assert Proof.objects.get().kind == "link"
    assert Notification.objects.get(kind="deals.proof_given").user == seller


def test_a_link_is_good_once(deal: Deal, seller: User) -> None:
    _request, secret = ask(deal, seller)
    answer(secret)

    with pytest.raises(services.ProofError):
        answer(secret, confirmed=False)
    assert Proof.objects.count() == 1


def test_a_link_is_good_for_14_days(deal: Deal, seller: User) -> None:
    _request, secret = ask(deal, seller)
    last = AT + timedelta(days=14) - timedelta(seconds=1)
    assert services.find_request(secret, at=last)

    with pytest.raises(services.ProofError):
        answer(secret, at=AT + timedelta(days=14))


@pytest.mark.parametrize("secret", ["", "x", "é", "\x00", "0" * 64])
def test_no_other_secret_opens_anything(deal: Deal, seller: User, secret: str) -> None:
    ask(deal, seller)
    assert services.find_request(secret, at=AT) is None


def test_a_new_link_and_a_withdrawal_end_the_old_one(deal: Deal, seller: User) -> None:
    _old, old_secret = ask(deal, seller)
    new, new_secret = ask(deal, seller)
    assert services.find_request(old_secret, at=AT) is None
    assert services.find_request(new_secret, at=AT) == new

    services.withdraw_proof_request(request_id=new.pk, actor=seller, at=AT)

    assert services.find_request(new_secret, at=AT) is None
    with pytest.raises(services.ProofError):
        services.withdraw_proof_request(request_id=new.pk, actor=seller, at=AT)


def test_the_letter_has_the_link_and_the_queue_has_not(
    deal: Deal, seller: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(AT)
    _request, secret = ask(deal, seller)
    job = Job.objects.get(kind="deals.proof_letter")
    assert set(job.payload) == {"request_id"}

    outbox.run_due()

    [letter] = mail.outbox
    assert letter.to == ["ana@client.example"]
    assert secret in letter.body
    assert deal.partner.name in letter.body


def test_no_letter_is_sent_for_a_link_that_is_withdrawn(deal: Deal, seller: User) -> None:
    request, _secret = ask(deal, seller)
    services.withdraw_proof_request(request_id=request.pk, actor=seller, at=AT)

    outbox.run_due()

    assert mail.outbox == []


def test_a_denial_proves_nothing_and_is_told(deal: Deal, seller: User) -> None:
    _request, secret = ask(deal, seller)

    answer(secret, confirmed=False)

    deal.refresh_from_db()
    assert deal.poi_on is None
    assert not Proof.objects.exists()
    assert Notification.objects.get(kind="deals.proof_denied").user == seller


def test_staff_hear_of_a_denial_in_their_own_words(deal: Deal, seller: User) -> None:
    """Nobody tells the vendor's people about "your part", nor to ask their specialist."""
    specialist = growth_account("")
    deal.team.create(user=specialist, added_at=AT)
    _request, secret = ask(deal, seller)

    answer(secret, confirmed=False)

    assert [each.kind for each in seller.notifications.all()] == ["deals.proof_denied"]
    told = specialist.notifications.get()
    assert told.kind == "deals.proof_denied_to_staff"
    words = words_of(told)
    assert deal.partner.name in words.title
    assert "your" not in f"{words.title} {words.text}"


def test_a_win_without_a_proof_says_so_loudly_and_a_late_one_posts(
    deal: Deal, seller: User
) -> None:
    manager = UserFactory.create(programme_manager=True)
    services.win_deal(
        deal_id=deal.pk, closed_on=TODAY, poi_on=None, actor=manager, at=AT, today=TODAY
    )
    told = Notification.objects.get(kind="deals.proof_missing")
    assert (told.user, told.due_on) == (seller, date(2026, 1, 29))
    assert not PointsEntry.objects.exists()

    _request, secret = ask(deal, seller)
    answer(secret, at=AT + timedelta(days=3))

    assert PointsEntry.objects.get().effective_on == TODAY
    assert Job.objects.filter(kind="deals.proof_changed").count() == 1


def test_a_proof_that_came_before_the_win_counts_for_it(deal: Deal, seller: User) -> None:
    _request, secret = ask(deal, seller)
    answer(secret)
    manager = UserFactory.create(programme_manager=True)

    services.win_deal(
        deal_id=deal.pk, closed_on=TODAY, poi_on=None, actor=manager, at=AT, today=TODAY
    )

    assert PointsEntry.objects.count() == 1
    assert not Notification.objects.filter(kind="deals.proof_missing").exists()


def test_what_ended_without_a_win_needs_no_proof(seller: User) -> None:
    lost = DealFactory.create(lost=True)
    with pytest.raises(InvalidTransitionError):
        ask(lost, seller)
    with pytest.raises(InvalidTransitionError):
        services.add_proof(
            deal_id=lost.pk, dated_on=TODAY, file=None, note="", actor=seller, at=AT
        )


def test_an_older_bundle_does_not_take_the_clients_proof_away(
    deal: Deal, seller: User, tmp_path: Path
) -> None:
    _request, secret = ask(deal, seller)
    answer(secret)

    report = load(
        tmp_path,
        {
            "deals": (
                "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on,"
                "poi_on,cancelled_on\n"
                f"{deal.ref},{deal.partner.ref},{deal.client.ref},{deal.name},sourced,"
                "2025-12-01,registered,,2025-12-02,\n"
            )
        },
    )

    deal.refresh_from_db()
    assert deal.poi_on == TODAY
    assert report.refusal_count == 1
