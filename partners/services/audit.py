"""Writing down who did what, in the transaction in which it is done (reliability R10)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import translation

from partners.models import AuditEntry, User
from ui.request_ids import current_request_id

Changes = Mapping[str, tuple[Any, Any]]
"""Field → (before, after). Never a secret: what must not be read is left out."""

MAX_LABEL: Final = 200


def record(
    action: str,
    *,
    actor: User | None,
    at: datetime,
    partner_id: int | None,
    of: models.Model | None = None,
    changes: Changes | None = None,
    note: str = "",
    seen_as: User | None = None,
) -> AuditEntry:
    """Add an entry to the audit log, in the transaction of the act itself.

    `action` says what was done, "deals.won". `partner_id` is the company it concerns,
    None for the programme. `of` is the object, stored already. Raises
    `TransactionManagementError` outside a transaction.
    """
    entry = _entry(
        Act(action, partner_id=partner_id, of=of, changes=changes or {}, note=note),
        actor=actor,
        at=at,
        seen_as=seen_as,
    )
    entry.save()
    return entry


@dataclass(frozen=True, slots=True)
class Act:
    """One of the acts that `record_many` writes down."""

    action: str
    partner_id: int | None = field(kw_only=True)
    of: models.Model | None = field(default=None, kw_only=True)
    changes: Changes = field(default_factory=dict, kw_only=True)
    note: str = field(default="", kw_only=True)


def record_many(acts: Iterable[Act], *, actor: User | None, at: datetime) -> None:
    """Add an entry for each act, for decisions about many companies at once.

    Everything `record` says holds.
    """
    entries = [_entry(act, actor=actor, at=at, seen_as=None) for act in acts]
    AuditEntry.objects.bulk_create(entries, batch_size=1_000)


def _entry(
    act: Act, *, actor: User | None, at: datetime, seen_as: User | None
) -> AuditEntry:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{act.action!r} must be recorded in the transaction in which it is done."
        )
    of, label = act.of, ""
    if of is not None:
        # In one language, whoever acts: readers get what is ours in their own.
        with translation.override("en"):
            label = str(of)[:MAX_LABEL]
    return AuditEntry(
        at=at,
        partner_id=act.partner_id,
        actor=actor,
        seen_as=seen_as,
        action=act.action,
        object_type=of._meta.label_lower if of is not None else "",
        object_id=of.pk if of is not None else None,
        object_label=label,
        changes=_plain(act.changes),
        note=act.note,
        request_id=current_request_id(),
    )


def values_of(obj: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    """Return what an object's fields hold, for `differences`; a relation by its id."""
    return {name: obj.serializable_value(name) for name in fields}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """Return field → (before, after) of the fields whose values differ."""
    return {
        name: (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    }


def _plain(changes: Changes) -> dict[str, list[Any]]:
    """Return the changes as both databases keep them: JSON without dates or decimals."""
    text = json.dumps(
        {name: list(values) for name, values in changes.items()}, cls=DjangoJSONEncoder
    )
    plain: dict[str, list[Any]] = json.loads(text)
    return plain
