"""Downloads by a one-time address on the gateway's own origin, which needs no header: WebViews cannot send one."""

from servicekit.downloads.routes import download_api
from servicekit.downloads.tickets import Downloads, DownloadView

__all__ = ["DownloadView", "Downloads", "download_api"]
