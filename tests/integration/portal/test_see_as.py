"""Staff look as a partner: they see its pages, do nothing, and it is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client as Browser

from partners.models import AuditEntry, Partner, User
from tests.factories import DealFactory, PartnerFactory, PersonFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def pdm(db: None) -> User:
    return UserFactory.create(pdm=True, full_name="Paula Manager")


@pytest.fixture
def partner(pdm: User) -> Partner:
    made = PartnerFactory.create(name="Lumen", pdm=pdm)
    DealFactory.create(partner=made, name="A deal of Lumen")
    DealFactory.create(name="A deal of Zebra")
    return made


@pytest.fixture
def looker(pdm: User) -> Browser:
    signed_in = Browser()
    signed_in.force_login(pdm)
    return signed_in


def look(looker: Browser, partner: Partner) -> None:
    looker.post(
        "/admin/partners/partner/",
        {"action": "see_as", "_selected_action": partner.pk},
    )


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(action__contains="seen_as").order_by("pk")
    return [(each.action, str(each.actor), str(each.partner)) for each in entries]


def test_sees_what_the_partner_sees_under_a_banner(
    looker: Browser, partner: Partner
) -> None:
    look(looker, partner)

    lists = ("/points/", "/deals/", "/clients/", "/benefits/", "/company/log/")
    more = ("/diary/", "/tier/", "/standing/", "/company/people/", "/search/?q=lumen")
    for page in ("/", *lists, *more):
        answer = looker.get(page)
        text = answer.content.decode()
        assert (page, answer.status_code) == (page, 200)
        assert "Paula Manager, you see the portal as Lumen sees it" in text
        assert "Zebra" not in text
    assert "A deal of Lumen" in looker.get("/deals/").content.decode()


def test_both_names_stand_in_the_audit_log(looker: Browser, partner: Partner) -> None:
    look(looker, partner)

    looker.post("/see-as/end/")

    assert acts() == [
        ("partners.seen_as", "Paula Manager", "Lumen"),
        ("partners.seen_as_ended", "Paula Manager", "Lumen"),
    ]
    assert looker.get("/").status_code == 302  # staff again: to the back office


@pytest.mark.parametrize("page", ["/", "/deals/", "/points/", "/language/"])
def test_nothing_can_be_done(looker: Browser, partner: Partner, page: str) -> None:
    look(looker, partner)

    answer = looker.post(page, {"language": "fr"})

    assert answer.status_code in {403, 404}
    if answer.status_code == 403:
        assert "looking as a partner" in answer.content.decode()


@pytest.mark.parametrize("page", ["/settings/", "/notifications/", "/exports/"])
def test_nobodys_personal_pages_are_there(
    looker: Browser, partner: Partner, page: str
) -> None:
    PersonFactory.create(partner=partner, with_account=True)
    look(looker, partner)

    assert looker.get(page).status_code == 404


def test_the_back_office_stays_ones_own(looker: Browser, partner: Partner) -> None:
    look(looker, partner)

    assert looker.get("/admin/partners/partner/").status_code == 200


def test_another_portfolio_cannot_be_seen(looker: Browser, partner: Partner) -> None:
    foreign = PartnerFactory.create(name="Zebra", pdm=UserFactory.create(pdm=True))

    look(looker, foreign)

    assert looker.get("/").status_code == 302
    assert acts() == []


def test_ends_when_the_partner_leaves_the_portfolio(
    looker: Browser, partner: Partner
) -> None:
    look(looker, partner)
    partner.pdm = UserFactory.create(pdm=True)
    partner.save(update_fields=["pdm"])

    assert looker.get("/").status_code == 302
    assert "Lumen" not in looker.get("/deals/").content.decode()


def test_ends_with_a_role_that_has_no_such_act(looker: Browser, partner: Partner) -> None:
    look(looker, partner)
    assert partner.pdm
    partner.pdm.staff_role = "growth_specialist"
    partner.pdm.save(update_fields=["staff_role"])

    assert looker.get("/").status_code == 302
    assert "you see the portal as" not in looker.get("/deals/").content.decode()


def test_ends_after_an_hour(looker: Browser, partner: Partner) -> None:
    assert partner.pdm
    with time_machine.travel(NOW, tick=False):
        looker.force_login(partner.pdm)
        look(looker, partner)
        assert looker.get("/").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert looker.get("/").status_code == 302


def test_people_of_partners_cannot(partner: Partner) -> None:
    person = PersonFactory.create(with_account=True)
    assert person.user
    browser = Browser()
    browser.force_login(person.user)
    session = browser.session
    session["seen_partner"] = {
        "partner": str(partner.public_id),
        "until": (datetime.now(tz=UTC) + timedelta(hours=1)).isoformat(),
    }
    session.save()

    assert "A deal of Lumen" not in browser.get("/deals/").content.decode()


def test_the_growth_specialist_has_no_such_act(partner: Partner) -> None:
    browser = Browser()
    browser.force_login(UserFactory.create(is_staff=True, staff_role="growth_specialist"))

    look(browser, partner)

    assert acts() == []
