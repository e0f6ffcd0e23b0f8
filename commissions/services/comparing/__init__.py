"""A partner's own spreadsheet against the ledger, line by line; nothing of it is kept."""

from commissions.services.comparing.comparing import (
    Compared,
    Kind,
    Result,
    compare_spreadsheet,
)
from commissions.services.comparing.reading import (
    FIELDS,
    MAX_BYTES,
    MAX_ROWS,
    Grid,
    SheetError,
    grid_of_file,
    grid_of_text,
    recognised,
    text_of,
)
from commissions.services.comparing.rows import RowError, SheetRow, rows_of

__all__ = [
    "FIELDS",
    "MAX_BYTES",
    "MAX_ROWS",
    "Compared",
    "Grid",
    "Kind",
    "Result",
    "RowError",
    "SheetError",
    "SheetRow",
    "compare_spreadsheet",
    "grid_of_file",
    "grid_of_text",
    "recognised",
    "rows_of",
    "text_of",
]
