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
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from partners.models import Partner, User
from partners.permissions import VIEW, staff_may
from partners.receipts.addresses import Number
from tests.architecture import deals_matrix, lists_matrix, money_matrix, people_matrix
from tests.architecture.cast import Cast
from tests.architecture.people_matrix import EVERYBODY, ROLES, STAFF, everybody
from tests.factories import (
    DealFactory,
    DraftFactory,
    EliteReviewFactory,
    EvaluationFactory,
    ExportFactory,
    NotificationFactory,
    PointsEntryFactory,
    SnapshotFactory,
    TierAppealFactory,
    TierOverrideFactory,
)

pytestmark = pytest.mark.django_db

# PostgreSQL opens every page and every list; whom they refuse is decided above it.
above_the_database = pytest.mark.one_database

ONE_OF_EACH_SCOPE = (
    *("owner", "stranger", "pdm", "programme_manager", "growth_specialist"),
    "anonymous",
)
"""A person for each way that a query is narrowed to what they may see: who asks
PostgreSQL. SQLite is asked by everybody."""


def askers() -> Sequence[str]:
    return ONE_OF_EACH_SCOPE if connection.vendor == "postgresql" else EVERYBODY


DAY = date(2026, 3, 1)
KNOWN = "?known=2026-06-01T12:00:00Z"

# --- Pages without an object ----------------------------------------------------------

PAGES: dict[str, dict[str, int]] = {
    "portal:home": everybody(200, staff=302),
    "portal:diary": everybody(200, staff=302, left=404),
    "portal:diary_csv": everybody(200, staff=302, left=404),
    "partners:standing": everybody(200, staff=302, left=404),
    "partners:tier": everybody(200, staff=302, left=404),
    "partners:tier_csv": everybody(200, staff=302, left=404),
    "partners:points": everybody(200, staff=302, left=404),
    **(lists_matrix.PAGES | deals_matrix.PAGES | money_matrix.PAGES),
    **dict.fromkeys(("deals:list", "clients:list", "benefits:list"), everybody(200)),
    "partners:rulebook": everybody(200),
    "partners:rulebook_compare": everybody(200),
    "partners:rulebook_changes": everybody(200, staff=302, left=404, stranger=200),
    # A person's own news, and how they come by e-mail.
    "notifications:list": everybody(200),
    "notifications:preferences": everybody(200),
    # For supervisors, who have no account: figures only.
    "portal:live": everybody(200, anonymous=200),
    "portal:ready": everybody(200, anonymous=200),
    # For a program that bears METRICS_TOKEN; people find nothing there.
    "portal:metrics": everybody(404, anonymous=404),
    # The back office: led to its door, which does not open for people of partners.
    "portal:morning": everybody(302, staff=200, growth_specialist=403),
    **people_matrix.SIGNING_IN,
}

# --- Acts: sent by POST, with an empty form -------------------------------------------

ACTS: dict[str, dict[str, int]] = {
    **(lists_matrix.ACTS | deals_matrix.ACTS | money_matrix.ACTS),
    # An owner's: the form is empty (the stranger is the owner of another company).
    "partners:tier_appeal": everybody(403, owner=422, stranger=422, staff=404, left=404),
    "ui:theme": everybody(400, anonymous=400),
    "ui:language": everybody(400, anonymous=400),
    "notifications:read": everybody(400),
    # Nobody of these looks as a partner.
    "portal:see_as_end": everybody(404),
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
# A published edition is everybody's; a draft only of those who publish, and read on.
OF_AN_EDITION = {
    **dict.fromkeys(EVERYBODY, (200, 404, 404)),
    "anonymous": (302, 302, 302),
    **dict.fromkeys(("programme_manager", "auditor"), (200, 200, 404)),
}
# The ledgers do not exist for a growth specialist (`partners.permissions.POLICY`).
OF_A_LEDGER = OF_A_PARTNER | {"growth_specialist": HIDDEN}
OBJECTS = {
    "partners:receipt_entry": OF_A_LEDGER,
    **dict.fromkeys(
        (
            *("partners:receipt_snapshot", "partners:receipt_evaluation"),
            *("partners:receipt_override", "partners:receipt_appeal"),
            "partners:receipt_elite",
        ),
        OF_A_LEDGER,
    ),
    "partners:receipt_number": OF_A_LEDGER,
    "partners:receipt_performing_tier": OF_A_LEDGER,
    "partners:receipt_credited_tier": OF_A_LEDGER,
    "portal:rehearsal": OF_A_LEDGER,
    "deals:detail": OF_A_PARTNER,
    "partners:rulebook_edition": OF_AN_EDITION,
    **(lists_matrix.OBJECTS | deals_matrix.OBJECTS | money_matrix.OBJECTS),
}

# What one person was told, here an owner, there a stranger; it leads on.
OBJECTS["notifications:open"] = {
    **dict.fromkeys(EVERYBODY, HIDDEN),
    "anonymous": (302, 302, 302),
    "owner": (302, 404, 404),
    "stranger": (404, 302, 404),
}

# What is posted about an object: the files test_*_acts.py.
TIER_ACTS = {"partners:elite_answer", *deals_matrix.POSTED, *money_matrix.POSTED}

# Addresses that are a secret of their own: a letter carries them.
SECRETS = {
    "account_confirm_email",
    "account_reset_password_from_key",
    "notifications:unsubscribe",
    *lists_matrix.SECRETS,
    *deals_matrix.SECRETS,
}


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


@above_the_database
def test_every_address_has_a_row() -> None:
    rows = {*PAGES, *ACTS, *OBJECTS, *SECRETS, *people_matrix.NAMES, *TIER_ACTS}
    names = {name for name in NAMES if not name.startswith("admin:")}

    assert names == rows


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_these_people(cast: Cast, name: str) -> None:
    answers = {who: cast.browser(who).get(reverse(name)).status_code for who in askers()}

    assert answers == {who: PAGES[name][who] for who in askers()}


@above_the_database
@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_for_these_people_and_never_by_get(cast: Cast, name: str) -> None:
    answers = {
        who: cast.browser(who).post(reverse(name)).status_code for who in EVERYBODY
    }
    # Whoever must sign in first is sent there, whatever the method.
    knocked = {who for who in EVERYBODY if who != "anonymous" or ACTS[name][who] != 302}
    by_get = {cast.browser(who).get(reverse(name)).status_code for who in knocked}

    assert answers == ACTS[name]
    assert by_get == {405}


PERSONAL: dict[str, Callable[[User | None], uuid.UUID]] = {
    "portal:export_file": lambda user: (
        ExportFactory.create(user=user, ready=True).public_id
    ),
    "notifications:open": lambda user: NotificationFactory.create(user=user).public_id,
}
"""Objects of one person: what makes one of somebody's."""


TIER_ROWS: dict[str, Callable[[Partner], Any]] = {
    "partners:receipt_snapshot": lambda partner: SnapshotFactory.create(partner=partner),
    "partners:receipt_evaluation": lambda partner: EvaluationFactory.create(
        partner=partner
    ),
    "partners:receipt_override": lambda partner: TierOverrideFactory.create(
        partner=partner, approved=True
    ),
    "partners:receipt_appeal": lambda partner: TierAppealFactory.create(partner=partner),
    "partners:receipt_elite": lambda partner: EliteReviewFactory.create(
        partner=partner, invited=True
    ),
    **(deals_matrix.ROWS | money_matrix.ROWS),
}


def addresses(  # noqa: PLR0911 (one answer per kind of object)
    name: str, cast: Cast
) -> tuple[str, str, str]:
    """Return the address of an own, a foreign and an absent object."""
    absent = uuid.uuid4()
    if name in TIER_ROWS:
        make = TIER_ROWS[name]
        rows = [make(partner).public_id for partner in (cast.own, cast.foreign)]
        return tuple(reverse(name, args=[one]) for one in (*rows, absent))  # type: ignore[return-value]
    if name == "partners:receipt_entry":
        ids = [
            PointsEntryFactory.create(partner=partner).public_id
            for partner in (cast.own, cast.foreign)
        ]
        return tuple(reverse(name, args=[one]) for one in (*ids, absent))  # type: ignore[return-value]
    if name == "partners:rulebook_edition":
        codes = ["2025-B", DraftFactory.create().code, "none"]
        return tuple(reverse(name, args=[one]) for one in codes)  # type: ignore[return-value]
    if name == "deals:detail":
        ids = [
            DealFactory.create(partner=partner).public_id
            for partner in (cast.own, cast.foreign)
        ]
        return tuple(reverse(name, args=[one]) for one in (*ids, absent))  # type: ignore[return-value]
    if name in deals_matrix.FILES:
        return deals_matrix.of_a_file(name, cast.own, cast.foreign)
    if name in PERSONAL:
        ids = [PERSONAL[name](cast.people[who]) for who in ("owner", "stranger")]
        return tuple(reverse(name, args=[one]) for one in (*ids, absent))  # type: ignore[return-value]
    ids = [cast.own.public_id, cast.foreign.public_id]
    if name == "portal:rehearsal":
        return tuple(reverse(name, args=[one]) for one in (*ids, absent))  # type: ignore[return-value]
    more = [Number.TOTAL, DAY] if name == "partners:receipt_number" else [DAY]
    return tuple(reverse(name, args=[one, *more]) + KNOWN for one in (*ids, absent))  # type: ignore[return-value]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_is_for_these_people(cast: Cast, name: str) -> None:
    own_foreign_absent = addresses(name, cast)

    answers = {
        who: tuple(
            cast.browser(who).get(address).status_code for address in own_foreign_absent
        )
        for who in askers()
    }

    assert answers == {who: OBJECTS[name][who] for who in askers()}


TAKES_POST = {"notifications:preferences"}
"""Pages that are forms: what they take and refuse is tested where they are."""

OURS = [
    name for name in PAGES if not name.startswith("account_") and name not in TAKES_POST
]


@above_the_database
@pytest.mark.parametrize("name", OURS)
def test_a_page_takes_no_post(cast: Cast, name: str) -> None:
    people = (*ROLES, *STAFF)

    answers = {cast.browser(who).post(reverse(name)).status_code for who in people}

    assert answers == {405}


@above_the_database
@pytest.mark.parametrize("name", OBJECTS)
def test_the_page_of_an_object_takes_no_post(cast: Cast, name: str) -> None:
    own, _foreign, _absent = addresses(name, cast)

    answers = {cast.browser(who).post(own).status_code for who in (*ROLES, *STAFF)}

    assert answers == {405}


@above_the_database
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


@above_the_database
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
