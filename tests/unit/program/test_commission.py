"""Commission: the examples of docs/rulebook.md 3.6 to 3.8, and laws that always hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.calendar import add_months
from program.commission import (
    Earned,
    NoSchedule,
    Nothing,
    Plan,
    Sale,
    Schedule,
    Terms,
    allocate,
    capacity,
    demoted,
    forfeited_on,
    last_month,
    pay_on,
    terms_of,
    touchless,
    why_not_running,
)
from program.money import Money
from program.rulebook import Kind, Membership, Rulebook, Tier
from tests.unit.program.editions import A, B

CLOSE = date(2025, 3, 10)
MARCH = date(2025, 3, 1)


def sale(**changes: object) -> Sale:
    facts: dict[str, object] = {
        "motion": Kind.SOURCED,
        "closed_on": CLOSE,
        "poi_on": changes.get("closed_on", CLOSE),
        "membership": Membership.PARTNER,
        "tier": Tier.GOLD,
        "accredited": False,
        "territory": "US",
        "mrr": [Money(100_000, "USD")],
    }
    return Sale(**(facts | changes))  # type: ignore[arg-type]


def referral(minor: int, **changes: object) -> Sale:
    """Return an assisted deal of an accredited Platinum partner."""
    facts: dict[str, object] = {
        "motion": Kind.ASSISTED,
        "tier": Tier.PLATINUM,
        "accredited": True,
        "mrr": [Money(minor, "USD")],
    }
    return sale(**(facts | changes))


def schedule(
    minor: int = 100_000,
    *,
    closed_on: date = CLOSE,
    ref: str = "D-1",
    currency: str = "USD",
    **changes: object,
) -> Schedule:
    made = Schedule(
        order=(closed_on, ref),
        plan=Plan.DEAL,
        rate_bps=2_000,
        months=36,
        mrr=Money(minor, currency),
        begins_on=closed_on,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def months(first: date, count: int) -> list[date]:
    return [add_months(first, number) for number in range(count)]


def earned(
    *schedules: Schedule, month: date, paid: int, currency: str = "USD"
) -> list[Earned]:
    given_back = allocate(schedules, received=[Money(paid, currency)], month=month)
    return [found for _schedule, found in given_back]


def lifetime(one: Schedule, paid: int) -> list[int]:
    """Return what a schedule earns in each of 60 months that the client pays."""
    return [
        earned(one, month=month, paid=paid)[0].commission.minor
        for month in months(MARCH, 60)
    ]


# --- What a sale opens ----------------------------------------------------------------


def opened(facts: Sale, rulebook: Rulebook = A) -> Schedule:
    terms = terms_of(facts, rulebook=rulebook)
    assert isinstance(terms, Terms)
    return schedule(
        facts.mrr[0].minor,
        closed_on=facts.closed_on,
        plan=terms.plan,
        rate_bps=terms.rate_bps,
        months=terms.months,
    )


def test_x1_a_partner_earns_20_per_cent_for_36_months() -> None:
    one = opened(sale())
    assert lifetime(one, 100_000) == [20_000] * 36 + [0] * 24
    assert last_month(one) == date(2028, 2, 1)


def test_x2_a_provider_for_12() -> None:
    one = opened(sale(membership=Membership.PROVIDER, tier=Tier.NONE))
    assert sum(lifetime(one, 100_000)) == 240_000
    assert last_month(one) == date(2026, 2, 1)


def test_x3_an_upmarket_referral_for_12() -> None:
    one = opened(referral(300_000))
    assert one.plan is Plan.UPMARKET
    assert lifetime(one, 300_000) == [60_000] * 12 + [0] * 48


def test_x4_a_cent_below_the_minimum_pays_nothing() -> None:
    terms = terms_of(referral(299_999), rulebook=A)
    assert terms is NoSchedule.BELOW_MINIMUM


def test_x5_the_pilot_holds_until_the_end_of_june() -> None:
    last = referral(100_000, closed_on=date(2025, 6, 30), territory="IN")
    assert sum(lifetime(opened(last), 100_000)) == 240_000
    after = referral(100_000, closed_on=date(2025, 7, 1), territory="IN")
    assert terms_of(after, rulebook=A) is NoSchedule.BELOW_MINIMUM
    elsewhere = referral(100_000, closed_on=date(2025, 6, 30), territory="MX")
    assert terms_of(elsewhere, rulebook=A) is NoSchedule.BELOW_MINIMUM


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (sale(poi_on=None), NoSchedule.NO_PROOF),
        (sale(poi_on=date(2025, 3, 25)), NoSchedule.NO_PROOF),
        (sale(closed_on=date(2023, 3, 31)), NoSchedule.BEFORE_FIRST_CLOSE),
        (referral(300_000, membership=Membership.PROVIDER), NoSchedule.PROVIDER),
        (referral(300_000, tier=Tier.GOLD), NoSchedule.TIER_TOO_LOW),
        (referral(300_000, accredited=False), NoSchedule.NOT_ACCREDITED),
        (referral(10**9, mrr=[Money(10**9, "INR")]), NoSchedule.BELOW_MINIMUM),
    ],
)
def test_what_pays_nothing_says_why(facts: Sale, reason: NoSchedule) -> None:
    assert terms_of(facts, rulebook=B) is reason


def test_amounts_of_several_currencies_reach_the_minimum_together() -> None:
    both = [Money(150_000, "USD"), Money(112_500, "EUR")]
    assert isinstance(terms_of(referral(0, mrr=both), rulebook=B), Terms)
    less = [Money(150_000, "USD"), Money(112_499, "EUR")]
    assert terms_of(referral(0, mrr=less), rulebook=B) is NoSchedule.BELOW_MINIMUM


# --- What ends and what shrinks -------------------------------------------------------


def as_provider(one: Schedule, on: date) -> Schedule:
    return demoted(one, on=on, provider_months=12, closed_on=one.order[0])


def test_x6_provider_terms_hold_from_the_original_sale() -> None:
    late = as_provider(schedule(), date(2026, 11, 20))
    assert last_month(late) == date(2026, 10, 1)
    assert why_not_running(late, month=date(2026, 11, 1)) is Nothing.DEMOTED
    early = as_provider(schedule(), date(2025, 8, 20))
    assert last_month(early) == date(2026, 2, 1)
    assert why_not_running(early, month=date(2026, 3, 1)) is Nothing.TERM_ENDED
    # Never longer than it was.
    short = schedule(months=12)
    assert as_provider(short, date(2025, 8, 20)) == short


def test_a_cancellation_ends_before_its_month() -> None:
    one = schedule(cancelled_on=date(2025, 6, 1))
    assert lifetime(one, 100_000)[:4] == [20_000, 20_000, 20_000, 0]
    assert why_not_running(one, month=date(2025, 6, 1)) is Nothing.CANCELLED
    assert why_not_running(one, month=date(2025, 2, 1)) is Nothing.NOT_BEGUN


def test_a_downgrade_holds_from_the_month_of_its_day() -> None:
    one = schedule(reductions=((date(2025, 5, 31), 40_000), (date(2025, 8, 1), 0)))
    assert lifetime(one, 100_000)[:6] == [20_000, 20_000, 8_000, 8_000, 8_000, 0]
    assert capacity(one, month=date(2025, 5, 1)) == Money(40_000, "USD")
    assert why_not_running(one, month=date(2025, 8, 1)) is Nothing.REDUCED_TO_NOTHING


# --- What a month brought -------------------------------------------------------------


def test_x7_each_sale_earns_on_its_own_increase_oldest_first() -> None:
    first = schedule(80_000, ref="A")
    second = schedule(120_000, ref="B", closed_on=date(2025, 9, 1))
    month = date(2025, 9, 1)
    full = earned(second, first, month=month, paid=200_000)
    assert [each.commission.minor for each in full] == [16_000, 24_000]
    part = earned(second, first, month=month, paid=100_000)
    assert [each.commission.minor for each in part] == [16_000, 4_000]
    little = earned(second, first, month=month, paid=80_000)
    assert [each.why for each in little] == [None, Nothing.TAKEN_BY_OLDER]


def test_x8_what_was_posted_and_not_received_is_taken_back() -> None:
    one = schedule(80_000)
    posted = 3 * 16_000
    owed = sum(
        found.commission.minor
        for month in months(MARCH, 3)
        for _schedule, found in allocate([one], received=[], month=month)
    )
    assert owed - posted == -48_000


def test_x9_quarters_are_paid_45_days_after_their_end() -> None:
    ends = (date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31))
    assert [pay_on(day, rulebook=B) for day in ends] == [
        date(2025, 5, 15),
        date(2025, 8, 14),
        date(2025, 11, 14),
        date(2026, 2, 14),
    ]


def test_x10_papers_have_six_months() -> None:
    assert forfeited_on(CLOSE, rulebook=B) == date(2025, 9, 10)


def test_x11_refunds_are_taken_off_and_never_more_than_came() -> None:
    one = schedule(10_000)
    came = [Money(6_000, "USD"), Money(-5_000, "USD"), Money(7_000, "USD")]
    [(_schedule, found)] = allocate([one], received=came, month=MARCH)
    assert (found.base.minor, found.commission.minor) == (8_000, 1_600)
    back = [Money(-5_000, "USD")]
    [(_schedule, found)] = allocate([one], received=back, month=MARCH)
    assert (found.base.minor, found.why) == (0, Nothing.NOT_PAID)


def test_x12_the_commission_is_rounded_half_up() -> None:
    one = schedule(10_000, currency="EUR")
    results = [
        earned(one, month=MARCH, paid=paid, currency="EUR")[0].commission.minor
        for paid in (390, 2, 3)
    ]
    assert results == [78, 0, 1]


def test_another_currency_fills_nothing_and_says_so() -> None:
    [found] = earned(schedule(), month=MARCH, paid=100_000, currency="EUR")
    assert (found.base, found.why) == (Money(0, "USD"), Nothing.OTHER_CURRENCY)


# --- Increases that nobody sold -------------------------------------------------------


def test_x13_a_touchless_increase_is_the_most_recent_sellers_within_the_window() -> None:
    first = schedule(ref="A")
    latest = schedule(ref="B", closed_on=date(2025, 6, 20))
    found = touchless(
        [latest, first], on=date(2026, 2, 5), increase=Money(5_000, "USD"), rulebook=B
    )
    assert found is not None
    assert (found.order, found.mrr) == (latest.order, Money(5_000, "USD"))
    assert last_month(found) == last_month(latest)


@pytest.mark.parametrize(
    ("on", "changes"),
    [
        (date(2026, 3, 10), {}),
        (date(2025, 2, 1), {}),
        (date(2025, 9, 1), {"months": 6}),
        (date(2025, 9, 1), {"cancelled_on": date(2025, 8, 1)}),
    ],
    ids=["window over", "before the sale", "term over", "cancelled"],
)
def test_a_touchless_increase_may_be_nobodys(
    on: date, changes: dict[str, object]
) -> None:
    increase = Money(5_000, "USD")
    one = schedule(**changes)  # type: ignore[arg-type]
    assert touchless([one], on=on, increase=increase, rulebook=B) is None
    assert touchless([], on=on, increase=increase, rulebook=B) is None


# --- Laws -----------------------------------------------------------------------------

amounts = st.integers(min_value=0, max_value=10**9)
signed = st.integers(min_value=-(10**9), max_value=10**9)
days = st.dates(min_value=date(2023, 4, 1), max_value=date(2026, 12, 31))


@st.composite
def schedules(draw: st.DrawFn) -> list[Schedule]:
    return [
        schedule(
            draw(amounts),
            closed_on=draw(days),
            ref=f"D-{number}",
            currency=draw(st.sampled_from(["USD", "EUR"])),
            months=draw(st.sampled_from([12, 36])),
            cancelled_on=draw(st.none() | days),
            demoted_on=draw(st.none() | days),
        )
        for number in range(draw(st.integers(min_value=0, max_value=5)))
    ]


received = st.lists(
    st.builds(Money, signed, st.sampled_from(["USD", "EUR", "GBP"])), max_size=6
)


@given(schedules(), received, days)
def test_never_more_than_a_fifth_of_what_came_and_sums_are_kept(
    some: list[Schedule], came: list[Money], day: date
) -> None:
    month = day.replace(day=1)
    found = allocate(some, received=came, month=month)
    for currency in ("USD", "EUR"):
        net = sum(each.minor for each in came if each.currency == currency)
        got = [each for each in found if each[0].mrr.currency == currency]
        base = sum(each.base.minor for _schedule, each in got)
        room = sum(
            capacity(one, month=month).minor
            for one, _each in got
            if why_not_running(one, month=month) is None
        )
        # All of what came is dealt out, as far as there is room for it.
        assert base == min(max(net, 0), room)
        commission = sum(each.commission.minor for _schedule, each in got)
        # Each schedule rounds once, by half a unit at most.
        assert 2 * 5 * commission <= 2 * max(net, 0) + 5 * len(got)
    for one, each in found:
        assert 0 <= each.base.minor <= one.mrr.minor
        assert (each.why is None) == (each.base.minor > 0)


@given(schedules(), received, days, st.randoms())
def test_the_order_of_schedules_and_receipts_does_not_matter(
    some: list[Schedule], came: list[Money], day: date, random: object
) -> None:
    month = day.replace(day=1)
    before = allocate(some, received=came, month=month)
    random.shuffle(some)  # type: ignore[attr-defined]
    random.shuffle(came)  # type: ignore[attr-defined]
    assert allocate(some, received=came, month=month) == before


@given(schedules(), days, days)
def test_a_demotion_never_lengthens_and_said_twice_is_said_once(
    some: list[Schedule], day: date, later: date
) -> None:
    for one in some:
        on = max(day, one.order[0])
        cut = as_provider(one, on)
        assert last_month(cut) <= last_month(one)
        assert last_month(as_provider(cut, max(later, on))) <= last_month(cut)
        assert as_provider(cut, on) == cut
