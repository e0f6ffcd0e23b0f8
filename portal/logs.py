"""One line per event, in UTC, that nobody can forge by sending a line break."""

import logging
import time


class LineFormatter(logging.Formatter):
    """Write UTC times and escape control characters in messages, not in tracebacks."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (inherited)
        record.message = "".join(
            character if character.isprintable() else repr(character)[1:-1]
            for character in record.message
        )
        return super().formatMessage(record)
