"""Excel workbooks: the one room that touches openpyxl and calamine, in processes of their own.

Outside callers use `WorkbookRoom`, `WorkbookRefused` and `Limits`; the rest is how they do it.
"""

from importer.workbook.limits import Limits
from importer.workbook.refused import WorkbookRefused
from importer.workbook.room import WorkbookRoom

__all__ = ["Limits", "WorkbookRefused", "WorkbookRoom"]
