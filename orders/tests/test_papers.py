"""What can be printed of an order: the receipt of confirmation and the packing slip."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.tests.trade import (
    AT,
    fresh,
    make_completed_order,
    make_paid_order,
    make_placed_order,
    make_shipped_order,
    make_user,
)
from orders import actions
from orders.models import Order
from orders.receipts import receipt_of

pytestmark = pytest.mark.django_db


def read(client: Client, reader: User, page: str, order: Order) -> tuple[int, str]:
    client.force_login(reader)
    answer = client.get(reverse(f"orders:{page}", args=[order.number]))
    return answer.status_code, re.sub(r"\s+", " ", answer.content.decode())


def test_the_receipt_says_who_confirmed_what_and_where_the_money_went(client: Client) -> None:
    order = make_completed_order()
    for reader in (order.buyer, order.seller):
        status, page = read(client, reader, "receipt", order)
        assert status == 200
        assert f"{order.buyer} confirmed on" in page
        assert order.lines.get().version.title in page
        assert all(sum_ in page for sum_ in ("$40.10", "$1.88", "$41.98"))
        assert bytes(order.chain_head).hex() in page


def test_the_receipt_says_that_silence_confirmed(client: Client) -> None:
    order = make_shipped_order()
    actions.auto_confirm(orders=[order.pk], at=AT + timedelta(days=33))

    _status, page = read(client, order.seller, "receipt", order)
    assert "Receipt was confirmed by silence" in page
    assert "Sat, Apr 4, 2026, 12:00 PM UTC" in page
    assert "Wed, Apr 1, 2026, 12:00 PM UTC" in page


def test_the_sums_of_a_receipt_add_up() -> None:
    receipt = receipt_of(make_completed_order())

    assert receipt.released + receipt.fee + receipt.refunded == receipt.paid
    assert receipt.goods + receipt.shipping == receipt.paid


def test_the_fingerprint_is_the_head_of_a_chain_that_anyone_can_follow() -> None:
    order = make_completed_order()
    head = b""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT orders_event_entry(o.number, e.seq, e.step, e.state, e.party, e.actor_id, e.at, e.due_at, e.data)"
            " FROM orders_orderevent e JOIN orders_order o ON o.id = e.order_id WHERE o.id = %s ORDER BY e.seq",
            [order.pk],
        )
        for (entry,) in cursor.fetchall():
            head = sha256(head + bytes(entry)).digest()

    assert receipt_of(order).fingerprint == head.hex()


def test_there_is_no_receipt_before_confirmation(client: Client) -> None:
    status, page = read(client, (order := make_shipped_order()).buyer, "receipt", order)

    assert status == 409
    assert "It is now “Shipped”." in page


def test_the_packing_slip_has_the_address_and_no_prices(client: Client) -> None:
    order = make_paid_order()
    status, page = read(client, order.seller, "packing_slip", order)

    assert status == 200
    assert "1 Long Street" in page
    assert order.lines.get().version.title in page
    assert "$" not in page


def test_only_the_seller_packs(client: Client) -> None:
    order = make_paid_order()

    assert read(client, order.buyer, "packing_slip", order)[0] == 404
    assert read(client, make_user(), "packing_slip", order)[0] == 404
    assert read(client, make_user(), "receipt", make_completed_order())[0] == 404


def test_there_is_nothing_to_pack_before_payment_and_after_cancellation(client: Client) -> None:
    unpaid, cancelled = make_placed_order(), make_paid_order()
    actions.cancel_sale(orders=[cancelled.pk], by=cancelled.seller, at=AT)

    for order in (unpaid, fresh(cancelled)):
        status, page = read(client, order.seller, "packing_slip", order)
        assert status == 409
        assert "1 Long Street" not in page
