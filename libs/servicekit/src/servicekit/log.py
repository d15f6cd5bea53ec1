"""JSON logs on standard output, each line with the request id, from our code and from libraries alike.

Never log personal data. Numbers that slip into a message, a value or a traceback are removed from every line (L-20).
"""

import logging
import sys
from typing import Any

import structlog
from aiohttp.http_exceptions import HttpProcessingError, PayloadEncodingError

from servicekit import context
from servicekit.redaction import redacted_value


def _with_request_id(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if (request_id := context.request_id.get()) is not None:
        event.setdefault("request_id", request_id)
    return event


def _redact(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: redacted_value(value) for key, value in event.items()}


def _client_errors_are_no_errors(record: logging.LogRecord) -> bool:
    """aiohttp reports requests that are no HTTP as errors with a traceback: that is for a look now and then."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | PayloadEncodingError | ConnectionError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args = f"bad_request: {type(record.exc_info[1]).__name__}", ()
        record.exc_info = None
    return record.levelno >= logging.getLogger().level


def _log_uncaught(kind: type[BaseException], fault: BaseException, traceback: Any) -> None:
    logging.getLogger("uncaught").critical("uncaught", exc_info=(kind, fault, traceback))


def configure(service: str, level: str) -> None:
    """Send both structlog's and the libraries' logs through one JSON renderer."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request_id,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda _l, _m, event: {"service": service, **event},
                _redact,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("aiohttp.access", "asyncio", "urllib3", "faststream", "PIL", "pikepdf"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_client_errors_are_no_errors)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger by module name."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
