"""The exception for a file that is refused as a whole."""

from importer.domain.messages import message_of


class WorkbookRefused(Exception):  # noqa: N818 - a refusal, not a fault
    """The file is refused as a whole. `code` is one of `messages.REFUSALS`, `message` its Chinese sentence."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        self.message = message_of(code, **values)
        super().__init__(f"{code}: {self.message}")
