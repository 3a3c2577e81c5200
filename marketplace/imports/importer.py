"""Imports a file of orders: reads it, replays it in batches, settles what is overdue, and accounts for all of it."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path

from escrow import operations
from marketplace.imports.reading import BrokenLine, Line, read
from marketplace.imports.replay import PROVIDER, replay
from marketplace.imports.report import Report, outcomes, sums
from marketplace.imports.sources import OrderRefused, SourceOrder, assemble
from marketplace.imports.staging import Staging
from marketplace.lib import sql
from orders import sweep
from orders.models import Deadline, ImportedOrder

BATCH = 500
LINES_BETWEEN_NEWS = 5000
REFUNDS_AT_ONCE = 1000
ADVISORY_KEY = 0x0D0E0001  # the lock of the one import that may run
# Tables that grow from nothing to thousands of rows within seconds: the planner is told, sooner than by itself.
FRESH_STATISTICS = """
ANALYZE accounts_user, accounts_shop, catalog_listing, catalog_listingversion, escrow_account, escrow_payment,
    escrow_hold, escrow_transfer, escrow_sellerbalance, escrow_provideroperation, orders_order, orders_orderline,
    orders_orderevent, orders_deadline, orders_shipment, orders_importedorder
"""
PATIENCE_SECONDS = 60  # for workers who are settling some of the same orders


class ImportRunning(Exception):
    """Another import is running; two could not tell which of them has which order."""


def import_orders(
    path: Path,
    *,
    fee_bps: int,
    at: datetime,
    tell: Callable[[str], None],
    show_progress: Callable[[str, int, int], None],
) -> Report:
    """Import the file at the present time `at`; return what became of it.

    `tell` hears of each line and order that is rejected, `show_progress` what is being done, how far and of how much.
    What was imported before is passed over. Raises `FileRefused` where nothing of the file can be read, and
    `ImportRunning`.
    """
    with _alone(), _old_objects_left_alone():
        report = Report()
        staging = Staging()
        for line in read(path, at=at):
            _stage(line, staging, report, tell)
            if report.lines % LINES_BETWEEN_NEWS == 0:
                show_progress("lines read", report.lines, 0)
        report.orders = staging.count()
        done = looked_at = 0
        orders = staging.orders()
        while batch := list(islice(orders, BATCH)):
            _import_batch(batch, report, fee_bps=fee_bps, at=at, tell=tell)
            done += len(batch)
            show_progress("orders", done, report.orders)
            if done >= 4 * looked_at or done == report.orders:
                looked_at = done
                sql.run(FRESH_STATISTICS)
        staging.drop()
        _settle(at, show_progress)
        report.outcomes = outcomes(at)
        report.sums = sums(at, report.accepted_minor)
        return report


@contextmanager
def _alone() -> Iterator[None]:
    if sql.call("SELECT pg_try_advisory_lock(%s)", [ADVISORY_KEY]) == [(False,)]:
        raise ImportRunning("another import is running")
    try:
        yield
    finally:
        sql.call("SELECT pg_advisory_unlock(%s)", [ADVISORY_KEY])


@contextmanager
def _old_objects_left_alone() -> Iterator[None]:
    """Keep Python from walking all that was there before, again and again, while batches of objects come and go.

    It took a sixth of the time.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _stage(line: Line | BrokenLine, staging: Staging, report: Report, tell: Callable[[str], None]) -> None:
    report.lines += 1
    staging.add(line)
    if isinstance(line, BrokenLine):
        report.broken_lines += 1
        of_order = f" of order {line.order_id}" if line.order_id else ""
        tell(f"line {line.number}{of_order} {line.reason}")


def _import_batch(
    batch: list[list[Line] | BrokenLine], report: Report, *, fee_bps: int, at: datetime, tell: Callable[[str], None]
) -> None:
    sources: list[SourceOrder] = []
    lines: dict[str, int] = {}
    names = {one.order_id if isinstance(one, BrokenLine) else one[0].order_id for one in batch}
    known = set(ImportedOrder.objects.filter(source_order__in=names).values_list("source_order", flat=True))
    for one in batch:
        if isinstance(one, BrokenLine):
            report.rejected += 1
        elif one[0].order_id in known:
            report.known += 1
        else:
            try:
                sources.append(assemble(one))
                lines[one[0].order_id] = one[0].number
            except OrderRefused as refused:
                report.rejected += 1
                tell(str(refused))
    made, failed = replay(sources, fee_bps=fee_bps, at=at)
    for source, error in failed:
        reason = str(error).strip().partition("\n")[0]
        tell(str(OrderRefused(source.order_id, lines[source.order_id], f"could not be imported: {reason}")))
    report.rejected += len(failed)
    report.accepted += len(sources) - len(failed)
    report.made += len(made)
    for one_made in made:
        report.accepted_minor[one_made.sale.currency] += one_made.sale.total_minor


def _settle(at: datetime, show_progress: Callable[[str, int, int], None]) -> None:
    """Let silence act on what is overdue by now, and pay the refunds that follow.

    A worker that is sweeping at the same time has claimed some of it; it is waited for, so that the report is whole.
    """
    settled = 0
    for _ in range(PATIENCE_SECONDS):
        settled += sum(sweep.run_due(at=at).values())
        show_progress("overdue orders settled", settled, 0)
        if not Deadline.objects.filter(
            due_at__lte=at, order__imported__imported_at=at, order__set_aside__isnull=True
        ).exists():
            break
        time.sleep(1)
    refunds = 0
    while paid := operations.submit_due(at=at, most=REFUNDS_AT_ONCE, provider=PROVIDER):
        refunds += paid
        show_progress("refunds paid", refunds, 0)
