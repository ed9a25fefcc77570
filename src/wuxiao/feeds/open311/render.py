"""JSON and XML of the same content, by the mapping the specification names (Spark): lists lose their item's name."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.http import HttpResponse

#: The name of one item of each list.
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
#: Characters that XML 1.0 cannot hold.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(form: str, name: str, content: Any, status: int = 200) -> HttpResponse:
    """Return the content under its root name in one of the two forms."""
    if form == "xml":
        root = Element(name)
        _fill(root, content, name)
        body = b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="utf-8", xml_declaration=False)
    else:
        body = json.dumps(content, ensure_ascii=False).encode()
    return HttpResponse(body, status=status, content_type=TYPES[form])


def _fill(element: Element, content: Any, name: str) -> None:
    if isinstance(content, dict):
        for field, value in content.items():
            _fill(SubElement(element, field), value, field)
    elif isinstance(content, list):
        for item in content:
            _fill(SubElement(element, ITEMS[name]), item, ITEMS[name])
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _ILLEGAL.sub("", str(content))
