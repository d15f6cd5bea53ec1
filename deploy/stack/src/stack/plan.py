"""The list of services, and the permissions of each. `parts/` enforces the permissions.

A new service is a folder below `services/` and a line in `SERVICES`.
"""

import importlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from stack.files import REPOSITORY


class Access(StrEnum):
    """A service's access to a bucket."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Service:
    """One service. Its name is also its package, database, database role, bus user and stream."""

    name: str
    title: str
    """In Chinese, for the documentation pages, like `about`."""
    about: str
    buckets: dict[str, Access] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """Environment variables that only this service gets (`stack.environment`)."""
    api_path: str | None = None

    @property
    def path(self) -> str:
        """The service's part of `/api/<path>/...` and its folder in `services/`: `api_path`, by default the name."""
        return self.api_path or self.name

    @property
    def folder(self) -> Path:
        """Its folder. `import` is a keyword of Python, so the package inside is called `importer`."""
        return REPOSITORY / "services" / self.path

    @property
    def source(self) -> Path:
        """Its package."""
        return self.folder / "src" / self.name

    @property
    def label(self) -> str:
        """The name in Swagger UI's list."""
        return f"{self.name} {self.title}"

    def load(self) -> Any:
        """Its `servicekit.service.Service`; imports the service's package."""
        return importlib.import_module(f"{self.name}.app").SERVICE


@dataclass(frozen=True)
class Stream:
    """One stream of the bus."""

    name: str
    subject: str


_READ, _WRITE = Access.READ, Access.WRITE
# fmt: off
SERVICES: tuple[Service, ...] = (
    Service("identity", "身份", "组织、人员、账号、身份卡、登录与权限",
            {"zp-photos": _WRITE, "zp-enrolments": _WRITE},
            ("ZP_TOKEN_SIGNING_KEY", "ZP_DATA_KEY", "ZP_INDEX_KEY", "ZP_OPERATOR_PASSWORD", "ZP_SEAL_KEY")),
    Service("records", "记录", "学期与工作安排、写实记录、佐证材料、审核、任职",
            {"zp-evidence": _WRITE, "zp-evidence-public": _WRITE}),
    Service("publicity", "公示", "遴选、公示栏、质疑与申诉的处理",
            {"zp-cases": _WRITE, "zp-evidence-public": _READ}, ("ZP_CASE_KEY", "ZP_MARK_KEY")),
    Service("archive", "档案", "自评与评语、学期档案、生涯档案、核验",
            {"zp-archive": _WRITE, "zp-evidence-public": _READ}, ("ZP_ARCHIVE_KEY",)),
    Service("importer", "导入", "模板下载、Excel 检查与导入、撤销", {"zp-import": _WRITE}, ("ZP_SEAL_KEY",), api_path="import"),
    Service("notify", "消息", "待办与通知、未读数、实时推送", {}, ("ZP_MARK_KEY", "ZP_WEBHOOK_KEY")),
)
# fmt: on
BY_NAME: dict[str, Service] = {service.name: service for service in SERVICES}
BY_PATH: dict[str, Service] = {service.path: service for service in SERVICES}
NAMES: tuple[str, ...] = tuple(BY_NAME)
PATHS: tuple[str, ...] = tuple(BY_PATH)
BUCKETS: tuple[str, ...] = tuple(sorted({bucket for service in SERVICES for bucket in service.buckets}))
EXTENSIONS: tuple[str, ...] = ("ltree", "pg_trgm", "btree_gist")
ADVISORIES = Stream("ADVISORIES", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>")
STREAMS: tuple[Stream, ...] = (*(Stream(name.upper(), f"{name}.>") for name in NAMES), ADVISORIES)
ADMIN = "admin"


def owner(service: str) -> str:
    """Name of the role that owns a service's tables. It migrates; the service itself works as a lesser role."""
    return f"{service}_owner"
