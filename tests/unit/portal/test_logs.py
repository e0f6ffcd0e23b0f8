"""A log line is one line, in UTC, whatever a stranger puts into it."""

import json
import logging
import sys

import pytest

from portal.logs import JsonFormatter, LineFormatter, RequestIdFilter
from ui.request_ids import under_id

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


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "portal", "msg": message, "levelno": 20})
    made.levelname, made.created, made.msecs = "INFO", 1_752_537_600.25, 250
    vars(made).update(extra)
    RequestIdFilter().filter(made)
    return made


def test_a_line_names_what_it_was_logged_under() -> None:
    with under_id("job 7"):
        shown = FORMATTER.format(record("done", status=200, milliseconds=12))

    assert shown == "2025-07-15T00:00:00.250Z INFO done 200 12 [job 7]"


def test_json_is_one_object_without_anything_else() -> None:
    with under_id("job 7"):
        shown = JsonFormatter().format(record("a\nb", status=200, password="x"))

    assert "\n" not in shown
    assert json.loads(shown) == {
        "at": "2025-07-15T00:00:00.250Z",
        "level": "INFO",
        "logger": "portal",
        "message": "a\nb",
        "request_id": "job 7",
        "status": 200,
    }


def test_json_keeps_the_traceback() -> None:
    try:
        int("broken")
    except ValueError:
        shown = JsonFormatter().format(record("x", exc_info=sys.exc_info()))

    assert "ValueError: invalid literal" in json.loads(shown)["exception"]
