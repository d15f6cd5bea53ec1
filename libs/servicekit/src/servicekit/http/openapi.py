"""OpenAPI 3.1 of an Api, from its signatures and docstrings."""

import inspect
from typing import Any

from pydantic import TypeAdapter

from servicekit.http.api import Api, Route
from servicekit.http.parameters import meaning
from servicekit.refusals import MEANINGS

_REF = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem document. `code` is stable; other members tell what refused.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "rule": {"type": "string"},
        "field": {"type": "string"},
        "window": {"type": "object"},
        "scheme": {"type": "string"},
        "help": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def document(api: Api, title: str) -> dict[str, Any]:
    """The OpenAPI document. `x-may`: who may call an operation; `x-rules`: the rules that it implements."""
    inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = []
    for number, route in enumerate(api.routes):
        if route.body_adapter is not None:
            inputs.append((f"in{number}", "validation", route.body_adapter))
        if route.result_adapter is not None:
            inputs.append((f"out{number}", "serialization", route.result_adapter))
    refs, shared = TypeAdapter.json_schemas(inputs, ref_template=_REF) if inputs else ({}, {})
    schemas = {"Problem": _PROBLEM, **shared.get("$defs", {})}
    if schemas["Problem"] is not _PROBLEM:
        raise ValueError("a model named Problem hides the problem document; give it another name")
    paths: dict[str, dict[str, Any]] = {}
    for number, route in enumerate(api.routes):
        if route.hidden:
            continue
        body = refs.get((f"in{number}", "validation"))
        answer = refs.get((f"out{number}", "serialization"))
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, body, answer)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": f"/api/{api.name}"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "x-problem-codes": {code: {"status": m.status, "title": m.title} for code, m in sorted(MEANINGS.items())},
    }


def _operation(route: Route, body: Any, answer: Any) -> dict[str, Any]:
    description = inspect.getdoc(route.handler) or ""
    parameters = [*_parameters(route.path_model, "path"), *_parameters(route.query_model, "query")]
    if route.method != "GET" and not route.may.anonymous and (route.once or not route.secret):
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "A value of the caller's own. The same request with the same key takes effect once.",
                "required": False,
                "schema": {"type": "string", "maxLength": 128},
            }
        )
    done: dict[str, Any] = {"description": "Done"}
    if answer is not None:
        done["content"] = {"application/json": {"schema": answer}}
    problem = {
        "description": "Refused",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": description.split("\n", 1)[0],
        "description": description,
        "tags": [route.tag],
        "parameters": parameters,
        "responses": {str(route.status): done, "4XX": problem},
        "security": [] if route.may.anonymous else [{"token": []}],
        "x-may": "anyone" if route.may.anonymous else sorted(route.may.capabilities) or "any signed-in account",
    }
    if body is not None:
        operation["requestBody"] = {"required": route.body_required, "content": {"application/json": {"schema": body}}}
    if route.rules:
        operation["x-rules"] = list(route.rules)
    return operation


def _parameters(model: Any, location: str) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    needed = schema.get("required", [])
    defs = schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": location,
            "description": meaning(name),
            "required": location == "path" or name in needed,
            "schema": _inline(shape, defs),
        }
        for name, shape in schema.get("properties", {}).items()
    ]


def _inline(shape: Any, defs: dict[str, Any]) -> Any:
    if isinstance(shape, dict):
        if "$ref" in shape:
            return _inline(defs[shape["$ref"].rsplit("/", 1)[-1]], defs)
        return {key: _inline(value, defs) for key, value in shape.items()}
    return [_inline(item, defs) for item in shape] if isinstance(shape, list) else shape
