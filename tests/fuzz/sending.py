"""Sends generated requests through the gateway and compares the answers with the OpenAPI document."""

import io
import json
import re
from typing import Any

import aiohttp
import requests
from jsonschema import Draft202012Validator
from schemathesis import Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from yarl import URL

from tests.world.client import PROBLEM

from .cases import GeneratedCase

CHECKED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_GATEWAY_REFUSES = re.compile(r"%(2f|5c|00|3b|25|3f|23)", re.IGNORECASE)
"""Encoded signs that change what a path means (slash, backslash, NUL, semicolon, percent, question mark, hash): the
gateway refuses them in a path before it looks for a service, with 400 and no body."""
_LONGEST = 8190
"""Bytes of a request line; servers refuse more, with 400 or 431 and a word of their own, before they look for a service."""
_UNSENDABLE = re.compile(r"[^\t\x20-\x7e]")


def prepared(made: GeneratedCase, base: str, token: str | None) -> requests.PreparedRequest:
    """The request with the caller's token, without headers that HTTP cannot carry."""
    kwargs: dict[str, Any] = made.case.as_transport_kwargs(base_url=base)
    headers = {name: value for name, value in kwargs.pop("headers").items() if not _UNSENDABLE.search(f"{name}{value}")}
    dropped = ("authorization", "host", "content-length", "transfer-encoding", "connection", "upgrade", "expect")
    headers = {name: value for name, value in headers.items() if name.lower() not in dropped}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if made.good and made.label.startswith("PUT"):
        headers.setdefault("If-Match", '"1"')
    kwargs.pop("cookies", None)
    return requests.Request(**kwargs, headers=headers).prepare()


async def send(http: aiohttp.ClientSession, request: requests.PreparedRequest) -> Response:
    """The answer, of a stream its beginning."""
    url = URL(str(request.url), encoded=True)
    headers = {name: str(value) for name, value in request.headers.items() if name.lower() != "content-length"}
    body = request.body.encode() if isinstance(request.body, str) else request.body
    body = io.BytesIO(body) if isinstance(body, bytes) else body  # a generated body may be large
    async with http.request(str(request.method), url, headers=headers, data=body, allow_redirects=False) as answer:
        streamed = answer.content_type == "text/event-stream"
        content = b"" if streamed else await answer.read()
        given = {name: answer.headers.getall(name) for name in answer.headers}
        if streamed:
            answer.close()
        return Response(answer.status, given, content, request, 0.0, False, stream_cut_short=streamed)


def findings(made: GeneratedCase, response: Response, problem: Draft202012Validator, codes: dict[str, Any]) -> list[str]:
    """What is wrong with an answer: schemathesis' own checks, and that every refusal is a problem document we list."""
    if response.status_code == 400 and not response.content and _GATEWAY_REFUSES.search(str(response.request.path_url)):
        return []
    if response.status_code in (400, 431) and len(str(response.request.path_url)) > _LONGEST - 50:
        return []
    found: list[str] = []
    try:
        made.case.validate_response(response, checks=CHECKED)
    except FailureGroup as failures:
        found += [f"{type(one).__name__}: {str(one)[:300]}" for one in failures.exceptions]
    except Failure as failure:
        found.append(f"{type(failure).__name__}: {str(failure)[:300]}")
    if response.status_code >= 400:
        found += _of_problem(response, problem, codes)
    return found


def _of_problem(response: Response, problem: Draft202012Validator, codes: dict[str, Any]) -> list[str]:
    if response.headers.get("content-type") != [PROBLEM]:
        return [f"a refusal as {response.headers.get('content-type')}"]
    details = json.loads(response.content)
    found = [error.message[:200] for error in problem.iter_errors(details)]
    if details["code"] not in codes:
        found.append(f"the code {details['code']} is not listed")
    elif codes[details["code"]]["status"] != response.status_code or details["status"] != response.status_code:
        found.append(f"{details['code']} came with {response.status_code}")
    if details["code"] == "invalid_input" and not (details.get("errors") or details.get("field") or details.get("detail")):
        found.append("invalid_input names no field")
    if not details.get("request_id"):
        found.append("no request_id")
    return found
