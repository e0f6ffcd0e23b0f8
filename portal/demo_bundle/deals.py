"""The deals of a company, so that today's points come out as its kind wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from portal.demo_bundle.accounts import Account
from portal.demo_bundle.cast import Aim
from portal.demo_bundle.plan import Company
from portal.demo_bundle.scale import Scale, maybe
from program.rulebook import Kind

# Days back at which a deal was closed whose points expire within 30, 60, 90 days, and
# where the others lie.
EXPIRING: Final = ((336, 361), (306, 334), (276, 304))
FRESH: Final = (3, 264)
WINDOW: Final = (3, 361)

LARGE_POINTS: Final = 110_000_000
"""Micro-points of an assisted deal large enough for the referral programme (R37)."""


@dataclass(slots=True)
class Line:
    """A product line of a deal; `minor` of the client's currency."""

    product_line: str
    minor: int
    credits: int | None = None


@dataclass(slots=True, kw_only=True)
class Deal:
    """A deal as it goes into the bundle."""

    account: Account
    motion: Kind
    stage: str
    registered_on: date
    closed_on: date | None = None
    poi_on: date | None = None
    cancelled_on: date | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mix:
    """How many deals of each sort: they sum to the company's number of deals."""

    sourced: int
    assisted: int
    older: int
    unproven: int
    cancelled: int
    pending: int
    lost: int
    registered: int


def mix_of(company: Company, aim: Aim, *, can_pend: bool) -> Mix:
    """Split a company's number of deals into sorts."""
    count = company.deals
    counting = min(max(4, round(0.36 * count)), count)
    worth = aim.sourced / 5, aim.assisted / 3
    sourced = min(max(2, round(counting * worth[0] / (sum(worth) or 1))), counting - 1)
    assisted = counting - sourced
    if company.kind.large_deals:
        assisted = max(1, min(assisted, aim.assisted // LARGE_POINTS))
    left = count - sourced - assisted

    def share(part: float) -> int:
        """Return a part of all deals, as far as there are any left."""
        nonlocal left
        taken = min(round(part * count), left)
        left -= taken
        return taken

    older, unproven, cancelled = share(0.22), share(0.03), share(0.05)
    pending = share(0.04) if can_pend else 0
    lost = share(0.13)
    return Mix(sourced, assisted, older, unproven, cancelled, pending, lost, left)


def deals_of(
    company: Company, aim: Aim, accounts: Sequence[Account], scale: Scale, rng: Random
) -> Iterator[Deal]:
    """Yield the deals; those that count today earn exactly the aimed points.

    The first account pays in a currency of the scale, and so do all that earn points.
    """
    on_scale = [account for account in accounts if account.on_scale]
    off_scale = [account for account in accounts if not account.on_scale]
    mix = mix_of(company, aim, can_pend=bool(off_scale))
    maker = _Maker(company=company, scale=scale, rng=rng)
    expiring = company.kind.expiring
    yield from maker.counting(Kind.SOURCED, mix.sourced, aim.sourced, on_scale, expiring)
    yield from maker.counting(Kind.ASSISTED, mix.assisted, aim.assisted, on_scale)
    usual = max((aim.sourced + aim.assisted) // (mix.sourced + mix.assisted), 400_000)
    for _ in range(mix.older):
        closed = scale.ago(rng.randint(380, 1_080))
        yield maker.won(rng.choice(on_scale), maker.motion(), closed, maker.near(usual))
    for _ in range(mix.pending):
        closed = scale.ago(rng.randint(*WINDOW))
        yield maker.won(rng.choice(off_scale), maker.motion(), closed, maker.near(usual))
    for _ in range(mix.unproven):
        closed = scale.ago(rng.randint(5, 500))
        deal = maker.won(rng.choice(accounts), maker.motion(), closed, maker.near(usual))
        deal.poi_on = _no_proof(closed, scale, rng)
        yield deal
    for _ in range(mix.cancelled):
        back = rng.randint(80, 700)
        deal = maker.won(
            rng.choice(accounts), maker.motion(), scale.ago(back), maker.near(usual)
        )
        assert deal.closed_on is not None
        lasted = rng.randint(20, back - 10)
        deal.cancelled_on = min(
            deal.closed_on + timedelta(days=lasted), scale.today - timedelta(days=2)
        )
        yield deal
    for _ in range(mix.lost):
        yield maker.lost(rng.choice(accounts), maker.near(usual))
    for _ in range(mix.registered):
        yield maker.registered(rng.choice(accounts), maker.near(usual))


def _no_proof(closed: date, scale: Scale, rng: Random) -> date | None:
    """Return a proof that is missing, too old, or too late."""
    proof = scale.rulebook.proof
    sort = rng.randrange(3)
    if sort == 0:
        return None
    if sort == 1:
        return closed - timedelta(days=proof.max_age_days + rng.randint(1, 60))
    late = closed + timedelta(days=proof.grace_days + rng.randint(1, 30))
    return late if late < scale.today else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes the deals of one company."""

    company: Company
    scale: Scale
    rng: Random

    def motion(self) -> Kind:
        return Kind.SOURCED if maybe(self.rng, 0.45) else Kind.ASSISTED

    def near(self, micro: int) -> int:
        return max(100_000, int(micro * self.rng.lognormvariate(0, 0.6)))

    def counting(
        self,
        motion: Kind,
        count: int,
        points: int,
        accounts: Sequence[Account],
        expiring: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Iterator[Deal]:
        """Yield `count` deals that earn `points` today; some expire as asked."""
        rest, left = count, points
        for share, span in zip(expiring, EXPIRING, strict=True):
            # One deal at least is left for what does not expire.
            some = min(max(1, round(count * share)), rest - 1) if share else 0
            if some > 0:
                part = int(points * share)
                yield from self._sharing(motion, some, part, accounts, span)
                rest, left = rest - some, left - part
        span = FRESH if any(expiring) else WINDOW
        yield from self._sharing(motion, rest, left, accounts, span)

    def _sharing(
        self,
        motion: Kind,
        count: int,
        points: int,
        accounts: Sequence[Account],
        span: tuple[int, int],
    ) -> Iterator[Deal]:
        rng = self.rng
        large = self.company.kind.large_deals and motion is Kind.ASSISTED
        spread = 0.05 if large else 0.7
        weights = [rng.lognormvariate(0, spread) for _ in range(count)]
        whole = sum(weights)
        for weight in weights:
            yield self.won(
                rng.choice(accounts),
                motion,
                self.scale.ago(rng.randint(*span)),
                int(points * weight / whole),
            )

    def won(self, account: Account, motion: Kind, closed: date, micro: int) -> Deal:
        rng = self.rng
        proof = closed - timedelta(days=rng.randint(0, 50))
        if maybe(rng, 0.1):
            proof = min(
                closed + timedelta(days=rng.randint(1, 12)),
                self.scale.today - timedelta(days=1),
            )
        deal = Deal(
            account=account,
            motion=motion,
            stage="won",
            registered_on=closed - timedelta(days=rng.randint(8, 110)),
            closed_on=closed,
            poi_on=proof,
        )
        self._fill(deal, micro)
        return deal

    def lost(self, account: Account, micro: int) -> Deal:
        rng = self.rng
        closed = self.scale.ago(rng.randint(2, 700))
        deal = Deal(
            account=account,
            motion=self.motion(),
            stage="lost",
            registered_on=closed - timedelta(days=rng.randint(10, 120)),
            closed_on=closed,
            poi_on=closed - timedelta(days=5) if maybe(rng, 0.3) else None,
        )
        self._fill(deal, micro)
        return deal

    def registered(self, account: Account, micro: int) -> Deal:
        rng = self.rng
        # Most are young; some have been waiting for longer than a registration holds.
        back = rng.randint(100, 150) if maybe(rng, 0.12) else rng.randint(1, 85)
        registered = self.scale.ago(back)
        deal = Deal(
            account=account,
            motion=self.motion(),
            stage="registered",
            registered_on=registered,
            poi_on=registered + timedelta(days=rng.randrange(back))
            if maybe(rng, 0.35)
            else None,
        )
        self._fill(deal, micro)
        return deal

    def _fill(self, deal: Deal, micro: int) -> None:
        """Give the deal lines that together earn `micro`, on different product lines."""
        rng = self.rng
        account = deal.account
        count = rng.choices((1, 2, 3), (72, 23, 5))[0]
        products = account.products(count, rng)
        left = micro
        for number, product in enumerate(products, start=1):
            part = left if number == count else int(left * rng.uniform(0.4, 0.7))
            left -= part
            minor = account.minor(part, deal.motion, self.scale)
            if minor:
                extra = None
                if product == "breeze_intelligence":
                    extra = rng.choice((1_000, 5_000, 10_000, 15_000, 50_000))
                deal.lines.append(Line(product, minor, extra))
        if not deal.lines:
            deal.lines.append(Line(products[0], 1))
