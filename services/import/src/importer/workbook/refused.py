"""The exception for a file that is refused as a whole."""

from importer.texts import say


class WorkbookRefused(Exception):  # noqa: N818 - a verdict, not a fault
    """The file is not looked into. `code` is one of `texts.REFUSALS`, `message` its Chinese sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        self.message = say(code, **facts)
        super().__init__(f"{code}: {self.message}")
