"""The settings of Sandbox Pay, from the environment. See `.env.example` for the variables."""

from pathlib import Path

from environs import Env

from marketplace.lib import embedded

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

# --- The provider ---

PUBLIC_URL = env.str("SANDBOX_URL", "http://localhost:8001").rstrip("/")
MERCHANT_NAME = env.str("SITE_NAME", "Holdfast")
API_KEY = env.str("SANDBOX_API_KEY", "sandbox-key")

# Messages are signed with every secret of the list, so that one can be rotated without losing a message.
MERCHANT_SECRETS = env.list("PROVIDER_WEBHOOK_SECRETS", ["sandbox-webhook-secret"])
CARRIER_SECRETS = env.list("CARRIER_WEBHOOK_SECRETS", ["sandbox-carrier-secret"])
RETRY_BASE_SECONDS = env.float("SANDBOX_RETRY_BASE_SECONDS", 1.0)  # doubled after every failed delivery
RETRY_CAP_SECONDS = env.float("SANDBOX_RETRY_CAP_SECONDS", 300.0)

# What goes wrong on purpose, such as "seed=7,timeout_probability=0.1"; the names are those of chaos.Chaos.
CHAOS: dict[str, float] = env.dict("SANDBOX_CHAOS", {}, subcast_values=float)

# --- Django. There are no users, sessions or cookies, and so no SECRET_KEY: a hosted page's token is all its right. ---

DEBUG = False
ALLOWED_HOSTS = env.list("SANDBOX_ALLOWED_HOSTS", ["*"])
INSTALLED_APPS = ["django.contrib.staticfiles", "marketplace.sandbox"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "marketplace.sandbox.middleware.security_headers",
]
ROOT_URLCONF = "marketplace.sandbox.urls"
WSGI_APPLICATION = "marketplace.sandbox.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {"default": env.dj_db_url("SANDBOX_DATABASE_URL", embedded.database_url("holdfast_sandbox"))}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
