"""Standings are derived, so they are brought up to date and not made."""

from datetime import date

from partners import services
from partners.models import Partner, Standing


def stand(partner: Partner, *, on: date) -> Standing:
    """Return a partner's standing, computed from the ledger and the tier history."""
    services.open_standings(partner_ids=[partner.pk], on=on)
    services.show_credited_tiers(partner_ids=[partner.pk], on=on)
    services.refresh_standings(on=on, first=partner.pk, last=partner.pk)
    return Standing.objects.get(partner=partner)
