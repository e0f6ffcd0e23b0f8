"""What is told when a prospect of a shared deal does something (R84, 3.18)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Deal, ProspectSignal
from deals.notifications.telling import tell
from partners.notifications import Facts, Mail, Words, notification_kind


@notification_kind(
    "deals.prospect_signed_up",
    label=gettext_lazy("Deals: prospects that sign up"),
    mail=Mail.AT_ONCE,
)
def prospect_signed_up(facts: Facts) -> Words:
    return Words(
        _("A prospect of %(deal)s signed up") % facts,
        _("Somebody with the domain %(domain)s created an account in the CRM.") % facts,
    )


def tell_signal(
    deal: Deal, signal: ProspectSignal, *, accounts: Iterable[int], at: datetime
) -> None:
    """Tell those of a deal who asked for signals; a replayed signal tells nobody."""
    tell(
        "deals.prospect_signed_up",
        deal,
        key=f"signal:{signal.pk}:{deal.pk}",
        accounts=accounts,
        at=at,
        domain=signal.domain,
    )
