"""DOCX for people: a template an office edits, filled in a sandbox, the same bytes for the same words.

A template is code: in the default environment of the library it runs commands and loses text after `<`. Here it runs
sandboxed, a field that is not there is an error, and what people wrote is always text. The library is brought in at the
first paper that needs it (`late`): it costs a quarter of a second and 25 MB.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from wuxiao.desk.base.archive import fixed
from wuxiao.late import late
from wuxiao.typed.plain import clean

docxtpl, docx_shared = late("docxtpl"), late("docx.shared")
#: How wide the QR of a paper is.
QR_MM = 24


def environment() -> SandboxedEnvironment:
    """Return the environment templates run in: sandboxed, strict about missing fields, everything escaped."""
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


def filled(template: bytes, data: Mapping[str, Any], *, qr: bytes) -> bytes:
    """Return the DOCX of a template with its fields; `qr` is a PNG. The same template and data give the same bytes.

    Raises what the template raises (`jinja2.TemplateError`, `SecurityError`): `check` says it in sentences.
    """
    made = docxtpl.DocxTemplate(io.BytesIO(template))
    made.init_docx()
    picture = docxtpl.InlineImage(made, io.BytesIO(qr), width=docx_shared.Mm(QR_MM))
    made.render({**_clean(data), "qr": picture}, environment())
    out = io.BytesIO()
    made.save(out)
    return fixed(out.getvalue())


def _clean(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {key: _clean(one) for key, one in value.items()}
        case list() | tuple():
            return [_clean(one) for one in value]
    return value
