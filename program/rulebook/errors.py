"""What is wrong with an edition, and where."""


class RulebookError(ValueError):
    """An edition that cannot be built: the message names the key and the line.

    `key` is dotted ("points.units.GBP"), empty if the document is not TOML at all.
    `line` counts from 1; None if the fault has no place in the document.
    """

    def __init__(self, reason: str, *, key: str = "", line: int | None = None) -> None:
        self.reason = reason
        self.key = key
        self.line = line
        place = f"line {line}: " if line is not None else ""
        super().__init__(f"{place}{key}: {reason}" if key else f"{place}{reason}")
