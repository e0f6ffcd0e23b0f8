"""The files of the bundle, written row by row; they appear when all are complete."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

HEADERS: Final = {
    "partners": "ref,name,membership,country,joined_on,payout_currency,domain,pdm_email,"
    "own_edition,own_monthly_usd",
    "people": "partner_ref,email,first_name,last_name,role,left_on",
    "certifications": "partner_ref,email,kind,name,earned_on,expires_on",
    "accreditations": "partner_ref,name,granted_on,expires_on",
    "tiers": "partner_ref,tier,credited_on",
    "clients": "ref,name,country,domain,segment",
    "subscriptions": "ref,client_ref,product_line,edition,mrr,currency,from_on,until_on,"
    "renews_on,seats",
    "relationships": "partner_ref,client_ref,kind,from_on,until_on",
    "deals": "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on,"
    "poi_on,cancelled_on",
    "deal_lines": "deal_ref,product_line,edition,mrr,currency,credits",
    "receipts": "ref,client_ref,product_line,month,amount,currency",
    "fx_rates": "day,currency,usd",
    "usage": "client_ref,tool,measured_on,activated,active_users,key_actions",
}

_BUFFER: Final = 1 << 18


class BundleFiles:
    """Writes all files at once: `files.row("deals", ref, …)`.

    Cells must hold neither commas nor quotes; None is blank. Rows go to hidden files that
    take their names at the end, so that a folder never holds half a bundle.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, TextIO] = {}
        self.counts = dict.fromkeys(HEADERS, 0)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, header in HEADERS.items():
            self._open[name] = self._hidden(name).open(
                "w", encoding="utf-8", newline="\n", buffering=_BUFFER
            )
            self._open[name].write(header + "\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._open.values():
            file.close()
        for name in HEADERS:
            if kind is None:
                self._hidden(name).replace(self._folder / f"{name}.csv")
            with suppress(FileNotFoundError):
                self._hidden(name).unlink()

    def row(self, name: str, *cells: str | int | date | None) -> None:
        """Append a row; days are written as ISO days."""
        self._open[name].write(
            ",".join(["" if cell is None else str(cell) for cell in cells]) + "\n"
        )
        self.counts[name] += 1

    def _hidden(self, name: str) -> Path:
        return self._folder / f".{name}.{os.getpid()}"
