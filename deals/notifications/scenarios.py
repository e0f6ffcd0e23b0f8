"""What is told about scenarios of the simulator that a partner shares."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Scenario
from outbox.clock import program_day
from partners.notifications import Facts, Words, notification_kind
from partners.services.notifications import notify
from partners.services.tiers.telling import staff_of


@notification_kind(
    "deals.scenario_shared",
    label=gettext_lazy("Deals: scenarios that partners share"),
    staff=True,
)
def scenario_shared(facts: Facts) -> Words:
    return Words(
        _("%(partner)s shares a scenario: %(name)s") % facts,
        _("By %(who)s. It is worked out from the facts of the day it is opened on.")
        % facts,
    )


def tell_shared(scenario: Scenario, *, who: str, at: datetime) -> None:
    """Tell the partner's manager; without one, the programme managers.

    Once a day at most, however often it is taken back and shared again.
    """
    manager = scenario.partner.pdm_id
    notify(
        "deals.scenario_shared",
        key=f"scenario-shared:{scenario.pk}:{program_day(at)}",
        user_ids=[manager] if manager else staff_of(scenario.partner),
        at=at,
        partner_id=scenario.partner_id,
        facts={"partner": scenario.partner.name, "name": scenario.name, "who": who},
        path=reverse("deals:scenario", args=[scenario.public_id]),
    )
