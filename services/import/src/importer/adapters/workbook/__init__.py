"""Excel workbooks: only this package uses openpyxl and calamine, in worker processes.

The service uses `sandbox.WorkbookSandbox`, `WorkbookRefused` and `Limits` only. A worker process starts for every file, so
nothing is imported here that it does not need.
"""

from importer.adapters.workbook.limits import Limits
from importer.adapters.workbook.refused import WorkbookRefused

__all__ = ["Limits", "WorkbookRefused"]
