"""What the acts of the audit log are called. An act without words shows its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACTS: Final[Mapping[str, Promise | str]] = {
    "accounts.signed_in": gettext_lazy("Signed in"),
    "accounts.signed_out": gettext_lazy("Signed out"),
    "accounts.sign_in_failed": gettext_lazy("Sign-in failed"),
    "accounts.password_changed": gettext_lazy("Password changed"),
    "accounts.password_set": gettext_lazy("Password set"),
    "accounts.password_reset": gettext_lazy("Password reset by letter"),
    "accounts.second_factor_added": gettext_lazy("Second factor added"),
    "accounts.second_factor_removed": gettext_lazy("Second factor removed"),
    "accounts.recovery_codes_renewed": gettext_lazy("Recovery codes renewed"),
    "accounts.opened": gettext_lazy("Account opened"),
    "accounts.staff_opened": gettext_lazy("Staff account opened"),
    "accounts.edited": gettext_lazy("Account edited"),
    "accounts.staff_role_changed": gettext_lazy("Staff role changed"),
    "accounts.deactivated": gettext_lazy("Account deactivated"),
    "accounts.reactivated": gettext_lazy("Account activated again"),
    "partners.edited": gettext_lazy("Partner edited"),
    "partners.manager_assigned": gettext_lazy("Moved to a portfolio"),
    "partners.person_left": gettext_lazy("Left the company"),
    "partners.tier_changed": gettext_lazy("Tier changed"),
    "partners.points_exported": gettext_lazy("Points exported"),
    "partners.standings_exported": gettext_lazy("Standings exported"),
    "deals.won": gettext_lazy("Deal won"),
    "deals.lost": gettext_lazy("Deal lost"),
    "deals.proof_recorded": gettext_lazy("Proof of involvement recorded"),
    "deals.cancelled": gettext_lazy("Subscription ended"),
    "deals.line_downgraded": gettext_lazy("Product line downgraded"),
    "interchange.imported": gettext_lazy("Bundle imported"),
    "outbox.retried": gettext_lazy("Dead job retried"),
}


def words_of_act(action: str) -> str:
    """Return what was done, in the active language; the act's own name if it has none."""
    if action in ACTS:
        return str(ACTS[action])
    label, _underscore, verb = action.rpartition("_")
    if verb == "exported" and "." in label:
        what = label.partition(".")[2].replace("_", " ")
        return _("Exported: %(what)s") % {"what": what}
    if verb in {"added", "edited"} and label.count(".") == 1:
        try:
            name = str(apps.get_model(label)._meta.verbose_name).capitalize()
        except LookupError:
            return action
        words = _("%(what)s: added") if verb == "added" else _("%(what)s: edited")
        return words % {"what": name}
    return action
