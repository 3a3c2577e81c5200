"""Every setting of Holdfast, from the environment; the policy comes first.

`.env.example` lists the variables. With none of them set this is the demo on embedded servers; with DEBUG off
and DATABASE_URL, REDIS_URL and SECRET_KEY set it is a production deployment.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import dj_database_url
from environs import Env

from marketplace.lib import embedded

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

DEBUG = env.bool("DEBUG", True)
DEMO = env.bool("DEMO", DEBUG)  # this machine alone: stand-ins for secrets and servers, plain http, files as they lie


def _named(variable: str, stand_in: Callable[[], str]) -> str:
    """What the environment says; a demo may leave it out, production may not (EnvError names it)."""
    return env.str(variable, stand_in()) if DEMO else env.str(variable)


# --- Policy: what the marketplace promises. Stamped on every order at placement, so a change never moves a promise. ---

POLICY = {
    "name": "standard",
    "payment_window": timedelta(hours=env.int("PAYMENT_WINDOW_HOURS", 24)),
    "cancellation_window": timedelta(hours=env.int("CANCELLATION_WINDOW_HOURS", 48)),
    "least_shipping_window": timedelta(hours=24),  # left to ship after a cancellation was declined or withdrawn
    "delivered_window": timedelta(days=env.int("DELIVERED_WINDOW_DAYS", 7)),  # receipt is due this long after delivery
    "delivery_report_window": timedelta(hours=72),  # and never sooner than this after the carrier's report
    "buyer_extension": timedelta(days=3),
    "buyer_extension_opens": timedelta(days=3),  # the buyer may extend this long before receipt is due
    "extension_cap": timedelta(days=30),
    "notifies": True,
}
HANDLING_DAYS = {"least": 1, "usual": 7, "most": 15}  # how long a seller may take to ship
DELIVERY_DAYS = env.int("DELIVERY_DAYS", 10)  # promised on top of handling, where nobody promised otherwise
PROTECTION_DAYS = {"least": 7, "usual": 30, "most": 45}  # how long a buyer is protected from shipping
UNPAID_ORDERS_PER_BUYER = env.int("UNPAID_ORDERS_PER_BUYER", 10)  # so that reservations cannot starve a listing
FEE_BPS = env.int("FEE_BPS", 450)  # where a category names none of its own
PAYOUT_MINIMUM_MINOR = {  # below it a payout costs more than it is worth; currencies not named here have none
    "USD": 1000,
    "EUR": 1000,
    "GBP": 1000,
    "JPY": 1000,
    "BRL": 2000,
    **env.dict("PAYOUT_MINIMUM_MINOR", {}, subcast_values=int),
}
TWO_PEOPLE_ABOVE_MINOR = {  # more than this is decided by two of the staff; all of it in other currencies
    "USD": 50_000,
    "EUR": 50_000,
    "GBP": 50_000,
    "JPY": 50_000,
    "BRL": 250_000,
    **env.dict("TWO_PEOPLE_ABOVE_MINOR", {}, subcast_values=int),
}
PAYOUT_WEEKDAY, PAYOUT_HOUR = 0, 6  # weekly payouts are made on Mondays from six, UTC
CURRENCIES = env.list("CURRENCIES", ["USD", "EUR", "GBP", "JPY", "BRL"])

# --- Django ---

SECRET_KEY = _named("SECRET_KEY", embedded.secret_key)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["*"] if DEMO else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
SITE_URL = env.str("SITE_URL", "http://localhost:8000")  # how e-mails and providers reach us; no trailing slash
SITE_NAME = env.str("SITE_NAME", "Holdfast")

INSTALLED_APPS = [
    "marketplace.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "template_partials",
    "marketplace",
    "marketplace.accounts",
    "marketplace.media",
    "marketplace.catalog",
    "marketplace.notifications",
    "escrow",
    "orders",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.accounts.middleware.ReaderPreferences",
    "marketplace.middleware.BusyPage",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.context.site",
            ],
        },
    },
]

# --- Data ---

DATABASES = {"default": dj_database_url.parse(_named("DATABASE_URL", embedded.database_url))}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 300)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c lock_timeout=5s -c statement_timeout=60s -c timezone=UTC"
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _named("REDIS_URL", embedded.redis_url)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # a Redis that hangs holds nobody up
    }
}

# --- Celery: Redis and beat are hints, the database is the queue (see the worker section of the README). ---

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "global_keyprefix": "holdfast:",
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False  # e-mails on the terminal are no warnings
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
SWEEP_INTERVAL = timedelta(seconds=env.int("SWEEP_INTERVAL_SECONDS", 15))
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "marketplace.tasks.sweep",
        "schedule": SWEEP_INTERVAL,
        "options": {"expires": SWEEP_INTERVAL.total_seconds()},
    },
}

# --- Accounts (django-allauth) ---

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "marketplace.accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of every change to how somebody gets in
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", not DEMO)  # for the admin, operators' and mediators' pages

# --- E-mail ---

EMAIL_CONFIG = env.dj_email_url("EMAIL_URL", "console:")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"].replace(
    "django.core.mail.backends.console", "marketplace.lib.console_mail"
)
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST", "localhost")
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Holdfast <hello@holdfast.example>")

# --- Payments: the sandbox is a provider of its own, in its own process, with its own database. ---

PAYMENT_PROVIDER = env.str("PAYMENT_PROVIDER", "sandbox")
SANDBOX_URL = env.str("SANDBOX_URL", "http://localhost:8001")
SANDBOX_API_KEY = env.str("SANDBOX_API_KEY", "sandbox-key" if DEMO else "")
PROVIDER_WEBHOOK_SECRETS = env.list("PROVIDER_WEBHOOK_SECRETS", ["sandbox-webhook-secret"] if DEMO else [])
CARRIER_WEBHOOK_SECRETS = env.list("CARRIER_WEBHOOK_SECRETS", ["sandbox-carrier-secret"] if DEMO else [])

# Bank details are kept encrypted: the first key seals, all of them open (see marketplace/lib/sealed.py).
BANK_DETAILS_KEYS = env.list("BANK_DETAILS_KEYS", [SECRET_KEY])

# --- Language, time, files ---

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / ".staticfiles")
MEDIA_ROOT = env.path("MEDIA_ROOT", embedded.data_dir() / "media")
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEMO
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Security ---

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'", SANDBOX_URL],
    }
}
SECURE_PLAIN_HTTP = DEMO
SECURE_SSL_REDIRECT = not SECURE_PLAIN_HTTP
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # asked by load balancers, behind the proxy that ends TLS
SECURE_HSTS_SECONDS = 0 if SECURE_PLAIN_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not SECURE_PLAIN_HTTP
SECURE_HSTS_PRELOAD = not SECURE_PLAIN_HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not SECURE_PLAIN_HTTP
SESSION_COOKIE_NAME = "sessionid" if SECURE_PLAIN_HTTP else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if SECURE_PLAIN_HTTP else "__Host-csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# --- Watching ---

METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # the bearer token for /metrics; without one there is no such page

# --- Logging ---

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"level": "WARNING"}},
}
