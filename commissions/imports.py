"""The files of the bundle that commissions rest on."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from clients.imports import client_ids, minor_units, refuse_unknown_products
from commissions.models import FxRate, Receipt
from interchange import cells
from interchange.files import Batch, BundleFile, Column
from interchange.upsert import upsert


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
    wanted = {
        (row["ref"],): {
            "client_id": clients[row["client_ref"]],
            "product_line": row["product_line"],
            "month": row["month"],
            "amount_minor": minor[row.line],
            "currency": row["currency"],
        }
        for row in batch.rows
    }
    batch.count_upserted(upsert(Receipt, wanted, key=("ref",)))


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
