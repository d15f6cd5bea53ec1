"""Excel workbooks: only this package uses openpyxl and calamine, in processes of their own.

Outside callers use `sandbox.WorkbookSandbox`, `WorkbookRefused` and `Limits`; the rest is how they do it. What the worker
process does not need is not imported here: it starts for every file.
"""

from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.refused import WorkbookRefused

__all__ = ["Limits", "WorkbookRefused"]
