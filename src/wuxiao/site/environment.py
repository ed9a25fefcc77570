"""What may stand in the environment: every variable of ours, and what is right for it.

One table, asked before anything else is read: a wrong value ends the start with a sentence that names the variable,
what was found and what is right, and `wuxiao doctor` shows the same. A variable that is there and blank says nothing.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from wuxiao.rules.access import Role
from wuxiao.rules.words import Text

#: Variables of the tests, the benches and the tools, which a town never sees.
OTHERS = re.compile(r"WUXIAO_(?:TEST|BENCH|MUTANTS|CANARY|ROSTER)_\w+|WUXIAO_(?:ALLOW_SKIP|BROWSER|PEERS|LANG)")
#: The shortest silence after which a process may be ended: a few of its signs of life (`site.watch.alive`) must fit in.
LEAST_SILENCE = 6.0


@dataclass(frozen=True, slots=True)
class Setting:
    """Whether a value fits, and what does; the value of a `secret` one is never repeated."""

    fits: Callable[[str], bool]
    right: Text
    secret: bool = False


def _flag() -> Setting:
    return Setting(lambda typed: typed in {"0", "1"}, Text("要写 1（开）或 0（关）", "write 1 (on) or 0 (off)"))


def _whole(least: int, example: int) -> Setting:
    return Setting(
        lambda typed: typed.isascii() and typed.isdecimal() and len(typed) < 8 and int(typed) >= least,
        Text(
            f"要写 {least} 以上的整数，例如 {example}",
            f"a whole number of {least} or more is needed, such as {example}",
        ),
    )


def _silence(typed: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", typed)) and float(typed) >= LEAST_SILENCE


def _file(typed: str) -> bool:
    """A path at which a file lies or can be made; whether it may be read shows when it is."""
    path = Path(typed)
    try:
        while not path.exists() and path != path.parent:
            path = path.parent
            if path.is_file():
                return False
        return "\x00" not in typed and "://" not in typed and not Path(typed).is_dir()
    except (OSError, ValueError):
        return False


_A_FILE = Setting(
    _file,
    Text(
        "要写一个文件的路径，例如 /etc/wuxiao/key（不是文件夹）",
        "write the path of a file, such as /etc/wuxiao/key, no folder",
    ),
)


def _address(typed: str) -> bool:
    try:
        parts = urlsplit(typed)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _hosts(typed: str) -> bool:
    one = re.compile(r"\*|\.?\w[\w-]*(\.\w[\w-]*)*\.?|\[[0-9A-Fa-f:.]+\]")
    return all(one.fullmatch(host.strip()) for host in typed.split(",") if host.strip())


def _roles(typed: str) -> bool:
    return all(word.strip() in {"all", "", *Role} for word in typed.split(","))


def _mail_url(typed: str) -> bool:
    if typed.startswith(("file:", "console:")):
        return True
    try:
        parts = urlsplit(typed)
        return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _mail_from(typed: str) -> bool:
    address = parseaddr(typed)[1]
    return bool(re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address)) and typed.isprintable()


def _letters(least: int) -> Callable[[str], bool]:
    return lambda typed: len(typed) >= least and typed.isascii() and typed.isprintable() and " " not in typed


_OURS = Text("由程序自己设，不要写", "the program sets it itself; leave it out")

#: By name without `WUXIAO_`.
SETTINGS: Mapping[str, Setting] = {
    "BASE_URL": Setting(
        _address,
        Text(
            "要写网站的地址，例如 https://12345.example.gov.cn",
            "write the address of the site, such as https://12345.example.gov.cn",
        ),
    ),
    "HTTPS": _flag(),
    "DEBUG": _flag(),
    "DEMO": _flag(),
    "TRACE": _flag(),
    "HOSTS": Setting(
        _hosts,
        Text(
            "要写主机名，逗号分开，不带 http:// 和端口，例如 a.example,b.example",
            "write host names with commas between, without http:// and port, such as a.example,b.example",
        ),
    ),
    "SECRET_KEY": Setting(
        lambda typed: len(typed) >= 32,
        Text("至少要 32 个字符", "32 characters or more are needed"),
        secret=True,
    ),
    "SECOND_FACTOR": Setting(
        _roles,
        Text(
            f"可写 all，或岗位代码（逗号分开）：{'、'.join(Role)}",
            f"write all, or roles with commas between: {', '.join(Role)}",
        ),
    ),
    "IDLE_MINUTES": _whole(1, 45),
    "SIGNED_IN_HOURS": _whole(1, 10),
    "SIGNED_IN_TIMES": _whole(1, 5),
    "TRUSTED_PROXIES": _whole(0, 1),
    "WEB_PROCESSES": _whole(1, 2),
    "HUNG_SECONDS": Setting(
        _silence,
        Text(
            f"要写 {LEAST_SILENCE:g} 以上的秒数，例如 30",
            f"a number of seconds of {LEAST_SILENCE:g} or more is needed, such as 30",
        ),
    ),
    "IDENTITY_KEY_FILE": _A_FILE,
    "LOG_KEY": _A_FILE,
    "CHECKPOINTS": _A_FILE,
    "BACKUP_KEY_FILE": _A_FILE,
    "LOG_NAME": Setting(
        lambda typed: bool(re.fullmatch(r"[^\s+]{1,200}", typed)),
        Text(
            "要写不带空格和加号的名字，例如 town.example/wuxiao",
            "write a name without blanks and plus signs, such as town.example/wuxiao",
        ),
    ),
    "LOG": Setting(
        lambda typed: typed.upper() in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"},
        Text("可写 DEBUG、INFO、WARNING、ERROR、CRITICAL", "write DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    ),
    "LOG_FORMAT": Setting(lambda typed: typed in {"json", "line"}, Text("可写 json 或 line", "write json or line")),
    "MAIL_URL": Setting(
        _mail_url,
        Text(
            "要写 smtp://账号:口令@主机:587、smtps://…、file: 或 console:；口令里的 @ 写成 %40",
            "write smtp://user:password@host:587, smtps://…, file: or console:, with %40 for @ in the password",
        ),
        secret=True,
    ),
    "MAIL_FROM": Setting(
        _mail_from,
        Text("要写一个邮箱，例如 wuxiao@example.gov.cn", "write a mail address, such as wuxiao@example.gov.cn"),
    ),
    "SMS_GATEWAY": Setting(
        lambda typed: typed.startswith(("file:", "console:")) or _file(typed),
        Text(
            "要写描述短信接口的 TOML 文件的路径，或 file:、console:（见 docs/administrators/sms.md）",
            "write the path of the TOML file that describes the provider, or file:, console: "
            "(docs/administrators/sms.md)",
        ),
    ),
    "METRICS_TOKEN": Setting(
        _letters(8),
        Text(
            "要写 8 个以上的英文字母、数字、符号，中间不空格",
            "8 or more ASCII letters, digits and marks without blanks are needed",
        ),
        secret=True,
    ),
    "BACKUP_TO": Setting(
        lambda typed: bool(re.fullmatch(r"age1[0-9a-z]{58}", typed)),
        Text(
            "要写 age1 开头的公钥（wuxiao backup-key 生成）",
            "write a public key that begins with age1 (wuxiao backup-key makes one)",
        ),
    ),
    "API_KEY": Setting(
        _letters(8),
        Text("要写页面“接口密钥”里给出的密钥", "write the key as the page “Interface keys” showed it"),
        secret=True,
    ),
    "FONTS": Setting(
        lambda typed: "\x00" not in typed and Path(typed).is_dir(),
        Text(
            "要写一个放字体文件的文件夹，例如 /usr/share/fonts/gov",
            "write a folder of font files, such as /usr/share/fonts/gov",
        ),
    ),
    # Set by the supervisor for its own children.
    "PROCESS": Setting(lambda typed: typed in {"web", "look"}, _OURS),
    "SUPERVISOR": Setting(
        lambda typed: typed.isascii() and typed.isdecimal(),
        _OURS,
    ),
    # Judged with its reasons by `site.folder`.
    "DATA_DIR": Setting(lambda typed: True, Text("要写一个文件夹", "write a folder")),
}


def value(name: str, otherwise: str = "") -> str:
    """Return what was set under `WUXIAO_` and this name, without blanks around; `otherwise` where that is nothing."""
    return os.environ.get(f"WUXIAO_{name}", "").strip() or otherwise


def whole(name: str, otherwise: int) -> int:
    """Return a whole number that was set, else `otherwise`; `demand` has judged it."""
    return int(value(name, str(otherwise)))


def on(name: str, *, otherwise: bool = False) -> bool:
    """Return whether something was switched on."""
    return value(name, "1" if otherwise else "0") == "1"


def wrong(*names: str) -> dict[str, Text]:
    """Return the sentences about what is set and does not fit, by variable; of these names, or of all."""
    said = {}
    for name in names or SETTINGS:
        setting, typed = SETTINGS[name], value(name)
        if typed and not setting.fits(typed):
            found = f"（{len(typed)} 个字符）" if setting.secret else f"={typed[:200]!r} "
            shown = f" ({len(typed)} characters)" if setting.secret else f"={typed[:200]!r}"
            said[f"WUXIAO_{name}"] = Text(
                f"WUXIAO_{name}{found}不行：{setting.right.zh}。",
                f"WUXIAO_{name}{shown} will not do: {setting.right.en}.",
            )
    return said


def unknown() -> dict[str, Text]:
    """Return sentences about variables that look like ours and are none: a slip of the pen that would do nothing."""
    said = {}
    known = [f"WUXIAO_{name}" for name in SETTINGS]
    for name in sorted(os.environ):
        if not name.startswith("WUXIAO_") or name in known or OTHERS.fullmatch(name):
            continue
        near = difflib.get_close_matches(name, known, 1)
        said[name] = Text(
            f"没有 {name} 这个设置" + (f"，是不是 {near[0]}？" if near else "。"),
            f"there is no setting {name}" + (f"; is {near[0]} meant?" if near else "."),
        )
    return said


def demand(*names: str) -> None:
    """End with a sentence for each variable that does not fit; of these names, or of all."""
    if found := wrong(*names):
        raise SystemExit("\n".join(f"{text.zh}\n{text.en}" for text in found.values()))
