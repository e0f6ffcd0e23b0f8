"""The menu of the back office is kept; each gets the own, in the own language, of now."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse, set_script_prefix

from partners.models import User
from tests.factories import UserFactory
from tests.integration.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def menu_of(browser: Browser) -> list[dict[str, Any]]:
    apps: list[dict[str, Any]] = browser.get(reverse("admin:index")).context["app_list"]
    return apps


def models_of(browser: Browser) -> set[str]:
    return {model["object_name"] for app in menu_of(browser) for model in app["models"]}


def names_of(browser: Browser) -> set[str]:
    return {str(model["name"]) for app in menu_of(browser) for model in app["models"]}


def staff(**traits: Any) -> User:
    return UserFactory.create(**{"language": "en", **traits})


def test_each_role_has_its_own_however_often_it_is_asked_for() -> None:
    manager, auditor = staff(programme_manager=True), staff(auditor=True)
    finance, pdm = staff(finance=True), staff(pdm=True)
    browsers = [signed_in(each) for each in (manager, pdm, finance, auditor)]

    first = [models_of(browser) for browser in browsers]
    again = [models_of(browser) for browser in browsers[::-1]][::-1]

    assert first == again
    of_manager, of_pdm, of_finance, of_auditor = first
    assert "User" in of_manager - of_pdm
    assert {"Job", "User"} & of_pdm == set()
    assert of_finance != of_pdm
    assert {"AuditEntry"} <= of_auditor


def test_who_changes_the_role_has_the_other_menu_at_once() -> None:
    user = staff(programme_manager=True)
    browser = signed_in(user)
    before = models_of(browser)

    user.staff_role = "pdm"
    user.save()

    assert models_of(browser) == models_of(signed_in(staff(pdm=True)))
    assert models_of(browser) != before


def test_each_reads_it_in_the_own_language() -> None:
    english, french = (
        signed_in(staff(programme_manager=True, language=language))
        for language in ("en", "fr")
    )

    assert "Deals" in names_of(english)
    assert "Transactions" in names_of(french)
    assert "Deals" in names_of(english)


def test_its_links_lead_to_where_the_portal_is_served() -> None:
    browser = signed_in(staff(programme_manager=True))
    menu_of(browser)
    set_script_prefix("/portal/")
    try:
        answer = browser.get("/admin/", SCRIPT_NAME="/portal")
    finally:
        set_script_prefix("/")

    assert answer.context["app_list"][0]["app_url"].startswith("/portal/admin/")
