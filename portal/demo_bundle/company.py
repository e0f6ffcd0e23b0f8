"""One company: who works there, what it holds, which tiers it had, and its clients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from portal.demo_bundle import places, words
from portal.demo_bundle.accounts import (
    SEGMENTS,
    Account,
    Billing,
    edition_of,
    serving,
    subscribe_directly,
    write_account,
)
from portal.demo_bundle.cast import Aim
from portal.demo_bundle.deals import Deal, deals_of
from portal.demo_bundle.files import BundleFiles
from portal.demo_bundle.plan import Company
from portal.demo_bundle.scale import Scale, amount_text, maybe
from program.calendar import add_months
from program.rulebook import Kind, Tier

ROLES: Final = ("owner", "sales", "services", "finance", "reader")
SOFTWARE: Final = (
    "Marketing Software",
    "Sales Software",
    "Service Software",
    "Content Software",
)
IMPLEMENTATION: Final = ("CRM Implementation", "Platform Set-up", "Data Integration")
CERTIFICATES_EACH: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyWriter:
    """Writes a company and everything that hangs on it.

    `shared` are managed points from clients that several companies serve; they are part
    of the aim, so that it is still met.
    """

    company: Company
    scale: Scale
    files: BundleFiles
    billing: Billing
    rng: Random
    shared: int = 0

    def write(self) -> None:
        company = self.company
        aim = company.kind.aim(self.rng, self.scale.rulebook.table, company.deals)
        joined = add_months(self.scale.today, -company.kind.joined_months)
        self._partner(joined)
        people = self._people(joined)
        self._certificates(people)
        self._tiers()
        if company.clients:
            self._clients(aim)

    # --- The company -------------------------------------------------------------

    def _partner(self, joined: date) -> None:
        company, rng = self.company, self.rng
        provider = company.kind.provider
        own = ("starter", 20) if provider else ("professional", 450)
        if not provider and maybe(rng, 0.2):
            own = ("enterprise", 1_500)
        place = places.PLACE[company.country]
        self.files.row(
            "partners",
            company.ref,
            company.name,
            "provider" if provider else "partner",
            company.country,
            joined
            - timedelta(days=rng.randint(0, 40 if joined > self._recently else 900)),
            place.scale,
            company.domain,
            f"pdm{company.pdm}@portal.example" if company.pdm else None,
            *own,
        )

    @property
    def _recently(self) -> date:
        return add_months(self.scale.today, -12)

    def _people(self, joined: date) -> list[tuple[str, str]]:
        """Write the people; return e-mail and role of those who still work there."""
        rng, company = self.rng, self.company
        roles = ROLES if company.named or maybe(rng, 0.3) else ROLES[:4]
        people = [(f"{role}@{company.domain}", role) for role in roles]
        # Large companies have more certificates than five people could hold.
        extra = max(0, company.kind.certificates - 2 * CERTIFICATES_EACH)
        people += [
            (f"team{n}@team.{company.domain}", "services")
            for n in range(1, -(-extra // CERTIFICATES_EACH) + 1)
        ]
        for email, role in people:
            self._person(email, role, None)
        if maybe(rng, 0.25):
            left = max(joined, self.scale.ago(rng.randint(20, 400)))
            self._person(f"former@{company.domain}", "sales", left)
        return people

    def _person(self, email: str, role: str, left: date | None) -> None:
        given, family = self.rng.choice(words.GIVEN), self.rng.choice(words.FAMILY)
        self.files.row("people", self.company.ref, email, given, family, role, left)

    def _certificates(self, people: list[tuple[str, str]]) -> None:
        rng, kind = self.rng, self.company.kind
        today = self.scale.today
        if kind.certificate != "none":
            if kind.certificate == "expired":
                expires = today - timedelta(days=24)
            elif maybe(rng, 0.1):
                expires = today + timedelta(days=rng.randint(20, 80))
            else:
                expires = today + timedelta(days=rng.randint(220, 600))
            self._certificate(
                people[0][0],
                "solutions_partner",
                "Solutions Partner Certification",
                max(add_months(expires, -24), add_months(today, -kind.joined_months)),
                expires,
            )
        left = kind.certificates
        holders = [email for email, role in people if role in ("services", "sales")]
        for email in holders:
            names = rng.sample((*SOFTWARE, *IMPLEMENTATION), min(left, CERTIFICATES_EACH))
            for name in names:
                earned = today - timedelta(
                    days=rng.randint(20, 55 * kind.joined_months // 3)
                )
                sort = "software" if name in SOFTWARE else "implementation"
                ends = add_months(earned, 25) if maybe(rng, 0.5) else None
                self._certificate(
                    email,
                    sort,
                    name,
                    earned,
                    ends if ends is None or ends > today else None,
                )
            left -= len(names)
        granted = today - timedelta(days=rng.randint(120, 330))
        if kind.accredited:
            self.files.row(
                "accreditations", self.company.ref, "CRM Implementation", granted,
                add_months(granted, 24),
            )  # fmt: skip
            if maybe(rng, 0.4):
                self.files.row(
                    "accreditations", self.company.ref, "Data Migration", granted, None
                )

    def _certificate(
        self, email: str, sort: str, name: str, earned: date, expires: date | None
    ) -> None:
        self.files.row(
            "certifications", self.company.ref, email, sort, name, earned, expires
        )

    def _tiers(self) -> None:
        for tier, months in self.company.kind.tiers:
            day = (
                self.scale.last_evaluation if months < 0 else self.scale.check_day(months)
            )
            self.files.row("tiers", self.company.ref, tier.value, day)
        kind = self.company.kind
        if not kind.tiers and not kind.provider and kind.weight:
            day = self.scale.last_evaluation
            self.files.row("tiers", self.company.ref, Tier.NONE.value, day)

    # --- Its clients -------------------------------------------------------------

    def _clients(self, aim: Aim) -> None:
        accounts = [self._account(n) for n in range(self.company.clients)]
        direct = accounts[-max(1, len(accounts) // 5) :]
        sold = accounts[: -len(direct)] or accounts
        self._deals(aim, sold)
        target = aim.managed - self.shared
        served = list(serving(sold, target, self.scale, self.rng))
        missing = target - sum(account.stock(self.scale) for account in served)
        for number, account in enumerate(direct, start=1):
            part = missing if number == len(direct) else missing // 2
            missing -= part
            subscribe_directly(account, part, self.scale, self.rng)
            if account.changes:
                served.append(account)
        serves = {account.ref for account in served}
        readings = 5 if self.company.named else 1
        # Companies that people look at wait for money of one client.
        late = max(sold, key=lambda account: account.sourced)
        for account in accounts:
            write_account(account, self.files)
            self._relationships(account, serves=account.ref in serves)
            self.billing.write(
                account,
                self.rng,
                readings=readings,
                late=self.company.named and account is late,
            )

    def _account(self, number: int) -> Account:
        company, rng = self.company, self.rng
        place = places.client_place(rng, company.country)
        on_scale = not (place.other and number and maybe(rng, 0.35))
        last = number >= company.clients - max(1, company.clients // 5)
        name = f"{rng.choice(words.FIRST)}{rng.choice(words.SECOND).lower()}"
        segment, seats = rng.choices(SEGMENTS, (6, 3, 1))[0]
        return Account(
            ref=f"C-{company.slug}-{number + 1}",
            name=f"{name} {rng.choice(words.CLIENT_ENDINGS)}",
            country=place.code,
            currency=place.scale if on_scale or last else place.other,
            on_scale=on_scale or last,
            segment=segment,
            seats=max(2, int(seats * rng.uniform(0.3, 1.5))),
            health=rng.betavariate(2.2, 1.6),
        )

    def _deals(self, aim: Aim, accounts: list[Account]) -> None:
        deals = deals_of(self.company, aim, accounts, self.scale, self.rng)
        for number, deal in enumerate(deals, start=1):
            ref = f"D-{self.company.slug}-{number}"
            self._deal(ref, deal)
            for line in deal.lines:
                self._line(ref, deal, line.product_line, line.minor, line.credits)

    def _deal(self, ref: str, deal: Deal) -> None:
        account = deal.account
        subject = self.rng.choice(words.DEAL_SUBJECTS)
        self.files.row(
            "deals",
            ref,
            self.company.ref,
            account.ref,
            f"{account.name}: {subject}",
            deal.motion.value,
            deal.registered_on,
            deal.stage,
            deal.closed_on,
            deal.poi_on,
            deal.cancelled_on,
        )

    def _line(
        self, ref: str, deal: Deal, product: str, minor: int, extra: int | None
    ) -> None:
        account = deal.account
        units = self.scale.units_of(minor, account.currency)
        self.files.row(
            "deal_lines",
            ref,
            product,
            edition_of(units),
            amount_text(minor, account.currency),
            account.currency,
            extra,
        )
        if deal.stage != "won" or deal.closed_on is None:
            return
        account.change(product, deal.closed_on, minor)
        account.sourced += deal.motion is Kind.SOURCED
        if deal.cancelled_on:
            account.change(product, deal.cancelled_on, -minor)
        if account.first_won is None or deal.closed_on < account.first_won:
            account.first_won = deal.closed_on

    def _relationships(self, account: Account, *, serves: bool) -> None:
        ref = self.company.ref
        if account.first_won is not None:
            self.files.row(
                "relationships", ref, account.ref, "sold", account.first_won, None
            )
        if not serves:
            return
        since = account.since()
        long_ago = add_months(self.scale.today, -14)
        if since < long_ago and maybe(self.rng, 0.06):
            # Served once before, with a pause.
            pause = since + timedelta(days=self.rng.randint(60, 150))
            self.files.row("relationships", ref, account.ref, "managed", since, pause)
            since = pause + timedelta(days=self.rng.randint(30, 120))
        self.files.row("relationships", ref, account.ref, "managed", since, None)
