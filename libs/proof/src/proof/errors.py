"""The one error of this library."""


class ProofError(ValueError):
    """Something does not verify or cannot be read. `code` is stable and English; texts for people are in `texts`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
