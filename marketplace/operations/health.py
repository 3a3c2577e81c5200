"""What machines ask: whether the process lives, and whether it can serve."""

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from marketplace.accounts.middleware import alike_for_all_readers
from marketplace.operations import figures


@alike_for_all_readers
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@alike_for_all_readers
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether requests can be served: 503 without the database or with migrations missing.

    A Redis that is away is told and changes nothing: the database is the queue.
    """
    database, migrations = "ok", "ok"
    try:
        missing = migrations_missing()
        if missing:
            migrations = f"{missing} missing"
    except DatabaseError:
        database, migrations = "away", "unknown"
    redis = "ok" if figures.messages_waiting() is not None else "away"
    ready = (database, migrations) == ("ok", "ok")
    said = {"ready": ready, "database": database, "migrations": migrations, "redis": redis}
    return JsonResponse(said, status=200 if ready else 503)


def migrations_missing() -> int:
    """How many migrations of this code the database lacks, as it is now. Raises `DatabaseError` where it is away."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return len(_migrations() - applied)


@cache
def _migrations() -> set[tuple[str, str]]:
    """The migrations of this code, which do not change while the process runs."""
    return set(MigrationLoader(None).disk_migrations)
