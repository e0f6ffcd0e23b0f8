"""The clients of a company: what they subscribe to, pay and use, and who serves them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from portal.demo_bundle.files import BundleFiles
from portal.demo_bundle.scale import Scale, amount_text, maybe
from program.calendar import add_months
from program.money import Money
from program.rulebook import Kind

SEGMENTS: Final = (("small", 12), ("mid_market", 60), ("enterprise", 400))
STARTER_UNITS, ENTERPRISE_UNITS = 0.6, 14.0


@dataclass(frozen=True, slots=True)
class Period:
    """A subscription's period of constant MRR; `until` is excluded, None is open."""

    begin: date
    until: date | None
    minor: int


@dataclass(slots=True, kw_only=True)
class Account:
    """A client. `changes` are its product lines' gains and losses of MRR by day."""

    ref: str
    name: str
    country: str
    currency: str
    on_scale: bool
    segment: str
    seats: int
    health: float
    changes: dict[str, list[tuple[date, int]]] = field(default_factory=dict)
    first_won: date | None = None
    sourced: int = 0
    """How many lines of deals that a partner found it has bought."""

    def products(self, count: int, rng: Random) -> list[str]:
        """Return so many different product lines, mostly those it has."""
        return sorted(
            rng.sample(PRODUCTS, count)
            if maybe(rng, 0.4) or len(self.changes) < count
            else rng.sample(sorted(self.changes), count)
        )

    def minor(self, micro: int, kind: Kind, scale: Scale) -> int:
        """Return the MRR in its currency that earns (or would earn) so many points."""
        if self.on_scale:
            return scale.money(micro, kind, self.currency, self.country)
        # About what the same deal would be worth elsewhere.
        return scale.money(micro, kind, "USD", self.country) * 3

    def change(self, product: str, day: date, minor: int) -> None:
        self.changes.setdefault(product, []).append((day, minor))

    def periods(self, product: str) -> list[Period]:
        """Return the history of a product line, in order and without gaps in the sums."""
        periods: list[Period] = []
        by_day: dict[date, int] = {}
        for day, minor in sorted(self.changes[product]):
            by_day[day] = by_day.get(day, 0) + minor
        days = list(by_day)
        stock = 0
        for day, until in zip(days, [*days[1:], None], strict=True):
            stock += by_day[day]
            if stock > 0:
                periods.append(Period(day, until, stock))
        return periods

    def running(self) -> int:
        """Return the minor units of MRR it subscribes to today, over all lines."""
        return sum(minor for line in self.changes.values() for _day, minor in line)

    def stock(self, scale: Scale) -> int:
        """Return the micro-points it is worth today to a single partner serving it."""
        return sum(
            scale.points(
                sum(m for _d, m in line), Kind.MANAGED, self.currency, self.country
            )
            for line in self.changes.values()
        )

    def since(self) -> date:
        """Return the first day of any subscription."""
        return min(day for line in self.changes.values() for day, _minor in line)


PRODUCTS: Final = (
    "marketing_hub",
    "sales_hub",
    "service_hub",
    "content_hub",
    "operations_hub",
    "commerce_hub",
    "breeze_intelligence",
)


def subscribe_directly(account: Account, micro: int, scale: Scale, rng: Random) -> None:
    """Give a client that no deal of ours won subscriptions worth `micro` when managed."""
    products = rng.sample(PRODUCTS, 1 if maybe(rng, 0.5) else 2)
    left = micro
    for number, product in enumerate(products, start=1):
        part = left if number == len(products) else left // 2
        left -= part
        minor = account.minor(part, Kind.MANAGED, scale)
        if not minor:
            continue
        began = scale.ago(rng.randint(330, 1_000))
        before = rng.choice((0, 0, 0.6, 0.8, 1.3))
        if before and began < scale.ago(300):
            # An upgrade, or a downgrade: the same subscription, another period.
            earlier = max(1, int(minor * before))
            account.change(product, began, earlier)
            account.change(product, scale.ago(rng.randint(20, 299)), minor - earlier)
        else:
            account.change(product, began, minor)


def write_account(account: Account, files: BundleFiles) -> None:
    files.row(
        "clients",
        account.ref,
        account.name,
        account.country,
        account.ref.removeprefix("C-") + ".example",
        account.segment,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """Writes what billing and product systems know of a client."""

    scale: Scale
    files: BundleFiles
    months: tuple[date, ...]
    """The first days of the months of which receipts are written, oldest first."""

    def write(
        self, account: Account, rng: Random, *, readings: int, late: bool = False
    ) -> None:
        """Write an account; one that is late has not paid the last month."""
        running = []
        for product in sorted(account.changes):
            periods = account.periods(product)
            self._subscriptions(account, product, periods, rng)
            self._receipts(account, product, periods, rng, late=late)
            if periods and periods[-1].until is None:
                running.append(product)
        if running:
            self._usage(account, running, rng, readings)

    def _subscriptions(
        self, account: Account, product: str, periods: list[Period], rng: Random
    ) -> None:
        today = self.scale.today
        for number, period in enumerate(periods, start=1):
            renews = None
            if period.until is None:
                # The year of the contract begins with its last change.
                years = (today - period.begin).days // 365 + 1
                renews = add_months(period.begin, 12 * years)
                if renews <= today:
                    renews = add_months(renews, 12)
            units = self.scale.units_of(period.minor, account.currency)
            self.files.row(
                "subscriptions",
                f"S-{account.ref[2:]}-{product}-{number}",
                account.ref,
                product,
                edition_of(units),
                amount_text(period.minor, account.currency),
                account.currency,
                period.begin,
                period.until,
                renews,
                account.seats,
            )

    def _receipts(
        self,
        account: Account,
        product: str,
        periods: list[Period],
        rng: Random,
        *,
        late: bool,
    ) -> None:
        """Write a receipt per month.

        Some clients do not pay, or in another currency; some are paid back.
        """
        if not periods:
            return
        position = 0
        for month in self.months[:-1] if late else self.months:
            last = add_months(month, 1) - timedelta(days=1)
            while position < len(periods) - 1 and periods[position + 1].begin <= last:
                position += 1
            period = periods[position]
            if period.begin > last or (period.until and period.until <= last):
                continue
            if maybe(rng, 0.02):
                continue
            ref = f"R-{account.ref[2:]}-{product}-{month:%Y-%m}"
            minor = period.minor // 2 if maybe(rng, 0.01) else period.minor
            if maybe(rng, 0.004):
                # By a mistake of the one who pays, or by another of its companies.
                other = "USD" if account.currency != "USD" else "EUR"
                self._receipt(ref, account, product, month, Money(minor, other))
                continue
            paid = Money(minor, account.currency)
            self._receipt(ref, account, product, month, paid)
            if maybe(rng, 0.01):
                self._receipt(f"{ref}-refund", account, product, month, -paid)

    def _receipt(
        self,
        ref: str,
        account: Account,
        product: str,
        month: date,
        paid: Money,
    ) -> None:
        if paid.minor:
            self.files.row(
                "receipts",
                ref,
                account.ref,
                product,
                month.isoformat()[:7],
                amount_text(paid.minor, paid.currency),
                paid.currency,
            )

    def _usage(
        self, account: Account, products: list[str], rng: Random, readings: int
    ) -> None:
        """Write the latest readings, a month apart; some clients are not measured."""
        back = rng.randint(40, 75) if maybe(rng, 0.06) else rng.randint(1, 24)
        tools = [
            tool
            for product in products
            for tool in self.scale.rulebook.products[product].tools
        ]
        if maybe(rng, 0.04):
            tools = tools[: max(1, len(tools) // 3)]
        for reading in range(readings):
            day = self.scale.today - timedelta(days=back + 30 * reading)
            # Use changes slowly from month to month.
            health = min(1.0, max(0.05, account.health + rng.uniform(-0.1, 0.1)))
            for tool in tools:
                on = maybe(rng, 0.25 + 0.75 * health)
                users = int(account.seats * health * rng.uniform(0.3, 1.0)) if on else 0
                actions = int(55 * health * rng.random()) if on else 0
                self.files.row("usage", account.ref, tool, day, int(on), users, actions)


def edition_of(units: float) -> str:
    """Return the edition of a subscription worth so many units of the point scale."""
    if units < STARTER_UNITS:
        return "starter"
    return "professional" if units < ENTERPRISE_UNITS else "enterprise"


def months_before(today: date, count: int) -> tuple[date, ...]:
    """Return the first days of the `count` months before the one of `today`."""
    this = today.replace(day=1)
    return tuple(add_months(this, -n) for n in range(count, 0, -1))


def serving(
    accounts: list[Account], target: int, scale: Scale, rng: Random
) -> Iterator[Account]:
    """Yield clients whose stock together stays within `target`, largest share first."""
    left = target
    for account in rng.sample(accounts, len(accounts)):
        stock = account.stock(scale)
        if 0 < stock <= left:
            left -= stock
            yield account
