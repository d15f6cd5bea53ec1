"""The checker of scheme files for officials: every mistake once, in Chinese, with file, line and correction.

`document` knows lines and columns, `structure` reads what the models refuse, `soundness` looks for what loads and is wrong all
the same, `patterns` for regular expressions that take for ever. `report` brings them together.
"""

from scheme.checking.document import Document, Problem, SchemeError
from scheme.checking.report import check, check_help, check_migration, refusals

__all__ = ["Document", "Problem", "SchemeError", "check", "check_help", "check_migration", "refusals"]
