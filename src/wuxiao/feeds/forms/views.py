"""A question set as an XLSForm workbook that other programs read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.town import books
from wuxiao.feeds.forms import sets
from wuxiao.late import late

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """Return the workbook of a set this town asks; there is none of another."""
    form = sets.known(books.current(timezone.now()).book).get(name)
    if form is None:
        raise NotFound
    response = HttpResponse(late("wuxiao.feeds.forms.write").as_xlsx(form), content_type=KIND)
    response["Content-Disposition"] = f'attachment; filename="{name}-{form.version}.xlsx"'
    response["Cache-Control"] = "public, max-age=3600"
    return response
