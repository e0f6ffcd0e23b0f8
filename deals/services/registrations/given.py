"""What a partner fills in for a registration, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

VALUES: Final = (
    *("company", "country", "segment", "first_name", "last_name", "email"),
    *("name", "need", "next_step", "intro_note", "expected_close_on", "owner"),
    *("introduced_by_vendor", "data_is_lawful"),
)
FIELDS: Final = (*VALUES, "domains", "lines")
"""What a partner fills in, and what the vendor may ask about again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product line as it was filled in."""

    product_line: str
    edition: str
    mrr_minor: int
    currency: str
    credits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was filled in; what is missing here stays as it was.

    `values` are some of `VALUES`; `domains` are normalised.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    domains: Sequence[str] | None = None
    lines: Sequence[Line] | None = None

    @property
    def names(self) -> set[str]:
        lists = {"domains": self.domains, "lines": self.lines}
        return {
            *self.values,
            *(name for name, given in lists.items() if given is not None),
        }
