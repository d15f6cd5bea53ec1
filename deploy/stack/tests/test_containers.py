"""The container definitions of the servers; needs no Docker engine."""

from pathlib import Path

from stack import keyring
from stack.parts.nats import Nats
from stack.parts.postgres import Postgres
from stack.parts.storage import Storage


async def test_containers_have_the_same_settings_and_expose_one_port(tmp_path: Path) -> None:
    keys = keyring.make()
    postgres = await Postgres(tmp_path / "postgres", 1, "secret").image()
    nats = await Nats(tmp_path / "nats", 2, keys.nats).image()
    storage = await Storage(tmp_path / "storage", 3, (0,) * 7, keys.s3).image()
    assert (postgres.inside, nats.inside, storage.inside) == (5432, 4222, 8333)
    assert "-csynchronous_commit=on" in postgres.command
    assert not [option for option in postgres.command if "listen_addresses" in option]
    (bus,) = nats.files
    assert '"sync_interval": "always"' in bus.read_text()
    assert '"listen": "0.0.0.0:4222"' in bus.read_text()
    (identities,) = storage.files
    assert keys.s3["records"].secret in identities.read_text()
