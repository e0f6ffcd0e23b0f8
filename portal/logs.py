"""One line per event, in UTC, that nobody can forge by sending a line break.

`LineFormatter` is for people, `JsonFormatter` (LOG_FORMAT=json) for what collects logs.
Both name the request or the job under which something happened, and neither names a
person: who it was stands in the audit log, under the same id.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from ui.request_ids import current_request_id

EXTRAS: Final = ("status", "milliseconds")
"""What records may carry beside their message; everything else stays inside."""


class RequestIdFilter(logging.Filter):
    """Put the id of the request or the job into each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class LineFormatter(logging.Formatter):
    """Write UTC times and escape control characters in messages, not in tracebacks."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (inherited)
        words = [record.message]
        words += [f"{getattr(record, each)}" for each in EXTRAS if hasattr(record, each)]
        if under := getattr(record, "request_id", ""):
            words.append(f"[{under}]")
        record.message = "".join(
            character if character.isprintable() else repr(character)[1:-1]
            for character in " ".join(words)
        )
        return super().formatMessage(record)


class JsonFormatter(BaseJsonFormatter):
    """Write one JSON object: when, how grave, where, what, under which id."""

    def add_fields(
        self,
        log_data: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        log_data |= {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
        }
        log_data |= {
            each: getattr(record, each) for each in EXTRAS if hasattr(record, each)
        }
        if record.exc_info:
            log_data["exception"] = self.formatException(record.exc_info)
