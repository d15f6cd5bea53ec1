"""Routes. A handler is a typed function; its signature says what comes from path, query and body.

`{name}` in the path takes the parameter of that name; a pydantic model is the JSON body; all else is the query string.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from servicekit.auth import Actor, Bearer, Rule
from servicekit.refusals import Refusal

type Handler = Callable[..., Awaitable[Any]]


class Request:
    """What a handler is given besides its parameters."""

    def __init__(self, raw: web.Request, deps: Any, bearer: Bearer | None) -> None:
        self.raw, self.deps, self.bearer = raw, deps, bearer

    @property
    def actor(self) -> Actor:
        """The identity card in use."""
        if self.bearer is None or self.bearer.actor is None:
            raise Refusal("forbidden", detail="请先选择身份卡")
        return self.bearer.actor

    @property
    def version(self) -> int:
        """The version the caller saw, from `If-Match`; needed where edits can meet."""
        sent = self.raw.headers.get("If-Match")
        if sent is None:
            raise Refusal("version_required")
        try:
            return int(sent.removeprefix("W/").strip('"'))
        except ValueError:
            raise Refusal("malformed", field="If-Match") from None

    @property
    def seen(self) -> int | None:
        """As `version`, where the caller says one."""
        return self.version if "If-Match" in self.raw.headers else None

    @property
    def client(self) -> str:
        """The caller's address as the gateway saw it; for throttling and audit only, never for rights."""
        address: str = self.deps.settings.caller(self.raw.remote, self.raw.headers.get("X-Real-Ip"))
        return address


@dataclass(frozen=True)
class Route:
    """One operation: how it is reached, who may, what goes in and out."""

    method: str
    path: str
    may: Rule
    handler: Handler
    status: int
    path_model: type[BaseModel]
    query_model: type[BaseModel]
    body: Any
    returns: Any
    rules: tuple[str, ...]
    hidden: bool = False
    answers: TypeAdapter[Any] | None = None
    body_adapter: TypeAdapter[Any] | None = None
    body_name: str | None = None
    body_needed: bool = False
    """A field of the body has no default; without one, a request may come without a body."""
    tag: str = ""
    secret: bool = False
    """The answer holds secrets: it is kept nowhere, so an `Idempotency-Key` has no meaning here, but for `once`."""
    once: bool = False
    """Though secret, the key is taken: who sends the same again is told `already_applied`, and nothing happens twice."""

    def read(self, raw: web.Request) -> dict[str, Any]:
        """The parameters from path and query, checked."""
        found: dict[str, Any] = {}
        for model, given, place in (
            (self.path_model, dict(raw.match_info), "path"),
            (self.query_model, _query(raw, self.query_model), "query"),
        ):
            try:
                checked = model.model_validate(given)
            except ValidationError as fault:
                if place == "path":
                    raise Refusal("not_found") from None
                raise invalid(fault, place) from None
            found |= {name: getattr(checked, name) for name in model.model_fields}
        return found


def _query(raw: web.Request, model: type[BaseModel]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, values in ((key, raw.query.getall(key)) for key in raw.query):
        declared = model.model_fields.get(name)
        many = declared is not None and "list[" in str(declared.annotation)
        given[name] = values if many else values[-1]
    return given


def invalid(fault: ValidationError, place: str = "body") -> Refusal:
    """A refusal that lists every field that is wrong, without repeating what was sent."""
    errors = [
        {"field": ".".join(str(p) for p in e["loc"]) or place, "message": e["msg"], "type": e["type"], "in": place}
        for e in fault.errors(include_url=False, include_input=False, include_context=False)
    ]
    return Refusal("invalid_input", errors=errors)


@dataclass
class Api:
    """A service's routes. Rooms of a larger service make an Api each and join them with `include`."""

    name: str = ""
    routes: list[Route] = field(default_factory=list)

    def include(self, other: "Api") -> None:
        """Take in the routes of another room."""
        self.routes.extend(other.routes)

    def get(self, path: str, *, may: Rule, **more: Any) -> Callable[[Handler], Handler]:
        """Read."""
        return self._route("GET", path, may, **more)

    def post(self, path: str, *, may: Rule, **more: Any) -> Callable[[Handler], Handler]:
        """Do, or add; takes an `Idempotency-Key`."""
        return self._route("POST", path, may, **more)

    def put(self, path: str, *, may: Rule, **more: Any) -> Callable[[Handler], Handler]:
        """Replace; takes an `Idempotency-Key`."""
        return self._route("PUT", path, may, **more)

    def patch(self, path: str, *, may: Rule, **more: Any) -> Callable[[Handler], Handler]:
        """Change a part; takes an `Idempotency-Key`."""
        return self._route("PATCH", path, may, **more)

    def delete(self, path: str, *, may: Rule, **more: Any) -> Callable[[Handler], Handler]:
        """Remove; takes an `Idempotency-Key`."""
        return self._route("DELETE", path, may, **more)

    def _route(
        self,
        method: str,
        path: str,
        may: Rule,
        *,
        status: int | None = None,
        rules: tuple[str, ...] = (),
        hidden: bool = False,
        tag: str = "",
        secret: bool = False,
        once: bool = False,
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            in_path: dict[str, Any] = {}
            in_query: dict[str, Any] = {}
            body: Any = None
            body_name: str | None = None
            for name, parameter in list(inspect.signature(handler).parameters.items())[1:]:
                hint = hints[name]
                bare = getattr(hint, "__origin__", hint)
                if "{" + name + "}" in path or "{" + name + ":" in path:
                    in_path[name] = (hint, ...)
                elif method != "GET" and inspect.isclass(bare) and issubclass(bare, BaseModel):
                    body, body_name = hint, name
                else:
                    default = ... if parameter.default is inspect.Parameter.empty else parameter.default
                    in_query[name] = (hint, default)
            adapter = None if body is None else TypeAdapter(body)
            returns = hints.get("return")
            raw = returns is None or returns is type(None) or _is_response(returns)
            title = "".join(part.title() for part in handler.__name__.split("_"))
            self.routes.append(
                Route(
                    method=method,
                    path=path,
                    may=may,
                    handler=handler,
                    status=status or (204 if returns in (None, type(None)) else 201 if method == "POST" else 200),
                    path_model=create_model(f"{title}Path", __config__=ConfigDict(extra="ignore"), **in_path),
                    query_model=create_model(f"{title}Query", __config__=ConfigDict(extra="forbid"), **in_query),
                    body=body,
                    body_name=body_name,
                    body_adapter=adapter,
                    body_needed=adapter is not None and not _takes_nothing(adapter),
                    returns=returns,
                    answers=None if raw else _adapter(returns),
                    rules=rules,
                    hidden=hidden,
                    tag=tag or self.name,
                    secret=secret,
                    once=once,
                )
            )
            return handler

        return register


def _takes_nothing(body: TypeAdapter[Any]) -> bool:
    try:
        body.validate_python({})
    except ValidationError:
        return False
    return True


def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def _is_response(hint: Any) -> bool:
    return inspect.isclass(hint) and issubclass(hint, web.StreamResponse)
