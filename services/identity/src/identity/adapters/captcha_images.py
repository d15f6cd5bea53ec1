"""Captcha images, drawn in a thread because the library blocks. The answers are stored by `actions.captchas`."""

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor

from servicekit.refusals import Refusal

_ALPHABET = "3467acdefhjkmnprtuvwxy"
"""No characters that look alike when distorted."""
_LENGTH = 4
_MAX_QUEUED = 50
"""More requests than this are refused with `busy`."""


class CaptchaImages:
    """Draws captchas; the library is imported at the first one, because it reads its fonts then."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._queued = 0

    def close(self) -> None:
        """Finish the running jobs."""
        self._pool.shutdown(wait=True)

    def new_text(self) -> str:
        """The random text of a new captcha."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))

    async def draw(self, new_text: str) -> str:
        """A PNG of 160 × 60 pixels as a `data:` URL."""
        if self._queued >= _MAX_QUEUED:
            raise Refusal("busy", retry_after=2)
        self._queued += 1
        try:
            png = await asyncio.get_running_loop().run_in_executor(self._pool, _draw, new_text)
        finally:
            self._queued -= 1
        return "data:image/png;base64," + base64.b64encode(png).decode()


def _draw(new_text: str) -> bytes:
    from captcha.image import ImageCaptcha

    return ImageCaptcha(width=160, height=60).generate(new_text).getvalue()


def normalised(typed: str) -> str:
    """The typed answer without blanks and in lower case, as it is compared."""
    return "".join(typed.split()).lower()
