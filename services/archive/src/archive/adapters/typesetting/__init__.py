"""The printed archives: typst templates, and the way from a content to a page. No database, no network, no keys."""

from archive.adapters.typesetting.render import TEMPLATES, preview, render

__all__ = ["TEMPLATES", "preview", "render"]
