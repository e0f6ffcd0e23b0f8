"""One line on a terminal that says how far an import is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TextIO

_BAR: Final = 24


class TerminalProgress:
    """Rewrites one line of a terminal; silent where nobody watches (pipe, cron, CI).

    `seconds` is a monotonic clock.
    """

    def __init__(
        self, *, stream: TextIO, total_bytes: int, seconds: Callable[[], float]
    ) -> None:
        self._stream = stream
        self._total = max(total_bytes, 1)
        self._seconds = seconds
        self._started = seconds()
        self._shown = stream.isatty()

    def __call__(self, filename: str, *, bytes_read: int, rows: int) -> None:
        if not self._shown:
            return
        share = min(bytes_read / self._total, 1.0)
        spent = max(self._seconds() - self._started, 0.001)
        done = int(share * _BAR)
        # Carriage return and "erase to the end of the line": one line, rewritten.
        self._stream.write(
            f"\r[{'#' * done}{'.' * (_BAR - done)}] {share:4.0%} {filename:<20}"
            f" {rows:>11,} rows {rows / spent:>8,.0f}/s\x1b[K"
        )
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
