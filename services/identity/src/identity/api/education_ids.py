"""Lists of education ids, for whom people ask who forgot theirs (BJ-02)."""

from servicekit.auth import may
from servicekit.downloads import DownloadView
from servicekit.http import Api, Request

from identity.actions import education_ids
from identity.views.requests import StudentIdsOrder

api = Api("identity")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@api.post("/students/education-ids", may=may("help_families"), status=200, secret=True, rules=("BJ-02",))
async def export_student_ids(request: Request, order: StudentIdsOrder) -> DownloadView:
    """Where the workbook with the education ids of a class, grade or school can be fetched once."""
    name, data = await education_ids.export_students(request.deps, request.actor, order.path, request.client)
    view: DownloadView = await request.deps.downloads.of_bytes(request, name, XLSX, data)
    return view


@api.post("/staff/education-ids", may=may("grant_staff"), status=200, secret=True, rules=("BJ-02",))
async def export_staff_ids(request: Request) -> DownloadView:
    """Where the workbook with the education ids of the school's staff can be fetched once. Who has none yet gets one."""
    name, data = await education_ids.export_staff(request.deps, request.actor, request.client)
    view: DownloadView = await request.deps.downloads.of_bytes(request, name, XLSX, data)
    return view
