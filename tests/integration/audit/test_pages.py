"""The audit log in the back office: to read, narrowed, each change before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext

from partners.models import AuditEntry, Partner, User
from partners.services.audit_seals import seal_entries
from tests.factories import AuditEntryFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
LIST = "admin:partners_auditentry_changelist"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def mine() -> Partner:
    return PartnerFactory.create(name="Mine", with_pdm=True)


@pytest.fixture
def theirs() -> Partner:
    return PartnerFactory.create(name="Zebra", with_pdm=True)


@pytest.fixture
def auditor() -> Client:
    return browser(UserFactory.create(auditor=True))


def shown(client: Client, **query: Any) -> set[str]:
    """Return the objects of the entries of a list; signing in is left out."""
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    rows = answer.context["cl"].result_list
    return {row.object_label for row in rows if not row.action.startswith("accounts.")}


def page(client: Client, entry: AuditEntry) -> HttpResponse:
    address = reverse("admin:partners_auditentry_change", args=[entry.pk])
    return client.get(address)  # type: ignore[return-value]  # of the test client


def words(answer: HttpResponse) -> str:
    return unescape(answer.content.decode())


def test_a_manager_reads_of_the_own_portfolio_others_of_everything(
    mine: Partner, theirs: Partner, auditor: Client
) -> None:
    AuditEntryFactory.create(partner=mine, object_label="of mine")
    AuditEntryFactory.create(partner=theirs, object_label="of theirs")
    AuditEntryFactory.create(object_label="of the programme")

    assert mine.pdm
    assert shown(browser(mine.pdm)) == {"of mine"}
    everything = {"of mine", "of theirs", "of the programme"}
    assert shown(auditor) == everything
    assert shown(browser(UserFactory.create(programme_manager=True))) == everything


@pytest.mark.parametrize("role", ["finance", "growth_specialist"])
def test_for_others_there_is_no_log(role: str, mine: Partner) -> None:
    client = browser(UserFactory.create(**{role: True}))
    entry = AuditEntryFactory.create(partner=mine)

    assert client.get(reverse(LIST)).status_code == 403
    assert page(client, entry).status_code == 403


def test_a_foreign_entry_is_like_an_absent_one(mine: Partner, theirs: Partner) -> None:
    assert mine.pdm
    client = browser(mine.pdm)
    foreign = AuditEntryFactory.create(partner=theirs)
    absent = AuditEntry(pk=foreign.pk + 1_000)

    answers = [page(client, entry) for entry in (foreign, absent)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert {answer.headers["Location"] for answer in answers} == {reverse("admin:index")}


def test_filters(mine: Partner, theirs: Partner, auditor: Client) -> None:
    actor = UserFactory.create(email="ada@portal.example")
    AuditEntryFactory.create(
        partner=mine, actor=actor, action="deals.won", object_label="one", at=AT,
        object_type="deals.deal", object_id=7, request_id="r-1",
    )  # fmt: skip
    AuditEntryFactory.create(
        partner=theirs, action="deals.lost", object_label="two",
        at=datetime(2026, 2, 3, tzinfo=UTC), object_type="deals.deal", object_id=8,
    )  # fmt: skip

    assert shown(auditor) == {"one", "two"}
    for query in (
        {"partner__id__exact": mine.pk},
        {"action": "deals.won"},
        {"actor__id__exact": actor.pk},
        {"object": "deals.deal:7"},
        {"at__year": 2026, "at__month": 1, "at__day": 15},
        {"q": "one"},
        {"q": "r-1"},
        {"q": "ada@portal.example"},
        {"q": mine.ref},
    ):
        assert (query, shown(auditor, **query)) == (query, {"one"})
    assert shown(auditor, object="deals.deal:9") == set()


@pytest.mark.hostile
@pytest.mark.parametrize(
    "value",
    ["x", "deals.deal", "deals.deal:", "deals.deal:" + "9" * 30, "a:b:c", "%"],
)
def test_an_object_that_cannot_be_one_finds_nothing(value: str, auditor: Client) -> None:
    AuditEntryFactory.create()

    assert shown(auditor, object=value) == set()


def test_an_entry_shows_before_and_after_and_who(mine: Partner, auditor: Client) -> None:
    actor = UserFactory.create(full_name="Amara Okafor")
    entry = AuditEntryFactory.create(
        partner=mine, actor=actor, action="deals.won", request_id="a-request",
        object_type="deals.deal",
        changes={"stage": ["registered", "won"], "x": ["", True]},
    )  # fmt: skip

    said = words(page(auditor, entry))

    for word in (
        *("Deal won", "Amara Okafor", "Mine", "a-request"),
        *("<td>stage</td><td>registered</td><td>won</td>", "<td>–</td><td>Yes</td>"),
        *("Waits for its seal", f"?object=deals.deal:{entry.object_id}"),
    ):
        assert word in said


def test_staff_who_looked_as_somebody_are_both_named(auditor: Client) -> None:
    entry = AuditEntryFactory.create(
        actor=UserFactory.create(full_name="Amara"),
        seen_as=UserFactory.create(full_name="Ada"),
    )

    assert "looking as Ada" in words(page(auditor, entry))


def test_a_sealed_entry_says_so_and_a_changed_one_too(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = AuditEntryFactory.create()
    seal_entries(at=AT)
    entry.refresh_from_db()

    said = words(page(auditor, entry))
    assert "The entry says what was sealed." in said
    assert entry.seal.sha256 in said

    monkeypatch.setattr("partners.admin.audit_log.agrees", lambda *_: False)
    assert "somebody changed it" in words(page(auditor, entry))


def test_what_was_written_is_shown_as_text(auditor: Client) -> None:
    bad = "<script>alert(1)</script>"
    entry = AuditEntryFactory.create(
        object_label=bad, note=bad, action=bad, changes={bad: [bad, {bad: bad}]}
    )

    for answer in (page(auditor, entry), auditor.get(reverse(LIST))):
        assert answer.status_code == 200
        assert bad not in answer.content.decode()


def test_the_page_of_a_partner_leads_there(mine: Partner, auditor: Client) -> None:
    address = f"{reverse(LIST)}?partner__id__exact={mine.pk}"
    partner_page = reverse("admin:partners_partner_change", args=[mine.pk])

    assert address in words(auditor.get(partner_page))  # type: ignore[arg-type]
    finance = browser(UserFactory.create(finance=True))
    assert address not in words(finance.get(partner_page))  # type: ignore[arg-type]


def test_an_act_without_words_shows_its_name(auditor: Client) -> None:
    AuditEntryFactory.create(action="some.thing_new")
    AuditEntryFactory.create(action="partners.person_edited")
    AuditEntryFactory.create(action="partners.deals_exported")

    said = words(auditor.get(reverse(LIST)))  # type: ignore[arg-type]

    for word in ("some.thing_new", f"{gettext('person').capitalize()}: edited", "deals"):
        assert word in said
