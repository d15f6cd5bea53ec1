"""HTTP: routes that declare who may call, typed parameters, problem documents, OpenAPI, server-sent events."""

from servicekit.http.api import Api, Request, Route
from servicekit.http.page import Cursor, Page
from servicekit.http.server import DEPS, VERIFIER, build
from servicekit.http.sse import EventStream, event_stream

__all__ = ["DEPS", "VERIFIER", "Api", "Cursor", "EventStream", "Page", "Request", "Route", "build", "event_stream"]
