"""Second factors: who needs one, what guards them, and that their changes are kept."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from partners.models import AuditEntry, User
from portal.second_factor import SecondFactorAdapter
from tests.factories import PartnerFactory, UserFactory
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    account_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def manager() -> User:
    user = UserFactory.create(programme_manager=True)
    user.set_password(PASSWORD)
    user.save()
    return user


def code(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def sign_in(user: User) -> tuple[Client, HttpResponse]:
    """Sign in at the one door, as far as the password leads."""
    client = Client()
    form = {"login": user.email, "password": PASSWORD}
    return client, client.post(reverse("account_login"), form)  # type: ignore[return-value]


def confirmed(user: User) -> Client:
    """Return a browser in which somebody has just given the password once more."""
    browser, _answer = sign_in(user)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


# --- Staff must -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/admin/", "/deals/", "/settings/"])
def test_staff_without_one_are_led_to_its_page(
    manager: User, settings: Settings, path: str
) -> None:
    settings.STAFF_MFA_REQUIRED = True

    answer = signed_in(manager).get(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("mfa_index"))


def test_staff_without_one_act_on_nothing(manager: User, settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True

    answer = signed_in(manager).post("/settings/", {"language": "fr"})

    assert answer.status_code == 403
    manager.refresh_from_db()
    assert manager.language == "en"


def test_its_page_and_the_way_out_are_open(manager: User, settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    browser = signed_in(manager)

    assert browser.get(reverse("mfa_index")).status_code == 200
    assert browser.get(reverse("account_logout")).status_code == 200
    assert browser.get("/health/live").status_code == 200


def test_a_recovery_code_alone_is_none(manager: User, settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    Authenticator.objects.create(
        user=manager, type=Authenticator.Type.RECOVERY_CODES, data={}
    )

    assert signed_in(manager).get("/admin/").status_code == 302


def test_with_one_they_get_in_and_without_it_out_again(
    manager: User, settings: Settings
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    factor = TOTP.activate(manager, SECRET).instance
    browser = signed_in(manager)
    assert browser.get("/admin/").status_code == 200

    factor.delete()

    assert browser.get("/admin/").status_code == 302


def test_partners_need_none(settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    user = account_of(PartnerFactory.create())

    assert signed_in(user).get("/settings/").status_code == 200


def test_where_it_is_not_required_staff_get_in(manager: User) -> None:
    assert signed_in(manager).get("/admin/").status_code == 200


# --- Setting one up -------------------------------------------------------------------


def test_from_the_password_to_the_codes(manager: User) -> None:
    browser = confirmed(manager)
    page = browser.get(reverse("mfa_activate_totp"))
    [secret] = re.findall(r"<code>([A-Z2-7]+)</code>", page.content.decode())

    wrong = browser.post(reverse("mfa_activate_totp"), {"code": "000000"})
    right = browser.post(reverse("mfa_activate_totp"), {"code": code(secret)})

    assert wrong.status_code == 200
    assert right.status_code == 302
    kinds = set(Authenticator.objects.values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    first = words(browser.get(reverse("mfa_view_recovery_codes")))
    again = words(browser.get(reverse("mfa_view_recovery_codes")))
    assert len(re.findall(r"\b[0-9]{8}\b", first)) == 10
    assert re.findall(r"\b[0-9]{8}\b", again) == []


def test_the_secret_is_sealed(manager: User, settings: Settings) -> None:
    stored = TOTP.activate(manager, SECRET).instance
    assert SECRET not in str(stored.data)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, and long enough that nobody complains"

    assert SecondFactorAdapter().decrypt(stored.data["secret"]) == SECRET


@pytest.mark.parametrize(
    "name",
    ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"],
)
def test_changing_factors_asks_for_a_fresh_password(manager: User, name: str) -> None:
    browser = confirmed(manager)
    with time_machine.travel(NOON + timedelta(minutes=6), tick=False):
        answer = browser.get(reverse(name))

    assert answer.status_code == 302
    assert "reauthenticate" in answer.headers["Location"]


def test_taking_one_away_asks_for_a_fresh_factor(manager: User) -> None:
    TOTP.activate(manager, SECRET)

    answer = signed_in(manager).post(reverse("mfa_deactivate_totp"))

    assert answer.status_code == 302
    assert "reauthenticate" in answer.headers["Location"]
    assert Authenticator.objects.filter(type="totp").exists()


def test_changes_are_written_down(manager: User) -> None:
    browser = confirmed(manager)
    page = browser.get(reverse("mfa_activate_totp"))
    [secret] = re.findall(r"<code>([A-Z2-7]+)</code>", page.content.decode())
    browser.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    browser.post(reverse("mfa_deactivate_totp"))

    acts = AuditEntry.objects.filter(action__startswith="accounts.second_factor")
    told = {(act.action, act.actor, act.note) for act in acts}
    assert told == {
        (f"accounts.second_factor_{what}", manager, kind)
        for what in ("added", "removed")
        for kind in ("totp", "recovery_codes")
    }
    assert secret not in str(list(acts.values()))


def test_a_passkey_page_brings_no_script_of_its_own(manager: User) -> None:
    browser = confirmed(manager)

    page = browser.get(reverse("mfa_add_webauthn"))

    scripts = re.findall(r"<script[^>]*>", page.content.decode())
    assert scripts
    assert all("src=" in tag or "application/json" in tag for tag in scripts)
    assert "unsafe" not in page.headers["Content-Security-Policy"]


HALF_A_PAIR = '{"response": {"userHandle": "\\ud800"}}'


@pytest.mark.parametrize(
    "credential",
    [
        *("", "{}", "null", "[1]", "\x00", '{"id": 1}'),
        pytest.param("1" * 5_000, id="digits"),
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param(HALF_A_PAIR, id="half a pair"),
    ],
)
@pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_login_webauthn"])
def test_a_hostile_passkey_opens_nothing(
    manager: User, name: str, credential: str
) -> None:
    browser = confirmed(manager) if name == "mfa_add_webauthn" else Client()

    answer = browser.post(reverse(name), {"credential": credential})

    assert answer.status_code in {200, 302}
    assert not Authenticator.objects.exists()
    if name == "mfa_login_webauthn":
        assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_somebody_elses_passkey_is_not_there(manager: User, name: str) -> None:
    theirs = Authenticator.objects.create(
        user=UserFactory.create(), type="webauthn", data={"name": "theirs"}
    )
    browser = confirmed(manager)

    answers = [browser.get(reverse(name, args=[pk])) for pk in (theirs.pk, 10**9)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_passkeys_name_is_asked_for_in_the_readers_words_and_has_an_end(
    manager: User,
) -> None:
    User.objects.filter(pk=manager.pk).update(language="fr")
    TOTP.activate(manager, SECRET)
    browser, _answer = sign_in(manager)
    browser.post(reverse("mfa_authenticate"), {"code": code()})
    key = Authenticator.objects.create(
        user=manager, type="webauthn", data={"name": "key"}
    )
    address = reverse("mfa_edit_webauthn", args=[key.pk])

    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = browser.get(address)
    browser.post(address, {"name": "n" * 101})

    assert ">Nom<" in re.sub(r"\s", "", page.content.decode())
    key.refresh_from_db()
    assert key.data["name"] == "key"


# --- Signing in with it ---------------------------------------------------------------


def test_the_password_alone_opens_nothing(manager: User) -> None:
    TOTP.activate(manager, SECRET)

    browser, answer = sign_in(manager)

    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in browser.session
    assert browser.get("/admin/").status_code == 302
    assert browser.get(reverse("mfa_authenticate")).status_code == 200


def test_the_code_opens_the_door_once(manager: User) -> None:
    TOTP.activate(manager, SECRET)
    first, _answer = sign_in(manager)
    second, _answer = sign_in(manager)

    first.post(reverse("mfa_authenticate"), {"code": code()})
    second.post(reverse("mfa_authenticate"), {"code": code()})

    assert first.session["_auth_user_id"] == str(manager.pk)
    assert "_auth_user_id" not in second.session  # the same code, a second time


@pytest.mark.parametrize("typed", ["", "000000", "\x00", "9" * 5_000, "abc", "١٢٣٤٥٦"])
def test_a_wrong_code_does_not(manager: User, typed: str) -> None:
    TOTP.activate(manager, SECRET)
    browser, _answer = sign_in(manager)

    answer = browser.post(reverse("mfa_authenticate"), {"code": typed})

    assert answer.status_code == 200
    assert "_auth_user_id" not in browser.session


def test_guessing_codes_ends(manager: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/5m/key"}
    TOTP.activate(manager, SECRET)
    browser, _answer = sign_in(manager)
    for _ in range(3):
        browser.post(reverse("mfa_authenticate"), {"code": "000000"})

    answer = browser.post(reverse("mfa_authenticate"), {"code": code()})

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"
    assert "_auth_user_id" not in browser.session


# --- Sessions -------------------------------------------------------------------------


def test_other_sessions_end_with_their_next_request(manager: User) -> None:
    here, _answer = sign_in(manager)
    there, _answer = sign_in(manager)
    assert there.get("/admin/").status_code == 200
    assert words(here.get(reverse("usersessions_list"))).count("Signed in") == 2

    here.post(reverse("usersessions_list"))

    assert there.get("/admin/").status_code == 302
    assert "_auth_user_id" not in there.session
    assert here.get("/admin/").status_code == 200


def test_nobody_sees_or_ends_somebody_elses_sessions(manager: User) -> None:
    other = UserFactory.create(programme_manager=True)
    other.set_password(PASSWORD)
    other.save()
    theirs, _answer = sign_in(other)
    mine, _answer = sign_in(manager)

    mine.post(reverse("usersessions_list"))

    assert words(mine.get(reverse("usersessions_list"))).count("Signed in") == 1
    assert theirs.get("/admin/").status_code == 200


def test_the_first_factor_ends_sessions_that_a_password_opened(
    manager: User, settings: Settings
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    waiting, _answer = sign_in(manager)
    here = confirmed(manager)
    page = here.get(reverse("mfa_activate_totp"))
    [secret] = re.findall(r"<code>([A-Z2-7]+)</code>", page.content.decode())

    here.post(reverse("mfa_activate_totp"), {"code": code(secret)})

    assert here.get("/admin/").status_code == 200
    assert waiting.get("/admin/").status_code == 302
    assert "_auth_user_id" not in waiting.session


def test_a_further_factor_ends_no_session(manager: User) -> None:
    TOTP.activate(manager, SECRET)
    browser, _answer = sign_in(manager)
    browser.post(reverse("mfa_authenticate"), {"code": code()})

    Authenticator.objects.create(user=manager, type="webauthn", data={"name": "key"})

    assert browser.get("/admin/").status_code == 200


def test_a_deactivated_account_is_out_at_once(manager: User) -> None:
    browser, _answer = sign_in(manager)
    User.objects.filter(pk=manager.pk).update(is_active=False)

    assert browser.get("/admin/").status_code == 302
