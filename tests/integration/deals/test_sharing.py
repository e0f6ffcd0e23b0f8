"""Comments, fields and teams of a shared deal: who may, what is kept, who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deals.models import Deal, DealActivity, DealComment, DealTeamMember
from deals.services.sharing.teams import join_team, leave_team
from deals.services.sharing.writing import SharingError, add_comment, change_deal
from deals.timeline import Event, latest_comments, timeline_of
from partners.models import AuditEntry, Notification, User
from tests.factories import DealFactory, PersonFactory, UserFactory
from tests.factories.specialists import growth_account

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
TODAY = date(2026, 1, 15)


@pytest.fixture
def deal() -> Deal:
    return DealFactory.create(partner__pdm=UserFactory.create(pdm=True))


@pytest.fixture
def pdm(deal: Deal) -> User:
    assert deal.partner.pdm
    return deal.partner.pdm


def somebody(deal: Deal, role: str = "sales", **facts: Any) -> User:
    user = PersonFactory.create(
        partner=deal.partner, role=role, with_account=True, **facts
    ).user
    assert user is not None
    return user


@pytest.fixture
def seller(deal: Deal) -> User:
    return somebody(deal)


def told(kind: str) -> set[User]:
    return {each.user for each in Notification.objects.filter(kind=kind)}


def say(deal: Deal, actor: User, text: str = "Shall we?", **facts: Any) -> DealComment:
    return add_comment(
        deal_id=deal.pk, text=text, actor=actor, at=AT, **{"internal": False, **facts}
    )


def events_seen(deal: Deal, user: User) -> list[Event]:
    """Return what somebody reads in the timeline of a deal."""
    comments = latest_comments(deal, user=user)
    events, _more = timeline_of(deal, user=user, comments=comments)
    return events


# --- Comments -------------------------------------------------------------------------


def test_a_comment_tells_the_other_side_and_not_its_author(
    deal: Deal, seller: User, pdm: User
) -> None:
    owner, reader = somebody(deal, "owner"), somebody(deal, "reader")

    say(deal, seller)

    assert told("deals.comment") == {owner}
    assert told("deals.comment_to_staff") == {pdm}
    assert reader not in told("deals.comment")
    assert AuditEntry.objects.get(action="deals.commented").partner == deal.partner
    deal.refresh_from_db()
    assert deal.active_on == TODAY


def test_an_internal_note_leaves_nothing_that_the_partner_sees(
    deal: Deal, seller: User, pdm: User
) -> None:
    growth = growth_account("")
    join_team(deal_id=deal.pk, user_id=growth.pk, actor=growth, at=AT)
    Deal.objects.filter(pk=deal.pk).update(active_on=None)

    note = say(deal, pdm, "They will pay more", internal=True)

    assert told("deals.note_to_staff") == {growth}
    assert not Notification.objects.filter(user__is_staff=False).exists()
    assert list(DealComment.objects.visible_to(pdm)) == [note]
    assert not DealComment.objects.visible_to(seller).exists()
    deal.refresh_from_db()
    assert deal.active_on is None
    events = events_seen(deal, seller)
    assert "pay more" not in repr(events)
    assert any(event.internal for event in events_seen(deal, pdm))


@pytest.mark.parametrize(
    ("text", "internal"), [("", False), ("  \n", False), ("Hello", True)]
)
def test_what_cannot_be_said(
    deal: Deal, seller: User, text: str, *, internal: bool
) -> None:
    with pytest.raises(SharingError):
        say(deal, seller, text, internal=internal)
    assert not DealComment.objects.exists()


# --- Fields ---------------------------------------------------------------------------


def change(deal: Deal, actor: User, **values: Any) -> list[str]:
    return change_deal(deal_id=deal.pk, values=values, actor=actor, at=AT)


def test_a_change_is_kept_told_and_done_once(deal: Deal, seller: User, pdm: User) -> None:
    values = {"pipeline": "presented", "expected_close_on": date(2026, 3, 1)}

    assert set(change(deal, seller, **values)) == set(values)
    assert change(deal, seller, **values) == []

    kept = {each.kind: each.facts for each in DealActivity.objects.all()}
    assert kept["moved"]["before"] == "discovery"
    assert kept["changed"]["after"] == "2026-03-01"
    entry = AuditEntry.objects.get(action="deals.changed")
    assert entry.changes["pipeline"] == ["discovery", "presented"]
    assert told("deals.moved_to_staff") == {pdm}
    assert told("deals.moved") == set()
    texts = [event.detail for event in events_seen(deal, seller)]
    assert texts == ["– → 1 Mar 2026", "Discovery → Presented"]


def test_the_vendor_moves_a_deal_and_the_partner_is_told(
    deal: Deal, seller: User, pdm: User
) -> None:
    change(deal, pdm, pipeline="contract")

    assert told("deals.moved") == {seller}
    assert told("deals.moved_to_staff") == set()


@pytest.mark.parametrize(
    "values", [{"name": "X"}, {"owner": None}, {"stage": "won"}, {"pipeline": "x"}]
)
def test_the_vendor_changes_nothing_of_the_partners_own(
    deal: Deal, pdm: User, values: dict[str, Any]
) -> None:
    with pytest.raises(SharingError):
        change(deal, pdm, **values)
    assert not AuditEntry.objects.exists()


def test_an_owner_works_for_the_partner(deal: Deal, seller: User) -> None:
    stranger = PersonFactory.create()
    gone = PersonFactory.create(partner=deal.partner, left=True)
    for person in (stranger, gone):
        with pytest.raises(SharingError):
            change(deal, seller, owner=person)
    with pytest.raises(SharingError):
        change(deal, seller, name=" ")

    assert change(deal, seller, owner=seller.person, name="New") == ["name", "owner"]


@pytest.mark.parametrize("end", ["lost", "won"])
def test_a_closed_deal_is_not_changed(seller: User, end: str) -> None:
    closed = DealFactory.create(partner=seller.partner, **{end: True})
    with pytest.raises(SharingError):
        change(closed, seller, pipeline="contract")
    assert say(closed, seller).pk


# --- Teams ----------------------------------------------------------------------------


def test_each_side_brings_its_own_people(deal: Deal, seller: User, pdm: User) -> None:
    colleague, growth = (
        somebody(deal, "services"),
        growth_account(""),
    )
    elsewhere = UserFactory.create(pdm=True)
    stranger, gone = (
        PersonFactory.create(with_account=True).user,
        somebody(deal, left=True),
    )

    for user, actor in (
        *((growth, seller), (stranger, seller), (gone, seller), (colleague, pdm)),
        *((elsewhere, pdm), (UserFactory.create(auditor=True), pdm)),
    ):
        assert user
        with pytest.raises(SharingError):
            join_team(deal_id=deal.pk, user_id=user.pk, actor=actor, at=AT)

    join_team(deal_id=deal.pk, user_id=colleague.pk, actor=seller, at=AT)
    join_team(deal_id=deal.pk, user_id=growth.pk, actor=pdm, at=AT)
    assert told("deals.team_joined") == {colleague}
    assert told("deals.team_joined_to_staff") == {growth}
    say(deal, seller)
    assert told("deals.comment_to_staff") == {growth}
    assert colleague in told("deals.comment")
    with pytest.raises(SharingError):
        join_team(deal_id=deal.pk, user_id=colleague.pk, actor=seller, at=AT)


def test_whoever_leaves_hears_no_more_and_may_come_back(deal: Deal, seller: User) -> None:
    reader = somebody(deal, "services")
    member = join_team(deal_id=deal.pk, user_id=reader.pk, actor=seller, at=AT)

    leave_team(member_id=member.pk, actor=reader, at=AT)

    with pytest.raises(SharingError):
        leave_team(member_id=member.pk, actor=reader, at=AT)
    say(deal, seller)
    assert told("deals.comment") == set()
    later = AT + timedelta(days=1)
    join_team(deal_id=deal.pk, user_id=reader.pk, actor=seller, at=later)
    assert DealTeamMember.objects.filter(deal=deal, left_at=None).count() == 1


def test_nobody_takes_away_the_people_of_the_other_side(
    deal: Deal, seller: User, pdm: User
) -> None:
    ours = join_team(deal_id=deal.pk, user_id=seller.pk, actor=seller, at=AT)
    theirs = join_team(deal_id=deal.pk, user_id=pdm.pk, actor=pdm, at=AT)
    services = somebody(deal, "services")

    for member, actor in ((ours, pdm), (theirs, seller), (ours, services)):
        with pytest.raises(SharingError):
            leave_team(member_id=member.pk, actor=actor, at=AT)
    leave_team(member_id=ours.pk, actor=somebody(deal, "owner"), at=AT)
