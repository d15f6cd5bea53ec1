"""The worker process that reads and writes workbooks, one job each: `python -m importer.adapters.workbook.worker`.

A job is {"do": texts | read | template | answer, ...} and, where needed, the workbook's bytes.
"""

import gc
from typing import Any

from servicekit.sandbox.worker import Answer, serve

from importer.adapters.workbook import Limits, as_json
from importer.adapters.workbook.refused import WorkbookRefused


def _work(job: dict[str, Any], body: bytes) -> Answer:
    try:
        return _do(job, body)
    except WorkbookRefused as refused:
        return {"refused": refused.code, "values": refused.values}, b""


def _do(job: dict[str, Any], body: bytes) -> Answer:
    limits = Limits(**job["limits"])
    if job["do"] == "texts":
        from importer.adapters.workbook import texts

        return {"sheets": texts.read(body, limits)}, b""
    template = as_json.template_from(job["template"])
    if job["do"] == "read":
        from importer.adapters.workbook import reading

        return as_json.parsed_to(reading.read(body, template, limits, reading.Hints(**job.get("hints", {})))), b""
    if job["do"] == "template":
        from importer.adapters.workbook import blank

        return {}, blank.write(template, job["rows"])
    from importer.adapters.workbook import answer

    checked = as_json.checked_from(job["checked"])
    return {}, answer.write(body, template, checked, limits) if body else answer.plain(template, checked)


if __name__ == "__main__":
    gc.disable()  # the process ends after one job
    serve(_work)
