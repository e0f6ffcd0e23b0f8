"""/deals/what-if/: the form, its address, who may read and who may keep."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict
from django.test import Client as Browser

from deals.models import Deal
from deals.pages import what_if_rows
from deals.pages.what_if_state import Tokens, read_address
from partners.models import Partner, Role
from tests.factories import (
    ClientFactory,
    DealFactory,
    DealLineFactory,
    RelationshipFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.scenarios import ScenarioFactory
from tests.integration.deals.what_ifs import (
    ADDRESS,
    RESULT,
    deal,
    four_deals,
    gold_on_the_way,
    key,
)
from tests.integration.pages import (
    PAGE_MARKS,
    TODAY,
    account_of,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)
from tests.integration.portal.at_home import section

pytestmark = PAGE_MARKS


@pytest.fixture
def partner() -> Partner:
    return gold_on_the_way()


@pytest.fixture
def four(partner: Partner) -> dict[str, Deal]:
    return four_deals(partner)


def test_htmx_gets_the_result_and_the_shortest_address(
    partner: Partner, four: dict[str, Deal]
) -> None:
    asked = {
        "won": [key(four["A"]), key(four["B"])],
        f"at-{key(four['A'])}": "2026-12-01",
        f"at-{key(four['B'])}": "2026-12-24",
        "goal": "",
    }

    answer = browser_of(partner).get(ADDRESS, asked, headers=RESULT)

    assert b"<html" not in answer.content
    assert b'id="what-if-result"' in answer.content
    assert b'hx-swap-oob="true"' in answer.content
    both = ".".join(sorted((key(four["A"]), key(four["B"]))))
    # The day that is expected anyhow is not said.
    pushed = f"{ADDRESS}?won={both}&at={key(four['B'])}_20261224"
    assert answer.headers["HX-Push-Url"] == pushed
    again = browser_of(partner).get(pushed, headers=RESULT)
    assert again.headers["HX-Push-Url"] == pushed


def test_choices_of_other_pages_ride_along(
    partner: Partner, four: dict[str, Deal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_if_rows, "ROWS", 2)
    asked = {
        "won": key(four["A"]),
        f"at-{key(four['A'])}": "2026-12-02",
        "page": "2",
    }

    page = main_of(browser_of(partner).get(ADDRESS, asked))

    assert f'<input type="hidden" name="won" value="{key(four["A"])}">' in page
    assert f'<input type="hidden" name="at" value="{key(four["A"])}_20261202">' in page
    assert "Deal B" in page
    assert 'name="page" value="1"' in page


def test_a_page_after_the_last_is_the_last(partner: Partner) -> None:
    assert browser_of(partner).get(ADDRESS, {"page": "999"}).status_code == 200


HOSTILE = (
    {"won": "'; DROP TABLE deals_deal; --"},
    {"won": "ABCDEF01"},
    {"won": "0" * 9},
    {"won": ".".join(f"{n:08x}" for n in range(300))},
    {"at": "0123abcd_20261301"},
    {"at": "0123abcd_99991231"},
    {"at": "0123abcd"},
    {"at-0123abcd": "yesterday"},
    {"at-0123abcd": ["2026-12-01", "2026-12-02"]},
    {"at-x": "2026-12-01"},
    {"lost": "a\x00b"},
    {"lost": "x" * 101},
    {"lost": [str(n) for n in range(101)]},
    {"goal": "none"},
    {"goal": "bronze"},
    {"page": "0"},
    {"page": "x"},
    {"scenario": "x"},
    {"scenario\u202e": "x"},
    {"who": "me"},
)


@pytest.mark.parametrize("asked", HOSTILE, ids=str)
def test_what_cannot_be_read_is_refused(partner: Partner, asked: dict[str, Any]) -> None:
    assert browser_of(partner).get(ADDRESS, asked).status_code == 400


@pytest.mark.parametrize("day", ["1970-01-01", "1999-12-31", "2028-02-29", "2199-12-31"])
def test_any_day_can_be_asked_for(
    partner: Partner, four: dict[str, Deal], day: str
) -> None:
    asked = {"won": key(four["A"]), f"at-{key(four['A'])}": day}

    assert browser_of(partner).get(ADDRESS, asked).status_code == 200


def test_a_deal_is_not_won_before_it_was_registered(
    partner: Partner, four: dict[str, Deal]
) -> None:
    asked = {"won": key(four["A"]), f"at-{key(four['A'])}": "1970-01-01"}

    assert 'value="2025-12-01"' in main_of(browser_of(partner).get(ADDRESS, asked))


def test_an_expected_close_that_has_passed_is_today(partner: Partner) -> None:
    deal(partner, "Deal A", 180, date(2026, 6, 1))

    assert f'value="{TODAY}"' in main_of(browser_of(partner).get(ADDRESS))


def test_a_deal_says_what_it_waits_for(partner: Partner) -> None:
    made = deal(
        partner,
        "Deal N",
        100,
        None,
        motion_state=Deal.MotionState.CONTESTED,
        valid_until=date(2026, 12, 1),
    )
    DealLineFactory.create(deal=made, product_line="marketing_hub", currency="NOK")

    text = section(browser_of(partner).get(ADDRESS), "deals-heading")

    for note in (
        "no expected close yet",
        "currency not on the scale: pending",
        "proof of involvement missing",
        "registration ends 1 Dec 2026",
        "motion contested",
    ):
        assert note in text


def test_the_number_of_queries_does_not_depend_on_the_deals(
    partner: Partner, four: dict[str, Deal]
) -> None:
    browser = browser_of(partner)
    browser.get(ADDRESS)
    few = count_queries(lambda: browser.get(ADDRESS))
    for number in range(12):
        deal(partner, f"More {number}", 10, date(2026, 12, 1))
        client = ClientFactory.create()
        RelationshipFactory.create(
            partner=partner, client=client, kind="managed", from_on=date(2026, 1, 1)
        )
        SubscriptionFactory.create(client=client, renews_on=date(2026, 12, 31))
    browser.get(ADDRESS)

    with_clients = count_queries(lambda: browser.get(ADDRESS))

    # One for the clients' subscriptions and one for who serves them.
    assert with_clients <= few + 3
    for number in range(12):
        deal(partner, f"Again {number}", 10, date(2026, 12, 1))
    assert count_queries(lambda: browser.get(ADDRESS)) == with_clients


def test_who_only_reads_may_play_but_not_keep(partner: Partner) -> None:
    page = words(browser_of(partner, role=Role.READER).get(ADDRESS))

    assert "Work it out" in page
    assert "Save as a new scenario" not in page


def test_staff_read_what_is_shared_and_change_nothing(
    partner: Partner, four: dict[str, Deal]
) -> None:
    shared = ScenarioFactory.create(
        partner=partner,
        is_shared=True,
        name="Before Christmas",
        choices={"won": [four["A"].public_id.hex], "goal": "diamond"},
    )
    kept = ScenarioFactory.create(partner=partner)
    staff = signed_in(partner.pdm)  # type: ignore[arg-type]

    page = staff.get(f"{ADDRESS}{shared.public_id}/")

    text = words(page)
    assert "shares this scenario with you" in text
    assert "Deal A" in text
    assert "leaves you with Platinum" in text
    assert "What Diamond takes that day" in text
    assert "Work it out" not in text
    assert "Choose this way" not in text
    assert kept.name not in text
    assert staff.get(f"{ADDRESS}{kept.public_id}/").status_code == 404
    assert_leads_there(staff, partner, shared.public_id)


def assert_leads_there(staff: Browser, partner: Partner, scenario: Any) -> None:
    """See the partner’s page in the back office lead to its scenarios, and those here."""
    change = staff.get(f"/admin/partners/partner/{partner.pk}/change/")
    address = f"/admin/deals/scenario/?partner__id__exact={partner.pk}"
    assert address in change.content.decode()
    listed = staff.get(address)
    assert f"{ADDRESS}{scenario}/" in listed.content.decode()


def test_a_growth_specialist_has_no_ledgers_to_see_it_rest_on(partner: Partner) -> None:
    shared = ScenarioFactory.create(partner=partner, is_shared=True)
    specialist = signed_in(UserFactory.create(growth_specialist=True))

    assert specialist.get(f"{ADDRESS}{shared.public_id}/").status_code == 404


def test_a_colleague_goes_on_from_a_scenario(
    partner: Partner, four: dict[str, Deal]
) -> None:
    lost = DealFactory.create(partner=partner, lost=True)
    kept = ScenarioFactory.create(
        partner=partner,
        choices={
            "won": [four["B"].public_id.hex, lost.public_id.hex],
            "days": {four["B"].public_id.hex: "2026-12-24"},
        },
    )

    page = signed_in(account_of(partner)).get(f"{ADDRESS}{kept.public_id}/")

    text = main_of(page)
    assert 'value="2026-12-24"' in text
    assert f'name="scenario" value="{kept.public_id}"' in text
    assert "1 chosen deal is not open any more and was left out." in words(page)


def test_deals_that_begin_alike_are_named_in_full() -> None:
    alike = [UUID(f"1a2b3c4d-0000-4000-8000-00000000000{n}") for n in (1, 2)]
    other = UUID("5e6f7a8b-0000-4000-8000-000000000003")
    tokens = Tokens([*alike, other])

    assert [tokens.name(one) for one in alike] == [one.hex for one in alike]
    assert tokens.name(other) == "5e6f7a8b"
    asked = read_address(QueryDict(f"won=1a2b3c4d.{alike[0].hex}.{other.hex}"))
    choices, gone = tokens.choices(asked)
    assert choices.won == {alike[0], other}
    assert gone == 1


def test_home_and_the_list_of_deals_lead_there(partner: Partner) -> None:
    browser = browser_of(partner)

    assert f'href="{ADDRESS}?goal=' in main_of(browser.get("/"))
    assert f'href="{ADDRESS}"' in main_of(browser.get("/deals/"))
