"""The environment variables of a service."""

import json
from pathlib import Path

from stack import plan
from stack.endpoints import Endpoints
from stack.ports import LOOPBACK

COMPLAINT_SECONDS = "2"
"""Short, so that a demonstration goes on at once; in production an hour."""


def service_env(
    service: str, endpoints: Endpoints, *, port: int, public_url: str, schemes: Path, drain_seconds: float = 0
) -> dict[str, str]:
    """The variables of one process of a service. They contain secrets: never log them.

    `drain_seconds`: 0 where all processes stop together, gateway included.
    """
    keys = endpoints.keyring
    env = {
        "ZP_HOST": LOOPBACK,
        "ZP_PORT": str(port),
        "ZP_DATABASE_URL": endpoints.database_url(service),
        "ZP_DATABASE_OWNER_URL": endpoints.database_owner_url(service),
        "ZP_NATS_URL": endpoints.nats_url(service),
        "ZP_PUBLIC_URL": public_url,
        "ZP_TOKEN_KEYS": json.dumps(keys.token_keys),
        "ZP_SCHEMES": str(schemes),
        "ZP_DRAIN_SECONDS": str(drain_seconds),
    }
    if service in keys.s3:
        s3 = endpoints.s3(service)
        env |= {"ZP_S3_ENDPOINT": s3.endpoint, "ZP_S3_ACCESS_KEY": s3.access_key, "ZP_S3_SECRET_KEY": s3.secret_key}
    secrets = {
        "ZP_TOKEN_SIGNING_KEY": json.dumps(keys.token_signing_key),
        "ZP_DATA_KEY": keys.data_key,
        "ZP_INDEX_KEY": keys.index_key,
        "ZP_OPERATOR_PASSWORD": keys.operator_password,
        "ZP_SEAL_KEY": keys.seal_key,
        "ZP_ARCHIVE_KEY": json.dumps(keys.archive_key),
        "ZP_CASE_KEY": keys.derived("case"),
        "ZP_MARK_KEY": keys.derived("mark"),
        "ZP_WEBHOOK_KEY": keys.derived("webhook"),
    }
    if service == "publicity":
        env["ZP_COMPLAINT_SECONDS"] = COMPLAINT_SECONDS
    return env | {name: secrets[name] for name in plan.BY_NAME[service].secrets}
