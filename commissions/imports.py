"""The files of the bundle that commissions rest on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from clients.imports import client_ids, minor_units, refuse_unknown_products
from commissions import services
from commissions.models import FxRate, Receipt
from interchange import cells
from interchange.files import Batch, BundleFile, Column
from interchange.models import ImportRun
from interchange.upsert import upsert
from outbox.clock import program_day


def load_receipts(batch: Batch) -> None:
    refuse_unknown_products(batch)
    minor = minor_units(batch, "amount", negative=True)
    clients = client_ids(batch)
    for row in list(batch.rows):
        if not minor[row.line]:
            batch.refuse(
                row, "amount", _("Nothing was received."),
                _("Leave the row out: a month without a receipt is zero."),
            )  # fmt: skip
    _refuse_undoing_people(batch)
    recorded = services.record_receipts(
        (
            services.Stated(
                ref=row["ref"],
                client_id=clients[row["client_ref"]],
                product_line=row["product_line"],
                month=row["month"],
                amount_minor=minor[row.line],
                currency=row["currency"],
            )
            for row in batch.rows
        ),
        source=Receipt.Source.IMPORT,
        actor=None,
        at=batch.at,
    )
    if recorded.touched:
        services.queue_end(since=batch.at.isoformat())
    batch.count(new=recorded.new, changed=recorded.changed, unchanged=recorded.unchanged)


def _refuse_undoing_people(batch: Batch) -> None:
    """Refuse rows about receipts that somebody took back in the portal.

    The sending system may not know of that: stated again, they would count again.
    """
    taken_back = services.taken_back_by_people(row["ref"] for row in batch.rows)
    for row in list(batch.rows):
        if at := taken_back.get(row["ref"]):
            batch.refuse(
                row, "ref",
                _("This receipt was taken back in the portal on %(day)s.")
                % {"day": program_day(at)},
                _("Take the row out, or send the receipt under another reference."),
            )  # fmt: skip


def load_fx_rates(batch: Batch) -> None:
    wanted = {}
    for row in list(batch.rows):
        scaled = row["usd"] * Decimal(10**10)
        if scaled != scaled.to_integral_value() or not 1 <= scaled <= 10**15:
            batch.refuse(
                row, "usd", _("This is no rate the portal can keep exactly."),
                _("State US dollars per unit, above zero, with up to ten decimals."),
            )  # fmt: skip
            continue
        wanted[row["day"], row["currency"]] = {"usd_e10": int(scaled)}
    batch.count_upserted(upsert(FxRate, wanted, key=("day", "currency")))


def finish(*, on: date) -> None:
    """Accrue what the import brought, once everything is in; `on` is the clock's.

    Schedules first, then the months that are over of every client concerned.
    """
    runs = ImportRun.objects.filter(finished_at=None).order_by("-started_at")
    if run := runs.first():
        services.catch_up(since=run.started_at, at=run.started_at)


FILES = (
    BundleFile(
        name="receipts.csv",
        load=load_receipts,
        columns=(
            Column("ref", cells.ref, required=True),
            Column("client_ref", cells.ref, required=True),
            Column("product_line", cells.text(50), required=True),
            Column("month", cells.month, required=True),
            Column("amount", cells.decimal, required=True),
            Column("currency", cells.currency, required=True),
        ),
        key=("ref",),
    ),
    BundleFile(
        name="fx_rates.csv",
        load=load_fx_rates,
        columns=(
            Column("day", cells.day, required=True),
            Column("currency", cells.currency, required=True),
            Column("usd", cells.decimal, required=True),
        ),
        key=("day", "currency"),
    ),
)
