"""Every address × everybody: who gets in, who is sent away, who finds nothing there.

A row says what each person is answered. An address without a row fails, so that a new
page comes with its rows. Where an address names an object there are three columns: an
object of the own company (for staff: of the portfolio), one of another company, and one
that does not exist. For whoever may not see an object the last two must be the same.

The back office is a table of its own (`partners.permissions.POLICY` and the tests in
tests/integration/admin); here it is made sure that nobody but staff gets in anywhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from partners.models import Partner, Role, User
from partners.permissions import VIEW, staff_may
from partners.receipts.addresses import Number
from tests.factories import (
    DealFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 1)
KNOWN = "?known=2026-06-01T12:00:00Z"

ROLES = ("owner", "sales", "services", "finance", "reader")
STAFF = (
    *("pdm", "pdm_elsewhere"),
    *("programme_manager", "finance_staff", "growth_specialist", "auditor"),
)
EVERYBODY = ("anonymous", "stranger", *ROLES, *STAFF, "left")


def everybody(status: int, **but: int) -> dict[str, int]:
    """Return who → status, the same for all but those named."""
    assert set(but) <= {*EVERYBODY, "staff"}
    staff = dict.fromkeys(STAFF, but.pop("staff")) if "staff" in but else {}
    return dict.fromkeys(EVERYBODY, status) | {"anonymous": 302} | staff | but


# --- Pages without an object ----------------------------------------------------------

PAGES: dict[str, dict[str, int]] = {
    "portal:home": everybody(200, staff=302),
    "partners:points": everybody(200, staff=302, left=404),
    "partners:points_csv": everybody(200, staff=302, left=404),
    "deals:list": everybody(200),
    "clients:list": everybody(200),
    "benefits:list": everybody(200),
    # For supervisors, who have no account: figures only.
    "portal:live": everybody(200, anonymous=200),
    "portal:ready": everybody(200, anonymous=200),
    # Signing in and what belongs to it: the same for everybody who is signed in.
    "account_login": everybody(302, anonymous=200),
    "account_logout": everybody(200),
    "account_change_password": everybody(200),
    "account_reauthenticate": everybody(200),
    "account_set_password": everybody(302),
    # Closed: accounts come from an import or an invitation.
    "account_email": everybody(404),
    "account_signup": everybody(302, anonymous=200),
    "account_inactive": everybody(200, anonymous=200),
    "account_email_verification_sent": everybody(200, anonymous=200),
    "account_confirm_login_code": everybody(302),
    "account_reset_password": everybody(200, anonymous=200),
    "account_reset_password_done": everybody(200, anonymous=200),
    "account_reset_password_from_key_done": everybody(200, anonymous=200),
}

# --- Acts: sent by POST, with an empty form -------------------------------------------

ACTS: dict[str, dict[str, int]] = {
    "ui:theme": everybody(400, anonymous=400),
    "ui:language": everybody(400, anonymous=400),
}

# --- Pages of an object: own, foreign, absent -----------------------------------------

HIDDEN = (404, 404, 404)
OF_A_PARTNER: dict[str, tuple[int, int, int]] = {
    "anonymous": (302, 302, 302),
    "stranger": HIDDEN,
    **dict.fromkeys(ROLES, (200, 404, 404)),
    "pdm": (200, 404, 404),
    "pdm_elsewhere": HIDDEN,
    **dict.fromkeys(STAFF[2:], (200, 200, 404)),
    "left": HIDDEN,
}
# The ledgers do not exist for a growth specialist (`partners.permissions.POLICY`).
OF_A_LEDGER = OF_A_PARTNER | {"growth_specialist": HIDDEN}
OBJECTS = {
    "partners:receipt_entry": OF_A_LEDGER,
    "partners:receipt_number": OF_A_LEDGER,
    "partners:receipt_performing_tier": OF_A_LEDGER,
    "partners:receipt_credited_tier": OF_A_LEDGER,
    "deals:detail": OF_A_PARTNER,
}

# Addresses that are a secret of their own: a letter carries them.
SECRETS = {"account_confirm_email", "account_reset_password_from_key"}


@dataclass(frozen=True)
class Cast:
    """The people of the table, the company they are about, and another one."""

    people: dict[str, User | None]
    own: Partner
    foreign: Partner
    browsers: dict[str, Client] = field(default_factory=dict)

    def browser(self, who: str) -> Client:
        """Return the browser of a person, signed in once."""
        if who not in self.browsers:
            self.browsers[who] = Client()
            if user := self.people[who]:
                self.browsers[who].force_login(user)
        return self.browsers[who]


@pytest.fixture
def cast() -> Cast:
    own, foreign = PartnerFactory.create(with_pdm=True), PartnerFactory.create()
    people: dict[str, User | None] = {
        "anonymous": None,
        "stranger": PersonFactory.create(with_account=True).user,
        "left": PersonFactory.create(partner=own, with_account=True, left=True).user,
        "pdm": own.pdm,
        "pdm_elsewhere": UserFactory.create(pdm=True),
        "programme_manager": UserFactory.create(programme_manager=True),
        "finance_staff": UserFactory.create(finance=True),
        "growth_specialist": UserFactory.create(growth_specialist=True),
        "auditor": UserFactory.create(auditor=True),
    }
    for role in ROLES:
        person = PersonFactory.create(partner=own, with_account=True, role=Role(role))
        people[role] = person.user
    assert set(people) == set(EVERYBODY)
    return Cast(people=people, own=own, foreign=foreign)


def named_addresses() -> Iterator[tuple[str, int]]:
    """Yield the name of every address with the number of parts it takes."""

    def walk(
        patterns: Sequence[object], spaces: tuple[str, ...]
    ) -> Iterator[tuple[str, int]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                space = (pattern.namespace,) if pattern.namespace else ()
                yield from walk(pattern.url_patterns, spaces + space)
            elif isinstance(pattern, URLPattern) and pattern.name:
                name = ":".join((*spaces, pattern.name))
                yield (
                    name,
                    len(pattern.pattern.converters) or pattern.pattern.regex.groups,
                )

    yield from walk(get_resolver().url_patterns, ())


NAMES = sorted({name for name, _parts in named_addresses()})


def test_every_address_has_a_row() -> None:
    rows = {*PAGES, *ACTS, *OBJECTS, *SECRETS}
    names = {name for name in NAMES if not name.startswith("admin:")}

    assert names == rows


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_these_people(cast: Cast, name: str) -> None:
    answers = {who: cast.browser(who).get(reverse(name)).status_code for who in EVERYBODY}

    assert answers == PAGES[name]


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_for_these_people_and_never_by_get(cast: Cast, name: str) -> None:
    answers = {
        who: cast.browser(who).post(reverse(name)).status_code for who in EVERYBODY
    }
    by_get = {cast.browser(who).get(reverse(name)).status_code for who in EVERYBODY}

    assert answers == ACTS[name]
    assert by_get == {405}


def addresses(name: str, cast: Cast) -> tuple[str, str, str]:
    """Return the address of an own, a foreign and an absent object."""
    absent = uuid.uuid4()
    if name == "partners:receipt_entry":
        ids = [
            PointsEntryFactory.create(partner=partner).public_id
            for partner in (cast.own, cast.foreign)
        ]
        return tuple(reverse(name, args=[one]) for one in (*ids, absent))  # type: ignore[return-value]
    if name == "deals:detail":
        ids = [
            DealFactory.create(partner=partner).public_id
            for partner in (cast.own, cast.foreign)
        ]
        return tuple(reverse(name, args=[one]) for one in (*ids, absent))  # type: ignore[return-value]
    ids = [cast.own.public_id, cast.foreign.public_id]
    more = [Number.TOTAL, DAY] if name == "partners:receipt_number" else [DAY]
    return tuple(reverse(name, args=[one, *more]) + KNOWN for one in (*ids, absent))  # type: ignore[return-value]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_is_for_these_people(cast: Cast, name: str) -> None:
    own_foreign_absent = addresses(name, cast)

    answers = {
        who: tuple(
            cast.browser(who).get(address).status_code for address in own_foreign_absent
        )
        for who in EVERYBODY
    }

    assert answers == OBJECTS[name]


OURS = [name for name in PAGES if not name.startswith("account_")]


@pytest.mark.parametrize("name", OURS)
def test_a_page_takes_no_post(cast: Cast, name: str) -> None:
    people = (*ROLES, *STAFF)

    answers = {cast.browser(who).post(reverse(name)).status_code for who in people}

    assert answers == {405}


@pytest.mark.parametrize("name", OBJECTS)
def test_the_page_of_an_object_takes_no_post(cast: Cast, name: str) -> None:
    own, _foreign, _absent = addresses(name, cast)

    answers = {cast.browser(who).post(own).status_code for who in (*ROLES, *STAFF)}

    assert answers == {405}


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_that_is_none_opens_nothing(name: str) -> None:
    key = ["MQ", "wrong"] if name == "account_reset_password_from_key" else ["MQ-wrong"]

    answer = Client().get(reverse(name, args=key), follow=True)

    assert answer.status_code in {200, 404}
    assert "_auth_user_id" not in answer.client.session


# --- The back office ------------------------------------------------------------------

MACHINERY = {"outbox.job", "outbox.periodrun", "interchange.importrun"}
"""What runs the portal; `partners.permissions` knows no package above its own."""
MECHANICS = {"programme_manager", "auditor"}

BACK_OFFICE = sorted(
    {(name, parts) for name, parts in named_addresses() if name.startswith("admin:")}
)
SENT_AWAY = {302, 403, 404}


def test_nobody_but_staff_gets_into_the_back_office(cast: Cast) -> None:
    outsiders = ("anonymous", "stranger", *ROLES, "left")
    opened = []
    for name, parts in BACK_OFFICE:
        arguments = ["partners"] if name == "admin:app_list" else ["1"] * parts
        address = reverse(name, args=arguments)
        for who in outsiders:
            status = cast.browser(who).get(address).status_code
            if status not in SENT_AWAY:
                opened.append((name, who, status))

    assert opened == []


@pytest.mark.parametrize("who", STAFF)
def test_a_list_of_the_back_office_opens_for_whom_the_policy_names(
    cast: Cast, who: str
) -> None:
    user = cast.people[who]
    assert user
    models = {
        name: name.removeprefix("admin:").removesuffix("_changelist").replace("_", ".", 1)
        for name, _parts in BACK_OFFICE
        if name.endswith("_changelist")
    }

    answers = {
        model: cast.browser(who).get(reverse(name)).status_code
        for name, model in models.items()
    }

    assert {model for model, status in answers.items() if status == 200} == {
        model
        for model in models.values()
        if staff_may(user, VIEW, model) or (model in MACHINERY and who in MECHANICS)
    }
    assert set(answers.values()) <= {200, 403}
