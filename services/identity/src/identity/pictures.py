"""Pictures with letters to read (captcha), drawn in one thread: the drawing library blocks. Answers are kept elsewhere."""

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor

from servicekit.refusals import Refusal

_ALPHABET = "3467acdefhjkmnprtuvwxy"
"""No signs that look alike in a bent picture."""
_LENGTH = 4
_WAITING = 50
"""More than so many in line are told to come back."""


class Pictures:
    """Draws pictures; the fonts are read when the first one is asked for."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._inside = 0

    def close(self) -> None:
        """Finish what is in hand."""
        self._pool.shutdown(wait=True)

    def word(self) -> str:
        """What a new picture shows."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))

    async def draw(self, word: str) -> str:
        """A PNG of 160 × 60 as a `data:` address."""
        if self._inside >= _WAITING:
            raise Refusal("busy", retry_after=2)
        self._inside += 1
        try:
            png = await asyncio.get_running_loop().run_in_executor(self._pool, _draw, word)
        finally:
            self._inside -= 1
        return "data:image/png;base64," + base64.b64encode(png).decode()


def _draw(word: str) -> bytes:
    from captcha.image import ImageCaptcha

    return ImageCaptcha(width=160, height=60).generate(word).getvalue()


def read(typed: str) -> str:
    """The letters typed, as they are compared: capitals and blanks do not count."""
    return "".join(typed.split()).lower()
