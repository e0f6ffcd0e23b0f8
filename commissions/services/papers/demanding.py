"""Which papers apply to a partner, where the country alone does not say (3.8)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import PaperDemand
from commissions.notifications.papers import tell_demanded
from commissions.services.papers.steps import PaperError, locked_partner
from partners.models import User
from partners.services import audit
from program.payout import Paper, demandable, quarter_of


@transaction.atomic
def demand_paper(
    *,
    partner_id: int,
    paper: Paper,
    demanded: bool,
    from_quarter: date,
    reason: str,
    actor: User,
    at: datetime,
) -> PaperDemand:
    """Say that a paper applies to a partner from a quarter on, or does no more.

    `from_quarter` is any day of it. Raises `PaperError` for a paper that the partner's
    country does not ask for where it applies, without a reason, and if it is so already.
    """
    partner = locked_partner(partner_id)
    quarter = quarter_of(from_quarter)
    if paper not in demandable(partner.country):
        raise PaperError(_("This paper is not demanded of a partner in that country."))
    if not reason.strip():
        raise PaperError(_("Say why."))
    if (paper in PaperDemand.objects.of(partner_id, quarter=quarter)) == demanded:
        raise PaperError(_("It is so already."))
    demand = PaperDemand.objects.create(
        partner=partner,
        paper=paper,
        demanded=demanded,
        from_quarter=quarter,
        reason=reason.strip(),
        actor=actor,
        at=at,
    )
    audit.record(
        "commissions.paper_demanded" if demanded else "commissions.paper_not_demanded",
        actor=actor,
        at=at,
        partner_id=partner_id,
        of=demand,
        changes={"paper": (None, paper), "from_quarter": (None, quarter)},
        note=demand.reason,
    )
    tell_demanded(demand, at=at)
    return demand
