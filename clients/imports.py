"""The files of the bundle that are about clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from clients import services
from clients.models import Client, Relationship, Subscription, UsageReading
from interchange import cells
from interchange.files import Batch, BundleFile, Column, Row
from interchange.upsert import upsert
from partners.imports import partner_ids, queue_refresh, refuse_unless_later
from partners.models import OwnEdition
from partners.selectors import published_editions
from program.domains import company_key

Span = tuple[date, date | None]
Key = tuple[Any, ...]


def client_ids(batch: Batch) -> dict[str, int]:
    """Return ref → id of the clients a batch names; rows naming others are refused."""
    refs = {row["client_ref"] for row in batch.rows}
    found = dict(Client.objects.filter(ref__any_of=refs).values_list("ref", "pk"))
    for row in list(batch.rows):
        if row["client_ref"] not in found:
            batch.refuse(
                row, "client_ref", _("There is no such client."),
                _("Add it to clients.csv, or correct the reference."),
            )  # fmt: skip
    return found


def refuse_unknown_products(batch: Batch) -> None:
    """Refuse rows whose product line the rulebook does not know."""
    products = published_editions().on(batch.on).rulebook.products
    for row in list(batch.rows):
        if row["product_line"] not in products:
            batch.refuse(
                row, "product_line", _("The rulebook knows no such product line."),
                _("Use one of: %(known)s.") % {"known": ", ".join(products)},
            )  # fmt: skip


def minor_units(
    batch: Batch, amount: str = "mrr", *, negative: bool = False
) -> dict[int, int]:
    """Return line → the row's amount in minor units; rows without one are refused."""
    found = {}
    for row in list(batch.rows):
        try:
            minor = cells.minor(row, amount, "currency")
        except cells.CellError as error:
            batch.refuse(row, amount, error.reason, error.advice)
            continue
        if minor < 0 and not negative:
            batch.refuse(
                row, amount, _("The amount is negative."),
                _("State what is worth now; an end or a downgrade takes back."),
            )  # fmt: skip
            continue
        found[row.line] = minor
    return found


def load_clients(batch: Batch) -> None:
    wanted = {
        (row["ref"],): row.given(
            {
                "name": row["name"],
                "name_key": company_key(row["name"])[:200],
                "country": row["country"],
                "domain": row["domain"] or "",
                "segment": row["segment"] or "",
            }
        )
        for row in batch.rows
    }
    result = upsert(Client, wanted, key=("ref",))
    services.note_domains(
        [*result.new, *(each for old, each in result.changed if "domain" in old)]
    )
    moved = [client.pk for old, client in result.changed if "country" in old]
    _settle(batch, moved)
    batch.count_upserted(result)


def load_subscriptions(batch: Batch) -> None:
    refuse_unless_later(batch, "from_on", "until_on")
    refuse_unknown_products(batch)
    minor = minor_units(batch)
    clients = client_ids(batch)
    existing = Subscription.objects.filter(
        client_id__any_of=clients.values()
    ).values_list("ref", "client_id", "product_line", "from_on", "until_on")
    _take_out_overlaps(
        batch,
        stored={
            (ref,): (tuple(group), (begin, end)) for ref, *group, begin, end in existing
        },
        key=lambda row: (row["ref"],),
        group=lambda row: (clients[row["client_ref"]], row["product_line"]),
    )
    wanted = {
        (row["ref"],): row.given(
            {
                "client_id": clients[row["client_ref"]],
                "product_line": row["product_line"],
                "edition": row["edition"],
                "mrr_minor": minor[row.line],
                "currency": row["currency"],
                "from_on": row["from_on"],
                "until_on": row["until_on"],
                "renews_on": row["renews_on"],
                "seats": row["seats"],
            }
        )
        for row in batch.rows
    }
    result = upsert(Subscription, wanted, key=("ref",), apart="product_line")
    touched = {row.client_id for row in result.new}
    for old, row in result.changed:
        touched |= {old.get("client_id", row.client_id), row.client_id}
    _settle(batch, touched)
    batch.count_upserted(result)


def load_relationships(batch: Batch) -> None:
    refuse_unless_later(batch, "from_on", "until_on")
    partners = partner_ids(batch)
    clients = client_ids(batch)

    def group(row: Row) -> tuple[Any, ...]:
        return partners[row["partner_ref"]], clients[row["client_ref"]], row["kind"]

    existing = Relationship.objects.filter(
        client_id__any_of=clients.values()
    ).values_list("partner_id", "client_id", "kind", "from_on", "until_on")
    _take_out_overlaps(
        batch,
        stored={
            (*same, begin): (tuple(same), (begin, end)) for *same, begin, end in existing
        },
        key=lambda row: (*group(row), row["from_on"]),
        group=group,
    )
    wanted = {
        (*group(row), row["from_on"]): row.given({"until_on": row["until_on"]})
        for row in batch.rows
    }
    result = upsert(
        Relationship, wanted, key=("partner_id", "client_id", "kind", "from_on")
    )
    touched = [*result.new, *(row for _old, row in result.changed)]
    _settle(
        batch, {row.client_id for row in touched if row.kind == Relationship.Kind.MANAGED}
    )
    batch.count_upserted(result)


def load_usage(batch: Batch) -> None:
    clients = client_ids(batch)
    products = published_editions().on(batch.on).rulebook.products.values()
    tools = {tool for product in products for tool in product.tools}
    for row in list(batch.rows):
        if row["tool"] not in tools:
            batch.refuse(
                row, "tool", _("The rulebook knows no such tool."),
                _("Use one of: %(known)s.") % {"known": ", ".join(sorted(tools))},
            )  # fmt: skip
    wanted = {
        (clients[row["client_ref"]], row["tool"], row["measured_on"]): row.given(
            {
                "activated": row["activated"],
                "active_users": row["active_users"],
                "key_actions": row["key_actions"],
            }
        )
        for row in batch.rows
    }
    result = upsert(UsageReading, wanted, key=("client_id", "tool", "measured_on"))
    batch.count_upserted(result)


def _take_out_overlaps(
    batch: Batch,
    *,
    stored: dict[Key, tuple[Key, Span]],
    key: Callable[[Row], Key],
    group: Callable[[Row], Key],
) -> None:
    """Take out rows whose period meets another one of their group in the end.

    `stored` is what the database holds, by key. Rows of the batch replace what has their
    key; if one is taken out, what it would have replaced stays and may meet others, so
    they are all looked at again. The earlier row of two that meet is kept. A row that
    meets what is stored waits for later rows, which may move that.
    """

    def span(row: Row) -> Span:
        if "until_on" not in row.absent:
            return row["from_on"], row["until_on"]
        return row["from_on"], stored[key(row)][1][1] if key(row) in stored else None

    before = None
    while before != len(batch.rows):
        before = len(batch.rows)
        replaced = {key(row) for row in batch.rows}
        staying: dict[Key, list[Span]] = defaultdict(list)
        for row_key, (row_group, period) in stored.items():
            if row_key not in replaced:
                staying[row_group].append(period)
        taken: dict[Key, list[Span]] = defaultdict(list)
        for row in list(batch.rows):
            mine, period = group(row), span(row)
            if clash := _met(period, taken[mine]):
                _refuse_overlap(batch, row, clash)
            elif not (clash := _met(period, staying[mine])):
                taken[mine].append(period)
            elif batch.last:
                _refuse_overlap(batch, row, clash)
            else:
                batch.postpone(row)


def _refuse_overlap(batch: Batch, row: Row, other: Span) -> None:
    batch.refuse(
        row, "from_on",
        _("The period overlaps one from %(from)s until %(until)s.")
        % {"from": other[0], "until": other[1] or _("open")},
        _("Periods of the same thing follow each other; until_on is excluded."),
    )  # fmt: skip


def _met(period: Span, others: list[Span]) -> Span | None:
    return next((other for other in others if _meet(period, other)), None)


def _meet(one: Span, other: Span) -> bool:
    return (one[1] is None or other[0] < one[1]) and (
        other[1] is None or one[0] < other[1]
    )


def _settle(batch: Batch, touched: Collection[int]) -> None:
    """Post what changed for the partners that serve these clients."""
    served = list(
        Relationship.objects.managed()
        .filter(client_id__in=touched)
        .values_list("client_id", flat=True)
        .distinct()
    )
    if served and services.settle_managed(
        client_ids=served, until=batch.on, at=batch.at, editions=published_editions()
    ):
        queue_refresh(batch)


FILES = (
    BundleFile(
        name="clients.csv",
        load=load_clients,
        columns=(
            Column("ref", cells.ref, required=True),
            Column("name", cells.text(200), required=True),
            Column("country", cells.country, required=True),
            Column("domain", cells.domain),
            Column("segment", cells.choice(*Client.Segment.values)),
        ),
        key=("ref",),
    ),
    BundleFile(
        name="subscriptions.csv",
        load=load_subscriptions,
        columns=(
            Column("ref", cells.ref, required=True),
            Column("client_ref", cells.ref, required=True),
            Column("product_line", cells.text(50), required=True),
            Column("edition", cells.choice(*OwnEdition.values), required=True),
            Column("mrr", cells.decimal, required=True),
            Column("currency", cells.currency, required=True),
            Column("from_on", cells.day, required=True),
            Column("until_on", cells.day),
            Column("renews_on", cells.day),
            Column("seats", cells.integer(0, 10_000_000)),
        ),
        key=("ref",),
    ),
    BundleFile(
        name="relationships.csv",
        load=load_relationships,
        columns=(
            Column("partner_ref", cells.ref, required=True),
            Column("client_ref", cells.ref, required=True),
            Column("kind", cells.choice(*Relationship.Kind.values), required=True),
            Column("from_on", cells.day, required=True),
            Column("until_on", cells.day),
        ),
        key=("partner_ref", "client_ref", "kind", "from_on"),
    ),
    BundleFile(
        name="usage.csv",
        load=load_usage,
        columns=(
            Column("client_ref", cells.ref, required=True),
            Column("tool", cells.text(50), required=True),
            Column("measured_on", cells.day, required=True),
            Column("activated", cells.flag, required=True),
            Column("active_users", cells.integer(0, 10**9)),
            Column("key_actions", cells.integer(0, 10**9)),
        ),
        key=("client_ref", "tool", "measured_on"),
    ),
)
