"""What the parameters of paths and queries mean, by name, for the OpenAPI documents. Ids (`..._id`) need no entry."""

_MEANINGS = {
    "activity_type": "Only records of this activity type of the scheme (JX-18).",
    "after": "Begin after the message of this `place`, like `Last-Event-ID`.",
    "at": "The time that is asked about; now by default.",
    "circle": "The class circle or the school circle (CS-04).",
    "code": "The code of the archive, or the identity provider's authorisation code.",
    "cursor": "`next` of the page before; the first page by default.",
    "dimension": "Only records of this dimension of the scheme.",
    "error": "The identity provider's error code (RFC 6749).",
    "error_description": "The identity provider's description of the error.",
    "error_uri": "The identity provider's page about the error.",
    "format": "Which form of the archive.",
    "iss": "The identity provider that answers (RFC 9207).",
    "kind": "Only those of this kind.",
    "late": "Only archives that wait for a correction, or only the others.",
    "limit": "Items per page at most.",
    "mine": "Only what the caller has opened.",
    "origin": "Only records that came this way.",
    "path": "Organisation path: only what lies at or below it.",
    "pending": "Only evaluations that are still missing, or only written ones.",
    "preview": "The reduced copy that is made to be shown, instead of the file as uploaded.",
    "provider": "The identity provider's id in the settings.",
    "q": "Only those whose text or name contains this.",
    "reason": "Why; kept in the audit trail.",
    "scope": "The scope that the identity provider granted.",
    "session_state": "The identity provider's session state.",
    "since": "Only those from this time on.",
    "stage": "Only cases at this stage.",
    "state": "Only those in this state; for a sign-in, the value that ties the answer to the request.",
    "subject": "Only audit rows about this account, card or student.",
    "type": "The import type or types, as the scheme names them.",
    "under": "Organisation path: only this organisation and those below it.",
    "unread": "Only messages that the account has not read.",
    "until": "Only those before this time.",
    "version": "The scheme's version.",
    "waiting": "Only those that wait for the caller to act.",
    "what": "Only audit rows of this action.",
}


def meaning(name: str) -> str:
    """The description of a parameter; without one it is empty, which the linter of the documents rejects."""
    return _MEANINGS.get(name) or (f"Id of the {name.removesuffix('_id')}." if name.endswith("_id") else "")
