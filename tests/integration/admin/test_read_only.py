"""Ledgers are to read for everybody, and everything is for an auditor."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin import site
from django.db.models import Model
from django.test import Client as Browser

from interchange.models import ImportRun
from outbox.models import Job
from partners.models import AuditEntry, StaffRole, User
from partners.permissions import POLICY, VIEW, staff_may
from partners.portfolio import LedgerAdmin
from tests.factories import UserFactory
from tests.factories.specialists import SpecialistAreaFactory
from tests.integration.admin.conftest import AT, Portfolio, SignIn, everything, pages, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

AUDIT = AuditEntry._meta.label
ROLES = list(StaffRole)
LEDGERS = [page.model for page in pages() if isinstance(page, LedgerAdmin)]


def post_to_everything(browser: Browser, model: type[Model], row: Model) -> set[int]:
    """Post to every view and action of a page; return the statuses of the answers."""
    page = site.get_model_admin(model)
    fields = {field.name: "1" for field in model._meta.fields}
    answers = [
        browser.post(url(model, "add"), fields),
        browser.post(url(model, "change", row.pk), fields),
        browser.post(url(model, "delete", row.pk), {"post": "yes"}),
        browser.post(url(model, "history", row.pk), fields),
    ]
    for action in (*(page.actions or ()), "delete_selected"):
        posted: dict[str, Any] = {
            "action": action,
            "_selected_action": row.pk,
            "apply": "1",
            "post": "yes",
            "closed_on": "2026-01-05",
            "on": "2026-01-05",
            "staff_role": "auditor",
        }
        answers.append(browser.post(url(model, "changelist"), posted))
    return {answer.status_code for answer in answers}


@pytest.fixture
def rows(
    mine: Portfolio, shared_rows: dict[type[Model], Model]
) -> dict[type[Model], Model]:
    return {
        **mine.rows,
        **shared_rows,
        Job: Job.objects.create(kind="outbox.purge", key="one", lane="bulk"),
        ImportRun: ImportRun.objects.create(started_at=AT, folder="crm"),
    }


@pytest.mark.long
def test_an_auditor_looks_at_everything_and_changes_nothing(
    as_auditor: Browser, rows: dict[type[Model], Model]
) -> None:
    before = everything()

    for model, row in rows.items():
        assert as_auditor.get(url(model, "change", row.pk)).status_code == 200, model
        # 200 is the list again, with "no action selected"; history only reads.
        assert post_to_everything(as_auditor, model, row) <= {200, 302, 403}, model

    # The one act an auditor has is to look as a partner, which is written down.
    looked = AuditEntry.objects.exclude(pk__in=[e["id"] for e in before[AUDIT]])
    assert set(looked.values_list("action", flat=True)) == {"partners.seen_as"}
    assert everything() | {AUDIT: before[AUDIT]} == before


@pytest.mark.parametrize("role", [*ROLES, "superuser"])
def test_nobody_changes_a_ledger(
    role: str, rows: dict[type[Model], Model], mine: Portfolio, sign_in: SignIn
) -> None:
    user = mine.pdm if role == StaffRole.PDM else UserFactory.create(
        is_staff=True,
        staff_role="" if role == "superuser" else role,
        is_superuser=role == "superuser",
    )  # fmt: skip
    browser = sign_in(user)
    before = everything()

    for model in LEDGERS:
        statuses = post_to_everything(browser, model, rows[model])
        # 422: a form that asks again.
        assert statuses <= {200, 302, 403, 422}, model

    assert everything() == before


def test_nobody_deletes_anything(as_manager: Browser, mine: Portfolio) -> None:
    before = everything()

    for model, row in mine.rows.items():
        answer = as_manager.post(url(model, "delete", row.pk), {"post": "yes"})
        assert (model, answer.status_code) == (model, 403)

    assert everything() == before


@pytest.mark.parametrize("role", ROLES)
def test_a_role_finds_the_pages_the_policy_names_and_no_others(
    role: StaffRole, mine: Portfolio, sign_in: SignIn
) -> None:
    user = UserFactory.create(is_staff=True, staff_role=role)
    browser = sign_in(user)

    for page in pages():
        status = browser.get(url(page.model, "changelist")).status_code
        granted = staff_may(user, VIEW, page.model)
        assert (page.model, status) == (page.model, 200 if granted else 403)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_page_offers_is_what_the_policy_grants(
    role: StaffRole, mine: Portfolio, sign_in: SignIn
) -> None:
    user = (
        mine.pdm
        if role == StaffRole.PDM
        else UserFactory.create(is_staff=True, staff_role=role)
    )
    # Without an area a growth specialist sees no deal, and so no page of one.
    SpecialistAreaFactory.create(specialist__user=user)
    browser = sign_in(user)

    for model, row in mine.rows.items():
        grant = POLICY[model._meta.label_lower].get(role)
        answer = browser.get(url(model, "change", row.pk))
        if grant is None:
            assert (model, answer.status_code) == (model, 403)
            continue
        form = answer.context["adminform"].form
        assert (model, set(form.fields)) == (model, set(grant.change))
        add = browser.get(url(model, "add"))
        assert (model, add.status_code) == (model, 200 if grant.add else 403)
        if grant.add:
            assert set(add.context["adminform"].form.fields) == set(grant.add)


def test_a_superuser_without_a_role_is_a_programme_manager(
    mine: Portfolio, sign_in: SignIn
) -> None:
    browser = sign_in(
        User.objects.create_user("root@portal.example", is_staff=True, is_superuser=True)
    )

    for model, row in mine.rows.items():
        grant = POLICY[model._meta.label_lower][StaffRole.PROGRAMME_MANAGER]
        answer = browser.get(url(model, "change", row.pk))
        assert set(answer.context["adminform"].form.fields) == set(grant.change)
