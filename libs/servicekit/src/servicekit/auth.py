"""Access tokens, verified in each service, and what their cards may do and see. No service trusts the gateway."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from contracts.base import Role, level_of, within
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter
from pydantic import TypeAdapter
from scheme.roles import CAPABILITIES, Capability, platform_capabilities

from servicekit.db import Database, Tx
from servicekit.refusals import Refusal

AUDIENCE = "zongping"
ISSUER = "zongping-identity"
TYPE = "at+jwt"
ALGORITHM = "Ed25519"


@dataclass(frozen=True)
class Actor:
    """The caller: account × identity card × role × organisation. `students`: of a student or guardian, whom they act for."""

    account_id: UUID
    card_id: UUID
    role: Role
    path: str
    """Staff: the organisation and all below it. Student and guardian: the (child's) class."""
    name: str
    students: frozenset[UUID] = frozenset()
    held_since: datetime | None = None
    """When somebody last got into the account with another person's help, in whole seconds; None: never (L-17)."""
    capabilities: frozenset[str] | None = None
    """What the card may do, as identity resolved it from the role and the scheme; None: the token is of a release before
    capabilities, and they follow from the role alone (`can`)."""

    former_roles: frozenset[str] = frozenset()
    """How older versions of the scheme called the role: the card does its work in terms that stay under them (X-01)."""
    own_students: frozenset[UUID] = frozenset()
    """Of a staff card: the students whose own card the same account has, such as a member of a class's evaluation group."""

    @property
    def level(self) -> str:
        """The level of the card's organisation."""
        return level_of(self.path)

    @cached_property
    def roles(self) -> frozenset[str]:
        """All names of the role: `administrator` and, at a school, `school_administrator`; and its former ones."""
        return frozenset({self.role, f"{self.level}_{self.role}", *self.former_roles})

    @property
    def is_staff(self) -> bool:
        """Neither student nor guardian."""
        return self.role not in ("student", "guardian")

    @property
    def student_id(self) -> UUID:
        """The only student of this card; else `forbidden`."""
        if len(self.students) != 1:
            raise Refusal("forbidden")
        return next(iter(self.students))

    def is_(self, *roles: str) -> bool:
        """Has the card one of these roles (with or without the level)?"""
        return not self.roles.isdisjoint(roles)

    @cached_property
    def may(self) -> frozenset[str]:
        """The capabilities of the card (`scheme.roles.CAPABILITIES`)."""
        return platform_capabilities(self.role, self.level) if self.capabilities is None else self.capabilities

    def can(self, *capabilities: Capability) -> bool:
        """Has the card one of these capabilities?"""
        return not self.may.isdisjoint(capabilities)

    def covers(self, path: str) -> bool:
        """Is `path` within the staff card's organisation? Students and guardians cover no path."""
        return self.is_staff and within(path, self.path)

    def may_see_student(self, student_id: UUID, path: str) -> bool:
        """Their own (or their child's) data, or a student within their organisation."""
        return student_id in self.students or self.covers(path)

    def need_reading(self, path: str, student_id: UUID, *capabilities: Capability) -> None:
        """Refuse with `not_found` what staff see only with `see_records`, or with one of these capabilities."""
        if self.is_staff and not self.can("see_records", *capabilities):
            raise Refusal("not_found")
        self.need(path, student_id)

    def need(self, path: str, student_id: UUID | None = None) -> None:
        """Refuse with `not_found` what is out of scope."""
        if student_id not in self.students and not self.covers(path):
            raise Refusal("not_found")


@dataclass(frozen=True)
class Rule:
    """Who may call a route. Every route declares one; whether a row is in scope is checked later."""

    capabilities: frozenset[str]
    anonymous: bool = False
    cardless: bool = False
    """A signed-in account that has not chosen (or has no) card yet."""
    operators: bool = False
    """Also operators, who run the platform and see no student; else only if `capabilities` names what they may do."""

    def admits(self, actor: Actor) -> bool:
        """May this card call the route?"""
        if not self.capabilities:
            return self.operators or not actor.can("run_platform")
        return not self.capabilities.isdisjoint(actor.may)


def may(*capabilities: Capability) -> Rule:
    """Cards with one of these capabilities may call: `may("oversee")`. Which roles have them, the scheme says."""
    if not capabilities:
        raise ValueError("name at least one capability, or use SIGNED_IN")
    if unknown := set(capabilities) - CAPABILITIES.keys():
        raise ValueError(f"there is no capability {min(unknown)!r}; see scheme.roles")
    return Rule(frozenset(capabilities))


ANYONE = Rule(frozenset(), anonymous=True)
SIGNED_IN = Rule(frozenset())
"""Any card but an operator's, whose organisation is the whole country: the route shows students."""
ANY_CARD = Rule(frozenset(), operators=True)
ACCOUNT = Rule(frozenset(), cardless=True)
"""Also a token without a card: setting the password, taking a card."""


@dataclass(frozen=True)
class Bearer:
    """A verified token: its account, and the actor where a card is in use."""

    account_id: UUID
    actor: Actor | None
    issued_at: datetime
    expires_at: datetime
    session_id: UUID | None = None
    """The session at identity that the token came from."""
    must_change_password: bool = False
    """Signed in with a one-time password: may only set a new one."""


_BEARER = TypeAdapter(Bearer)


def _card(claims: dict[str, Any]) -> dict[str, Any]:
    return {**claims, "account_id": claims["sub"], "card_id": claims["card"], "capabilities": claims.get("may")}


def _need_type(value: object) -> None:
    if value != TYPE:
        raise ValueError(f"must be {TYPE}")


class Verifier:
    """Checks tokens with the published keys and the revoked cards."""

    def __init__(self, jwks: str) -> None:
        keys = json.loads(jwks)["keys"]
        if not keys:
            raise ValueError("the token keys contain no key: nobody could sign in")
        # keys made before RFC 9864 call the same algorithm EdDSA
        self._keys = KeySet.import_key_set({"keys": [{**key, "alg": ALGORITHM} for key in keys]})
        self._header = JWSRegistry({"typ": HeaderParameter("Type", _need_type, required=True)}, [ALGORITHM])
        self._claims = jwt.JWTClaimsRegistry(
            leeway=5,  # clocks differ a little; `verify` checks the end to the second
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        self._verified: LRUCache[str, Bearer] = LRUCache(10_000)
        self._revoked: dict[UUID, datetime] = {}

    def verify(self, token: str, now: datetime) -> Bearer:
        """The bearer of a token, or `unauthenticated`."""
        bearer = self._verified.get(token)
        if bearer is None:
            bearer = self._verified[token] = self._read(token)
        if bearer.expires_at <= now:
            self._verified.pop(token, None)
            raise Refusal("unauthenticated", detail="登录已过期")
        self.need_in_force(bearer)
        return bearer

    def need_in_force(self, bearer: Bearer) -> None:
        """Refuse with `unauthenticated` if the card, the account's tokens or the session ended since the token was issued."""
        actor = bearer.actor
        if actor is not None and (at := self._revoked.get(actor.card_id)) and bearer.issued_at <= at:
            raise Refusal("unauthenticated", detail="此身份卡已停用")
        if (at := self._revoked.get(bearer.account_id)) and bearer.issued_at <= at:
            raise Refusal("unauthenticated", detail="请重新登录")
        if bearer.session_id is not None and bearer.session_id in self._revoked:
            raise Refusal("unauthenticated", detail="登录已结束，请重新登录")

    def _read(self, token: str) -> Bearer:
        try:
            claims = jwt.decode(token, self._keys, registry=self._header).claims
            self._claims.validate(claims)
            card = _card(claims) if "card" in claims else None
            return _BEARER.validate_python(
                {
                    "account_id": claims["sub"],
                    "actor": card,
                    "issued_at": datetime.fromtimestamp(claims["iat"], UTC),
                    "expires_at": datetime.fromtimestamp(claims["exp"], UTC),
                    "session_id": claims.get("sid"),
                    "must_change_password": claims.get("pw", False),
                }
            )
        except (JoseError, ValueError, OverflowError, OSError):  # the last two: times beyond the calendar
            raise Refusal("unauthenticated") from None

    async def refresh(self, db: Database) -> None:
        """Read the revocations; called every few seconds, because another process may have received them."""
        async with db.reading() as tx:
            rows = await tx.fetch("SELECT card_id, at FROM revoked_cards WHERE at > now() - interval '2 days'")
        self._revoked = {row["card_id"]: row["at"] for row in rows}


async def note_revoked(tx: Tx, card_id: UUID, at: datetime) -> None:
    """Store a revoked card, or an account, whose tokens issued before `at` are refused; or a session that has ended (L-19)."""
    await tx.execute(
        "INSERT INTO revoked_cards (card_id, at) VALUES ($1, $2) "
        "ON CONFLICT (card_id) DO UPDATE SET at = greatest(revoked_cards.at, $2)",
        card_id,
        at,
    )


def claims_of(
    account_id: UUID, actor: Actor | None, now: datetime, seconds: int, *, extra: Iterable[tuple[str, Any]] = ()
) -> dict[str, Any]:
    """The claims that identity signs; `Verifier` checks them. `iat` has fractions, so that revocation is exact."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "iat": now.timestamp(),
        "exp": int(now.timestamp()) + seconds,
        **dict(extra),
    }
    if actor is not None:
        claims |= {
            "card": str(actor.card_id),
            "role": actor.role,
            "path": actor.path,
            "name": actor.name,
            "students": sorted(str(s) for s in actor.students),
        }
        if actor.capabilities is not None:
            claims["may"] = sorted(actor.capabilities)
        if actor.former_roles:
            claims["former_roles"] = sorted(actor.former_roles)
        if actor.own_students:
            claims["own_students"] = sorted(str(s) for s in actor.own_students)
        if actor.held_since is not None:
            claims["held_since"] = int(actor.held_since.timestamp())
    return claims
