"""The receipts of the demo bundle: for as long as asked for, and not all as due."""

import csv
from datetime import date
from pathlib import Path

from portal.demo_bundle import Size, write_bundle

TODAY = date(2026, 3, 31)
SIZE = Size(partners=45, clients=300, deals=900)


def test_has_receipts_of_as_many_months_as_asked_for(tmp_path: Path) -> None:
    write_bundle(folder=tmp_path, size=SIZE, seed=7, today=TODAY, months=36)

    with (tmp_path / "receipts.csv").open(newline="") as file:
        receipts = list(csv.DictReader(file))
    months = sorted({row["month"] for row in receipts})
    assert len(months) > 30
    assert months[0] >= "2023-03"
    assert months[-1] == "2026-02"
    # Some paid in another currency, some were paid back, some did not pay.
    paid_in = {(row["client_ref"], row["currency"]) for row in receipts}
    assert len(paid_in) > len({client for client, _currency in paid_in})
    assert any(row["amount"].startswith("-") for row in receipts)
    late = {row["client_ref"] for row in receipts if row["month"] == months[-1]}
    assert {row["client_ref"] for row in receipts} > late
