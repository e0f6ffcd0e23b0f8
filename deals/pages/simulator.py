"""/deals/what-if/…: the next evaluation if deals are won, and scenarios that are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from deals.models import Deal, Scenario
from deals.pages.rights import company_acted_for, own_company
from deals.pages.what_if_rows import rows_of
from deals.pages.what_if_state import Tokens, read_address
from deals.pages.what_if_words import told
from deals.permissions import has_role
from deals.services.what_if.facts import Facts, read_facts
from deals.services.what_if.scenarios import (
    MAX_NAME,
    ScenarioError,
    change_scenario,
    choices_of,
    remove_scenario,
    save_scenario,
    store_choices,
)
from deals.services.what_if.simulating import Choices, WhatIf, simulate
from outbox import clock
from partners.models import Partner
from partners.permissions import may_read
from partners.selectors import published_editions
from program.rulebook import Tier
from ui.http import SignedInRequest, wants_fragment
from ui.query import Query

RESULT: Final = "what-if-result"
TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105  (the name of a field)
MAX_QUERY: Final = 8_000


@require_GET
@vary_on_headers("HX-Target")
def what_if(request: SignedInRequest) -> HttpResponse:
    """Work out what an address chooses; htmx gets the result alone, from the same URL."""
    if request.user.is_staff:
        return redirect("admin:index")
    partner = own_company(request.user)
    asked = read_address(request.GET)
    scenario = _kept(request, asked.scenario) if asked.scenario else None
    facts = _facts(request, partner)
    tokens = Tokens(deal.id for deal in facts.deals)
    choices, gone = tokens.choices(asked)
    return _page(
        request,
        facts,
        choices,
        tokens=tokens,
        scenario=scenario,
        page=asked.page,
        gone=gone,
    )


@require_GET
def scenario(request: SignedInRequest, scenario_id: UUID) -> HttpResponse:
    """Open a scenario: people of the company go on from it, staff read what is shared."""
    query = Query(request.GET, known={"page"})
    if not may_read(request.user, Scenario):
        raise Http404
    kept = _kept(request, scenario_id)
    facts = _facts(request, kept.partner)
    tokens = Tokens(deal.id for deal in facts.deals)
    choices = choices_of(kept)
    open_deals = {deal.id for deal in facts.deals}
    return _page(
        request,
        facts,
        choices,
        tokens=tokens,
        scenario=kept,
        page=query.integer("page", default=1, low=1, high=1_000),
        gone=len(choices.won - open_deals),
    )


@require_POST
def save(request: SignedInRequest) -> HttpResponse:
    """Keep choices under a new name, or put them into a scenario that there is."""
    company_acted_for(request.user)
    params = Query(request.POST, known={TOKEN, "name", "query", "scenario"})
    query = params.text("query", max_length=MAX_QUERY)
    asked = read_address(QueryDict(query))
    open_deals = Deal.objects.visible_to(request.user).filter(stage=Deal.Stage.REGISTERED)
    choices, _gone = Tokens(open_deals.values_list("public_id", flat=True)).choices(asked)
    now = clock.now()
    try:
        if params.flag("scenario") and asked.scenario:
            kept = store_choices(
                scenario_id=asked.scenario, choices=choices, actor=request.user, at=now
            )
        else:
            name = params.text("name", max_length=MAX_NAME)
            kept = save_scenario(name=name, choices=choices, actor=request.user, at=now)
    except Scenario.DoesNotExist as error:
        raise Http404 from error
    except ScenarioError as error:
        messages.error(request, str(error))
        back = reverse("deals:what_if")
        return redirect(f"{back}?{query}" if query else back)
    messages.success(request, _("The scenario “%(name)s” is saved.") % {"name": kept})
    return redirect("deals:scenario", scenario_id=kept.public_id)


@require_POST
def change(request: SignedInRequest, scenario_id: UUID) -> HttpResponse:
    """Rename a scenario, and share it with the vendor or not."""
    company_acted_for(request.user)
    params = Query(request.POST, known={TOKEN, "name", "shared"})
    try:
        change_scenario(
            scenario_id=scenario_id,
            name=params.text("name", max_length=MAX_NAME),
            shared=params.flag("shared"),
            actor=request.user,
            at=clock.now(),
        )
    except Scenario.DoesNotExist as error:
        raise Http404 from error
    except ScenarioError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The scenario is changed."))
    return redirect("deals:scenario", scenario_id=scenario_id)


@require_POST
def remove(request: SignedInRequest, scenario_id: UUID) -> HttpResponse:
    """Remove a scenario."""
    company_acted_for(request.user)
    Query(request.POST, known={TOKEN})
    try:
        kept = remove_scenario(
            scenario_id=scenario_id, actor=request.user, at=clock.now()
        )
    except Scenario.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("The scenario “%(name)s” is removed.") % {"name": kept})
    return redirect("deals:what_if")


def _kept(request: SignedInRequest, scenario_id: UUID) -> Scenario:
    """Return a scenario the account may see; 404 for any other, whatever it is."""
    scenarios = Scenario.objects.visible_to(request.user)
    return get_object_or_404(
        scenarios.select_related("partner", "created_by"), public_id=scenario_id
    )


def _facts(request: SignedInRequest, partner: Partner) -> Facts:
    now = clock.now()
    return read_facts(
        partner,
        user=request.user,
        today=clock.program_day(now),
        at=now,
        editions=published_editions(),
    )


def _page(
    request: SignedInRequest,
    facts: Facts,
    choices: Choices,
    *,
    tokens: Tokens,
    scenario: Scenario | None,
    page: int,
    gone: int,
) -> HttpResponse:
    found = simulate(facts, choices)
    choices = _plain(found)
    is_staff = request.user.is_staff
    query = tokens.query(choices, scenario=scenario.public_id if scenario else None)
    context: dict[str, Any] = {
        "told": told(
            found, tokens=tokens, scenario=scenario.public_id if scenario else None
        ),
        "query": query,
        "scenario": scenario,
        "may_keep": has_role(request.user) and not getattr(request, "seen_by", None),
        "gone": gone,
        "facts": facts,
    }
    if wants_fragment(request, RESULT):
        context["fragment"] = True
        response = render(request, "deals/simulator.html#result", context)
        # The address names what is shown, in its shortest form.
        path = reverse("deals:what_if")
        response.headers["HX-Push-Url"] = f"{path}?{query}" if query else path
        return response
    scenarios = Scenario.objects.visible_to(request.user).filter(partner=facts.partner)
    context |= {
        "rows": rows_of(found, tokens=tokens, page=page, chosen_only=is_staff),
        "goals": [tier for tier in Tier if tier is not Tier.NONE],
        "goal": choices.goal,
        "scenarios": list(scenarios.order_by("name")),
        "editable": not is_staff,
        "edition": facts.editions.on(facts.today).code,
        "max_name": MAX_NAME,
    }
    return render(request, "deals/simulator.html", context)


def _plain(found: WhatIf) -> Choices:
    """Return the choices without what says nothing: a day that is expected anyhow."""
    told_days = {
        one.deal.id: found.choices.days[one.deal.id]
        for one in found.prospects
        if not one.expected and one.deal.id in found.choices.days
    }
    known = {each.ref for each in found.facts.renewals}
    return replace(found.choices, days=told_days, lost=found.choices.lost & known)
