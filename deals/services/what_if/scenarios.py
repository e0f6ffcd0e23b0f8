"""Scenarios of the simulator: kept under a name, shared with the vendor, removed.

What is kept are the choices. The result is worked out whenever a scenario is opened, from
the facts and rules of that day.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Subscription
from deals.models import Deal, Scenario
from deals.notifications.scenarios import tell_shared
from deals.services.what_if.simulating import Choices
from partners.models import Partner, User
from partners.services import audit
from program.rulebook import Tier

MAX_NAME: Final = 100
MAX_SCENARIOS: Final = 50
AUDITED: Final = ("name", "shared", "choices")


class ScenarioError(ValueError):
    """The scenario is not kept as asked; the sentence says why."""


@transaction.atomic
def save_scenario(*, name: str, choices: Choices, actor: User, at: datetime) -> Scenario:
    """Keep choices under a name, for the company of the account.

    Of the choices only what the account may see is kept. Raises `ScenarioError` for a
    name that is empty or taken, and for too many scenarios.
    """
    partner = _locked_company(actor)
    kept = Scenario.objects.filter(partner=partner, removed_at=None)
    _check_name(kept, name)
    if kept.count() >= MAX_SCENARIOS:
        raise ScenarioError(
            _("Your company keeps %(number)s scenarios already. Remove one first.")
            % {"number": MAX_SCENARIOS}
        )
    scenario = Scenario.objects.create(
        partner=partner,
        name=name,
        choices=_as_json(choices, actor),
        created_by=actor,
        created_at=at,
        saved_at=at,
    )
    _record("saved", scenario, before={}, actor=actor, at=at)
    return scenario


@transaction.atomic
def store_choices(
    *, scenario_id: UUID, choices: Choices, actor: User, at: datetime
) -> Scenario:
    """Put other choices into a scenario. Raises `Scenario.DoesNotExist`."""
    scenario = _locked(scenario_id, actor)
    before = _facts(scenario)
    scenario.choices, scenario.saved_at = _as_json(choices, actor), at
    scenario.save(update_fields=["choices", "saved_at"])
    _record("changed", scenario, before=before, actor=actor, at=at)
    return scenario


@transaction.atomic
def change_scenario(
    *, scenario_id: UUID, name: str, shared: bool, actor: User, at: datetime
) -> Scenario:
    """Rename a scenario, share it with the vendor or stop sharing it.

    The partner's manager is told of a scenario that was not shared before.

    Raises `Scenario.DoesNotExist`, and `ScenarioError` for a name that is empty or taken.
    """
    scenario = _locked(scenario_id, actor)
    kept = Scenario.objects.filter(partner=scenario.partner_id, removed_at=None)
    _check_name(kept.exclude(pk=scenario.pk), name)
    before = _facts(scenario)
    is_news = shared and not scenario.shared
    scenario.name, scenario.shared = name, shared
    scenario.save(update_fields=["name", "shared"])
    _record("changed", scenario, before=before, actor=actor, at=at)
    if is_news:
        tell_shared(scenario, who=str(actor), at=at)
    return scenario


@transaction.atomic
def remove_scenario(*, scenario_id: UUID, actor: User, at: datetime) -> Scenario:
    """Remove a scenario; nobody opens it any more. Raises `Scenario.DoesNotExist`."""
    scenario = _locked(scenario_id, actor)
    scenario.removed_at = at
    scenario.save(update_fields=["removed_at"])
    _record("removed", scenario, before=_facts(scenario), actor=actor, at=at, gone=True)
    return scenario


def choices_of(scenario: Scenario) -> Choices:
    """Return the choices of a scenario; what cannot be read is left out."""
    kept: dict[str, Any] = scenario.choices
    days: dict[UUID, date] = {}
    for deal, day in kept.get("days", {}).items():
        with suppress(ValueError):
            days[UUID(deal)] = date.fromisoformat(day)
    goal = kept.get("goal")
    return Choices(
        won=frozenset(map(UUID, kept.get("won", ()))),
        days=days,
        lost=frozenset(kept.get("lost", ())),
        goal=Tier(goal) if goal else None,
    )


def _as_json(choices: Choices, actor: User) -> dict[str, Any]:
    """Return choices as they are kept, without what the account cannot see."""
    named = {*choices.won, *choices.days}
    deals = set(
        Deal.objects.visible_to(actor)
        .filter(public_id__in=named)
        .values_list("public_id", flat=True)
    )
    subscriptions = (
        Subscription.objects.visible_to(actor)
        .filter(ref__in=choices.lost)
        .values_list("ref", flat=True)
    )
    return {
        "won": sorted(deal.hex for deal in choices.won & deals),
        "days": {
            deal.hex: day.isoformat()
            for deal, day in sorted(choices.days.items())
            if deal in deals
        },
        "lost": sorted(subscriptions),
        "goal": choices.goal.value if choices.goal else "",
    }


def _locked_company(actor: User) -> Partner:
    """Lock the account's company: names are unique and counted within it."""
    assert actor.partner is not None, "scenarios are kept by people of a company"
    return Partner.objects.select_for_update(of=("self",)).get(pk=actor.partner.pk)


def _locked(scenario_id: UUID, actor: User) -> Scenario:
    partner = _locked_company(actor)
    mine = Scenario.objects.visible_to(actor).filter(partner=partner)
    return mine.select_for_update(of=("self",)).get(public_id=scenario_id)


def _check_name(kept: Any, name: str) -> None:
    if not name:
        raise ScenarioError(_("A scenario needs a name."))
    if kept.filter(name=name).exists():
        raise ScenarioError(_("Your company has a scenario of this name already."))


def _facts(scenario: Scenario) -> dict[str, Any]:
    return audit.values_of(scenario, AUDITED)


def _record(
    what: str,
    scenario: Scenario,
    *,
    before: dict[str, Any],
    actor: User,
    at: datetime,
    gone: bool = False,
) -> None:
    after = dict.fromkeys(before) if gone else _facts(scenario)
    audit.record(
        f"deals.scenario_{what}",
        actor=actor,
        at=at,
        partner_id=scenario.partner_id,
        of=scenario,
        changes=audit.differences(before, after),
    )
