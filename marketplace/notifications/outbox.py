"""Empties the outbox: every entry becomes notices and e-mails in one transaction that also deletes it.

Any number of workers may do it at once; a worker that dies has told nobody anything, and the next one finds the same
entries. Whatever the entries say is put into words by a composer that the roof hands in.
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from marketplace.notifications.messages import Composer, write
from marketplace.notifications.models import Email, Notice, OutboxEntry

logger = logging.getLogger(__name__)

BATCH = 200
PATIENCE = 20.0  # seconds; what is left then waits for the next sweep, so that one full outbox delays nothing else
FIRST_RETRY = timedelta(minutes=1)


def tell(compose: Composer, *, at: datetime, batch: int = BATCH, patience: float = PATIENCE) -> Counter[str]:
    """Tell people what the outbox holds; return how many entries were "told" and how many "failed".

    A constant number of statements a batch. Stops after `patience` seconds. An entry that fails is tried again after
    1, 2, 4, 8 minutes and is then set aside for operators; it never stops the others.
    """
    counts: Counter[str] = Counter()
    give_up_at = time.monotonic() + patience
    while time.monotonic() < give_up_at:
        with transaction.atomic():
            entries = list(OutboxEntry.objects.to_tell(at).select_for_update(skip_locked=True)[:batch])
            if not entries:
                break
            with (
                connection.cursor() as cursor
            ):  # else a broken reference would show only at COMMIT, for the whole batch
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            failed = _tell(entries, compose, at)
        counts["told"] += len(entries) - failed
        counts["failed"] += failed
    return counts


def try_again(entries: Sequence[OutboxEntry]) -> int:
    """An operator has removed the cause: tell these set-aside entries with the next sweep. Returns how many."""
    return (
        OutboxEntry.objects.set_aside()
        .filter(pk__in=[entry.pk for entry in entries])
        .update(tries=0, next_try_at=None, last_error="")
    )


def _tell(entries: Sequence[OutboxEntry], compose: Composer, at: datetime) -> int:
    """Tell a set; where that fails, halve it until the entry that spoils it stands alone. Returns how many failed."""
    try:
        with transaction.atomic():
            written = [write(message, at) for message in compose(entries, at) if message.user.is_active]
            Notice.objects.bulk_create([notice for notice, _email in written], ignore_conflicts=True)
            Email.objects.bulk_create([email for _notice, email in written if email], ignore_conflicts=True)
            OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
            return 0
    except (OperationalError, InterfaceError):
        raise  # a lock or the connection, not an entry: the next sweep tries the whole batch again
    except Exception as error:
        if len(entries) == 1:
            logger.exception("outbox entry %s could not be told", entries[0])
            _put_off(entries[0], error, at)
            return 1
    half = len(entries) // 2
    return _tell(entries[:half], compose, at) + _tell(entries[half:], compose, at)


def _put_off(entry: OutboxEntry, error: Exception, at: datetime) -> None:
    entry.next_try_at = at + FIRST_RETRY * 2**entry.tries
    entry.tries += 1
    entry.last_error = repr(error)[:1000]
    entry.save(update_fields=["next_try_at", "tries", "last_error"])
