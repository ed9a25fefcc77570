"""Settings: everything a town changes comes from the environment; nothing secret is in the code."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from wuxiao.records import kept
from wuxiao.site import environment, folder, looking

# Before anything is made: whatever is set must fit.
environment.demand()
#: A web process waits for a lock this long and then says that it is busy; whoever has no reader waiting is patient.
_WEB = environment.value("PROCESS") == "web"
LOCK_SECONDS = 5 if _WEB else 20
STATEMENT_SECONDS = 30 if _WEB else 0
PACKAGE = Path(__file__).resolve().parent.parent
#: This process writes nothing anywhere (`wuxiao verify` of a copy).
LOOKING = looking.on()
DATA_DIR = folder.chosen(os.environ.get("WUXIAO_DATA_DIR", "data"), only_look=LOOKING)


def _made_here() -> bool:
    """Whether a town on SQLite lies in the folder already (PostgreSQL is asked when the town is prepared)."""
    file = DATA_DIR / "wuxiao.sqlite3"
    return not os.environ.get("DATABASE_URL") and file.is_file() and file.stat().st_size > 0


def _secret() -> str:
    """The signing key: from the environment, else one made at first start and kept in the data folder.

    It is written whole or not at all: a temporary file that gets its name when it is on the disk. An empty key and a
    lost one stop the start, for with a new key every session, second factor and receipt cookie would be void.
    """
    if key := environment.value("SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    if LOOKING and not path.exists():
        # A copy of the database without its keys: whoever looks says what could not be compared.
        return secrets.token_urlsafe(48)
    try:
        return _kept_key(path)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise SystemExit(
            f"密钥文件 {path} 读写不了（{why}）：请腾出空间、改好权限，或从备份放回原来的文件。\n"
            f"The key file {path} cannot be read or written ({why}): make room, mend its rights, or put the old one "
            "back from the backup."
        ) from None


def _kept_key(path: Path) -> str:
    if not path.exists():
        if _made_here():
            raise SystemExit(
                f"{DATA_DIR} 里有城镇的数据，但密钥文件 secret-key 不见了；请从备份放回原来的文件，不要新做。\n"
                f"{DATA_DIR} holds a town, but its file secret-key is gone: put the old one back from the backup."
            )
        folder.make(DATA_DIR)
        kept.write(path, secrets.token_urlsafe(48).encode(), only_new=True)
    key = path.read_text().strip()
    if len(key) < 32:
        raise SystemExit(
            f"密钥文件 {path} 是空的或不完整；请从备份放回，还没有城镇时删掉它再启动。\n"
            f"The key file {path} is empty or cut short: put it back from the backup; without a town yet, delete it."
        )
    return key


def _database() -> dict[str, Any]:
    """PostgreSQL if `DATABASE_URL` names one, else SQLite in the data folder."""
    url = os.environ.get("DATABASE_URL", "")
    if url:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise SystemExit(
                "DATABASE_URL 不是一个地址：要写 postgres://账号:口令@主机:5432/库名，口令里的 @ 和 [ 写成 %40 %5B。\n"
                "DATABASE_URL is no address: write postgres://user:password@host:5432/name, with %40 and %5B for @ and "
                "[ in the password."
            ) from None
        if parts.scheme not in {"postgres", "postgresql"}:
            raise SystemExit(
                f"DATABASE_URL 要以 postgres:// 开头（现在是 {parts.scheme}://）；用 SQLite 就不要设它。\n"
                f"DATABASE_URL must begin with postgres:// (it begins with {parts.scheme}://); leave it out for SQLite."
            )
        query = dict(parse_qsl(parts.query))
        try:
            port = str(parts.port or query.pop("port", ""))
        except ValueError:
            raise SystemExit(
                f"DATABASE_URL 里的端口不对：{parts.netloc.rpartition(':')[2]}，要写数字，例如 5432。\n"
                f"The port in DATABASE_URL must be a number, such as 5432, not {parts.netloc.rpartition(':')[2]}."
            ) from None
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
            "PORT": port,
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "pool": {"min_size": 1, "max_size": 8, "timeout": LOCK_SECONDS},
                "prepare_threshold": None,
                "options": (
                    f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s "
                    "-c idle_in_transaction_session_timeout=120s"
                ),
                **query,
            },
        }
    if LOOKING:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": looking.name_of(DATA_DIR / "wuxiao.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"timeout": LOCK_SECONDS, "init_command": "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY"},
        }
    folder.make(DATA_DIR)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DATA_DIR / "wuxiao.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_SECONDS,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; "
                # What is erased is overwritten, whatever the library's own default is.
                "PRAGMA secure_delete=ON"
            ),
        },
        "TEST": {"NAME": os.environ.get("WUXIAO_TEST_SQLITE", str(DATA_DIR / "test.sqlite3"))},
    }


#: Whether this process made the key: a town on PostgreSQL that already has people must not get a new one.
SECRET_KEY_MADE = not environment.value("SECRET_KEY") and not (DATA_DIR / "secret-key").exists()
SECRET_KEY = _secret()
DEBUG = environment.on("DEBUG")
DEMO = environment.on("DEMO")
#: The public address of this installation: in messages, in links of open data, and the name passkeys belong to.
BASE_URL = environment.value("BASE_URL", "http://localhost:8000").rstrip("/")


def _hosts() -> list[str]:
    """The names this server answers to: those in WUXIAO_HOSTS, else the host of the public address and this machine."""
    if named := environment.value("HOSTS"):
        return [host.strip() for host in named.split(",") if host.strip()]
    own = urlsplit(BASE_URL).hostname or "localhost"
    # A demo on all addresses of a machine is looked at from wherever its maker sits; a town has a name.
    if DEMO and own in {"0.0.0.0", "::"}:
        return ["*"]
    return list(dict.fromkeys([f"[{own}]" if ":" in own else own, "localhost", "127.0.0.1", "[::1]"]))


ALLOWED_HOSTS = _hosts()
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "wuxiao.records.apps.RecordsConfig",
    "wuxiao.site.apps.SiteConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "wuxiao.web.shared.middleware.SafeHeaders",
    "wuxiao.web.shared.middleware.Smaller",
    "wuxiao.site.available.Available",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "wuxiao.web.shared.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wuxiao.web.shared.middleware.Errors",
]
ROOT_URLCONF = "wuxiao.site.urls"
WSGI_APPLICATION = "wuxiao.site.wsgi.application"
DATABASES = {"default": _database()}
AUTH_USER_MODEL = "records.Staff"
AUTHENTICATION_BACKENDS = ["wuxiao.web.shared.account.Account"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "wuxiao.web.shared.jinja.environment"},
    },
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LANGUAGE_CODE = "zh-hans"
LANGUAGE_COOKIE_NAME = "lang"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_MANIFEST_STRICT = False
SESSION_ENGINE = "wuxiao.web.shared.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "wuxiao.web.shared.errors.csrf_failure"
#: The town is reached by TLS: a proxy in front says so in X-Forwarded-Proto and strips that header from visitors.
HTTPS = environment.on("HTTPS", otherwise=BASE_URL.startswith("https://"))
# The prefix has the browser refuse a cookie of this name from a neighbouring host or without TLS.
_HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}wuxiao_session"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}wuxiao_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Asked from this machine, past the proxy.
    SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^metrics"]
    SECURE_HSTS_SECONDS = 31_536_000
#: Sub-domains and the preload list are for the owner of the domain to decide; frames are refused by our own headers.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W005", "security.W021"]
#: How long a sign-in of staff lives: left alone, and in all; how many at once. A resident's unsent report: left alone.
STAFF_IDLE_MINUTES = environment.whole("IDLE_MINUTES", 45)
STAFF_HOURS = environment.whole("SIGNED_IN_HOURS", 10)
STAFF_SESSIONS = environment.whole("SIGNED_IN_TIMES", 5)
DRAFT_SECONDS = 4 * 3600
#: Who must have a second factor: empty, `all`, or names of roles with commas between.
SECOND_FACTOR = environment.value("SECOND_FACTOR")
LOGIN_URL = "/staff/sign-in"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FILES_DIR = DATA_DIR / "files"
#: A folder of faces of the town's own (仿宋, 小标宋): papers are set in them, ours stand behind.
FONT_FOLDER = Path(environment.value("FONTS")) if environment.value("FONTS") else None
#: The keys under which reporters' names, phones and mail addresses lie in the database (`records.sealed`). A town may
#: put the file on another disk or mount it from its key store; whoever has the database alone reads none of them.
IDENTITY_KEY_FILE = Path(environment.value("IDENTITY_KEY_FILE", str(DATA_DIR / "identity-key")))
#: Telling: `smtp://user:password@host:port`, `file:` (a folder in the data folder, for a day) or `console:`. A town
#: that says nothing sends nothing: its messages wait, and the doctor says so. The demo county writes files.
MAIL_URL = environment.value("MAIL_URL", "file:" if DEMO else "")
#: SMS: `file:`, `console:`, or the path of a TOML file that describes a provider's HTTP interface.
SMS_GATEWAY = environment.value("SMS_GATEWAY", "file:" if DEMO else "")
MAIL_FROM = environment.value("MAIL_FROM", "wuxiao@localhost")
#: Which proxy hops to trust when the caller's address is read from X-Forwarded-For.
TRUSTED_PROXIES = environment.whole("TRUSTED_PROXIES", 0)
_LEVEL = environment.value("LOG", "WARNING").upper()
_LINE = environment.value("LOG_FORMAT", "line")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "secrets": {"()": "wuxiao.site.logs.Masked"},
        "strangers": {"()": "wuxiao.site.logs.Strangers"},
        "away": {"()": "wuxiao.site.logs.Away"},
    },
    "formatters": {
        "line": {"()": "wuxiao.site.logs.Line", "format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "wuxiao.site.logs.JsonLine"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": _LINE, "filters": ["strangers", "away", "secrets"]},
    },
    "root": {"handlers": ["stderr"], "level": _LEVEL},
    # Django's own handlers would write the same lines unmasked.
    "loggers": {"django": {"handlers": [], "level": "NOTSET", "propagate": True}},
}
