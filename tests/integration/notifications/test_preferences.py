"""What comes by e-mail: the page, what it refuses, and the one-click link of a mail."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outbox.models import Job
from partners.models import AuditEntry, Notification, NotificationPreference, Role, User
from partners.notifications.registry import grouped, kinds
from partners.services.preferences import (
    DIGEST,
    NotAllowedError,
    mail_choices,
    store_preferences,
    unsubscribe,
    unsubscribe_token,
)
from tests.factories import NotificationFactory, PartnerFactory, UserFactory
from tests.integration.pages import account_of, main_of, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

PAGE = "/settings/notifications/"
AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
CURE = "partners.tier_cure_begun"


def chosen(user: User) -> dict[str, Any]:
    """Return what the page sends if nothing is changed."""
    form = signed_in(user).get(PAGE).context["form"]
    return {name: form[name].value() for name in form.fields}


def choose(user: User, **changes: str) -> Any:
    fields = {name.replace("__", "."): value for name, value in changes.items()}
    return signed_in(user).post(PAGE, {**chosen(user), **fields})


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.fixture
def owner() -> User:
    return account_of(PartnerFactory.create())


# --- The page -------------------------------------------------------------------------


def test_choices_are_stored_and_shown(owner: User) -> None:
    response = choose(owner, deals__won="weekly")

    assert response.status_code == 302
    assert response["Location"] == PAGE
    assert mail_choices(fresh(owner))["deals.won"] == "weekly"
    assert chosen(fresh(owner))["deals.won"] == "weekly"


def test_a_change_is_in_the_audit_log(owner: User) -> None:
    choose(owner, deals__won="never")

    entry = AuditEntry.objects.get(action="partners.notification_preferences")
    assert (entry.actor, entry.partner) == (owner, owner.partner)
    assert entry.changes == {"deals.won": ["daily", "never"]}


def test_storing_the_same_again_is_no_change(owner: User) -> None:
    for _ in range(2):
        choose(owner, deals__won="weekly")

    changes = AuditEntry.objects.filter(action="partners.notification_preferences")
    assert changes.count() == 1


def test_what_is_called_the_same_is_chosen_together(owner: User) -> None:
    choose(owner, partners__tier_lowered="weekly")

    choices = mail_choices(fresh(owner))
    assert choices["partners.tier_raised"] == choices["partners.tier_lowered"] == "weekly"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("deals__won", "hourly"),
        ("deals__won", ""),
        ("deals__won", "a\x00b"),
    ],
)
def test_what_is_no_choice_is_refused(owner: User, field: str, value: str) -> None:
    response = choose(owner, **{field: value})

    assert response.status_code == 422
    assert not NotificationPreference.objects.exists()


def test_an_owner_cannot_silence_what_asks_to_act(owner: User) -> None:
    assert choose(owner, partners__tier_cure_begun="never").status_code == 422

    with pytest.raises(NotAllowedError):
        store_preferences(user_id=owner.pk, mails={CURE: "never"}, actor=owner, at=AT)


def test_others_can() -> None:
    seller = account_of(PartnerFactory.create(), role=Role.SALES)

    assert choose(seller, partners__tier_cure_begun="never").status_code == 302
    assert mail_choices(fresh(seller))[CURE] == "never"


def test_the_kinds_stand_by_their_subject(owner: User) -> None:
    page = main_of(signed_in(owner).get(PAGE))
    boxes = {
        legend: re.findall(r'<select name="([^"]+)"', box)
        for legend, box in re.findall(
            r"<fieldset[^>]*>\s*<legend>(.*?)</legend>(.*?)</fieldset>", page, re.DOTALL
        )
    }

    assert "deals.won" in boxes["Deals and clients"]
    assert "partners.join_asked" in boxes["People"]
    assert "portal.monthly_summary" in boxes["The programme and the portal"]
    assert sorted(name for names in boxes.values() for name in names) == sorted(
        chosen(owner)
    )


def test_a_refused_choice_is_named_above_and_at_its_line(owner: User) -> None:
    page = main_of(choose(owner, deals__won="hourly"))

    assert 'href="#id_deals.won"' in page
    assert 'id="id_deals.won_error"' in page


def test_staff_and_partners_are_offered_what_is_for_them(owner: User) -> None:
    manager = UserFactory.create(programme_manager=True)

    assert "portal.job_dead" in chosen(manager)
    assert "deals.won" not in chosen(manager)
    assert "deals.won" in chosen(owner)
    assert "portal.job_dead" not in chosen(owner)


def test_what_somebody_was_told_can_be_chosen_whomever_it_is_for() -> None:
    manager = UserFactory.create(programme_manager=True)
    NotificationFactory.create(user=manager, kind="deals.won")

    assert "deals.won" in chosen(manager)


def test_what_waits_follows_the_choice(owner: User) -> None:
    waiting = NotificationFactory.create(user=owner)
    read = NotificationFactory.create(user=owner, read_at=AT)

    choose(owner, deals__won="weekly")

    waiting.refresh_from_db()
    read.refresh_from_db()
    assert (waiting.mail, read.mail) == ("weekly", "daily")
    assert Job.objects.filter(kind="partners.mail_digest").count() == 1


def test_a_page_is_about_the_own_choices(owner: User) -> None:
    other = account_of(PartnerFactory.create())
    choose(other, deals__won="never")

    assert chosen(owner)["deals.won"] == "daily"


# --- The link of a mail ---------------------------------------------------------------


def link(user: User, kind: str) -> str:
    token = unsubscribe_token(user_id=user.pk, kind=kind)
    return reverse("notifications:unsubscribe", args=[token])


def test_looking_at_the_link_changes_nothing(owner: User) -> None:
    page = Client().get(link(owner, "deals.won"))

    assert page.status_code == 200
    assert "No more of these mails" in words(page)
    assert "Deals: won" in words(page)
    assert not NotificationPreference.objects.exists()


def test_the_link_ends_a_kind_without_signing_in(owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    waiting = NotificationFactory.create(user=owner)

    answers = [
        browser.post(link(owner, "deals.won"), {"List-Unsubscribe": "One-Click"})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert mail_choices(owner)["deals.won"] == "never"
    assert mail_choices(owner)["deals.cancelled"] == "at_once"
    waiting.refresh_from_db()
    assert waiting.mail == "never"
    changes = AuditEntry.objects.filter(action="partners.notification_preferences")
    assert changes.count() == 1
    assert "_auth_user_id" not in browser.session


def test_the_link_of_a_digest_ends_all_that_comes_in_digests(owner: User) -> None:
    Client().post(link(owner, DIGEST))

    choices = mail_choices(owner)
    assert choices["deals.won"] == "never"
    assert choices["partners.tier_raised"] == "at_once"


def test_an_owner_keeps_a_weekly_digest_of_what_asks_to_act(owner: User) -> None:
    Client().post(link(owner, CURE))

    assert mail_choices(owner)[CURE] == "weekly"


def test_the_link_opens_nothing_else(owner: User) -> None:
    browser = Client()
    browser.post(link(owner, "deals.won"))

    assert browser.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    "token",
    ["x", "a:b:c", "%00", "%F0%9F%98%80", "W10:1:x", "../", "'"],
)
def test_a_link_that_nobody_wrote_is_not_there(token: str) -> None:
    address = f"/notifications/unsubscribe/{token}/"

    assert Client().get(address).status_code == 404
    assert Client().post(address).status_code == 404


def test_a_link_cannot_be_made_into_another(owner: User) -> None:
    other = UserFactory.create()
    head = unsubscribe_token(user_id=other.pk, kind="deals.won").split(":")[0]
    tail = unsubscribe_token(user_id=owner.pk, kind="deals.won").split(":", 1)[1]

    assert Client().get(f"/notifications/unsubscribe/{head}:{tail}/").status_code == 404


def test_ending_what_has_ended_changes_nothing(owner: User) -> None:
    token = unsubscribe_token(user_id=owner.pk, kind="deals.won")
    unsubscribe(token=token, at=AT)
    before = list(NotificationPreference.objects.values())

    unsubscribe(token=token, at=AT)

    assert list(NotificationPreference.objects.values()) == before
    assert not Notification.objects.exists()


def test_what_is_called_the_same_is_mailed_the_same_unless_chosen() -> None:
    """One row of the page chooses for all of a name: it must not change what it shows."""
    mailed = [{kind.mail for kind in group} for group in grouped(kinds())]

    assert all(len(ways) == 1 for ways in mailed)
