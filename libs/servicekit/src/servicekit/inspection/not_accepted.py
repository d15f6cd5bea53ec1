"""The refusal of a file by its content."""


class NotAccepted(Exception):  # noqa: N818  not a fault
    """The file is refused; the message is for users."""
