"""Errors of Open311: the specification's list of code and description, with the HTTP status it asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from wuxiao.desk.base.errors import DeskError, NotFound, Throttled
from wuxiao.feeds import door, problems
from wuxiao.feeds.open311 import render
from wuxiao.rules.words import Text


class Wrong(DeskError):
    """Something about the request is wrong; `status` as the specification has it."""

    code = "open311"

    def __init__(self, status: int, text: Text) -> None:
        super().__init__(text)
        self.status = status


def of(request: HttpRequest, form: str, error: DeskError) -> HttpResponse:
    """Return the errors of a request that failed."""
    match error:
        case Wrong():
            status = error.status
        case door.Unauthorised() | door.Powerless() | door.NotHere():
            status = 403
        case NotFound():
            status = 404
        case Throttled():
            status = 429
        case _:
            status = 400
    said = error.text.say(door.lang_of(request))
    fields = door.fields_of(error)
    rows = [
        {"code": status, "description": f"{name}: {text.say(door.lang_of(request))}"} for name, text in fields.items()
    ] or [{"code": status, "description": said}]
    if (heard := problems.danger_of(error)) is not None and heard["said"]:
        # Whom to call stands before what is wrong with a field.
        first = {"code": status, "description": f"{heard['said']['zh']} / {heard['said']['en']}"}
        rows.insert(0, first | {"call": ",".join(heard["call"])})
    response = render.answer(form, "errors", rows, status)
    if isinstance(error, Throttled):
        response["Retry-After"] = str(error.seconds)
    return response
