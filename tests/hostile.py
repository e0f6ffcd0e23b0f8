"""Values that break programs, and how tests put them into addresses and forms.

A page has many parameters, and each of them with each value alone is thousands of
requests that say the same. `arrangements` keeps what finds errors: what encoders and
databases choke on stands alone in every parameter; of the rest, each value stands in all
parameters at once, and alone in every seventh, for the first refusal hides the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

CHOKING = (
    "a\x00b",
    "9" * 5_000,
    str(10**30),
    "\ud800",
)
"""No text to PostgreSQL, no number to anybody, no character to UTF-8."""

# `make check` asks SQLite every tenth of these, and PostgreSQL all of them: what SQLite
# takes in its own way is one of those.
HOSTILE = [
    CHOKING[2],
    "\x00",
    *CHOKING[:2],
    "-1",
    "abc",
    "\uff11\uff12",
    "'; DROP TABLE partners_partner; --",
    "(a+)+$",
    '"',
    CHOKING[3],
    '"a',
    "%",
    "\\",
    "0000-01-01",
    "\u202e\ufeff\U0001f600",
    "9999-12-31",
    "1 " * 3_000,
    "True",
    "[]",
]


def postable(value: str) -> str:
    """Return a value as it arrives from a form: browsers send no lone surrogates."""
    return value.encode(errors="replace").decode()


def in_address(value: str) -> str:
    return quote(value.encode(errors="surrogatepass"))


def arrangements(
    parameters: Sequence[str], value: str, *, turn: int
) -> list[tuple[str, ...]]:
    """Return the sets of parameters in which to ask a value: all, then single ones.

    `turn` says which seventh stands alone: the place of the value among its like.
    """
    alone = parameters if value in CHOKING else parameters[turn % 7 :: 7]
    return [tuple(parameters), *((each,) for each in alone)]
