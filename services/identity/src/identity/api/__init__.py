"""HTTP: translates, never decides."""

from servicekit.downloads import download_api
from servicekit.http import Api

from identity.api import (
    accounts,
    adoptions,
    cards,
    claims,
    contacts,
    education_ids,
    enrolments,
    forms,
    organisations,
    people,
    profiles,
    qr_sign_ins,
    sessions,
    sso,
    staff,
    students,
)

api = Api("identity")
for _part in (
    sessions,
    qr_sign_ins,
    sso,
    accounts,
    education_ids,
    cards,
    organisations,
    staff,
    students,
    claims,
    people,
    profiles,
    contacts,
    adoptions,
    forms,
    enrolments,
):
    api.include(_part.api)
api.include(download_api())
