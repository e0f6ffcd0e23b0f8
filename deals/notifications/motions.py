"""What is told about sourced or assisted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Deal, MotionStep
from deals.notifications.telling import tell
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind


@notification_kind(
    "deals.motion_contested",
    label=gettext_lazy("Deals: contested motions"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def motion_contested(facts: Facts) -> Words:
    return Words(
        _("%(partner)s contests the motion of %(deal)s") % facts,
        _("They say: %(motion)s. Decide before the deal is closed.")
        % {"motion": Deal.Motion(facts["motion"]).label},
    )


@notification_kind(
    "deals.motion_decided", label=gettext_lazy("Deals: sourced or assisted")
)
def motion_decided(facts: Facts) -> Words:
    return Words(
        _("%(deal)s counts as: %(motion)s")
        % {**facts, "motion": Deal.Motion(facts["motion"]).label},
        _("The vendor decided it. The reason stands on the page of the deal."),
    )


def tell_contested(
    deal: Deal, step: MotionStep, *, accounts: Iterable[int], at: datetime
) -> None:
    tell(
        "deals.motion_contested",
        deal,
        key=f"motion:{step.pk}",
        accounts=accounts,
        at=at,
        partner=deal.partner.name,
        motion=step.motion,
    )


def tell_decided(
    deal: Deal, step: MotionStep, *, accounts: Iterable[int], at: datetime
) -> None:
    tell(
        "deals.motion_decided",
        deal,
        key=f"motion:{step.pk}",
        accounts=accounts,
        at=at,
        motion=step.motion,
    )
