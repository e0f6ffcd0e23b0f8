"""A log line is one line, in UTC, whatever a stranger puts into it."""

import logging

import pytest

from portal.logs import LineFormatter

FORMATTER = LineFormatter("%(asctime)s %(levelname)s %(message)s")


def line(message: str, *arguments: object) -> str:
    record = logging.LogRecord(
        "portal", logging.INFO, "x.py", 1, message, arguments, None
    )
    record.created, record.msecs = 1_752_537_600.25, 250
    return FORMATTER.format(record)


def test_the_time_is_utc() -> None:
    assert line("hello") == "2025-07-15T00:00:00.250Z INFO hello"


@pytest.mark.parametrize(
    ("forged", "shown"),
    [
        pytest.param("x\n2025 INFO paid", "x\\n2025 INFO paid", id="line break"),
        pytest.param("x\r\ny", "x\\r\\ny", id="carriage return"),
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="terminal colour"),
        pytest.param("a\u202eb", "a\\u202eb", id="text direction"),
        pytest.param("Côte d’Ivoire 株", "Côte d’Ivoire 株", id="letters stay"),
    ],
)
def test_a_message_cannot_forge_a_line(forged: str, shown: str) -> None:
    assert line("path: %s", forged).endswith(f"path: {shown}")
