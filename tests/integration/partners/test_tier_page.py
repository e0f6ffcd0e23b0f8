"""/tier/: the tier, its history, what may be appealed against and answered."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from partners.models import EliteReview, Partner, TierAppeal, TierOverride
from partners.permissions import POLICY
from partners.selectors import edition_on
from tests.factories import (
    CertificationFactory,
    EliteReviewFactory,
    EvaluationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    SnapshotFactory,
    TierAppealFactory,
    TierChangeFactory,
    TierOverrideFactory,
    UserFactory,
    stand,
)
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

DECEMBER = datetime(2026, 12, 20, 12, tzinfo=UTC)
in_december = pytest.mark.time_machine(DECEMBER, tick=False)


@pytest.fixture
def partner() -> Partner:
    """Return a Gold partner, credited in October 2026."""
    partner = PartnerFactory.create(name="Aurora Lane")
    TierChangeFactory.create(partner=partner, tier="gold", on=date(2026, 10, 15))
    return partner


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def threatened(partner: Partner) -> None:
    """Let a partner hold Platinum since 2025, with nothing to show for it."""
    TierChangeFactory.create(partner=partner, tier="platinum", on=date(2025, 1, 15))
    CertificationFactory.create(person=PersonFactory.create(partner=partner))
    PointsEntryFactory.create(partner=partner, effective_on=date(2026, 9, 1))


# --- What it shows --------------------------------------------------------------------


def test_says_the_tier_and_until_when_it_is_safe(visitor: Client) -> None:
    page = words(visitor.get("/tier/"))

    assert "Gold is credited to you since 15 October 2026." in page
    assert "It cannot fall before the end of 14 April 2027." in page
    assert "Next evaluation 15 January 2027 in 53 days" in page


def test_a_repeated_row_does_not_restart_the_protection(
    visitor: Client, partner: Partner
) -> None:
    TierChangeFactory.create(
        partner=partner, tier="gold", on=date(2026, 11, 15), cause="upgraded"
    )

    page = words(visitor.get("/tier/"))

    assert "since 15 October 2026." in page
    assert "14 April 2027" in page


def test_shows_earned_and_granted_beside_each_other(
    visitor: Client, partner: Partner
) -> None:
    override = TierOverrideFactory.create(partner=partner, approved=True)
    stand(partner, on=NOON.date())

    page, home = words(visitor.get("/tier/")), words(visitor.get("/"))

    assert (
        "grants you Diamond until the day before 1 February 2027; earned is Gold" in page
    )
    assert "Earned tier Gold" in page
    assert "Granted tier Diamond" in page
    assert "Credited tier Gold" in home
    assert "Granted tier Diamond until the day before 1 February 2027" in home
    assert f"/receipts/overrides/{override.public_id}/" in main_of(visitor.get("/"))


def test_benefits_follow_the_granted_tier(visitor: Client, partner: Partner) -> None:
    stand(partner, on=NOON.date())
    assert "As Gold :" in words(visitor.get("/benefits/"))

    TierOverrideFactory.create(partner=partner, approved=True)

    assert "As Diamond :" in words(visitor.get("/benefits/"))


def test_without_anything_it_says_what_comes_first() -> None:
    page = words(browser_of(PartnerFactory.create()).get("/tier/"))

    assert "No tier has been credited to you yet." in page
    assert "Nothing has happened yet." in page
    assert "The first monthly check takes a snapshot" in page
    assert "Download as CSV" not in page


def test_a_provider_is_promised_neither_a_tier_nor_an_evaluation() -> None:
    page = words(browser_of(PartnerFactory.create(provider=True)).get("/tier/"))

    assert "You are a provider: no tier applies to you." in page
    assert "No tier has been credited to you yet." not in page
    assert "Next evaluation" not in page


# --- The timeline ---------------------------------------------------------------------


@pytest.fixture
def lived(partner: Partner) -> Partner:
    """Give the partner one event of each kind, one of them old."""
    SnapshotFactory.create(partner=partner)
    EvaluationFactory.create(partner=partner)
    EvaluationFactory.create(partner=partner, on=date(2025, 7, 15))
    TierOverrideFactory.create(partner=partner, approved=True)
    TierAppealFactory.create(partner=partner, filed_on=date(2026, 11, 2))
    EliteReviewFactory.create(partner=partner, invited=True)
    return partner


def test_each_row_leads_to_its_receipt(visitor: Client, lived: Partner) -> None:
    page = main_of(visitor.get("/tier/"))

    for row in (
        f"/receipts/snapshots/{lived.snapshots.get().public_id}/",
        f"/receipts/evaluations/{lived.evaluations.get(on='2026-07-15').public_id}/",
        f"/receipts/overrides/{lived.tier_overrides.get().public_id}/",
        f"/receipts/appeals/{lived.tier_appeals.get().public_id}/",
        f"/receipts/elite/{lived.elite_reviews.get().public_id}/",
        f"/receipts/{lived.public_id}/credited-tier/2026-10-15/",
    ):
        assert row in page
        assert visitor.get(row, follow=True).status_code == 200


def test_shows_a_year_or_everything(visitor: Client, lived: Partner) -> None:
    assert "15 Jul 2025" not in words(visitor.get("/tier/"))
    assert "15 Jul 2025" in words(visitor.get("/tier/?period=all"))


def test_narrows_by_kind(visitor: Client, lived: Partner) -> None:
    page = words(visitor.get("/tier/?kind=snapshot"))

    assert "The points gave no tier." in page
    assert "Appeal against losing" not in page


def test_htmx_gets_the_table_alone(visitor: Client, lived: Partner) -> None:
    response = visitor.get(
        "/tier/", headers={"HX-Request": "true", "HX-Target": "timeline"}
    )

    page = response.content.decode()
    assert "<main" not in page
    assert 'id="timeline"' in page


def test_the_download_has_the_rows_shown(visitor: Client, lived: Partner) -> None:
    response = visitor.get("/tier/history.csv?period=all&kind=evaluation")

    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = text.splitlines()
    assert lines[0] == "Day,What,What happened,Tier,Why,Receipt"
    assert [line[:10] for line in lines[1:]] == ["2026-07-15", "2025-07-15"]
    assert "/receipts/evaluations/" in lines[1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?period=all&period=all", 200),
        ("?kind=%00", 200),
        ("?kind=nonsense", 200),
        ("?page=0", 400),
        ("?page=99999999999999999999", 400),
        ("?sort=on", 400),
        ("?unknown=1", 400),
    ],
)
@pytest.mark.parametrize("address", ["/tier/", "/tier/history.csv"])
def test_hostile_addresses_are_refused_or_read(
    visitor: Client, address: str, query: str, status: int
) -> None:
    if "kind" in query and address.endswith(".csv"):
        status = 400  # a file with everything would look like the part asked for
    if "period=all&" in query and address.endswith(".csv"):
        status = 400

    assert visitor.get(f"{address}{query}").status_code == status


def test_a_long_history_needs_no_more_queries(visitor: Client, partner: Partner) -> None:
    visitor.get("/tier/")
    few = count_queries(lambda: visitor.get("/tier/?period=all"))
    edition = edition_on(NOON.date()).id
    for year in range(2016, 2026):
        for month in range(1, 13):
            SnapshotFactory.create(
                partner=partner, on=date(year, month, 15), edition_id=edition
            )

    assert count_queries(lambda: visitor.get("/tier/?period=all")) == few


def test_nothing_of_another_company_is_there(visitor: Client) -> None:
    other = PartnerFactory.create()
    rows = [
        f"/receipts/snapshots/{SnapshotFactory.create(partner=other).public_id}/",
        f"/receipts/elite/{EliteReviewFactory.create(invited=True).public_id}/",
    ]

    assert [visitor.get(row).status_code for row in rows] == [404, 404]


def test_what_is_only_proposed_or_under_review_concerns_staff(
    visitor: Client, partner: Partner
) -> None:
    proposal = TierOverrideFactory.create(partner=partner)
    review = EliteReviewFactory.create(partner=partner)
    manager = signed_in(UserFactory.create(programme_manager=True))
    addresses = [
        f"/receipts/overrides/{proposal.public_id}/",
        f"/receipts/elite/{review.public_id}/",
    ]

    assert [visitor.get(one).status_code for one in addresses] == [404, 404]
    assert [manager.get(one).status_code for one in addresses] == [200, 200]
    assert "Diamond" not in main_of(visitor.get("/tier/"))


# --- What an owner may do -------------------------------------------------------------


@in_december
def test_an_owner_appeals_on_the_page() -> None:
    partner = PartnerFactory.create()
    threatened(partner)
    visitor = browser_of(partner)
    page = words(visitor.get("/tier/"))
    assert "Platinum would fall to No tier on 15 January 2027" in page
    assert "decided within 14 days" in page

    answer = visitor.post("/tier/appeal/", {"text": "Look again."}, follow=True)

    assert TierAppeal.objects.get().text == "Look again."
    page = words(answer)
    assert "Your appeal was made" in page
    assert "To be decided by 3 Jan 2027 (in 14 days)" in page
    again = visitor.post("/tier/appeal/", {"text": "And again."})
    assert again.status_code == 422
    assert "There is an appeal against this evaluation already." in words(again)
    assert TierAppeal.objects.count() == 1


@in_december
def test_each_open_appeal_is_there_and_the_next_one_can_be_made() -> None:
    partner = PartnerFactory.create()
    threatened(partner)
    TierAppealFactory.create(partner=partner, evaluation_on=date(2026, 7, 15))
    visitor = browser_of(partner)
    page = words(visitor.get("/tier/"))
    assert "Appeal against the evaluation of 15 July 2026" in page
    assert "Make the appeal" in page

    answer = visitor.post("/tier/appeal/", {"text": "Look again."}, follow=True)

    page = words(answer)
    assert "Appeal against the evaluation of 15 July 2026" in page
    assert "Appeal against the evaluation of 15 January 2027" in page


@in_december
@pytest.mark.parametrize(
    "text", ["", "  ", "a\x00b", "x" * 4_001], ids=["empty", "blank", "nul", "long"]
)
def test_a_text_that_cannot_be_kept_is_refused(text: str) -> None:
    partner = PartnerFactory.create()
    threatened(partner)

    answer = browser_of(partner).post("/tier/appeal/", {"text": text})

    assert answer.status_code == 422
    assert not TierAppeal.objects.exists()


@in_december
def test_the_others_of_the_company_read_and_do_not_appeal() -> None:
    partner = PartnerFactory.create()
    threatened(partner)
    reader = browser_of(partner, role="reader")

    assert 'action="/tier/appeal/"' not in main_of(reader.get("/tier/"))
    assert reader.post("/tier/appeal/", {"text": "Look."}).status_code == 403
    assert not TierAppeal.objects.exists()


def test_outside_the_days_nothing_can_be_appealed(
    visitor: Client, partner: Partner
) -> None:
    answer = visitor.post("/tier/appeal/", {"text": "Look."})

    assert answer.status_code == 422
    assert "in the days before an evaluation only" in words(answer)


@pytest.mark.parametrize(
    ("sent", "state"),
    [("accept", "accepted"), ("decline", "declined"), ("perhaps", "invited")],
)
def test_an_owner_answers_the_invitation(
    visitor: Client, partner: Partner, sent: str, state: str
) -> None:
    review = EliteReviewFactory.create(partner=partner, invited=True)
    stand(partner, on=NOON.date())
    assert "You are invited to Elite" in words(visitor.get("/tier/"))

    visitor.post(f"/tier/elite/{review.public_id}/", {"answer": sent})
    visitor.post(f"/tier/elite/{review.public_id}/", {"answer": sent})

    assert EliteReview.objects.get().state == state
    elite = partner.tier_changes.filter(tier="elite").count()
    assert elite == (1 if state == "accepted" else 0)


# --- Staff ----------------------------------------------------------------------------


@pytest.mark.parametrize("model", [TierOverride, TierAppeal, EliteReview])
def test_the_tables_do_not_exist_for_growth_specialists(
    model: type[TierOverride],
) -> None:
    assert "growth_specialist" not in POLICY[model._meta.label_lower]
