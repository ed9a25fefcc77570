"""A visitor inside the process: the whole WSGI application is called, middleware and forged-request protection too."""

from __future__ import annotations

import io
import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

_FIELD = re.compile(r'name="(csrfmiddlewaretoken|key|version|once)" value="([^"]*)"')


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def header(self, name: str) -> str:
        """Return a header, or an empty text."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    @property
    def fields(self) -> dict[str, str]:
        """Hidden fields of the page's first form that has them."""
        found: dict[str, str] = {}
        for name, value in _FIELD.findall(self.body.decode()):
            found.setdefault(name, value)
        return found


class Browser:
    """Keeps cookies and calls the application."""

    def __init__(self, application: Any, address: str = "127.0.0.1") -> None:
        self.application, self.address = application, address
        self.cookies: dict[str, str] = {}

    def environ(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str) -> dict[str, Any]:
        """Return the WSGI environment of a request."""
        parts = urlsplit(path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9",
            "HTTP_ACCEPT": "text/html",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if self.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if method == "POST":
            environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"] = kind, str(len(body))
            environ["HTTP_ORIGIN"] = "http://localhost"
        for name, value in headers.items():
            environ["HTTP_" + name.upper()] = value
        return environ

    def call(self, environ: dict[str, Any]) -> Answer:
        """Call the application with an environment and keep the cookies it sets."""
        seen: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            seen.extend((status, headers))
            return lambda _data: None

        body = self.application(environ, start)
        try:
            data = b"".join(body)
        finally:
            body.close()
        answer = Answer(int(seen[0].split()[0]), seen[1], data)
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    if morsel["path"] in ("", "/"):
                        self.cookies[key] = morsel.value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        """GET a page."""
        return self.call(self.environ("GET", path, **headers))

    def form(self, path: str, values: dict[str, Any]) -> dict[str, Any]:
        """Return the environment of a form being posted."""
        body = urlencode(values, doseq=True).encode()
        return self.environ("POST", path, body, "application/x-www-form-urlencoded")

    def post(self, path: str, values: dict[str, Any]) -> Answer:
        """POST a form."""
        return self.call(self.form(path, values))
