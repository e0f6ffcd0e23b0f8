"""A believable bundle of any size: demo data, benchmark data, acceptance data.

The same arguments, seed and day give the same bytes. Every company draws from its own
random numbers, so that one company's data does not depend on how many others there are,
and no more than one company is held in memory.

    words, places    names, territories, currencies
    scale            points to money and back, by the rulebook; chances
    cast             the companies with a name, and the kinds of all others
    plan             how many clients and deals each company gets
    company          a company: people, certificates, tiers
    deals            its deals, so that points come out as its kind wants them
    accounts         its clients: subscriptions, relationships, receipts, usage
    files            the files
"""

from portal.demo_bundle.bundle import RECEIPT_MONTHS, write_bundle
from portal.demo_bundle.plan import Size

__all__ = ["RECEIPT_MONTHS", "Size", "write_bundle"]
