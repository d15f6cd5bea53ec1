"""Whose request it is: only a gateway may say so, and only from where gateways are."""

from ipaddress import ip_network
from typing import Any

import pytest
from pydantic import SecretStr
from servicekit.settings import Settings


def settings(**given: Any) -> Settings:
    return Settings(database_url=SecretStr("x"), nats_url=SecretStr("x"), token_keys="{}", **given)


@pytest.mark.parametrize(
    ("remote", "real_ip", "caller"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("198.51.100.4", "203.0.113.7", "198.51.100.4"),
        ("127.0.0.1", "somebody, 10.0.0.1", "127.0.0.1"),
        (None, "203.0.113.7", "-"),
    ],
)
def test_an_address_is_believed_from_the_gateway_only(remote: str | None, real_ip: str | None, caller: str) -> None:
    assert settings().caller(remote, real_ip) == caller


def test_gateways_elsewhere_are_named_by_a_setting() -> None:
    own = settings(trusted_hops=(ip_network("10.0.3.0/24"),))
    assert own.caller("10.0.3.9", "203.0.113.7") == "203.0.113.7"
    assert own.caller("127.0.0.1", "203.0.113.7") == "127.0.0.1"
