"""Settings: everything a town changes comes from the environment; nothing secret is in the code."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("WUXIAO_DATA_DIR", "data")).resolve()


def _secret() -> str:
    """The signing key: from the environment, else one made at first start and kept in the data folder."""
    if key := os.environ.get("WUXIAO_SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
    return path.read_text().strip()


def _database() -> dict[str, Any]:
    """PostgreSQL if `DATABASE_URL` names one, else SQLite in the data folder."""
    url = os.environ.get("DATABASE_URL", "")
    if url:
        parts = urlsplit(url)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise SystemExit(f"DATABASE_URL must begin with postgres:// (it begins with {parts.scheme}://)")
        query = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
            "PORT": str(parts.port or query.pop("port", "")),
            "CONN_MAX_AGE": 0,
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 20}, "prepare_threshold": None, **query},
        }
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DATA_DIR / "wuxiao.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; "
                # What is erased is overwritten, whatever the library's own default is.
                "PRAGMA secure_delete=ON"
            ),
        },
        "TEST": {"NAME": os.environ.get("WUXIAO_TEST_SQLITE", str(DATA_DIR / "test.sqlite3"))},
    }


SECRET_KEY = _secret()
DEBUG = os.environ.get("WUXIAO_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("WUXIAO_HOSTS", "*").split(",")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "wuxiao.records.apps.RecordsConfig",
]
MIDDLEWARE = [
    "wuxiao.web.shared.middleware.SafeHeaders",
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
SESSION_COOKIE_NAME = "wuxiao_session"
CSRF_COOKIE_NAME = "wuxiao_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "wuxiao.web.shared.errors.csrf_failure"
_HTTPS = os.environ.get("WUXIAO_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
if _HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
LOGIN_URL = "/staff/sign-in"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FILES_DIR = DATA_DIR / "files"
#: The keys under which reporters' names, phones and mail addresses lie in the database (`records.sealed`). A town may
#: put the file on another disk or mount it from its key store; whoever has the database alone reads none of them.
IDENTITY_KEY_FILE = Path(os.environ.get("WUXIAO_IDENTITY_KEY_FILE", DATA_DIR / "identity-key"))
#: The public address of this installation, used in messages and Open311 links.
BASE_URL = os.environ.get("WUXIAO_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
#: Telling: `smtp://user:password@host:port`, `file:` (a folder in the data folder) or `console:`.
MAIL_URL = os.environ.get("WUXIAO_MAIL_URL", "file:")
#: SMS: `file:`, `console:`, or the path of a TOML file that describes a provider's HTTP interface.
SMS_GATEWAY = os.environ.get("WUXIAO_SMS_GATEWAY", "file:")
MAIL_FROM = os.environ.get("WUXIAO_MAIL_FROM", "wuxiao@localhost")
DEMO = os.environ.get("WUXIAO_DEMO") == "1"
#: Which proxy hops to trust when the caller's address is read from X-Forwarded-For.
TRUSTED_PROXIES = int(os.environ.get("WUXIAO_TRUSTED_PROXIES", "0"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("WUXIAO_LOG", "WARNING")},
}
