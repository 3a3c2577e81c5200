"""The audit finds every order that is out of step with its money, its clock, its lines or its history."""

import pytest
from django.db import connection

from marketplace.lib import auditing
from marketplace.tests.trade import make_history, make_shipped_order
from orders import audit

pytestmark = pytest.mark.django_db

MONEY = "Every order's state agrees with its money"
HOLDS = "Every hold is its own order's: amount, fee, currency, payment and seller"
CLOCKS = "Every open order has exactly one deadline, its own, and a final one has none"
SUMS = "Every order costs what its lines add up to"
EVENTS = "Every order's events are all there, and the last is the head of its chain"
CHAINS = "Every event's hash follows from what it says and from the event before it"


def force(statements: str) -> None:
    """Do what the database's rules refuse, as its owner could; the test's rollback undoes it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("orders_order", "orders_orderline", "orders_orderevent", "escrow_hold"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statements)


@pytest.mark.usefixtures("audit")
def test_orders_moved_by_the_actions_break_no_rule() -> None:
    make_history()

    assert auditing.broken(audit.check(chains=True)) == []


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        (
            MONEY,
            (
                "UPDATE orders_order SET state = 'SHIPPED', due_at = closed_at, closed_at = NULL"
                " WHERE state = 'COMPLETED'"
            ),
        ),
        (MONEY, "UPDATE orders_order SET state = 'CANCELLED' WHERE state = 'COMPLETED'"),
        (MONEY, "UPDATE orders_order SET state = 'COMPLETED' WHERE state = 'CANCELLED' AND hold_id IS NOT NULL"),
        (
            MONEY,
            ("UPDATE orders_order SET state = 'CANCELLED', due_at = NULL, closed_at = paid_at WHERE state = 'SHIPPED'"),
        ),
        (MONEY, "UPDATE orders_order SET state = 'AWAITING_PAYMENT' WHERE state = 'AWAITING_SHIPMENT'"),
        (MONEY, "UPDATE orders_order SET hold_id = NULL WHERE state = 'CANCELLED'"),
        (MONEY, "UPDATE orders_order SET paid_at = placed_at WHERE state = 'AWAITING_PAYMENT'"),
        (HOLDS, "UPDATE orders_order SET number = 'X' || id WHERE state = 'SHIPPED'"),
        (HOLDS, "UPDATE orders_order SET seller_id = (SELECT min(id) FROM accounts_user) WHERE state = 'SHIPPED'"),
        (HOLDS, "UPDATE orders_order SET fee_minor = fee_minor - 1 WHERE state = 'SHIPPED'"),
        (CLOCKS, "DELETE FROM orders_deadline WHERE state = 'SHIPPED'"),
        (CLOCKS, "UPDATE orders_deadline SET due_at = due_at + interval '1 second' WHERE state = 'SHIPPED'"),
        (CLOCKS, "UPDATE orders_deadline SET shard = (shard + 1) % 16"),
        (CLOCKS, "UPDATE orders_deadline SET state = 'AWAITING_PAYMENT' WHERE state = 'SHIPPED'"),
        (CLOCKS, "UPDATE orders_deadline SET buyer_id = seller_id"),
        (
            CLOCKS,
            (
                "INSERT INTO orders_deadline (shard, due_at, order_id, buyer_id, seller_id, state)"
                " SELECT shard, due_at + interval '1 day', order_id, buyer_id, seller_id, state FROM orders_deadline"
            ),
        ),
        (
            CLOCKS,
            (
                "INSERT INTO orders_deadline (shard, due_at, order_id, buyer_id, seller_id, state)"
                " SELECT seller_id % 16, closed_at, id, buyer_id, seller_id, state FROM orders_order"
                " WHERE state = 'COMPLETED'"
            ),
        ),
        (
            CLOCKS,
            (
                "INSERT INTO orders_deadline (shard, due_at, order_id, buyer_id, seller_id, state)"
                " VALUES (0, '2026-03-03', 0, 1, 2, 'SHIPPED')"
            ),
        ),
        (SUMS, "UPDATE orders_orderline SET unit_price_minor = unit_price_minor + 1"),
        (SUMS, "UPDATE orders_orderline SET unit_shipping_minor = unit_shipping_minor + 1"),
        (SUMS, "DELETE FROM orders_orderline"),
        (EVENTS, "DELETE FROM orders_orderevent WHERE seq = 1"),
        (EVENTS, "UPDATE orders_order SET chain_head = sha256('') WHERE state = 'SHIPPED'"),
        (EVENTS, "UPDATE orders_order SET event_count = event_count + 1"),
        (EVENTS, "UPDATE orders_orderevent SET state = 'SHIPPED' WHERE step = 'confirm_receipt'"),
        (CHAINS, "UPDATE orders_orderevent SET at = at + interval '1 microsecond' WHERE step = 'pay'"),
        (CHAINS, "UPDATE orders_orderevent SET actor_id = NULL WHERE step = 'ship'"),
        (CHAINS, "UPDATE orders_orderevent SET data = '{}' WHERE step = 'ship'"),
        (CHAINS, "UPDATE orders_orderevent SET hash = sha256(hash) WHERE seq = 1"),
    ],
)
def test_the_audit_finds_each_rule_that_was_broken(rule: str, damage: str) -> None:
    make_history()
    assert auditing.broken(audit.check(chains=True)) == []

    force(damage)

    finding = {finding.rule: finding for finding in audit.check(chains=True)}[rule]
    assert finding.broken > 0
    assert finding.examples


def test_a_hold_without_an_order_is_found() -> None:
    make_shipped_order()

    force(
        "ALTER TABLE orders_order DROP CONSTRAINT order_paid_has_a_hold;"
        "UPDATE orders_order SET hold_id = NULL, state = 'AWAITING_SHIPMENT'"
    )

    assert MONEY in {finding.rule for finding in auditing.broken(audit.check())}
