"""What is answered about single sign-on."""

from pydantic import BaseModel


class Provider(BaseModel):
    """Where one may arrive from."""

    id: str
    title: str


class Providers(BaseModel):
    """All of them."""

    items: list[Provider]
