"""Sourced or assisted: what the evidence says (R34, R37, 3.10; rulebook 2.7).

Assisted is a deal into which the vendor's seller brought the partner during an active
sale, recorded before the close. Everything else that a partner registers is sourced.
"""

from dataclasses import dataclass
from datetime import date

from program.rulebook import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about how a deal began.

    `introduced_by_vendor` is what the partner said; `introduced_on` the day on which an
    introduction was recorded; `vendor_works_since` the day since when the vendor has an
    open sale with that client, as its people recorded it from their CRM.
    """

    registered_on: date
    introduced_by_vendor: bool = False
    introduced_on: date | None = None
    vendor_works_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The motion that follows, and which piece of the evidence decided."""

    motion: Kind
    because: str


def propose(evidence: Evidence) -> Proposal:
    """Return the motion that evidence speaks for.

    In this order: what the partner itself says, what the vendor recorded, who worked on
    the client first. A sale the vendor already works on is assisted only with an
    introduction: a lead that has an owner is shared, not taken (3.10).
    """
    if evidence.introduced_by_vendor:
        return Proposal(motion=Kind.ASSISTED, because="partner_says_introduced")
    if evidence.introduced_on is not None:
        return Proposal(motion=Kind.ASSISTED, because="introduction_recorded")
    if (
        evidence.vendor_works_since is not None
        and evidence.vendor_works_since < evidence.registered_on
    ):
        return Proposal(motion=Kind.SOURCED, because="vendor_first_no_introduction")
    return Proposal(motion=Kind.SOURCED, because="registered_first")
