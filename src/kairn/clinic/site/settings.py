"""Django's settings: one database, one strict page policy, no surprises from the machine they run on."""

from __future__ import annotations

import os

from kairn.clinic.site.database import chosen_url, django_settings, running_role
from kairn.clinic.site.home import data_folder, kept_secret
from kairn.clinic.site.settings_accounts import *  # noqa: F403

KAIRN_HOME = data_folder()
KAIRN_APP_ROLE = running_role()
KAIRN_TLS = os.environ.get("KAIRN_TLS") == "1"
KAIRN_TLS_LOCAL = os.environ.get("KAIRN_TLS_LOCAL") == "1"
KAIRN_PORT = int(os.environ.get("KAIRN_PORT", "8000"))
KAIRN_ORIGIN = os.environ.get("KAIRN_ORIGIN", "")
"""The address a documented proxy answers at, such as https://clinic.example; empty where Kairn itself meets the browser."""

DEBUG = False
SECRET_KEY = os.environ.get("KAIRN_SECRET_KEY") or kept_secret("secret-key", KAIRN_HOME)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *filter(None, os.environ.get("KAIRN_HOSTS", "").split(","))]
ROOT_URLCONF = "kairn.clinic.site.urls"
ASGI_APPLICATION = "kairn.clinic.site.asgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    *ACCOUNTS_APPS,  # noqa: F405
    "django_cotton",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "kairn.clinic.ledger",
    "kairn.clinic.screens",
    "kairn.clinic.exchange",
    "kairn.clinic.site.apps.SiteConfig",
]

MIDDLEWARE = [
    "kairn.clinic.site.middleware.one_name",
    "django.middleware.security.SecurityMiddleware",
    "kairn.clinic.site.middleware.closed_by_default",
    "csp.middleware.CSPMiddleware",
    "kairn.clinic.site.middleware.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    *ACCOUNTS_MIDDLEWARE,  # noqa: F405
    "kairn.clinic.screens.live.since.since",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kairn.clinic.screens.context.look",
            ]
        },
    }
]

DATABASES = {"default": django_settings(chosen_url())}
if most_connections := int(os.environ.get("KAIRN_DATABASE_POOL", "0")):
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": most_connections}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": KAIRN_HOME / "cache"}}
"""What allauth counts and remembers, such as a code that was used already, for all web servers of this folder."""

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0
WHITENOISE_ALLOW_ALL_ORIGINS = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = KAIRN_TLS or KAIRN_ORIGIN.startswith("https://")
if KAIRN_ORIGIN:
    ALLOWED_HOSTS.append(KAIRN_ORIGIN.split("://", 1)[-1].split(":", 1)[0])
    CSRF_TRUSTED_ORIGINS = [KAIRN_ORIGIN]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

KAIRN_EACH_MINUTE = (
    "kairn.clinic.acts.changes.each_minute",
    "kairn.clinic.ledger.seal.seal_all",
    "kairn.clinic.people.chain.seal_reads",
    "kairn.clinic.screens.downtime.write.each_minute",
)
"""Functions the worker calls once a minute with the folder of the seals."""

KAIRN_PAGES_AT_ONCE = 4
"""In one web server: enough that some compute while others wait for the database. With two, entries came to other screens later."""
KAIRN_NEWS_REMEMBERED = 1000
"""Of so many pieces of news a process remembers who may hear them, for the screens that come to them a little later."""
KAIRN_STANDINGS_KEPT = 1000
"""Of so many people a process keeps standings until they change: more than are in care at once."""
KAIRN_STANDINGS_OF_EACH = 4
"""So many standings it keeps of each: the latest, and those of readers who look a little behind or back."""
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
EMAIL_BACKEND = os.environ.get("KAIRN_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "kairn.clinic.site.logs.PlaceOnly", "fmt": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"no-addresses": {"()": "kairn.clinic.site.logs.NoAddresses"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no-addresses"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Django's own handlers would mail or print whole requests; the pool tells each try to reach a database that is coming back.
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"filters": ["no-addresses"]},
        "django.security.csrf": {"filters": ["no-addresses"]},
        "psycopg.pool": {"level": "ERROR"},
    },
}
