"""What people are told about who comes to their company, and about their own role."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Role
from partners.notifications.registry import (
    Facts,
    Mail,
    Urgency,
    Words,
    notification_kind,
)


@notification_kind(
    "partners.join_asked",
    label=gettext_lazy("People: requests to join"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    owners=True,
)
def join_asked(facts: Facts) -> Words:
    return Words(
        _("%(name)s asks to join your company") % facts,
        _("The address %(email)s is confirmed. Approve with a role, or refuse.") % facts,
    )


@notification_kind(
    "partners.person_joined",
    label=gettext_lazy("People: invitations accepted"),
    owners=True,
)
def person_joined(facts: Facts) -> Words:
    return Words(
        _("%(name)s has joined your company") % facts,
        _("Role: %(role)s.") % {"role": Role(facts["role"]).label},
    )


@notification_kind("partners.role_changed", label=gettext_lazy("People: your role"))
def role_changed(facts: Facts) -> Words:
    role = {"role": Role(facts["role"]).label}
    return Words(
        _("Your role is now %(role)s") % role,
        _("It decides which pages you see; an owner of your company gave it to you."),
    )
