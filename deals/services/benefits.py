"""Registering and sharing deals are benefits: who has them no longer adds nothing (R7).

What is there already goes on: a registration in review is answered, an open deal keeps
its protection and is worked on and won. What would be new waits: another registration, a
hold, a longer validity, a request to the vendor (`deals.services.sharing.requesting`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from partners.models import Partner
from partners.receipts.benefits import BenefitRight, benefits_available

REGISTERING: Final = ("deal_registration", "shared_deals")
"""What a registration rests on: it is a shared deal once it is accepted."""


def why_nothing_new(
    partner: Partner, *, on: date, rights: Mapping[str, BenefitRight] | None = None
) -> str:
    """Return why a company can register nothing on a day; "" if it can.

    `rights` are its benefits on that day, for who has read them.
    """
    if rights is None:
        rights = benefits_available(partner, REGISTERING, on=on)
    return next((rights[code].why for code in REGISTERING if not rights[code]), "")
