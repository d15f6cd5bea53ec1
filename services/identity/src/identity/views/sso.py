"""Response bodies of single sign-on."""

from pydantic import BaseModel


class Provider(BaseModel):
    """A single sign-on provider."""

    id: str
    title: str


class Providers(BaseModel):
    """All single sign-on providers."""

    items: list[Provider]
