"""The Jinja2 environment of every page: translations, addresses, icons and the formats of dates and numbers.

Set as `OPTIONS["environment"]` of Django's Jinja2 backend. Macros: `templates/shared/ui.html`; read `docs/design.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from jinja2 import Environment
from markupsafe import Markup, escape

from wuxiao.desk.diary import filling
from wuxiao.rules.words import Text
from wuxiao.web.shared import charts, dates, prefs

ICON_DIR = Path(__file__).resolve().parents[1] / "static" / "wuxiao" / "icons"


@lru_cache(maxsize=256)
def _icon_body(name: str) -> str:
    path = ICON_DIR / f"{name}.svg"
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in ICON_DIR.glob("*.svg")))
        raise ValueError(f"there is no icon {name!r}; the icons are: {known}") from None
    return source[source.index(">") + 1 : source.rindex("</svg>")].strip()


@lru_cache(maxsize=512)
def icon(name: str, label: str = "", cls: str = "") -> Markup:
    """Return an icon as inline SVG: hidden from screen readers, unless it stands alone and carries a `label`."""
    classes = f"icon {cls}".strip()
    head = Markup('<svg class="{}" viewBox="0 0 20 20" width="20" height="20" focusable="false" ').format(classes)
    if label:
        head += Markup('role="img" aria-label="{}">').format(label)
    else:
        head += Markup('aria-hidden="true">')
    return head + Markup(_icon_body(name)) + Markup("</svg>")


@lru_cache(maxsize=8)
def mark(strokes: int = 5, cls: str = "") -> Markup:
    """Return our mark: 正, the tally of five, its last stroke in the civic colour; fewer strokes show progress."""
    paths = (
        "M5 6h22",
        "M16 6v20",
        "M16 15.5h9",
        "M8.5 14v12",
        "M3 26h26",
    )
    drawn = "".join(
        f'<path class="{"s5" if i == 4 else "s"}{"" if i < strokes else " off"}" d="{d}"/>' for i, d in enumerate(paths)
    )
    return Markup(
        f'<svg class="mark {escape(cls)}" viewBox="0 0 32 32" width="32" height="32" '
        f'aria-hidden="true" focusable="false">{drawn}</svg>'
    )


def html_lang() -> str:
    """Return the value of `<html lang>` for the active language."""
    return "en" if dates.active_lang() == "en" else "zh-Hans"


def _url(name: str, *args: object, **kwargs: object) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def _t(value: Text | str) -> str:
    return value.say(dates.active_lang()) if isinstance(value, Text) else value


def _ago(moment: datetime, now: datetime | None = None) -> str:
    return dates.ago(moment, now or timezone.now())


def _attrs(values: Mapping[str, Any] | None) -> Markup:
    """Turn a mapping into HTML attributes: True → bare name, False and None → left out, `_` → `-` in names."""
    out = Markup("")
    for name, value in (values or {}).items():
        if value is None or value is False:
            continue
        key = name.strip("_").replace("_", "-")
        out += Markup(" {}").format(key) if value is True else Markup(' {}="{}"').format(key, value)
    return out


def environment(**options: Any) -> Environment:
    """Return the Jinja2 environment Django's backend asks for, with autoescape on and new-style gettext installed."""
    options.setdefault("autoescape", True)
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    extensions = [*options.pop("extensions", ()), "jinja2.ext.i18n", "jinja2.ext.do"]
    env = Environment(extensions=extensions, **options)
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.globals.update(
        static=static,
        url=_url,
        icon=icon,
        mark=mark,
        html_lang=html_lang,
        lang=dates.active_lang,
        get_language=get_language,
        prefs_of=prefs.prefs_of,
        charts=charts,
        groups=dates.groups,
        filling=filling.told,
        now=timezone.now,
    )
    env.filters.update(
        when=dates.when,
        day=dates.day,
        short=dates.short,
        clock=dates.clock,
        month=dates.month,
        span=dates.span,
        ago=_ago,
        number=dates.number,
        percent=dates.percent,
        groups=dates.groups,
        t=_t,
        attrs=_attrs,
    )
    return env
