"""Scenarios: kept, renamed, shared, removed, and written down."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from deals.models import Deal, Scenario
from deals.services.what_if import scenarios
from deals.services.what_if.scenarios import (
    ScenarioError,
    change_scenario,
    choices_of,
    save_scenario,
)
from deals.services.what_if.simulating import Choices
from partners.models import AuditEntry, Notification, Partner, User
from partners.notifications import words_of
from program.rulebook import Tier
from tests.factories import (
    DealFactory,
    PartnerFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.scenarios import ScenarioFactory
from tests.integration.pages import NOON, account_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

SAVE = "/deals/what-if/save/"


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def owner(partner: Partner) -> User:
    return account_of(partner)


@pytest.fixture
def browser(owner: User) -> Browser:
    return signed_in(owner)


def acts() -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="deals.scenario")
    return list(entries.order_by("pk").values_list("action", flat=True))


def open_deal(partner: Partner) -> tuple[Deal, str]:
    deal = DealFactory.create(partner=partner)
    return deal, deal.public_id.hex[:8]


def test_choices_are_kept_as_they_stand_in_the_address(
    partner: Partner, browser: Browser
) -> None:
    deal, key = open_deal(partner)
    query = f"won={key}&at={key}_20261224&goal=diamond"

    answer = browser.post(SAVE, {"name": " Before  Christmas", "query": query})

    kept = Scenario.objects.get()
    assert answer.headers["Location"] == f"/deals/what-if/{kept.public_id}/"
    assert (kept.partner, kept.shared) == (partner, False)
    assert choices_of(kept) == Choices(
        won=frozenset({deal.public_id}),
        days={deal.public_id: date(2026, 12, 24)},
        goal=Tier.DIAMOND,
    )
    assert acts() == ["deals.scenario_saved"]


def test_nothing_of_others_is_kept(owner: User) -> None:
    foreign = DealFactory.create()
    subscription = SubscriptionFactory.create()

    kept = save_scenario(
        name="Mine",
        choices=Choices(
            won=frozenset({foreign.public_id}),
            days={foreign.public_id: date(2026, 12, 24)},
            lost=frozenset({subscription.ref}),
        ),
        actor=owner,
        at=NOON,
    )

    assert choices_of(kept) == Choices()


@pytest.mark.parametrize("name", ["", "Taken"])
def test_a_name_is_needed_and_unique_in_the_company(
    partner: Partner, browser: Browser, name: str
) -> None:
    ScenarioFactory.create(partner=partner, name="Taken")
    ScenarioFactory.create(name="Free")

    answer = browser.post(SAVE, {"name": name, "query": "goal=gold"})

    assert answer.headers["Location"] == "/deals/what-if/?goal=gold"
    assert Scenario.objects.filter(partner=partner).count() == 1
    assert acts() == []


def test_the_name_of_another_company_or_of_a_removed_one_is_free(
    partner: Partner, browser: Browser
) -> None:
    ScenarioFactory.create(name="Free")
    ScenarioFactory.create(partner=partner, name="Free", removed_at=NOON)

    browser.post(SAVE, {"name": "Free", "query": ""})

    assert Scenario.objects.visible_to(account_of(partner)).count() == 1


def test_a_company_keeps_so_many(
    partner: Partner, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenarios, "MAX_SCENARIOS", 1)
    ScenarioFactory.create(partner=partner)

    with pytest.raises(ScenarioError, match="1 scenarios already"):
        save_scenario(name="More", choices=Choices(), actor=owner, at=NOON)


def test_other_choices_go_into_a_scenario_that_there_is(
    partner: Partner, browser: Browser
) -> None:
    _deal, key = open_deal(partner)
    kept = ScenarioFactory.create(partner=partner, name="Before Christmas")
    query = f"won={key}&scenario={kept.public_id}"

    browser.post(SAVE, {"name": "", "query": query, "scenario": "1"})

    kept.refresh_from_db()
    assert kept.name == "Before Christmas"
    assert len(kept.choices["won"]) == 1
    assert kept.saved_at == NOON
    assert acts() == ["deals.scenario_changed"]


def test_it_is_renamed_and_shared(partner: Partner, browser: Browser) -> None:
    kept = ScenarioFactory.create(partner=partner)
    address = f"/deals/what-if/{kept.public_id}/change/"

    browser.post(address, {"name": "Before Christmas", "shared": "1"})

    kept.refresh_from_db()
    assert (kept.name, kept.shared) == ("Before Christmas", True)
    browser.post(address, {"name": "Before Christmas"})
    kept.refresh_from_db()
    assert kept.shared is False
    entry = AuditEntry.objects.order_by("-pk")[0]
    assert entry.changes == {"shared": [True, False]}
    assert entry.partner_id == partner.pk


def test_removed_it_is_gone_and_stays_written_down(
    partner: Partner, browser: Browser
) -> None:
    kept = ScenarioFactory.create(partner=partner, is_shared=True)
    address = f"/deals/what-if/{kept.public_id}/"

    answer = browser.post(f"{address}remove/")

    assert answer.headers["Location"] == "/deals/what-if/"
    assert browser.get(address).status_code == 404
    assert browser.post(f"{address}remove/").status_code == 404
    assert Scenario.objects.filter(removed_at=NOON).count() == 1
    assert acts() == ["deals.scenario_removed"]


@pytest.mark.parametrize(
    "posted",
    [
        {"query": "won=nonsense"},
        {"query": "who=me"},
        {"query": "x" * 8_001},
        {"query": "goal=gold", "name": "n" * 101},
        {"query": "goal=gold", "name": "a\x00b"},
        {"query": "", "name": "n", "scenario": "x"},
        {"nobody": "knows"},
        {"query": "&".join(f"lost={n}" for n in range(101))},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused(browser: Browser, posted: dict[str, Any]) -> None:
    assert browser.post(SAVE, posted).status_code == 400
    assert not Scenario.objects.exists()


def test_what_was_kept_and_cannot_be_read_any_more_is_left_out(partner: Partner) -> None:
    kept = ScenarioFactory.create(
        partner=partner, choices={"days": {"not a deal": "2026-12-24", "a": "never"}}
    )

    assert choices_of(kept) == Choices()


# --- Shared with the vendor -----------------------------------------------------------


def share(owner: User, kept: Scenario, *, shared: bool = True, days: int = 0) -> None:
    change_scenario(
        scenario_id=kept.public_id,
        name=kept.name,
        shared=shared,
        actor=owner,
        at=NOON + timedelta(days=days),
    )


def shared_with(user: User) -> list[Notification]:
    return list(user.notifications.filter(kind="deals.scenario_shared"))


def test_who_looks_after_the_partner_is_told_and_opens_it(owner: User) -> None:
    partner = PartnerFactory.create(with_pdm=True)
    pdm, stranger = partner.pdm, UserFactory.create(pdm=True)
    manager = UserFactory.create(programme_manager=True)
    seller = account_of(partner)
    kept = ScenarioFactory.create(partner=partner, name="Before Christmas")

    share(seller, kept, shared=False)
    assert not Notification.objects.exists()
    share(seller, kept)

    assert pdm is not None
    [told] = shared_with(pdm)
    assert [shared_with(each) for each in (stranger, manager, owner)] == [[], [], []]
    words = words_of(told)
    assert partner.name in words.title
    assert "Before Christmas" in words.title
    page = signed_in(pdm).get(told.path)
    assert page.status_code == 200
    assert "shares this scenario with you" in page.content.decode()


def test_without_a_manager_the_programme_managers_are_told(
    partner: Partner, owner: User
) -> None:
    manager = UserFactory.create(programme_manager=True)

    share(owner, ScenarioFactory.create(partner=partner))

    assert len(shared_with(manager)) == 1


def test_sharing_to_and_fro_tells_once_a_day(owner: User) -> None:
    partner = PartnerFactory.create(with_pdm=True)
    assert partner.pdm is not None
    seller, kept = account_of(partner), ScenarioFactory.create(partner=partner)

    for day in (0, 0, 30):
        share(seller, kept, days=day)
        share(seller, kept, days=day)
        share(seller, kept, shared=False, days=day)

    assert len(shared_with(partner.pdm)) == 2
