"""A row of a ledger stays as it was written, whoever asks and however.

The Python side refuses with a sentence; below it the triggers of the database refuse the
same from raw SQL. `tests/integration/partners/test_app_role.py` shows the third wall, the
rights of the application's role.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Model

from deals.models import (
    DealActivity,
    DealComment,
    DealTransition,
    DomainCheck,
    LineReduction,
    MotionStep,
    Proof,
    ProspectSignal,
    RegistrationStep,
)
from partners.append_only import AppendOnlyError, AppendOnlyModel
from partners.models import (
    AuditEntry,
    AuditSeal,
    EliteAdmission,
    EscalationTransition,
    Evaluation,
    GoldNotice,
    MembershipChange,
    PartnerNote,
    PointsEntry,
    RehearsalRow,
    RulebookEdition,
    Snapshot,
    TierChange,
    UpgradeHeld,
)
from tests.factories import (
    AuditEntryFactory,
    DealFactory,
    DealLineFactory,
    EscalationFactory,
    MembershipChangeFactory,
    PartnerFactory,
    PointsEntryFactory,
    RegistrationFactory,
    RehearsalRowFactory,
    TierChangeFactory,
    UserFactory,
)
from tests.factories.money import MONEY_LEDGERS

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
DAY = date(2026, 1, 15)


def edition() -> RulebookEdition:
    return RulebookEdition.objects.get(code="2025-B")


ROWS: dict[type[Model], Callable[[], Model]] = {
    PartnerNote: lambda: PartnerNote.objects.create(
        partner=PartnerFactory.create(), author=UserFactory.create(pdm=True), text="x",
        at=AT,
    ),
    PointsEntry: PointsEntryFactory.create,
    TierChange: TierChangeFactory.create,
    Snapshot: lambda: Snapshot.objects.create(
        partner=PartnerFactory.create(), on=DAY, sourced=1, assisted=2, managed=3,
        performing_tier="none", certified=True, edition=edition(), taken_at=AT,
    ),
    Evaluation: lambda: Evaluation.objects.create(
        partner=PartnerFactory.create(), on=DAY, credited_before="none", tier="none",
        cause="kept", best_tier="none", facts={}, sha256="0" * 64, edition=edition(),
        decided_at=AT,
    ),
    LineReduction: lambda: LineReduction.objects.create(
        line=DealLineFactory.create(), on=DAY, mrr_minor=1, at=AT
    ),
    DealTransition: lambda: DealTransition.objects.create(
        deal=DealFactory.create(), to_stage="registered", on=DAY, at=AT
    ),
    DealActivity: lambda: DealActivity.objects.create(
        deal=DealFactory.create(), kind="extended", at=AT
    ),
    DealComment: lambda: DealComment.objects.create(
        deal=DealFactory.create(), author=UserFactory.create(), text="x", at=AT
    ),
    DomainCheck: lambda: DomainCheck.objects.create(
        partner=PartnerFactory.create(), asked_by=UserFactory.create(), asked="x.example",
        answer="free", at=AT,
    ),
    MotionStep: lambda: MotionStep.objects.create(
        deal=DealFactory.create(), event="proposed", motion="sourced", at=AT
    ),
    Proof: lambda: Proof.objects.create(
        deal=DealFactory.create(), kind="statement", dated_on=DAY, at=AT
    ),
    ProspectSignal: lambda: ProspectSignal.objects.create(
        external_id="1", kind="sign_up", domain="x.example", happened_at=AT,
        received_at=AT,
    ),
    RegistrationStep: lambda: RegistrationStep.objects.create(
        registration=RegistrationFactory.create(), event="submit", to_state="submitted",
        at=AT,
    ),
    AuditEntry: AuditEntryFactory.create,
    AuditSeal: lambda: AuditSeal.objects.create(
        entry=AuditEntryFactory.create(), chain=0, seq=1, number=1, sealed_at=AT,
        sha256="0" * 64,
    ),
    EscalationTransition: lambda: EscalationTransition.objects.create(
        escalation=EscalationFactory.create(), to_state="reported", on=DAY, at=AT
    ),
    MembershipChange: MembershipChangeFactory.create,
    EliteAdmission: lambda: EliteAdmission.objects.create(
        partner=PartnerFactory.create(), on=DAY, admitted=True, recorded_at=AT
    ),
    GoldNotice: lambda: GoldNotice.objects.create(
        partner=PartnerFactory.create(), deadline_on=DAY, noticed_on=DAY, moves_on=DAY,
        edition=edition(), recorded_at=AT,
    ),
    UpgradeHeld: lambda: UpgradeHeld.objects.create(
        partner=PartnerFactory.create(), on=DAY, tier="gold", conditions=["conduct"],
        recorded_at=AT,
    ),
    RehearsalRow: RehearsalRowFactory.create,
    **MONEY_LEDGERS,
    RulebookEdition: edition,
}  # fmt: skip
"""Model → what makes a row. A new ledger without an entry here fails these tests."""

LEDGERS: list[type[Model]] = [
    model for model in apps.get_models() if issubclass(model, AppendOnlyModel)
]
FROZEN = [*LEDGERS, RulebookEdition]

each_ledger = pytest.mark.parametrize("model", LEDGERS, ids=lambda model: model.__name__)
each_frozen = pytest.mark.parametrize("model", FROZEN, ids=lambda model: model.__name__)


def contents(model: type[Model]) -> list[dict[str, Any]]:
    return list(model._base_manager.order_by("pk").values())


def refused(
    act: Callable[[], object], *, by: type[Exception], model: type[Model]
) -> None:
    """Assert that an act raises, and that the table is as it was."""
    before = contents(model)

    with pytest.raises(by), transaction.atomic():
        act()

    assert contents(model) == before


@each_ledger
def test_objects_refuse_in_words(model: type[Model]) -> None:
    row = ROWS[model]()
    fetched = model._default_manager.get(pk=row.pk)
    rows = model._default_manager.all()

    for act in (
        row.save,
        fetched.save,
        lambda: fetched.save(force_update=True),
        lambda: fetched.save(update_fields=[model._meta.pk.name]),
        fetched.delete,
        lambda: rows.update(pk=F("pk")),
        rows.delete,
        lambda: rows.filter(pk=row.pk).delete(),
        lambda: rows.bulk_update([fetched], [model._meta.pk.name]),
        lambda: rows.update_or_create(defaults={}, pk=row.pk),
    ):
        refused(act, by=AppendOnlyError, model=model)


@each_frozen
def test_what_walks_past_the_objects_meets_the_database(model: type[Model]) -> None:
    row = ROWS[model]()
    plain: models.QuerySet[Model] = models.QuerySet(model)
    column = ordinary_field(model)
    fetched = model._base_manager.get(pk=row.pk)
    again = model(**{field.attname: getattr(fetched, field.attname)
                     for field in model._meta.concrete_fields})  # fmt: skip

    for act in (
        lambda: plain.filter(pk=row.pk).update(**{column.name: F(column.name)}),
        lambda: plain.filter(pk=row.pk)._raw_delete(plain.db),
        lambda: Model.save(fetched, force_update=True),
        lambda: Model.delete(fetched),
        lambda: plain.bulk_update([fetched], [column.name]),
        lambda: plain.bulk_create(
            [again], update_conflicts=True,
            unique_fields=[field.name for field in model._meta.pk_fields],
            update_fields=[column.name],
        ),
        lambda: models.Model.save_base(again, force_update=True),
    ):  # fmt: skip
        refused(act, by=IntegrityError, model=model)


SQL = (
    "UPDATE TABLE SET COLUMN = COLUMN WHERE id = ID",
    "UPDATE TABLE SET id = id + 1000 WHERE id = ID",
    "DELETE FROM TABLE WHERE id = ID",
    "WITH gone AS (SELECT ID AS id) DELETE FROM TABLE WHERE id IN (SELECT id FROM gone)",
    (
        "INSERT INTO TABLE (ALL) SELECT ALL FROM TABLE WHERE id = ID"
        " ON CONFLICT (id) DO UPDATE SET COLUMN = excluded.COLUMN"
    ),
)

SQLITE = (
    # Delete what is in their way; unseen by triggers without recursive_triggers.
    "INSERT OR REPLACE INTO TABLE (ALL) SELECT ALL FROM TABLE WHERE id = ID",
    "REPLACE INTO TABLE (ALL) SELECT ALL FROM TABLE WHERE id = ID",
    "UPDATE OR REPLACE TABLE SET COLUMN = COLUMN WHERE id = ID",
    "UPDATE OR IGNORE TABLE SET COLUMN = COLUMN WHERE id = ID",
)

POSTGRESQL = (
    "TRUNCATE TABLE CASCADE",
    "TRUNCATE partners_partner, partners_rulebookedition, deals_deal CASCADE",
    "UPDATE ONLY TABLE SET COLUMN = COLUMN WHERE id = ID",
    (
        "MERGE INTO TABLE AS old USING (SELECT ID AS id) AS given ON old.id = given.id"
        " WHEN MATCHED THEN DELETE"
    ),
    (
        "MERGE INTO TABLE AS old USING (SELECT ID AS id) AS given ON old.id = given.id"
        " WHEN MATCHED THEN UPDATE SET COLUMN = old.COLUMN"
    ),
)


@each_frozen
@pytest.mark.parametrize("sql", SQL)
def test_raw_sql_is_refused(sql: str, model: type[Model]) -> None:
    refused(statement(sql, ROWS[model]()), by=IntegrityError, model=model)


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@each_frozen
@pytest.mark.parametrize("sql", SQLITE)
def test_sqlites_own_ways_are_refused(sql: str, model: type[Model]) -> None:
    refused(statement(sql, ROWS[model]()), by=IntegrityError, model=model)


@pytest.mark.postgres
@each_frozen
@pytest.mark.parametrize("sql", POSTGRESQL)
def test_postgresqls_own_ways_are_refused(sql: str, model: type[Model]) -> None:
    row = ROWS[model]()
    connection.check_constraints()  # TRUNCATE waits for none that are still to be checked

    refused(statement(sql, row), by=IntegrityError, model=model)


def parts_of_key(model: type[Model]) -> list[str]:
    """Return the columns of the primary key."""
    return [str(field.column) for field in model._meta.pk_fields]


def ordinary_field(model: type[Model]) -> Any:
    """Return the first field that is no part of the primary key."""
    return next(
        field
        for field in model._meta.fields
        if field.column and field.column not in parts_of_key(model)
    )


def key_and_value(row: Model) -> tuple[str, str]:
    """Return a column that finds the row, and its value as SQL; it is the only row."""
    field = row._meta.pk_fields[-1]
    return str(field.column), str(getattr(row, field.attname))


def statement(sql: str, row: Model) -> Callable[[], None]:
    """Return what runs a statement on a row: its table, its columns, one of them."""
    columns = [field.column for field in row._meta.concrete_fields if field.column]
    key, value = key_and_value(row)
    ordinary = ordinary_field(type(row)).column
    for word, text in (
        # SQLite takes the word ON after a bare SELECT for a join.
        ("TABLE WHERE id = ID ON", "TABLE WHERE id = ID AND true ON"),
        ("TABLE", row._meta.db_table),
        ("ALL", ", ".join(f'"{name}"' for name in columns)),
        ("COLUMN", f'"{ordinary}"'),
        ("ID", value),
    ):
        sql = sql.replace(word, text)
    whole = ", ".join(parts_of_key(type(row)))
    sql = sql.replace("ON CONFLICT (id)", f"ON CONFLICT ({whole})")
    sql = re.sub(r"\bid\b", key, sql)

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return run


def test_adding_is_what_remains() -> None:
    entry = PointsEntryFactory.create()

    further = PointsEntryFactory.create(
        partner=entry.partner, source_id=entry.source_id, seq=1, points=-1, corrects=entry
    )

    assert further.corrects == entry


def test_a_draft_of_an_edition_can_still_be_written() -> None:
    draft = RulebookEdition.objects.create(
        code="2027-A",
        title="Draft",
        effective_on=date(2027, 1, 1),
        document="",
        sha256="",
    )

    draft.title = "Better"
    draft.save(update_fields=["title"])
    draft.state, draft.published_at = RulebookEdition.State.PUBLISHED, AT
    draft.save()

    for act in (
        lambda: RulebookEdition.objects.filter(pk=draft.pk).update(title="Worse"),
        lambda: RulebookEdition.objects.filter(pk=draft.pk).update(
            state="draft", published_at=None
        ),
        draft.delete,
    ):
        refused(act, by=IntegrityError, model=RulebookEdition)


def test_a_draft_of_an_edition_can_be_thrown_away() -> None:
    draft = RulebookEdition.objects.create(
        code="2027-A",
        title="Draft",
        effective_on=date(2027, 1, 1),
        document="",
        sha256="",
    )

    draft.delete()

    assert not RulebookEdition.objects.filter(code="2027-A").exists()
