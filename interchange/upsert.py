"""Storing many objects by their keys: one look, one insert, one update per batch."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

from django.db.models import CharField, Model, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from interchange.bulk import build, insert

M = TypeVar("M", bound=Model)
H = TypeVar("H", bound=Hashable)

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Upserted(Generic[M]):
    """What `upsert` did. `changed` pairs the old values with the object as it is now."""

    new: list[M]
    changed: list[tuple[dict[str, Any], M]]
    unchanged: int

    @property
    def counts(self) -> dict[str, int]:
        """What `Batch.count` takes: `batch.count(**upserted.counts)`."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
        }


def upsert(
    model: type[M],
    wanted: Mapping[Key, dict[str, Any]],
    *,
    key: tuple[str, ...],
    lock: bool = False,
    among: Q | None = None,
    apart: str = "",
) -> Upserted[M]:
    """Create, change or leave alone one object per key; requires a transaction.

    `wanted` maps a tuple of the values of the fields `key` (unique together, not null) to
    the values of other fields. Foreign keys go by their column: `partner_id`. Fields that
    are not given keep their value, and of a changed object only the fields that differ
    are written. With `lock`, existing rows are locked, for loaders that draw conclusions
    from old values. Database errors propagate, and then nothing was stored. Models that
    `bulk.insert` does not know are a `TypeError`.

    `among` is the condition of a unique key that holds for some rows only.

    `apart` names a text field that objects have in common when they must not contradict
    each other. Objects that change are set apart by it first: the order in which they are
    written does not matter then, only what stands there in the end.
    """
    _check_fields(model, {*key, *chain.from_iterable(wanted.values())})
    existing = find(model, wanted, key=key, lock=lock, among=among)
    new: list[M] = []
    changed: list[tuple[dict[str, Any], M]] = []
    updates: dict[tuple[str, ...], list[M]] = {}
    for key_values, values in wanted.items():
        found = existing.get(key_values)
        if found is None:
            new.append(build(model, dict(zip(key, key_values, strict=True)) | values))
        else:
            old = _take_over(found, values)
            if old:
                changed.append((old, found))
                updates.setdefault(tuple(old), []).append(found)
    rows: QuerySet[M] = QuerySet(model)
    if apart and len(changed) > 1:
        _set_apart(model, [found.pk for _old, found in changed], apart)
    for names, objs in updates.items():
        # Their primary keys exist, so every one of them conflicts and is updated.
        rows.bulk_create(
            objs,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=sorted({*names, apart} - {""}),
        )
    # After the changes: a period that was closed makes room for the one that follows.
    insert(new)
    return Upserted(
        new=new,
        changed=changed,
        unchanged=len(wanted) - len(new) - len(changed),
    )


def find(
    model: type[M],
    keys: Iterable[Key],
    *,
    key: tuple[str, ...],
    lock: bool = False,
    among: Q | None = None,
) -> dict[Key, M]:
    """Return the objects that have one of the keys (tuples of the fields `key`).

    With `lock`, they are locked in the order of their primary keys.
    """
    wanted = set(keys)
    rows: QuerySet[M] = QuerySet(model).filter(among or Q())
    if lock:
        rows = rows.order_by("pk").select_for_update(of=("self",), no_key=True)
    # The values of each column, not the pairs: a few rows too many are cheaper than a
    # condition per pair, and the index of the key serves it.
    columns = zip(key, zip(*wanted, strict=True), strict=False)
    conditions = {f"{name}__any_of": values for name, values in columns}
    found: dict[Key, M] = {}
    for each in rows.filter(**conditions) if wanted else ():
        state = each.__dict__
        values = tuple([state[name] for name in key])
        if values in wanted:
            found[values] = each
    return found


def find_ids(
    model: type[Model], values: Iterable[H], *, field: str = "ref"
) -> dict[H, Any]:
    """Return the primary keys of the objects whose unique `field` has one of `values`."""
    rows: QuerySet[Model] = QuerySet(model).filter(**{f"{field}__any_of": values})
    return dict(rows.values_list(field, "pk"))


def _take_over(found: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the values that differ, and return what stood there before."""
    state = found.__dict__
    old = {name: state[name] for name, value in values.items() if state[name] != value}
    for name in old:
        setattr(found, name, values[name])
    return old


def _set_apart(model: type[M], keys: Iterable[Any], field: str) -> None:
    """Give a text field of each object a value that no other object has."""
    alone = Concat(Value("~"), Cast("pk", CharField()))
    rows: QuerySet[M] = QuerySet(model)
    rows.filter(pk__any_of=keys).update(**{field: alone})


def _check_fields(model: type[Model], names: Iterable[str]) -> None:
    fields = model._meta.concrete_fields
    unknown = set(names) - {field.attname for field in fields}
    if unknown:
        raise TypeError(
            f"{model.__name__} has no column {', '.join(sorted(unknown))}; "
            f"foreign keys are given as partner_id, not partner"
        )
