"""Whoever moves the real money, each behind the port of `base`."""

from django.conf import settings

from escrow.providers.base import Provider
from escrow.providers.imported import ImportedProvider
from escrow.providers.sandbox import SandboxProvider


def get(name: str) -> Provider:
    """The provider of that name, set up from the settings. Raises `KeyError` for a name there is none of.

    A payment keeps its provider's name, so that it is refunded where it was taken whatever `PAYMENT_PROVIDER` says
    by then.
    """
    return {"imported": _imported, "sandbox": _sandbox}[name]()


def _imported() -> Provider:
    return ImportedProvider()


def _sandbox() -> Provider:
    return SandboxProvider(
        url=settings.SANDBOX_URL.rstrip("/"),
        api_key=settings.SANDBOX_API_KEY,
        webhook_secrets=tuple(settings.PROVIDER_WEBHOOK_SECRETS),
    )
