"""Typed parts of an address. What is not of the type is a page that does not exist."""

from datetime import date

from ui.query import FIRST_DAY, LAST_DAY


class DayConverter:
    """A day of the programme, written YYYY-MM-DD, from `FIRST_DAY` to `LAST_DAY`."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Return the day. Django answers 404 to the ValueError of 2026-02-30."""
        day = date.fromisoformat(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(f"{value} is outside the days of the programme")
        return day

    def to_url(self, value: date) -> str:
        return value.isoformat()
