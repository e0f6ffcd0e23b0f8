"""The whole bundle, company after company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from portal.demo_bundle.accounts import (
    Account,
    Billing,
    months_before,
    subscribe_directly,
    write_account,
)
from portal.demo_bundle.company import CompanyWriter
from portal.demo_bundle.files import BundleFiles
from portal.demo_bundle.places import WORTH
from portal.demo_bundle.plan import Size, plan
from portal.demo_bundle.scale import HISTORY_DAYS, MICRO, Scale, scale_on
from program.calendar import add_months

RECEIPT_MONTHS: Final = 15
"""Months of receipts before the one of today, unless more are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A client that several companies serve: its points are split between them."""

    slug: str
    name: str
    country: str
    currency: str
    points: int
    partners: tuple[str, ...]


SHARED: Final = (
    Shared(
        slug="harbour-lines",
        name="Harbourlines Logistics",
        country="US",
        currency="USD",
        points=20,
        partners=("aurora", "meridian"),
    ),
    # Three do not divide it evenly: somebody gets a millionth of a point more.
    Shared(
        slug="copper-lantern",
        name="Copperlantern Hotels",
        country="RE",
        currency="EUR",
        points=31,
        partners=("lumen", "atelier", "zenith"),
    ),
)


def write_bundle(
    *,
    folder: Path,
    size: Size,
    seed: int,
    today: date,
    months: int = RECEIPT_MONTHS,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Write a bundle into the folder and return the number of rows by file.

    The same arguments give the same bytes. There are receipts of `months` months.
    `progress` is told the number of companies written. ValueError if the numbers or the
    day make no bundle.
    """
    scale = scale_on(today)
    shared = SHARED if size.shared_clients else ()
    with BundleFiles(folder) as files:
        billing = Billing(scale=scale, files=files, months=months_before(today, months))
        for company in plan(size, seed):
            CompanyWriter(
                company=company,
                scale=scale,
                files=files,
                billing=billing,
                rng=Random(f"{seed} {company.slug}"),
                shared=sum(
                    each.points * MICRO // len(each.partners)
                    for each in shared
                    if company.named and company.slug in each.partners
                ),
            ).write()
            if progress is not None:
                progress(company.number + 1)
        for each in shared:
            _shared(each, scale, files, billing, Random(f"{seed} {each.slug}"))
        _rates(scale, files, Random(f"{seed} rates"))
        return files.counts


def _shared(
    each: Shared, scale: Scale, files: BundleFiles, billing: Billing, rng: Random
) -> None:
    account = Account(
        ref=f"C-{each.slug}",
        name=each.name,
        country=each.country,
        currency=each.currency,
        on_scale=True,
        segment="mid_market",
        seats=45,
        health=0.7,
    )
    subscribe_directly(account, each.points * MICRO, scale, rng)
    write_account(account, files)
    for slug in each.partners:
        since = account.since() + timedelta(days=rng.randint(0, 200))
        files.row("relationships", f"P-{slug}", account.ref, "managed", since, None)
    billing.write(account, rng, readings=5)


def _rates(scale: Scale, files: BundleFiles, rng: Random) -> None:
    """Write what currencies were worth at the end of each month, wandering a little."""
    worth = dict(WORTH)
    months = HISTORY_DAYS // 30 + 2
    for back in range(months, -1, -1):
        first = add_months(scale.today.replace(day=1), 1 - back)
        day = first - timedelta(days=1)
        if day >= scale.today:
            continue
        for currency in sorted(worth):
            worth[currency] *= rng.uniform(0.98, 1.02)
            files.row("fx_rates", day, currency, f"{worth[currency]:.8f}")
