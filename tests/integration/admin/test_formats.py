"""The back office writes days, moments and numbers as the rest of the portal does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.admin import utils
from django.db import models
from django.db.models import Model
from django.test import Client as Browser
from django.utils import timezone, translation

from partners.models import AuditEntry, Escalation, EscalationTransition, Export
from tests.factories import AuditEntryFactory, ExportFactory, UserFactory
from tests.integration.admin.conftest import Portfolio, SignIn, pages, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DJANGOS = re.compile(
    # Jan. 15, 2026; 6 a.m.; noon; 2026-01-15; in French 15 janvier 2026 06:00
    r"\b(?:Jan|Feb|Aug|Sept|Oct|Nov|Dec)\. \d|\b(?:March|April|May|June|July) \d+, \d{4}"
    r"|\d [ap]\.m\.|\b(?:noon|midnight)\b|>\d{4}-\d\d-\d\d<"
    r"|\d (?:janvier|février|août|octobre|novembre) \d{4} \d\d:\d\d"
)
CELLS = re.compile(
    r'<t[dh] class="field-[^>]*>.*?</t[dh]>|<div class="readonly">.*?</div>', re.DOTALL
)
TITLES = re.compile(
    r'<div class="breadcrumbs">.*?</div>|<h[12]>.*?</h[12]>'
    r'|<td class="original">.*?</td>',
    re.DOTALL,
)
AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
MOMENT: models.Field[object, object] = models.DateTimeField()


@pytest.fixture(params=["en", "fr"])
def reader(request: pytest.FixtureRequest, sign_in: SignIn) -> Browser:
    return sign_in(
        UserFactory.create(
            programme_manager=True, language=request.param, time_zone="Europe/Paris"
        )
    )


def cells_of(browser: Browser, address: str) -> list[str]:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return CELLS.findall(answer.content.decode())


def page_of(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_no_list_and_no_page_has_a_format_of_djangos(
    reader: Browser, mine: Portfolio, shared_rows: dict[type[Model], Model]
) -> None:
    rows = {**mine.rows, **shared_rows}
    looked_at = 0
    for page in pages():
        row = rows.get(page.model)
        addresses = [url(page.model, "changelist")]
        if row is not None:
            addresses.append(url(page.model, "change", row.pk))
        for address in addresses:
            for cell in cells_of(reader, address):
                looked_at += 1
                assert not DJANGOS.search(cell), (address, cell)
    assert looked_at > 200


def test_a_moment_has_the_persons_zone_and_a_count_its_separators(
    sign_in: SignIn,
) -> None:
    ExportFactory.create(
        ready=True, row_count=12_345, created_at=AT, expires_at=AT, user__is_staff=True
    )
    browser = sign_in(
        UserFactory.create(
            programme_manager=True, language="fr", time_zone="Europe/Paris"
        )
    )

    page = " ".join(cells_of(browser, url(Export, "changelist")))

    assert "15 janv. 2026, 07:00 CET" in page.replace("\u00a0", " ")
    assert "12\u202f345" in page


@pytest.mark.parametrize(
    ("value", "field", "english", "french"),
    [
        (date(2026, 1, 1), models.DateField(), "1 Jan 2026", "1er janv. 2026"),
        (
            AT,
            models.DateTimeField(),
            "15 Jan 2026, 06:00 UTC",
            "15 janv. 2026, 06:00 UTC",
        ),
        (-12_345, models.IntegerField(), "-12,345", "-12\u202f345"),
        (
            Decimal("1234.50"),
            models.DecimalField(decimal_places=2),
            "1,234.50",
            "1\u202f234,50",
        ),
        (None, models.DateField(), "-", "-"),
    ],
)
def test_a_value_is_written_in_the_readers_language(
    value: object, field: models.Field[object, object], english: str, french: str
) -> None:
    for language, expected in (("en", english), ("fr", french)):
        with translation.override(language), timezone.override("UTC"):
            shown = utils.display_for_field(value, field, "-")
            assert str(shown).replace("\N{MINUS SIGN}", "-") == expected


def test_the_number_of_rows_is_written_so_too(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(UserFactory.create(programme_manager=True))
    monkeypatch.setattr("django.core.paginator.Paginator.count", 12_345)

    assert "12,345 exports" in browser.get(url(Export, "changelist")).content.decode()


def test_titles_and_rows_say_days_and_states_in_the_readers_words(
    reader: Browser, mine: Portfolio
) -> None:
    escalation = Escalation.objects.get(pk=mine.rows[Escalation].pk)
    EscalationTransition.objects.create(
        escalation=escalation,
        from_state=Escalation.State.REPORTED,
        to_state=Escalation.State.SETTLED,
        on=date(2026, 1, 15),
        at=AT,
    )

    for model, row in mine.rows.items():
        main = page_of(reader, url(model, "change", row.pk))
        for part in TITLES.findall(main):
            assert not re.search(r">[^<]*(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", part), part
    page = page_of(reader, url(Escalation, "change", escalation.pk))

    # Without this class a script of Django's offers to remove the row.
    assert page.count('class="form-row has_original"') == escalation.transitions.count()
    assert re.findall(r'<td class="field-was">\s*<p>(.*?)</p>', page) in (
        ["Reported"],
        ["Signalée"],
    )


def test_a_list_and_a_page_are_called_what_they_hold(sign_in: SignIn) -> None:
    browser = sign_in(UserFactory.create(programme_manager=True, language="fr"))

    entries = page_of(browser, url(AuditEntry, "changelist"))
    entry = AuditEntryFactory.create(action="deals.won", object_label="D-7 2026-01-15")
    page = page_of(browser, url(AuditEntry, "change", entry.pk))

    assert "<h1>Journal d’audit</h1>" in entries
    assert "<h1>Entrée du journal d’audit</h1>" in page
    assert "Transaction gagnée D-7 15 janv. 2026\n" in page.replace("\u00a0", " ")
