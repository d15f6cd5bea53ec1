"""The printed archives: typst templates, and from a content to its PDF. No database, no network, no keys."""

from archive.adapters.typesetting.render import TEMPLATES, render

__all__ = ["TEMPLATES", "render"]
