"""The exception for a file that is refused as a whole."""

from importer.domain.texts import say


class WorkbookRefused(Exception):  # noqa: N818 - a verdict, not a fault
    """The file is not looked into. `code` is one of `texts.REFUSALS`, `message` its Chinese sentence."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        self.message = say(code, **values)
        super().__init__(f"{code}: {self.message}")
