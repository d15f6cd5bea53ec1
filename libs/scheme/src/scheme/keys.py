"""Which keys of a scheme file some service reads, and which a later deployment will read.

A key is `Class.field` of the models. `keys_read.txt` lists those that are read; a house test computes it from the code
(`make generate` writes it), so that the check also works where the services' source is not at hand. An `id` is for
references and needs no reader.
"""

from collections.abc import Iterator, Mapping
from importlib import resources

from scheme.base import ContentError, Model, with_paths

READ = frozenset(resources.files("scheme").joinpath("keys_read.txt").read_text(encoding="utf-8").split())

NOT_YET: Mapping[str, tuple[str, ...]] = {
    "X-01": ("Authority.signed_on", "Authority.document"),
    "X-06": ("Kind.nothing_to_report",),
}
"""Keys whose feature comes with a later deployment, by the rule that needs it. The list may only become shorter."""

WAITING = frozenset(key for keys in NOT_YET.values() for key in keys)


def dead(scheme: Model) -> Iterator[ContentError]:
    """Each key of a scheme that nobody reads and that is not in `NOT_YET`."""
    for path, part in with_paths(scheme):
        for name in sorted(part.model_fields_set - {"id"}):
            key = f"{type(part).__name__}.{name}"
            if key not in READ | WAITING:
                says, correction = f"系统没有任何功能读取“{name}”（{key}），写了也不起作用", "请删去"
                yield ContentError(f"no service reads this key ({key})", says, correction, *(*path, name))
