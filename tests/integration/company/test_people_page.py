"""/company/people/: all read, owners manage, and what they change counts at once."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import (
    AuditEntry,
    Certification,
    Notification,
    Partner,
    Person,
    Role,
    User,
)
from partners.services import team
from tests.factories import CertificationFactory, PartnerFactory, PersonFactory
from tests.factories.people import InvitationFactory, JoinRequestFactory
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    TODAY,
    account_of,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

PEOPLE = "/company/people/"


@pytest.fixture
def company() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def owner(company: Partner) -> User:
    return account_of(company)


@pytest.fixture
def colleague(company: Partner) -> Person:
    return PersonFactory.create(
        partner=company, with_account=True, role=Role.SALES, first_name="Cleo"
    )


# --- Reading --------------------------------------------------------------------------


def test_everybody_reads_who_works_here(company: Partner, colleague: Person) -> None:
    kind = Certification.Kind.SOFTWARE
    CertificationFactory.create(person=colleague, name="Valid Certificate", kind=kind)
    CertificationFactory.create(
        person=colleague, name="Old Certificate", kind=kind, expired=True
    )
    CertificationFactory.create(person=colleague, name="What all partners need")
    PersonFactory.create(partner=company, first_name="Gone", left=True)
    PersonFactory.create(first_name="Foreign")

    page = browser_of(company, role=Role.READER, first_name="Rea").get(PEOPLE)

    said = words(page)
    assert "Cleo" in said
    assert "Sales" in said
    assert "Valid Certificate" in said
    assert "Old Certificate" not in said
    # By the reader's own words for it.
    assert "Solutions Partner and Valid Certificate" in said
    assert "Gone" not in said
    assert "Foreign" not in said
    assert "Never signed in" in said


@pytest.mark.parametrize("role", [r for r in Role if r != Role.OWNER])
def test_only_owners_are_offered_acts(company: Partner, role: Role) -> None:
    InvitationFactory.create(partner=company, email="secret@a.example")
    JoinRequestFactory.create(partner=company, email="asking@a.example")

    page = main_of(browser_of(company, role=role).get(PEOPLE))

    assert "/invite/" not in page
    assert "secret@a.example" not in page
    assert "asking@a.example" not in page
    assert "<form" not in page


def test_an_owner_finds_invitations_and_requests(owner: User, company: Partner) -> None:
    InvitationFactory.create(partner=company, email="invited@a.example")
    InvitationFactory.create(partner=company, email="came@a.example", accepted_at=NOON)
    JoinRequestFactory.create(partner=company, email="asking@a.example")
    InvitationFactory.create(email="foreign@a.example")
    JoinRequestFactory.create(email="foreign2@a.example")

    page = main_of(signed_in(owner).get(PEOPLE))

    assert "invited@a.example" in page
    assert "asking@a.example" in page
    assert "came@a.example" not in page
    assert "foreign" not in page


def test_more_people_ask_no_more_queries(owner: User, company: Partner) -> None:
    browser = signed_in(owner)
    browser.get(PEOPLE)
    few = count_queries(lambda: browser.get(PEOPLE))
    for _ in range(5):
        person = PersonFactory.create(partner=company, with_account=True)
        CertificationFactory.create(person=person)

    assert count_queries(lambda: browser.get(PEOPLE)) == few


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "size=7", "sort=password", "sort=user__password", "x=1"],
)
def test_a_parameter_nobody_knows_is_refused(owner: User, query: str) -> None:
    assert signed_in(owner).get(f"{PEOPLE}?{query}").status_code == 400


# --- Changing a role ------------------------------------------------------------------


def change(actor: User, person: Person, role: str) -> int:
    address = reverse("company:role", args=[person.public_id])
    return signed_in(actor).post(address, {"role": role}).status_code


def test_a_role_counts_from_the_next_request(owner: User, colleague: Person) -> None:
    assert colleague.user
    theirs = signed_in(colleague.user)
    assert theirs.get(reverse("company:invite")).status_code == 403

    assert change(owner, colleague, "owner") == 302
    assert theirs.get(reverse("company:invite")).status_code == 200
    assert change(owner, colleague, "reader") == 302
    assert theirs.get(reverse("company:invite")).status_code == 403


def test_a_change_is_written_down_and_told(owner: User, colleague: Person) -> None:
    change(owner, colleague, "finance")

    entry = AuditEntry.objects.get(action="partners.role_changed")
    assert entry.actor == owner
    assert entry.changes == {"role": ["sales", "finance"]}
    assert Notification.objects.get(kind="partners.role_changed").user == colleague.user


@pytest.mark.parametrize("role", ["superuser", "", "OWNER", "\x00"])
def test_a_role_that_is_none_is_refused(
    owner: User, colleague: Person, role: str
) -> None:
    assert change(owner, colleague, role) == 422

    colleague.refresh_from_db()
    assert colleague.role == Role.SALES


def test_nobody_changes_the_own_role(owner: User) -> None:
    assert owner.person
    assert change(owner, owner.person, "reader") == 422
    assert Person.objects.get(user=owner).role == Role.OWNER


def test_the_last_owner_who_can_sign_in_stays(company: Partner, owner: User) -> None:
    other = PersonFactory.create(partner=company, with_account=True)
    assert other.user
    User.objects.filter(pk=owner.pk).update(is_active=False)

    with pytest.raises(team.TeamError):
        team.change_role(person_id=other.pk, role=Role.READER, actor=other.user, at=NOON)
    assert Person.objects.get(pk=other.pk).role == Role.OWNER


@pytest.mark.parametrize("role", [r for r in Role if r != Role.OWNER])
def test_other_roles_change_nothing(
    company: Partner, colleague: Person, role: Role
) -> None:
    actor = account_of(company, role=role)

    assert change(actor, colleague, "owner") == 403
    with pytest.raises(team.TeamError):
        team.change_role(person_id=colleague.pk, role=Role.OWNER, actor=actor, at=NOON)


# --- Leaving --------------------------------------------------------------------------


def remove(actor: User, person: Person) -> int:
    address = reverse("company:remove", args=[person.public_id])
    return signed_in(actor).post(address).status_code


def test_access_ends_with_the_next_request(owner: User, colleague: Person) -> None:
    assert colleague.user
    theirs = signed_in(colleague.user)
    assert theirs.get("/points/").status_code == 200

    assert remove(owner, colleague) == 302

    assert theirs.get("/points/").status_code == 404
    assert theirs.get(PEOPLE).status_code == 404
    colleague.refresh_from_db()
    assert colleague.left_on == TODAY
    assert AuditEntry.objects.get(action="partners.person_left").actor == owner


def test_nobody_removes_themselves_or_somebody_twice(
    owner: User, colleague: Person
) -> None:
    assert owner.person
    remove(owner, owner.person)
    assert Person.objects.get(user=owner).left_on is None

    assert remove(owner, colleague) == 302
    assert remove(owner, colleague) == 404


def test_an_owner_removes_another_owner(company: Partner, owner: User) -> None:
    other = PersonFactory.create(partner=company, with_account=True)

    assert remove(owner, other) == 302

    assert Person.objects.get(pk=other.pk).left_on == TODAY


@pytest.mark.parametrize("name", ["company:person", "company:role", "company:remove"])
def test_a_person_of_another_company_is_not_there(owner: User, name: str) -> None:
    foreign = PersonFactory.create(with_account=True)
    browser = signed_in(owner)
    ask = browser.get if name == "company:person" else browser.post

    answers = [ask(reverse(name, args=[i])) for i in (foreign.public_id, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert words(answers[0]) == words(answers[1])
    foreign.refresh_from_db()
    assert (foreign.role, foreign.left_on) == (Role.OWNER, None)


def test_a_visitor_is_sent_to_sign_in() -> None:
    assert Client().get(PEOPLE).status_code == 302
