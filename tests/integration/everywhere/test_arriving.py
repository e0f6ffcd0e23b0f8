"""What every page asks about who is signed in: two queries, and nothing out of date."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.sql.compiler import SQLCompiler
from django.test import Client

from partners.models import Notification, Partner, Person, Role, StaffRole, User
from portal.arriving import MOST, UNREAD, SessionBackend
from tests.factories import (
    DealLineFactory,
    ExportFactory,
    NotificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    UserFactory,
    stand,
)
from tests.integration.pages import (
    NOON,
    TODAY,
    account_of,
    count_queries,
    signed_in,
    words,
)

# On both databases: the query is asked as text.
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(with_pdm=True)


@pytest.fixture
def owner(partner: Partner) -> User:
    return account_of(partner, role=Role.OWNER)


@pytest.fixture
def visitor(owner: User) -> Client:
    return signed_in(owner)


# --- Cost -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 8),
        ("/points/", 8),
        ("/deals/", 8),
        ("/clients/", 8),
        ("/company/people/", 8),
        ("/company/log/", 8),
        ("/notifications/", 8),
        ("/views/", 8),
        ("/exports/", 8),
        ("/settings/", 8),
    ],
)
def test_a_page_keeps_to_its_queries(
    visitor: Client, owner: User, partner: Partner, address: str, most: int
) -> None:
    stand(partner, on=TODAY)
    for _each in range(3):
        DealLineFactory.create(deal__partner=partner, deal__won=True)
        PointsEntryFactory.create(partner=partner, effective_on=TODAY)
        PersonFactory.create(partner=partner, with_account=True)
        NotificationFactory.create(user=owner, partner=partner)
    visitor.get(address)

    assert count_queries(lambda: visitor.get(address)) <= most


@pytest.mark.parametrize("address", ["/deals/", "/clients/", "/notifications/"])
def test_a_list_keeps_to_its_queries_for_staff(address: str) -> None:
    manager = UserFactory.create(pdm=True)
    DealLineFactory.create(deal__partner=PartnerFactory.create(pdm=manager))
    staff = signed_in(manager)
    staff.get(address)

    assert count_queries(lambda: staff.get(address)) <= 8


# --- The same as asking one by one ----------------------------------------------------


def arrived(user: User) -> User:
    found = SessionBackend().get_user(user.pk)
    assert found is not None
    return found


def test_brings_person_company_and_manager_without_another_query(
    owner: User, partner: Partner
) -> None:
    plain = User.objects.get(pk=owner.pk)

    found = arrived(owner)

    def read() -> tuple[Any, ...]:
        assert found.person
        assert found.partner
        return found.person, found.partner, found.partner.pdm

    assert count_queries(read) == 0
    assert read() == (plain.person, plain.partner, partner.pdm)
    for got, kept in ((found.person, plain.person), (found.partner, plain.partner)):
        assert got
        assert kept
        names = [field.attname for field in kept._meta.concrete_fields]
        assert [getattr(got, name) for name in names] == [
            getattr(kept, name) for name in names
        ]


def test_the_query_is_put_together_once_and_asks_for_each_account(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = account_of(PartnerFactory.create(), role=Role.FINANCE)
    arrived(owner)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("put together again")

    monkeypatch.setattr(SQLCompiler, "as_sql", refuse)

    assert [arrived(each) for each in (other, owner)] == [other, owner]


def test_a_company_without_a_manager_has_none() -> None:
    found = arrived(account_of(PartnerFactory.create(pdm=None)))

    assert found.partner
    assert found.partner.pdm is None


def test_staff_act_for_no_company(partner: Partner) -> None:
    manager = UserFactory.create(pdm=True)
    PersonFactory.create(partner=partner, user=manager)

    assert arrived(manager).person is None


def test_who_is_not_active_or_gone_does_not_arrive(owner: User) -> None:
    owner.is_active = False
    owner.save()

    assert SessionBackend().get_user(owner.pk) is None
    assert SessionBackend().get_user(10**9) is None


KINDS: dict[str, dict[str, Any]] = {
    **{role.value: {"is_staff": True, "staff_role": role} for role in StaffRole},
    "superuser": {"is_staff": True, "is_superuser": True},
    "superuser and manager": {
        "is_staff": True,
        "is_superuser": True,
        "staff_role": StaffRole.PDM,
    },
    "staff without a role": {"is_staff": True},
    "nobody": {},
}


@pytest.mark.parametrize("kind", [*KINDS, "owner", "left"])
def test_counts_what_the_list_would_show(
    kind: str, owner: User, partner: Partner
) -> None:
    user = owner
    if kind in KINDS:
        user = UserFactory.create(**KINDS[kind])
    if kind == "left":
        Person.objects.filter(user=owner).update(left_on=TODAY)
    PartnerFactory.create(pdm=user if user.is_staff else None)
    for about in (None, *Partner.objects.all(), PartnerFactory.create()):
        NotificationFactory.create(user=user, partner=about)
        NotificationFactory.create(user=user, partner=about, read_at=NOON)
    NotificationFactory.create(partner=partner)

    found = arrived(user)

    expected = Notification.objects.visible_to(User.objects.get(pk=user.pk)).unread()
    assert getattr(found, UNREAD) == expected.count()


def test_nobody_counts_beyond_a_hundred(owner: User, visitor: Client) -> None:
    NotificationFactory.create_batch(MOST + 5, user=owner)

    assert getattr(arrived(owner), UNREAD) == MOST + 1
    assert "Notifications, 99+ unread" in words(visitor.get("/settings/"))


# --- Nothing is kept ------------------------------------------------------------------


def test_what_is_taken_away_is_gone_on_the_next_request(
    owner: User, visitor: Client
) -> None:
    assert visitor.get("/company/people/invite/").status_code == 200

    Person.objects.filter(user=owner).update(role=Role.READER)
    assert visitor.get("/company/people/invite/").status_code == 403

    Person.objects.filter(user=owner).update(left_on=TODAY)
    assert visitor.get("/points/").status_code == 404

    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert visitor.get("/points/").status_code == 302


def test_the_bell_is_right_on_the_next_request(owner: User, visitor: Client) -> None:
    told = NotificationFactory.create(user=owner)
    assert "Notifications, 1 unread" in words(visitor.get("/settings/"))

    told.read_at = NOON
    told.save()

    assert "Notifications, none unread" in words(visitor.get("/settings/"))


@pytest.mark.parametrize("role", ["programme_manager", "finance", "auditor"])
def test_who_sees_all_partners_is_told_about_each(role: str, partner: Partner) -> None:
    staff = UserFactory.create(is_staff=True, staff_role=role)
    NotificationFactory.create(user=staff, partner=partner)
    export = ExportFactory.create(user=staff, partner=partner)

    assert Notification.objects.visible_to(staff).count() == 1
    assert export in type(export).objects.visible_to(staff)
