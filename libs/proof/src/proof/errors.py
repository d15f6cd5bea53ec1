"""The error class of this library."""


class ProofError(ValueError):
    """Something cannot be verified or parsed. `code` is stable; the Chinese texts are in `texts`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
