"""What the library has to say beside its results."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING}
_logger = logging.getLogger("metaxy_cpp")


class LogRecord(NamedTuple):
    """One thing that happened: a repeated attempt, maintenance after a write, a fallback store that was used, ...

    Attributes:
        severity: "info" or "warning".
        subject: What it is about, such as "retry" or "schema"; see `LogSubject` in `metaxy/log.h`.
        message: One line for people, without credentials.
        values: For programs: table, feature, attempt, error, ... as far as they apply.
    """

    severity: str
    subject: str
    message: str
    values: dict[str, Any]


LogFunction = Callable[[LogRecord], None]


def log_to_logging(record: LogRecord) -> None:
    """Passes a record on to Python's logger "metaxy_cpp": the default of stores and projects."""
    extra = {"subject": record.subject, "values": record.values}
    _logger.log(_LEVELS.get(record.severity, logging.INFO), "%s", record.message, extra=extra)


def native_log(function: LogFunction | None) -> Callable[[str, str, str, str], None] | None:
    """The function that the library is given for one of the user's."""
    if function is None:
        return None
    if not callable(function):
        raise TypeError(f"on_log must be a function or None, not {type(function).__name__}")

    def call(severity: str, subject: str, message: str, values: str) -> None:
        function(LogRecord(severity, subject, message, json.loads(values)))

    return call


__all__ = ["LogFunction", "LogRecord", "log_to_logging"]
