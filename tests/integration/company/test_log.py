"""An owner reads who did what at the own company, and nothing of anybody else's."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from partners.models import AuditEntry, Partner, Role, User
from partners.services import exports
from tests.factories import (
    AuditEntryFactory,
    PartnerFactory,
    PersonFactory,
    UserFactory,
)
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    account_of,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

LOG = "/company/log/"
FILE = "/company/log/entries.csv"


@pytest.fixture
def company() -> Partner:
    return PartnerFactory.create(name="Aurora")


@pytest.fixture
def owner(company: Partner) -> User:
    return account_of(company, role=Role.OWNER, first_name="Olga", last_name="Owner")


@pytest.fixture
def visitor(owner: User) -> Client:
    return signed_in(owner)


def act(company: Partner | None, action: str = "deals.won", **facts: Any) -> AuditEntry:
    return AuditEntryFactory.create(partner=company, action=action, **facts)


def file_of(visitor: Client, **query: str) -> list[list[str]]:
    answer = visitor.get(FILE, query)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text), delimiter=","))


def test_says_when_who_what_and_about_what(
    visitor: Client, company: Partner, owner: User
) -> None:
    owner.full_name = "Olga Owner"
    owner.save()
    act(company, actor=owner, at=NOON, object_label="Website of Zebra")

    page = words(visitor.get(LOG))

    assert "23 Nov 2026, 12:00 UTC" in page
    assert "Olga Owner Deal won Website of Zebra" in page


def test_staff_stand_there_with_name_and_role(visitor: Client, company: Partner) -> None:
    manager = UserFactory.create(pdm=True, full_name="Paula Manager")
    act(company, "partners.edited", actor=manager)

    assert "Paula Manager (Partner development manager)" in words(visitor.get(LOG))


@pytest.mark.parametrize(
    ("action", "who"),
    [
        ("partners.tier_changed", "The portal itself"),
        ("accounts.sign_in_failed", "Somebody unknown"),
    ],
)
def test_nobody_has_a_name_too(
    visitor: Client, company: Partner, action: str, who: str
) -> None:
    act(company, action, actor=None)

    assert who in words(visitor.get(LOG))


def test_shows_nothing_of_others_nor_of_the_programme(visitor: Client) -> None:
    act(PartnerFactory.create(), object_label="Zebra of theirs")
    act(None, object_label="Zebra of the programme")

    assert "Zebra" not in words(visitor.get(LOG))
    assert not [row for row in file_of(visitor) if "Zebra" in row[3]]


@pytest.mark.parametrize(
    "action",
    [
        "partners.note_written",
        "partners.task_set",
        "partners.override_proposed",
        "partners.elite_reviewed",
        "partners.conditionfinding_added",
        "test.done",
    ],
)
def test_what_staff_keep_to_themselves_is_not_there(
    visitor: Client, company: Partner, action: str
) -> None:
    act(company, action, object_label="Zebra", note="a secret of staff")

    assert "Zebra" not in words(visitor.get(LOG))
    assert all("Zebra" not in row[3] for row in file_of(visitor))


def test_notes_and_changes_are_not_told(visitor: Client, company: Partner) -> None:
    act(company, note="a secret of staff", changes={"won_tier": ["none", "zebra"]})

    page = words(visitor.get(LOG))
    assert "Deal won" in page
    assert "secret" not in page
    assert "zebra" not in page


def test_is_narrowed_by_kind_and_by_person(
    visitor: Client, company: Partner, owner: User
) -> None:
    colleague = PersonFactory.create(partner=company, with_account=True)
    staff = UserFactory.create(pdm=True)
    act(company, "deals.won", actor=owner, object_label="By the owner")
    act(company, "deals.lost", actor=colleague.user, object_label="By the colleague")
    act(company, "partners.edited", actor=staff, object_label="By staff")
    act(company, "partners.tier_changed", actor=None, object_label="By the clock")

    def shown(**query: str) -> set[str]:
        page = main_of(visitor.get(LOG, query))
        names = ("By the owner", "By the colleague", "By staff", "By the clock")
        return {name for name in names if name in page}

    assert shown(kind="deals") == {"By the owner", "By the colleague"}
    assert shown(kind="tier") == {"By the clock"}
    assert shown(person=str(colleague.public_id)) == {"By the colleague"}
    assert shown(person="staff") == {"By staff"}
    assert shown(person="portal") == {"By the clock"}
    assert shown(kind="deals", person="staff") == set()


def test_somebody_of_another_company_is_no_choice(
    visitor: Client, company: Partner
) -> None:
    stranger = PersonFactory.create(with_account=True)
    act(company, actor=stranger.user, object_label="Old colleague")

    page = visitor.get(LOG, {"person": str(stranger.public_id)})

    assert str(stranger) not in main_of(page).partition("<table")[0]
    assert visitor.get(FILE, {"person": str(stranger.public_id)}).status_code == 400


def test_the_file_is_what_is_shown_and_is_written_down(
    visitor: Client, company: Partner, owner: User
) -> None:
    act(company, "deals.won", actor=owner, object_label="=1+1")
    act(company, "partners.tier_changed", object_label="Gold")

    head, *rows = file_of(visitor, kind="deals")

    assert head == ["When", "Who", "What", "About", "Request"]
    assert [row[2:4] for row in rows] == [["Deal won", "'=1+1"]]
    taken = AuditEntry.objects.get(action="partners.log_exported")
    assert (taken.actor, taken.partner) == (owner, company)
    assert taken.changes["query"] == [None, "kind=deals"]
    assert "Log of the company exported" in words(visitor.get(LOG))


@pytest.mark.parametrize("address", [LOG, FILE])
@pytest.mark.parametrize(
    "query", ["x=1", "kind=nothing&kind=deals", "page=0", "sort=who", "columns=who"]
)
def test_a_parameter_nobody_knows_is_refused(
    visitor: Client, address: str, query: str
) -> None:
    status = visitor.get(f"{address}?{query}").status_code

    # A page shows a choice that is none at its field; a file would look like the part.
    # Nor does a file have pages.
    assert status == 400 or (address, query[:4]) in {(LOG, "kind"), (FILE, "page")}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
@pytest.mark.parametrize("address", [LOG, FILE])
def test_the_other_roles_are_refused(company: Partner, role: Role, address: str) -> None:
    visitor = browser_of(company, role=role)

    assert visitor.get(address).status_code == 403
    assert LOG not in visitor.get("/").content.decode()


def test_an_owner_finds_it_in_the_navigation(visitor: Client) -> None:
    assert f'href="{LOG}"' in visitor.get("/").content.decode()


def test_speaks_french(company: Partner) -> None:
    visitor = browser_of(company, role=Role.OWNER, language="fr")
    act(company, "deals.won")

    assert visitor.get(LOG).headers["Content-Language"] == "fr"


def test_a_long_log_costs_the_queries_of_a_short_one(
    visitor: Client, company: Partner, owner: User
) -> None:
    staff = UserFactory.create(pdm=True)
    visitor.get(LOG)
    few = count_queries(lambda: visitor.get(LOG))
    for _each in range(60):
        act(company, actor=staff)
        act(company, actor=owner)

    assert count_queries(lambda: visitor.get(LOG)) - few <= 1  # the rows
    assert few <= 8


def test_who_looks_as_the_company_takes_the_file_under_both_names(
    company: Partner, visitor: Client
) -> None:
    manager = UserFactory.create(pdm=True, full_name="Paula Manager")
    company.pdm = manager
    company.save()
    looker = signed_in(manager)
    looker.post(
        "/admin/partners/partner/",
        {"action": "see_as", "_selected_action": company.pk},
    )

    files = ("/points/entries.csv", "/deals/deals.csv", "/diary/movements.csv", FILE)
    for address in files:
        answer = looker.get(address)
        assert answer.status_code == 200, address
        if answer.streaming:
            b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    taken = AuditEntry.objects.filter(action__endswith="_exported")
    assert [(e.actor, e.partner, exports.seen_partner_of(e)) for e in taken] == [
        (manager, company, "Aurora")
    ] * len(files)
    auditor = signed_in(UserFactory.create(auditor=True))
    assert "Paula Manager , looking as Aurora" in words(
        auditor.get("/admin/partners/auditentry/")
    )
    assert "Paula Manager (Partner development manager), looking as your" in words(
        visitor.get(LOG)
    )
