"""What the web server loads in each of its processes: the application, in a process that ends when its parent does.

Without this, a web server killed outright would leave processes behind that keep the port and answer with old code.
"""

from wuxiao.site.drawer import lock_umask
from wuxiao.site.serve import end_with_parent

lock_umask()
end_with_parent()

from collections.abc import Callable, Iterable  # noqa: E402  the tie to the parent must come before anything slow
from typing import Any  # noqa: E402

from django.conf import settings  # noqa: E402

from wuxiao.site.watch import alive, metrics  # noqa: E402
from wuxiao.site.wsgi import application as _answer  # noqa: E402

alive.show(settings.DATA_DIR, "web")
metrics.share()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request; for how long it is in hand is shown to the supervisor."""
    with alive.IN_HAND.one():
        return _answer(environ, start_response)


__all__ = ["application"]
