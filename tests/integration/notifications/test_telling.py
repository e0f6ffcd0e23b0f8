"""Telling people: once per person and event, and by e-mail as each has chosen."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connections, transaction

from outbox.models import Job
from outbox.services import JSON
from partners.models import Notification, NotificationPreference, Role, User
from partners.notifications import UnknownNotificationKindError
from partners.services.notifications import (
    accounts_of,
    notify,
    read_notifications,
    settle_notifications,
)
from tests.factories import (
    NotificationFactory,
    PartnerFactory,
    PersonFactory,
    UserFactory,
)
from tests.integration.pages import account_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)  # a Tuesday
FACTS: dict[str, JSON] = {"deal": "Mill", "client": "Weaver", "currencies": []}
CURE: dict[str, JSON] = {
    "company": "Aurora",
    "tier": "gold",
    "before": "gold",
    "on": "2026-07-15",
}


def tell(*users: User, key: str = "deal-won:1", kind: str = "deals.won") -> None:
    facts = FACTS if kind == "deals.won" else CURE
    notify(
        kind, key=key, user_ids=[u.pk for u in users], at=AT, facts=facts, path="/deals/"
    )


def prefer(user: User, kind: str, mail: str) -> None:
    NotificationPreference.objects.create(user=user, kind=kind, mail=mail)


def test_each_is_told_once_however_often_it_is_said() -> None:
    ada, ben = UserFactory.create(), UserFactory.create()

    tell(ada)
    tell(ada, ben, ada)

    assert Notification.objects.count() == 2
    assert {n.user for n in Notification.objects.all()} == {ada, ben}


def test_another_event_is_told_again() -> None:
    ada = UserFactory.create()

    tell(ada, key="deal-won:1")
    tell(ada, key="deal-won:2")

    assert ada.notifications.count() == 2


def test_who_is_told_again_gets_no_second_mail() -> None:
    ada = UserFactory.create()
    prefer(ada, "deals.won", "at_once")

    tell(ada)
    tell(ada)

    assert Job.objects.filter(kind="partners.mail_notification").count() == 1


def test_a_closed_account_is_told_nothing() -> None:
    tell(UserFactory.create(is_active=False))

    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("mail", "jobs"),
    [
        ("at_once", {"partners.mail_notification"}),
        ("daily", {"partners.mail_digest"}),
        ("weekly", {"partners.mail_digest"}),
        ("never", set()),
    ],
)
def test_the_mail_follows_the_choice(mail: str, jobs: set[str]) -> None:
    ada = UserFactory.create()
    prefer(ada, "deals.won", mail)

    tell(ada)

    assert ada.notifications.get().mail == mail
    assert set(Job.objects.values_list("kind", flat=True)) == jobs


def test_an_owner_who_wants_none_gets_what_asks_to_act_weekly() -> None:
    owner = account_of(PartnerFactory.create())
    seller = account_of(PartnerFactory.create(), role=Role.SALES)
    for user in (owner, seller):
        prefer(user, "partners.tier_cure_begun", "never")

    tell(owner, seller, kind="partners.tier_cure_begun")

    assert owner.notifications.get().mail == "weekly"
    assert seller.notifications.get().mail == "never"


def test_the_summary_is_for_owners_unless_somebody_chose_it() -> None:
    partner = PartnerFactory.create()
    owner, reader = account_of(partner), account_of(partner, role=Role.READER)
    facts = {"month": "2026-02-01"}

    notify(
        "portal.monthly_summary",
        key="s",
        user_ids=[owner.pk, reader.pk],
        at=AT,
        facts=facts,
    )

    assert owner.notifications.get().mail == "at_once"
    assert reader.notifications.get().mail == "never"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNotificationKindError):
        notify("no.such", key="x", user_ids=[UserFactory.create().pk], at=AT)


@pytest.mark.parametrize("path", ["https://a.example/", "//a.example", "/\\a", "x"])
def test_a_path_out_of_the_portal_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path of this portal"):
        notify("deals.won", key="x", user_ids=[1], at=AT, path=path)


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_cannot_be_stored_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="1 to 200"):
        notify("deals.won", key=key, user_ids=[1], at=AT)


def test_telling_needs_the_transaction_of_the_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A test runs in a transaction; this is what the service would see without one.
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)

    with pytest.raises(transaction.TransactionManagementError):
        notify("deals.won", key="x", user_ids=[1], at=AT)


@pytest.mark.parametrize(
    "wrong", [{"urgency": "loud"}, {"mail": "hourly"}], ids=["urgency", "mail"]
)
def test_the_database_refuses_what_is_not_known(wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NotificationFactory.create(**wrong)


def test_the_database_refuses_an_unknown_preference() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        prefer(UserFactory.create(), "deals.won", "hourly")


def test_settling_is_for_all_who_were_told_and_only_once() -> None:
    for user in (UserFactory.create(), UserFactory.create()):
        NotificationFactory.create(user=user, act=True, key="cure:1")
    other = NotificationFactory.create(act=True, key="cure:2")

    settle_notifications(key="cure:1", at=AT)
    settle_notifications(key="cure:1", at=datetime(2027, 1, 1, tzinfo=UTC))

    settled = Notification.objects.filter(key="cure:1")
    assert set(settled.values_list("done_at", flat=True)) == {AT}
    assert list(Notification.objects.needing_action()) == [other]


def test_owners_are_always_among_the_accounts_of_a_company() -> None:
    partner = PartnerFactory.create()
    owner = account_of(partner)
    seller = account_of(partner, role=Role.SALES)
    account_of(partner, role=Role.READER)
    PersonFactory.create(partner=partner, with_account=True, left=True)
    account_of(PartnerFactory.create())

    assert set(accounts_of(partner_id=partner.pk, roles={Role.SALES})) == {
        owner.pk,
        seller.pk,
    }


def test_reading_is_once_and_of_the_own_alone() -> None:
    told = NotificationFactory.create()
    NotificationFactory.create()

    assert read_notifications(user=told.user, at=AT) == 1
    assert read_notifications(user=told.user, at=AT) == 0
    assert Notification.objects.unread().count() == 1


def test_who_left_a_company_no_longer_sees_what_is_about_it() -> None:
    partner = PartnerFactory.create()
    user = account_of(partner)
    NotificationFactory.create(user=user, partner=partner)
    own = NotificationFactory.create(user=user, partner=None)
    user.people.update(left_on=date(2026, 3, 1))
    again = User.objects.get(pk=user.pk)

    assert list(Notification.objects.visible_to(again)) == [own]


def test_what_needs_an_act_stands_first_until_it_is_done() -> None:
    user = UserFactory.create()
    late = datetime(2026, 3, 2, tzinfo=UTC)
    done = NotificationFactory.create(user=user, act=True, created_at=AT, done_at=AT)
    news = NotificationFactory.create(user=user, created_at=late)
    act = NotificationFactory.create(
        user=user, act=True, created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )

    assert list(user.notifications.act_first()) == [act, done, news]
