"""A bundle into the whole portal: points, corrections, refusals, repetition."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clients.models import Client, Subscription
from deals.models import Deal, DealTransition
from interchange.models import ImportRun
from outbox import clock
from partners.models import Partner, Person, PointsEntry, Standing, TierChange, User

pytestmark = pytest.mark.django_db

MICRO = 1_000_000

BUNDLE = {
    "partners.csv": (
        "ref,name,membership,country,joined_on,payout_currency,pdm_email",
        "P-1,One,partner,US,2024-01-01,USD,pdm1@portal.example",
        "P-2,Two,partner,FR,2024-01-01,EUR,",
    ),
    "people.csv": (
        "partner_ref,email,first_name,last_name,role,left_on",
        "P-1,ana@one.example,Ana,One,owner,",
        "P-2,bo@two.example,Bo,Two,owner,",
    ),
    "certifications.csv": (
        "partner_ref,email,kind,name,earned_on,expires_on",
        "P-1,ana@one.example,solutions_partner,Solutions Partner,2024-02-01,",
    ),
    "tiers.csv": ("partner_ref,tier,credited_on", "P-1,gold,2025-01-15"),
    "clients.csv": (
        "ref,name,country,domain,segment",
        "C-1,Client One,US,c1.example,small",
        "C-2,Client Two,PL,c2.example,",
    ),
    "subscriptions.csv": (
        "ref,client_ref,product_line,edition,mrr,currency,from_on,until_on",
        "S-1,C-1,sales_hub,starter,100,USD,2025-01-01,2025-06-01",
        "S-2,C-1,sales_hub,professional,300,USD,2025-06-01,",
    ),
    "relationships.csv": (
        "partner_ref,client_ref,kind,from_on,until_on",
        "P-1,C-1,managed,2025-01-01,",
        "P-1,C-1,sold,2025-01-01,",
    ),
    "deals.csv": (
        (
            "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on,"
            "poi_on,cancelled_on"
        ),
        "D-1,P-1,C-1,First,sourced,2026-01-01,won,2026-02-01,2026-01-20,",
        "D-2,P-1,C-2,Second,assisted,2026-01-01,won,2026-02-01,2026-02-15,",
        "D-3,P-2,C-2,Third,sourced,2026-01-01,registered,,,",
    ),
    "deal_lines.csv": (
        "deal_ref,product_line,edition,mrr,currency,credits",
        "D-1,sales_hub,professional,1000,USD,",
        "D-2,service_hub,professional,750,EUR,",
        "D-3,sales_hub,professional,18000,JPY,",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name, lines in BUNDLE.items():
        write(bundle / name, lines)
    return bundle


def write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def amend(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def load(folder: Path, *, expect: int = 0) -> None:
    """Import a bundle that ends with an exit code."""
    if not expect:
        call_command("import_bundle", str(folder))
        return
    with pytest.raises(CommandError) as error:
        call_command("import_bundle", str(folder))
    assert error.value.returncode == expect


def refused() -> list[tuple[str, int, str]]:
    run = ImportRun.objects.latest("pk")
    return [(row["file"], row["line"], row["column"]) for row in run.refusals]


def worth(ref: str, kind: str, day: date) -> int:
    entries = PointsEntry.objects.counting_on(day).filter(partner__ref=ref, kind=kind)
    return sum(entries.values_list("points", flat=True))


def reconciles() -> bool:
    try:
        call_command("reconcile_points", until=clock.today())
    except SystemExit:
        return False
    return True


def test_posts_points_and_refreshes_standings(folder: Path) -> None:
    load(folder)

    day = date(2026, 3, 1)
    assert worth("P-1", "sourced", day) == 50 * MICRO
    assert worth("P-1", "assisted", day) == 60 * MICRO  # growth market, R22
    assert worth("P-1", "managed", date(2025, 5, 31)) == 1 * MICRO
    assert worth("P-1", "managed", date(2025, 6, 1)) == 3 * MICRO
    standing = Standing.objects.get(partner__ref="P-1")
    assert standing.managed == 3 * MICRO
    assert standing.credited_tier == "gold"
    deal = Deal.objects.get(ref="D-1")
    assert (deal.won_tier, deal.won_growth) == ("gold", False)
    assert reconciles()


def test_the_same_bundle_again_changes_nothing(folder: Path) -> None:
    load(folder)
    before = list(PointsEntry.objects.order_by("pk").values())
    changes = TierChange.objects.count()

    load(folder)

    run = ImportRun.objects.latest("pk")
    totals = [
        sum(counts[name] for counts in run.counts.values())
        for name in ("new", "changed", "refused")
    ]
    assert totals == [0, 0, 0]
    assert list(PointsEntry.objects.order_by("pk").values()) == before
    assert TierChange.objects.count() == changes


@pytest.mark.parametrize(
    ("name", "old", "new", "sourced", "assisted"),
    [
        pytest.param(
            "deal_lines.csv", "professional,1000,USD", "professional,2000,USD", 100, 60,
            id="amount corrected",
        ),
        pytest.param(
            "deals.csv", "First,sourced", "First,assisted", 0, 90, id="motion corrected"
        ),
        pytest.param(
            "deals.csv", "2026-01-20,", "2025-01-20,", 0, 60, id="proof not valid"
        ),
        pytest.param(
            "deals.csv", "2026-01-20,", "2026-01-20,2026-02-20", 0, 60, id="cancelled"
        ),
        pytest.param(
            "deals.csv", "won,2026-02-01,2026-01-20,", "registered,,,", 0, 60,
            id="reopened",
        ),
    ],
)  # fmt: skip
def test_a_corrected_bundle_adds_correcting_entries(
    *, folder: Path, name: str, old: str, new: str, sourced: int, assisted: int
) -> None:
    load(folder)
    before = list(PointsEntry.objects.order_by("pk").values())

    amend(folder, name, old, new)
    load(folder)

    day = date(2026, 3, 1)
    assert worth("P-1", "sourced", day) == sourced * MICRO
    assert worth("P-1", "assisted", day) == assisted * MICRO
    assert list(PointsEntry.objects.order_by("pk").values())[: len(before)] == before
    assert reconciles()


def test_a_deal_moved_to_another_partner_takes_its_points_along(folder: Path) -> None:
    load(folder)

    amend(folder, "deals.csv", "D-1,P-1", "D-1,P-2")
    load(folder)

    day = date(2026, 3, 1)
    assert worth("P-1", "sourced", day) == 0
    assert worth("P-2", "sourced", day) == 50 * MICRO
    assert reconciles()


def test_a_deal_won_later_keeps_the_territory_of_that_day(folder: Path) -> None:
    load(folder)
    amend(folder, "clients.csv", "C-2,Client Two,PL", "C-2,Client Two,FR")

    load(folder)

    # D-2 was won in a growth market; that the client moved changes nothing of it.
    assert worth("P-1", "assisted", date(2026, 3, 1)) == 60 * MICRO
    amend(folder, "deals.csv", "registered,,,", "won,2026-02-01,2026-02-01,")
    load(folder)
    assert worth("P-2", "sourced", date(2026, 3, 1)) == 7_500_000  # P7
    step = DealTransition.objects.get()
    assert (step.from_stage, step.to_stage) == ("registered", "won")


def test_a_client_that_moves_into_a_growth_market_doubles_what_it_is_worth(
    folder: Path,
) -> None:
    load(folder)

    amend(folder, "clients.csv", "C-1,Client One,US", "C-1,Client One,IN")
    load(folder)

    assert Standing.objects.get(partner__ref="P-1").managed == 6 * MICRO
    assert reconciles()


def test_a_period_that_is_closed_makes_room_for_the_next(folder: Path) -> None:
    load(folder)

    amend(
        folder, "subscriptions.csv", "2025-06-01,\n",
        "2025-06-01,2026-01-01\nS-3,C-1,sales_hub,professional,500,USD,2026-01-01,\n",
    )  # fmt: skip
    load(folder)

    assert Standing.objects.get(partner__ref="P-1").managed == 5 * MICRO
    assert Subscription.objects.count() == 3


def test_a_corrected_tier_names_what_it_corrects(folder: Path) -> None:
    load(folder)

    amend(folder, "tiers.csv", "gold", "platinum")
    load(folder)
    load(folder)

    first, second = TierChange.objects.order_by("pk")
    assert second.corrects == first
    assert Standing.objects.get(partner__ref="P-1").credited_tier == "platinum"


BAD_ROWS = [
    ("partners.csv", "P-3,Three,reseller,US,2024-01-01,USD,", "membership"),
    ("partners.csv", "P-3,Three,partner,XX,2024-01-01,USD,", "country"),
    ("partners.csv", "P-3,Three,partner,US,0000-01-01,USD,", "joined_on"),
    ("partners.csv", "P-3,Th\x00ree,partner,US,2024-01-01,USD,", "name"),
    ("people.csv", "P-9,x@y.example,X,Y,owner,", "partner_ref"),
    ("people.csv", "P-2,ana@one.example,Ana,Two,owner,", "email"),
    ("certifications.csv", "P-1,no@one.example,software,S,2024-02-01,", "email"),
    (
        "certifications.csv",
        "P-1,ana@one.example,software,S,2024-02-01,2024-02-01",
        "expires_on",
    ),
    ("tiers.csv", "P-1,bronze,2025-02-15", "tier"),
    ("subscriptions.csv", "S-9,C-1,sales_hub,gold,1,USD,2026-01-01,", "edition"),
    ("subscriptions.csv", "S-9,C-1,sales_hub,starter,1,USD,2026-01-01,", "from_on"),
    ("subscriptions.csv", "S-9,C-1,fax_hub,starter,1,USD,2026-01-01,", "product_line"),
    ("subscriptions.csv", "S-9,C-2,sales_hub,starter,1,XTS,2026-01-01,", "currency"),
    ("subscriptions.csv", "S-9,C-2,sales_hub,starter,1.234,USD,2026-01-01,", "mrr"),
    ("subscriptions.csv", "S-9,C-2,sales_hub,starter,-1,USD,2026-01-01,", "mrr"),
    (
        "subscriptions.csv",
        "S-9,C-2,sales_hub,starter,1,USD,2026-01-01,2026-01-01",
        "until_on",
    ),
    ("relationships.csv", "P-1,C-1,managed,2026-01-01,", "from_on"),
    ("relationships.csv", "P-1,C-9,sold,2026-01-01,", "client_ref"),
    ("deals.csv", "D-9,P-1,C-1,N,sourced,2026-01-01,won,,,", "closed_on"),
    ("deals.csv", "D-9,P-1,C-1,N,sourced,2026-01-01,won,2099-01-01,,", "closed_on"),
    (
        "deals.csv",
        "D-9,P-1,C-1,N,sourced,2026-01-01,registered,2026-01-02,,",
        "closed_on",
    ),
    (
        "deals.csv",
        "D-9,P-1,C-1,N,sourced,2026-01-01,won,2026-01-02,,2026-01-01",
        "cancelled_on",
    ),
    (
        "deals.csv",
        "D-9,P-1,C-1,N,sourced,2026-01-01,lost,2026-01-02,,2026-01-03",
        "cancelled_on",
    ),
    ("deal_lines.csv", f"D-1,service_hub,starter,{10**30},USD,", "mrr"),
    ("deal_lines.csv", "D-1,service_hub,starter,10000000000001,USD,", "mrr"),
    ("deal_lines.csv", "D-9,service_hub,starter,1,USD,", "deal_ref"),
    ("deal_lines.csv", "D-1,service_hub,starter,1.5,JPY,", "mrr"),
]


@pytest.mark.parametrize(
    ("name", "row", "column"), BAD_ROWS, ids=[f"{n}: {r[:60]!r}" for n, r, _c in BAD_ROWS]
)
def test_a_bad_row_is_named_and_stops_nothing(
    folder: Path, name: str, row: str, column: str
) -> None:
    path = folder / name
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    write(path, [header, *rows, row])

    load(folder, expect=1)

    assert refused() == [(name, len(rows) + 2, column)]
    assert worth("P-1", "sourced", date(2026, 3, 1)) == 50 * MICRO
    assert Standing.objects.get(partner__ref="P-1").managed == 3 * MICRO
    assert reconciles()


def test_a_trial_run_writes_nothing_and_says_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_bundle", str(folder), dry_run=True)
    trial = capsys.readouterr().out.splitlines()

    assert not Partner.objects.exists()
    assert not PointsEntry.objects.exists()
    assert not User.objects.exists()
    load(folder)
    real = capsys.readouterr().out.splitlines()
    assert trial[: len(real)] == real


def test_somebody_may_leave_one_company_and_join_another(folder: Path) -> None:
    load(folder)

    amend(
        folder, "people.csv", "P-1,ana@one.example,Ana,One,owner,",
        "P-1,ana@one.example,Ana,One,owner,2026-01-01\n"
        "P-2,ana@one.example,Ana,Two,sales,",
    )  # fmt: skip
    load(folder)

    active = Person.objects.active().get(email="ana@one.example")
    assert (active.partner.ref, active.role) == ("P-2", "sales")


def test_named_managers_get_an_account_they_can_claim(folder: Path) -> None:
    load(folder)

    pdm = Partner.objects.get(ref="P-1").pdm
    assert pdm is not None
    assert (pdm.email, pdm.staff_role) == ("pdm1@portal.example", "pdm")
    assert not pdm.has_usable_password()


def test_a_client_without_a_domain_and_segment_is_fine(folder: Path) -> None:
    amend(folder, "clients.csv", "C-2,Client Two,PL,c2.example,", "C-2,Client Two,PL,,")

    load(folder)

    assert Client.objects.get(ref="C-2").domain == ""
