"""HTTP: routes that declare who may call, typed parameters, problem documents, OpenAPI."""

from servicekit.http.api import Api, Request, Route
from servicekit.http.page import Cursor, Page
from servicekit.http.server import DEPS, VERIFIER, build

__all__ = ["DEPS", "VERIFIER", "Api", "Cursor", "Page", "Request", "Route", "build"]
