"""`manage.py import_orders`: another marketplace's history, replayed and accounted for to the cent."""

import csv
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from escrow.models import Hold, Payment, ProviderOperation, SellerBalance, Transfer
from marketplace.accounts.models import Shop, User
from marketplace.benchmarks import order_files
from marketplace.catalog.models import Listing, Variant
from marketplace.imports import importer, replay
from marketplace.imports.importer import ImportRunning, import_orders
from marketplace.imports.reading import Line, read
from marketplace.imports.report import CurrencySums, Report
from marketplace.imports.sources import SourceOrder, assemble
from marketplace.imports.tests.files import NOW, row, write_orders
from marketplace.lib.money import Money
from marketplace.notifications.models import OutboxEntry
from orders import actions, checkout, sweep
from orders.checkout import Draft
from orders.lifecycle import SHARDS
from orders.models import ImportedOrder, Order, OrderEvent, Policy, SetAside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audit")]

REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "real_orders.csv"
FEE_BPS = 450
FIGURES = ("captured", "released", "fees", "refunded")


def run(path: Path, *, at: datetime = NOW, fee_bps: int = FEE_BPS) -> tuple[Report, list[str]]:
    """Import the file; return the report and what was told on the way."""
    told: list[str] = []
    return import_orders(path, fee_bps=fee_bps, at=at, tell=told.append, show_progress=lambda *_: None), told


def records(path: Path) -> list[dict[str, str]]:
    """The file's records, as Python reads them."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rejects(parts: Sequence[dict[str, str]]) -> bool:
    """Whether an order's own dates contradict each other, said once more and independently of the import."""
    for part in parts:
        paid, shipped, delivered = part["paid_at"], part["shipped_at"], part["delivered_at"]
        if part["status"] in ("canceled", "unavailable"):
            continue
        if (part["status"] in ("shipped", "delivered") or delivered) and not shipped:
            return True
        if (shipped and shipped < paid) or (delivered and delivered < shipped):
            return True
    return False


def reckon(path: Path) -> tuple[Counter[str], dict[str, CurrencySums]]:
    """What the import of a file of old, whole orders must come to, added up from the file alone."""
    by_order: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in records(path):
        by_order[line["order_id"]].append(line)
    counts: Counter[str] = Counter(orders=len(by_order))
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for lines in by_order.values():
        if rejects(lines):
            counts["rejected"] += 1
            continue
        by_seller: dict[str, list[dict[str, str]]] = defaultdict(list)
        for line in lines:
            by_seller[line["seller_id"]].append(line)
        for parts in by_seller.values():
            total = sum(
                int(part["quantity"]) * (Decimal(part["unit_price"]) + Decimal(part["unit_shipping"])) for part in parts
            )
            minor = int(total * 100)
            kind = {"canceled": "cancelled", "unavailable": "cancelled", "shipped": "sent", "delivered": "sent"}.get(
                parts[0]["status"], "unshipped"
            )
            counts[kind] += 1
            fee = minor * FEE_BPS // 10_000 if kind == "sent" else 0
            sums[parts[0]["currency"]].update(
                captured=minor,
                fees=fee,
                released=minor - fee if kind == "sent" else 0,
                refunded=0 if kind == "sent" else minor,
            )
    return counts, {
        currency: CurrencySums(
            currency, one["captured"], one["captured"], one["released"], one["fees"], one["refunded"]
        )
        for currency, one in sums.items()
    }


def assert_agrees(report: Report, path: Path) -> None:
    """The report says what the file says, and the books say what the report says."""
    counts, sums = reckon(path)
    assert report.agrees
    assert (report.orders, report.rejected) == (counts["orders"], counts["rejected"])
    assert report.outcomes == {
        label: count
        for label, count in {
            "Confirmed by silence, money released": counts["sent"],
            "Cancelled by the seller": counts["cancelled"],
            "Not shipped in time": counts["unshipped"],
        }.items()
        if count
    }
    assert report.sums == list(sums.values())
    assert Order.objects.count() == report.made == sum(report.outcomes.values())
    for one in report.sums:
        of_currency = SellerBalance.objects.filter(account__currency=one.currency)
        assert sum(of_currency.values_list("available_minor", flat=True)) == one.released_minor
        paid = Transfer.objects.filter(kind="REFUND_PAID", currency=one.currency)
        assert sum(paid.values_list("amount_minor", flat=True)) == one.refunded_minor
    assert set(ProviderOperation.objects.values_list("state", flat=True)) <= {"SUCCEEDED"}


def test_a_file_is_imported_to_the_cent(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    order_files.write(path, lines=400, seed=7)

    report, told = run(path)

    assert_agrees(report, path)
    assert report.lines == len(records(path))
    assert told == []


@pytest.mark.skipif(not REAL.exists(), reason=f"the real orders are not here: {REAL}")
def test_the_real_orders_are_imported_to_the_cent() -> None:
    report, told = run(REAL)

    assert_agrees(report, REAL)
    assert (report.lines, report.orders, report.rejected, report.made) == (946, 920, 10, 917)
    lines = REAL.read_text().split("\n")
    for news in told:
        match = re.fullmatch(r"line (\d+): order (\w+) (was|is) .*", news)
        assert match
        assert lines[int(match[1]) - 1].startswith(match[2])


def test_a_second_import_of_the_same_file_imports_nothing(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    order_files.write(path, lines=60, seed=1)
    first, _ = run(path)
    tables = (Order, OrderEvent, Payment, Hold, Transfer, User, Shop, Listing, ImportedOrder)
    counts = [table.objects.count() for table in tables]

    second, told = run(path, at=NOW + timedelta(days=1))

    assert (second.known, second.accepted, second.made, second.sums) == (first.orders, 0, 0, [])
    assert second.agrees
    assert told == []
    assert [table.objects.count() for table in tables] == counts


def test_an_import_that_died_half_way_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "orders.csv"
    order_files.write(path, lines=40, seed=1)
    monkeypatch.setattr(importer, "BATCH", 5)

    def die(what: str, done: int, _total: int) -> None:
        if (what, done) == ("orders", 10):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_orders(path, fee_bps=FEE_BPS, at=NOW, tell=print, show_progress=die)
    assert len(set(ImportedOrder.objects.values_list("source_order", flat=True))) == 10

    report, _ = run(path, at=NOW + timedelta(hours=1))

    assert report.known == 10
    assert report.agrees
    assert {(made.source_order, made.source_seller) for made in ImportedOrder.objects.all()} == {
        (line["order_id"], line["seller_id"]) for line in records(path)
    }


def test_what_is_not_over_today_keeps_its_own_deadline(tmp_path: Path) -> None:
    path = write_orders(
        tmp_path / "orders.csv",
        row(order_id="delivered"),
        row(order_id="shipped", status="shipped", delivered_at=""),
        row(order_id="paid", status="processing", shipped_at="", delivered_at=""),
        row(order_id="cancelled", status="canceled"),
    )

    report, _ = run(path, at=datetime(2018, 1, 20, tzinfo=UTC))

    orders = {made.source_order: made.order for made in ImportedOrder.objects.select_related("order__hold")}
    assert {name: (order.state, order.due_at) for name, order in orders.items()} == {
        "delivered": ("SHIPPED", datetime(2018, 1, 22, 12, tzinfo=UTC)),  # 7 days after delivery
        "shipped": ("SHIPPED", datetime(2018, 6, 4, 12, tzinfo=UTC)),  # 150 days after shipping
        "paid": ("AWAITING_SHIPMENT", datetime(2018, 4, 2, 12, tzinfo=UTC)),  # 90 days after payment
        "cancelled": ("CANCELLED", None),
    }
    assert report.outcomes == {"Shipped": 2, "To ship": 1, "Cancelled by the seller": 1}
    assert report.sums[0].held_minor == 3 * 2 * (3990 + 1005)


def test_a_delivery_that_took_half_a_year_is_due_a_week_later_too(tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.csv", row(delivered_at="2018-07-15T12:00:00Z"))

    run(path, at=datetime(2018, 7, 16, tzinfo=UTC))

    assert Order.objects.get().due_at == datetime(2018, 7, 22, 12, tzinfo=UTC)


def test_history_has_the_recorded_times_and_the_people_who_made_it(tmp_path: Path) -> None:
    run(write_orders(tmp_path / "orders.csv", row()))

    order = Order.objects.get()
    assert [(event.step, event.actor_id, event.at) for event in order.events.all()] == [
        ("place", order.buyer_id, datetime(2018, 1, 1, 12, tzinfo=UTC)),
        ("pay", None, datetime(2018, 1, 2, 12, tzinfo=UTC)),
        ("ship", order.seller_id, datetime(2018, 1, 5, 12, tzinfo=UTC)),
        ("report_delivery", None, datetime(2018, 1, 15, 12, tzinfo=UTC)),
        ("auto_confirm", None, NOW),
    ]
    assert order.events.get(step="auto_confirm").due_at == datetime(2018, 1, 22, 12, tzinfo=UTC)
    assert order.promised_at == datetime(2018, 1, 31, tzinfo=UTC)
    assert (order.policy.name, order.payment.provider) == ("imported", "imported")
    assert order.hold is not None
    assert order.hold.opened_at == order.payment.captured_at == order.paid_at


def test_a_cancelled_order_is_refunded_when_it_was_paid_whatever_else_was_recorded(tmp_path: Path) -> None:
    run(write_orders(tmp_path / "orders.csv", row(status="unavailable", delivered_at="2017-01-01T00:00:00Z")))

    order = Order.objects.get()
    assert [event.step for event in order.events.all()] == ["place", "pay", "cancel_sale"]
    assert order.closed_at == order.paid_at
    assert order.hold is not None
    assert (order.hold.state, order.hold.refunded_minor) == ("REFUNDED", 2 * (3990 + 1005))


def test_an_order_of_several_sellers_is_one_order_each_and_one_payment(tmp_path: Path) -> None:
    path = write_orders(
        tmp_path / "orders.csv",
        row(),
        row(order_id="order-2", buyer_id="buyer-2"),
        row(seller_id="seller-2", unit_price="0.11", unit_shipping="0", quantity="1"),
        row(product_id="product-2", unit_price="1.00", unit_shipping="0", quantity="1"),
    )

    report, _ = run(path)

    one, other = Order.objects.filter(imported__source_order="order-1").order_by("imported__source_seller")
    assert one.payment == other.payment
    assert (one.payment.amount_minor, one.goods_minor, other.goods_minor) == (9990 + 100 + 11, 7980 + 100, 11)
    assert (one.fee_minor, other.fee_minor) == ((9990 + 100) * 450 // 10_000, 0)
    assert (report.orders, report.accepted, report.made) == (2, 2, 3)


def test_an_order_in_several_currencies_is_one_payment_each(tmp_path: Path) -> None:
    path = write_orders(
        tmp_path / "orders.csv", row(), row(seller_id="seller-2", currency="JPY", unit_price="15", unit_shipping="0")
    )

    report, _ = run(path)

    assert {(payment.currency, payment.amount_minor) for payment in Payment.objects.all()} == {
        ("BRL", 9990),
        ("JPY", 30),
    }
    assert [(one.currency, one.captured_minor, one.fees_minor) for one in report.sums] == [
        ("BRL", 9990, 449),
        ("JPY", 30, 1),
    ]


def test_a_products_prices_are_those_of_each_order(tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.csv", row(), row(order_id="order-2", unit_price="52.80", quantity="1"))

    run(path)

    first, second = Order.objects.order_by("placed_at", "pk")
    assert first.lines.get().version == second.lines.get().version
    assert (first.lines.get().unit_price_minor, second.lines.get().unit_price_minor) == (3990, 5280)
    assert first.lines.get().version.title == "Furniture decor product-1"


def test_nobody_is_told_and_nobody_can_sign_in_or_buy_anything(tmp_path: Path) -> None:
    run(write_orders(tmp_path / "orders.csv", row(), row(order_id="order-2")))

    assert not OutboxEntry.objects.exists()
    buyer, seller = User.objects.order_by("email")
    assert re.fullmatch(r"buyer-[0-9a-f]{20}@imported\.invalid", buyer.email)
    assert re.fullmatch(r"seller-[0-9a-f]{20}@imported\.invalid", seller.email)
    for person in (buyer, seller):
        assert not person.is_active
        assert not person.has_usable_password()
        assert authenticate(email=person.email, password="") is None
    assert (seller.shop.state, Listing.objects.get().state) == (Shop.State.SUSPENDED, Listing.State.PAUSED)
    assert not Listing.objects.on_display().exists()
    assert not Variant.objects.exists()


def test_what_is_wrong_is_said_by_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = write_orders(
        tmp_path / "orders.csv",
        row(order_id="good-1"),
        row(order_id="torn", unit_price="-1"),
        row(order_id="back-in-time", shipped_at="2017-01-01T12:00:00Z"),
        row(order_id="torn"),
        row(order_id="good-2"),
    )

    report, told = run(path)

    assert told == [
        "line 3 of order torn has a negative unit_price: “-1”",
        "line 4: order back-in-time was shipped before it was paid",
    ]
    assert (report.orders, report.accepted, report.rejected, report.broken_lines) == (4, 2, 2, 1)
    assert report.agrees
    assert set(ImportedOrder.objects.values_list("source_order", flat=True)) == {"good-1", "good-2"}


def test_an_order_that_the_database_refuses_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_orders(tmp_path / "orders.csv", *(row(order_id=f"order-{number}") for number in range(9)))
    place = checkout.place

    def refuse_one(drafts: Sequence[Draft], *, policy: Policy, provider: str) -> list[Order]:
        if any(draft.group == ("order-4", "BRL") for draft in drafts):
            raise DatabaseError("no room for this one\nDETAIL: none")
        return place(drafts, policy=policy, provider=provider)

    monkeypatch.setattr(checkout, "place", refuse_one)

    report, told = run(path)

    assert told == ["line 6: order order-4 could not be imported: no room for this one"]
    assert (report.accepted, report.rejected, report.made) == (8, 1, 8)
    assert report.agrees


def test_a_step_that_passes_an_order_over_undoes_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "ship", lambda **_: [])

    report, told = run(write_orders(tmp_path / "orders.csv", row()))

    assert told == ["line 2: order order-1 could not be imported: ship moved 0 of 1 orders"]
    assert (report.accepted, Order.objects.count(), Payment.objects.count()) == (0, 0, 0)


def test_an_order_that_cannot_be_settled_is_reported_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "PATIENCE_SECONDS", 2)
    path = write_orders(tmp_path / "orders.csv", row())
    run(path, at=datetime(2018, 1, 16, tzinfo=UTC))
    order = Order.objects.get()
    SetAside.objects.create(order=order, reason="a test", failed_at=NOW)

    report, _ = run(path)

    assert (report.known, Order.objects.get().state) == (1, "SHIPPED")


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_its_report_and_proves_the_books(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    order_files.write(path, lines=30, seed=3)
    counts, sums = reckon(path)
    count = len(records(path))
    with path.open("a") as file:
        file.write("a torn line\n")
    output = StringIO()

    call_command("import_orders", str(path), "--fee-bps", str(FEE_BPS), stdout=output, no_color=True)

    lines = output.getvalue().splitlines()
    (brl,) = sums.values()
    assert re.fullmatch(r"line \d+ has 1 fields instead of 16", lines[0])
    assert f"{counts['orders']} orders in {count + 1} lines" in lines
    assert "1 broken lines" in lines
    figures = {line[:14].strip(): line[14:].strip() for line in lines if "R$" in line}
    assert figures["in the file"] == figures["captured"] == str(Money(brl.captured_minor, "BRL"))
    assert figures["released"] == str(Money(brl.released_minor, "BRL"))
    assert figures["refunded"] == str(Money(brl.refunded_minor, "BRL"))
    assert lines[-1] == "The books agree with the file, and every rule of the audit holds."


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("", [], "the file is empty"),
        ("order_id\n", [], "line 1: no column buyer_id"),
        ("", ["--fee-bps", "10001"], "--fee-bps is between 0 and 10000"),
        ("", ["--fee-bps", "-1"], "--fee-bps is between 0 and 10000"),
    ],
)
def test_the_command_says_why_it_cannot_begin(tmp_path: Path, content: str, options: list[str], reason: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(content)

    with pytest.raises(CommandError, match=re.escape(reason)):
        call_command("import_orders", str(path), *options, stdout=StringIO())
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_never_run_at_once(tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.csv", row())
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [importer.ADVISORY_KEY])
        with pytest.raises(ImportRunning):
            run(path)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()

    assert run(path)[0].made == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_is_just_settling_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = connections.create_connection("default")
    with closing(worker), worker.cursor() as cursor:
        for shard in range(SHARDS):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [sweep.ADVISORY_CLASS, shard])
        monkeypatch.setattr(time, "sleep", lambda _: cursor.execute("SELECT pg_advisory_unlock_all()"))

        report, _ = run(write_orders(tmp_path / "orders.csv", row()))

    assert report.outcomes == {"Confirmed by silence, money released": 1}


def test_a_batch_takes_as_many_statements_whatever_its_size(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    small, large = (sources(tmp_path / f"{lines}.csv", lines=lines) for lines in (60, 300))
    with CaptureQueriesContext(connection) as first:
        replay.replay(small, fee_bps=FEE_BPS, at=NOW)

    with django_assert_max_num_queries(len(first.captured_queries)):
        made, failed = replay.replay(large, fee_bps=FEE_BPS, at=NOW)

    assert len(made) > 250
    assert failed == []


def sources(path: Path, *, lines: int) -> list[SourceOrder]:
    """The orders of a file of about so many lines."""
    order_files.write(path, lines=lines, seed=lines)
    by_order: dict[str, list[Line]] = defaultdict(list)
    for line in read(path, at=NOW):
        assert isinstance(line, Line)
        by_order[line.order_id].append(line)
    return [assemble(its_lines) for its_lines in by_order.values()]
