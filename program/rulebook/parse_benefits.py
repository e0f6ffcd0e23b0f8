"""Read the benefits matrix: one line per row, the guide's ticks as it prints them.

    pdm = { row = 3, group = "support", levels = "-- P G Pl D E", … }

The six places of `levels` are the six columns of the guide; `--` is an empty cell.
"""

from collections.abc import Mapping
from types import MappingProxyType

from program.rulebook.reading import Cell, Table
from program.rulebook.terms import Benefit
from program.rulebook.words import Grant, Level

COLUMNS = dict(zip(("Pv", "P", "G", "Pl", "D", "E"), Level, strict=True))
GROUPS = (
    "commission",
    "support",
    "marketing",
    "sales",
    "customer_service",
    "development",
    "community",
)
_EMPTY = "--"


def read_benefits(section: Table) -> Mapping[str, Benefit]:
    """Return the rows by their codes, in the order of the document (rulebook 2.9)."""
    benefits: dict[str, Benefit] = {}
    for code, entry in section.entries():
        entry.key_is_code()
        number = entry.cell("row")
        benefit = _benefit(code, entry, number.integer(minimum=1, maximum=1_000))
        if benefit.row != len(benefits) + 1:
            raise number.error(f"is row {len(benefits) + 1} of the matrix")
        benefits[code] = benefit
    return MappingProxyType(benefits)


def _benefit(code: str, entry: Table, row: int) -> Benefit:
    ticked = _levels(entry.cell("levels"))
    eligibility = _flag(entry, "eligibility")
    paid = _flag(entry, "paid")
    given = Grant.MAY_APPLY if eligibility else Grant.MAY_BUY if paid else Grant.YES
    if eligibility and paid:
        raise entry.error("is either a right to apply or a right to buy")
    refused = _optional_levels(entry, "refused")
    exceptional = _optional_levels(entry, "exceptional")
    if not refused <= ticked:
        raise entry.error("takes back what was not ticked", "refused")
    if exceptional & (ticked - refused):
        raise entry.error("is exceptional where it is ticked", "exceptional")
    cells = {}
    for level in Level:
        if level in exceptional:
            cells[level] = Grant.EXCEPTIONAL
        else:
            cells[level] = given if level in ticked - refused else Grant.NO
    return Benefit(
        code=code,
        row=row,
        group=entry.cell("group").only(*GROUPS),
        name_en=entry.cell("en").text(),
        name_fr=entry.cell("fr").text(),
        cells=MappingProxyType(cells),
        ticked=ticked,
        eligibility=eligibility,
        paid=paid,
        rule=entry.cell("rule").text(),
        note=entry.text("note"),
    )


def _flag(entry: Table, key: str) -> bool:
    cell = entry.optional(key)
    return cell.flag() if cell else False


def _optional_levels(entry: Table, key: str) -> frozenset[Level]:
    cell = entry.optional(key)
    return _levels(cell) if cell else frozenset()


def _levels(cell: Cell) -> frozenset[Level]:
    marks = cell.text().split()
    if len(marks) != len(COLUMNS) or any(
        mark not in (column, _EMPTY) for mark, column in zip(marks, COLUMNS, strict=False)
    ):
        raise cell.error('must name the six columns in order, such as "-- P G Pl D E"')
    return frozenset(COLUMNS[mark] for mark in marks if mark != _EMPTY)
