"""Days as facts keep them, in JSON: ISO 8601, or nothing."""

from __future__ import annotations

from datetime import date


def iso(day: date | None) -> str | None:
    """Return a day, or a moment, as text; None stays None."""
    return day.isoformat() if day else None


def day_of(text: str | None) -> date | None:
    """Return the day that `iso` wrote. ValueError for what is none."""
    return date.fromisoformat(text) if text else None
