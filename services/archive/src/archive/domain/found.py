"""What is not there, or out of the caller's scope, is refused alike."""

from servicekit.refusals import Refusal


def need_found[T](value: T | None) -> T:
    """The value; `not_found` for None."""
    if value is None:
        raise Refusal("not_found")
    return value
