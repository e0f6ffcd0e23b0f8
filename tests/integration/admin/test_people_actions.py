"""Accounts, roles, portfolios: who may do what to whom, and what never happens."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from partners.models import Partner, Person, StaffRole, User
from partners.portfolio.acts import MAX_AT_ONCE
from partners.services import staff
from tests.factories import PersonFactory, UserFactory
from tests.integration.admin.conftest import AT, Portfolio, everything, url

pytestmark = pytest.mark.django_db


def act(browser: Browser, action: str, *rows: Any, **posted: Any) -> list[str]:
    """Run an action on rows of one model; return the messages it leaves."""
    answer = browser.post(
        url(rows[0], "changelist"),
        {
            "action": action,
            "_selected_action": [row.pk for row in rows],
            "apply": "1",
            **posted,
        },
    )
    new = answer.wsgi_request._messages._queued_messages  # type: ignore[attr-defined]
    return [str(message) for message in new]


# --- People of partners -----------------------------------------------------------------


def test_an_account_is_opened_once(as_manager: Browser, mine: Portfolio) -> None:
    words = "The account is open; “forgot password” sets its password."

    assert act(as_manager, "open_account", mine.person) == [f"Ada Mine: {words}"]
    assert act(as_manager, "open_account", mine.person) == [f"Ada Mine: {words}"]

    [user] = User.objects.filter(email="ann@mine.example")
    assert Person.objects.get(pk=mine.person.pk).user == user
    assert not user.has_usable_password()
    assert not user.is_staff


def test_nobody_who_left_gets_an_account(as_manager: Browser, mine: Portfolio) -> None:
    gone = PersonFactory.create(partner=mine.partner, left=True, last_name="Gone")

    assert act(as_manager, "open_account", gone) == [
        "Ada Gone: This person left the company."
    ]
    assert Person.objects.get(pk=gone.pk).user is None


def test_leaving_ends_access_on_the_next_request(
    as_pdm: Browser, mine: Portfolio, client: Browser
) -> None:
    user = UserFactory.create(email=mine.person.email)
    Person.objects.filter(pk=mine.person.pk).update(user=user)
    assert User.objects.get(pk=user.pk).partner == mine.partner

    first = act(as_pdm, "leave", mine.person, on="2026-01-05")
    again = act(as_pdm, "leave", mine.person, on="2026-01-06")

    assert first == ["Ada Mine: Left the company; access has ended."]
    assert again == ["Ada Mine: This person left the company already."]
    assert str(Person.objects.get(pk=mine.person.pk).left_on) == "2026-01-05"
    assert User.objects.get(pk=user.pk).partner is None


def test_leaving_is_the_only_way_to_a_day_of_leaving(
    as_manager: Browser, mine: Portfolio
) -> None:
    page = as_manager.get(url(mine.person, "change", mine.person.pk)).content.decode()

    assert 'name="first_name"' in page
    assert 'name="left_on"' not in page


@pytest.mark.parametrize("step", [{}, {"apply": "1", "on": "2026-01-05"}], ids=str)
def test_all_is_refused_where_all_is_more_than_an_action_takes(
    as_pdm: Browser, mine: Portfolio, step: dict[str, str]
) -> None:
    PersonFactory.create_batch(MAX_AT_ONCE, partner=mine.partner)
    selected = {"_selected_action": [mine.person.pk], "select_across": "1"}

    answer = as_pdm.post(
        url(Person, "changelist"), {"action": "leave", **selected, **step}, follow=True
    )

    page = answer.content.decode()
    assert "101 are selected; an action takes at most 100 at once." in page
    assert 'name="apply"' not in page
    assert not Person.objects.exclude(left_on=None).exists()


def test_nobody_leaves_in_the_future(as_pdm: Browser, mine: Portfolio) -> None:
    assert act(as_pdm, "leave", mine.person, on="2199-01-01") == [
        "Ada Mine: The day lies in the future."
    ]


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("Eve@Mine.Example", "eve@mine.example"),
        ("not an address", None),
        ("ann@mine.example", None),
        ("ann@zebra.example", None),
    ],
)
def test_a_new_person_has_an_address_of_nobody_else(
    email: str,
    stored: str | None,
    as_manager: Browser,
    mine: Portfolio,
    theirs: Portfolio,
) -> None:
    posted = {
        "partner": mine.partner.pk,
        "email": email,
        "first_name": "Eve",
        "last_name": "New",
        "role": "sales",
    }

    answer = as_manager.post(url(Person, "add"), posted)

    found = Person.objects.filter(first_name="Eve").values_list("email", flat=True)
    assert list(found) == ([stored] if stored else [])
    assert answer.status_code == (302 if stored else 200)


def test_the_last_owner_keeps_the_role(as_manager: Browser, mine: Portfolio) -> None:
    owner = PersonFactory.create(partner=mine.partner, role="owner")
    Person.objects.exclude(pk=owner.pk).update(role="reader")
    address = url(Person, "change", owner.pk)
    posted = {
        "first_name": "Olga", "last_name": "Owner", "role": "sales",
        "certifications-TOTAL_FORMS": "0", "certifications-INITIAL_FORMS": "0",
    }  # fmt: skip

    refused = as_manager.post(address, posted)
    left = Person.objects.get(pk=owner.pk).role
    PersonFactory.create(partner=mine.partner, role="owner")
    as_manager.post(address, posted)

    assert list(refused.context["adminform"].form.errors) == ["role"]
    assert (left, Person.objects.get(pk=owner.pk).role) == ("owner", "sales")


# --- Partners ---------------------------------------------------------------------------


def posted_partner(partner: Partner, **changes: Any) -> dict[str, Any]:
    """Return the form of a partner's page as a programme manager sends it."""
    prefixes = (
        *("standing", "people", "accreditations", "tier_changes", "notes", "tasks"),
    )
    ends = ("TOTAL", "INITIAL")
    return {
        **{f"{prefix}-{end}_FORMS": "0" for prefix in prefixes for end in ends},
        "name": partner.name,
        "country": partner.country,
        "domain": partner.domain,
        "payout_currency": partner.payout_currency,
        "pdm": partner.pdm_id or "",
        "own_edition": partner.own_edition,
        "own_monthly_usd_minor": "",
        **changes,
    }


def test_a_membership_is_no_field(as_manager: Browser, mine: Portfolio) -> None:
    as_manager.post(
        url(Partner, "change", mine.partner.pk),
        posted_partner(mine.partner, name="Renamed", membership="provider"),
    )

    partner = Partner.objects.get(pk=mine.partner.pk)
    assert (partner.name, partner.membership) == ("Renamed", "partner")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("country", "UK"),
        ("payout_currency", "ABC"),
        ("domain", "https://x.example/"),
        ("domain", "a\x00b"),
        ("name", "\u202egnp.exe"),
        ("name", ""),
        ("own_monthly_usd_minor", str(10**30)),
        ("own_monthly_usd_minor", "-1"),
    ],
)
def test_a_partners_facts_are_those_a_bundle_may_bring(
    field: str, value: str, as_manager: Browser, mine: Portfolio
) -> None:
    before = everything()

    answer = as_manager.post(
        url(Partner, "change", mine.partner.pk),
        posted_partner(mine.partner, **{field: value}),
    )

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) in ([field], ["__all__"])
    assert everything() == before


def test_only_a_manager_of_partners_has_a_portfolio(
    as_manager: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    address = url(Partner, "change", mine.partner.pk)
    auditor = UserFactory.create(auditor=True)

    refused = as_manager.post(address, posted_partner(mine.partner, pdm=auditor.pk))
    as_manager.post(address, posted_partner(mine.partner, pdm=theirs.pdm.pk))

    assert list(refused.context["adminform"].form.errors) == ["pdm"]
    assert Partner.objects.get(pk=mine.partner.pk).pdm == theirs.pdm


def test_a_portfolio_moves_with_an_action(
    as_manager: Browser, as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    first = act(as_manager, "assign_pdm", mine.partner, manager=theirs.pdm.pk)
    again = act(as_manager, "assign_pdm", mine.partner, manager=theirs.pdm.pk)

    assert first == ["Mine Partner: Now in the portfolio of Zebra Manager."]
    assert again == ["Mine Partner: The partner is in this portfolio already."]
    assert as_pdm.get(url(Partner, "changelist")).context["cl"].result_count == 0


def test_a_portfolio_goes_to_an_active_manager_only(
    as_manager: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    User.objects.filter(pk=theirs.pdm.pk).update(is_active=False)

    act(as_manager, "assign_pdm", mine.partner, manager=theirs.pdm.pk)

    assert Partner.objects.get(pk=mine.partner.pk).pdm == mine.pdm


# --- Staff ------------------------------------------------------------------------------


def test_a_role_changes(as_manager: Browser) -> None:
    user = UserFactory.create(finance=True, email="f@portal.example")

    assert act(as_manager, "change_role", user, staff_role="auditor") == [
        "f@portal.example: The staff role was changed."
    ]
    assert User.objects.get(pk=user.pk).staff_role == StaffRole.AUDITOR


def test_a_manager_with_partners_keeps_the_role(
    as_manager: Browser, mine: Portfolio
) -> None:
    assert act(as_manager, "change_role", mine.pdm, staff_role="auditor") == [
        "Mine Manager: 1 partner must be given to another manager first."
    ]


def test_nobody_becomes_staff_who_is_not(as_manager: Browser) -> None:
    user = UserFactory.create(email="u@mine.example")

    assert act(as_manager, "change_role", user, staff_role="programme_manager") == [
        "u@mine.example: This account is not staff."
    ]
    assert User.objects.get(pk=user.pk).staff_role == ""


@pytest.mark.parametrize("action", ["change_role", "deactivate"])
def test_nobody_does_it_to_the_own_account(
    action: str, as_manager: Browser, manager: User
) -> None:
    words = act(as_manager, action, manager, staff_role="auditor")

    assert words == ["manager@portal.example: Nobody does this to the own account."]


@pytest.mark.parametrize("action", ["change_role", "deactivate", "reactivate"])
def test_a_superuser_is_left_to_the_command_line(
    action: str, as_manager: Browser
) -> None:
    root = User.objects.create_superuser("root@portal.example")

    words = act(as_manager, action, root, staff_role="auditor")

    assert words == [
        "root@portal.example: A superuser is changed at the command line only."
    ]


def test_the_last_programme_manager_stays(manager: User) -> None:
    actor = UserFactory.create(programme_manager=True)
    User.objects.filter(pk=actor.pk).update(is_active=False)

    with pytest.raises(staff.StaffError, match="last programme manager"):
        staff.deactivate_account(user_id=manager.pk, actor=actor, at=AT)
    with pytest.raises(staff.StaffError, match="last programme manager"):
        staff.change_staff_role(
            user_id=manager.pk, staff_role="auditor", actor=actor, at=AT
        )


def test_a_deactivated_account_is_out_on_the_next_request(
    as_manager: Browser, as_pdm: Browser, mine: Portfolio
) -> None:
    assert act(as_manager, "deactivate", mine.pdm) == [
        "Mine Manager: The account was deactivated."
    ]
    assert act(as_manager, "deactivate", mine.pdm) == [
        "Mine Manager: The account is deactivated already."
    ]

    assert as_pdm.get("/admin/").status_code == 302
    assert act(as_manager, "reactivate", mine.pdm) == [
        "Mine Manager: The account was activated."
    ]


@pytest.mark.parametrize(
    ("email", "field"),
    [
        ("manager@portal.example", "email"),
        ("MANAGER@portal.example", "email"),
        ("ann@mine.example", "email"),
        ("x", "email"),
    ],
)
def test_a_staff_account_needs_an_address_of_its_own(
    email: str, field: str, as_manager: Browser, mine: Portfolio
) -> None:
    posted = {
        "email": email,
        "full_name": "X",
        "staff_role": "finance",
        "language": "en",
        "time_zone": "UTC",
    }

    answer = as_manager.post(url(User, "add"), posted)

    assert list(answer.context["adminform"].form.errors) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [("staff_role", ""), ("staff_role", "boss"), ("time_zone", "Mars/Base"),
     ("language", "xx"), ("email", "")],
)  # fmt: skip
def test_a_staff_account_is_complete(field: str, value: str, as_manager: Browser) -> None:
    posted = {
        "email": "new@portal.example",
        "full_name": "X",
        "staff_role": "finance",
        "language": "en",
        "time_zone": "UTC",
    }

    answer = as_manager.post(url(User, "add"), {**posted, field: value})

    assert list(answer.context["adminform"].form.errors) == [field]
    assert not User.objects.filter(email="new@portal.example").exists()


def test_two_who_add_the_same_at_once(
    as_manager: Browser, mine: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other one stores between our form's check and our insert.
    monkeypatch.setattr(Person, "validate_constraints", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(Person, "validate_unique", lambda *_args, **_kwargs: None)
    before = everything()
    posted = {"partner": mine.partner.pk, "email": mine.person.email, "role": "sales"}

    answer = as_manager.post(url(Person, "add"), posted, follow=True)

    assert "contradicts what somebody has just stored" in answer.content.decode()
    assert everything() == before


def test_no_page_shows_or_sets_a_password(as_manager: Browser) -> None:
    user = User.objects.create_user("x@portal.example", "a secret long enough")
    page = as_manager.get(url(User, "change", user.pk)).content.decode()

    assert user.password not in page
    assert 'type="password"' not in page
    assert as_manager.get(f"/admin/partners/user/{user.pk}/password/").status_code in {
        302,
        404,
    }
