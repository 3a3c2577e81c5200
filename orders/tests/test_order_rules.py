"""What nobody can do to orders, whatever code they run: each rule is tried in raw SQL, and stands by itself."""

import pytest

from marketplace.tests.breaking import Attempt, assert_all_tried, assert_refused, frozen, insert, kept
from marketplace.tests.trade import make_completed_order, make_placed_order, make_refunded_order, make_shipped_order

pytestmark = pytest.mark.django_db

# Said once more by the rule of the same table for the same column, or by Django for every table between two others.
IMPLIED = ("orders_checkout_payments_checkout_id_payment_id_c2a270d3_uniq",)

PLACED = "(SELECT id FROM orders_order WHERE state = 'AWAITING_PAYMENT' AND number <> 'test')"
SHIPPED = "(SELECT id FROM orders_order WHERE state = 'SHIPPED')"


def of_placed(column: str) -> str:
    """A column of the order that awaits its payment."""
    return f"(SELECT {column} FROM orders_order WHERE id = {PLACED})"


def order(**changes: str) -> str:
    """Another order on the terms of the one that awaits its payment, unless changed."""
    copied = "buyer_id seller_id policy_id payment_id currency goods_minor shipping_minor fee_minor ship_to"
    copied += " handling_window protection_window extension placed_at due_at"
    values = {column: of_placed(column) for column in copied.split()}
    return insert(
        "orders_order",
        {**values, "number": "'test'", "state": "'AWAITING_PAYMENT'", "event_count": "0", "chain_head": "''"},
        changes,
    )


def line(**changes: str) -> str:
    """A line for the new order, unless changed."""
    values = {
        "order_id": "(SELECT id FROM orders_order WHERE number = 'test')", "quantity": "1", "unit_price_minor": "1",
        "unit_shipping_minor": "0", "options": "'{}'",
        "version_id": f"(SELECT version_id FROM orders_orderline WHERE order_id = {PLACED})",
    }  # fmt: skip
    return insert("orders_orderline", values, changes)


def new_hold(**changes: str) -> str:
    """A hold made for the order that awaits its payment, unless changed."""
    account = f"""(INSERT INTO escrow_account (kind, currency, owner_id)
        VALUES ('SELLER', {of_placed("currency")}, {of_placed("seller_id")}) RETURNING id)"""
    values = {
        "reference": of_placed("number"), "payment_id": of_placed("payment_id"),
        "seller_account_id": "(SELECT id FROM account)", "currency": of_placed("currency"),
        "amount_minor": of_placed("goods_minor + shipping_minor"), "fee_minor": of_placed("fee_minor"),
        "captured_minor": "0", "released_minor": "0", "fee_taken_minor": "0", "refunded_minor": "0",
        "opened_at": "now()",
    }  # fmt: skip
    return f"WITH account AS {account} {insert('escrow_hold', values, changes)}"


def given_hold(**changes: str) -> str:
    """Give the order that awaits its payment a hold that was made for it, unless changed."""
    return f"{new_hold(**changes)}; UPDATE orders_order SET hold_id = {NEWEST_HOLD} WHERE id = {PLACED}"


def cart_line(**changes: str) -> str:
    """A line in somebody's cart, unless changed."""
    values = {
        "user_id": of_placed("buyer_id"), "visitor": "NULL", "quantity": "1", "added_at": "now()",
        "variant_id": "(SELECT min(id) FROM catalog_variant)", "unit_price_minor": "1", "unit_shipping_minor": "1",
    }  # fmt: skip
    return insert("orders_cartline", values, changes)


def moved(state: str, to: str) -> str:
    """Change the state of orders by hand."""
    return f"UPDATE orders_order SET {to} WHERE state = '{state}'"


NEWEST_HOLD = "(SELECT max(id) FROM escrow_hold)"
OTHER_HOLD = f"(SELECT hold_id FROM orders_order WHERE id = {SHIPPED})"
OTHER_PAYMENT = f"(SELECT payment_id FROM orders_order WHERE id = {SHIPPED})"
OTHER_ACCOUNT = f"(SELECT seller_account_id FROM escrow_hold WHERE id = {OTHER_HOLD})"
PROMISES = """name, payment_window, cancellation_window, least_shipping_window, delivered_window,
    delivery_report_window, buyer_extension, buyer_extension_opens, extension_cap, notifies"""
COPY_EVENT = """INSERT INTO orders_orderevent (order_id, seq, step, state, party, at, hash)
    SELECT order_id, seq, step, state, party, at, hash FROM orders_orderevent"""

ATTEMPTS = [
    # The order
    Attempt("goods cost nothing", "order_amounts_make_sense", order(goods_minor="0", fee_minor="0")),
    Attempt("shipping costs less than nothing", "order_amounts_make_sense", order(shipping_minor="-1")),
    Attempt("the fee is more than the price", "order_amounts_make_sense", order(fee_minor="1000000000")),
    Attempt("the fee is negative", "order_amounts_make_sense", order(fee_minor="-1")),
    Attempt(
        "somebody buys from themselves", "order_nobody_buys_from_themselves", order(seller_id=of_placed("buyer_id"))
    ),
    Attempt("two orders have one number", "orders_order_number_key", order(number=of_placed("number"))),
    Attempt(
        "an order begins shipped", "order_begins_unpaid", order(state="'CANCELLED'", due_at="NULL", closed_at="now()")
    ),
    Attempt("an order begins with money", "order_begins_unpaid", new_hold() + ";" + order(hold_id=NEWEST_HOLD)),
    Attempt("an order begins with a history", "order_begins_unpaid", order(event_count="1")),
    Attempt("an order is in no known state", "order_state_known", moved("SHIPPED", "state = 'LOST'")),
    Attempt("an open order has no deadline", "order_open_has_a_deadline", moved("SHIPPED", "due_at = NULL")),
    Attempt("an open order is closed", "order_open_has_a_deadline", moved("SHIPPED", "closed_at = now()")),
    Attempt("a final order has a deadline", "order_open_has_a_deadline", moved("COMPLETED", "due_at = now()")),
    Attempt("an order is over at no time", "order_open_has_a_deadline", moved("SHIPPED", "state = 'COMPLETED'")),
    Attempt("an unpaid order is shipped", "order_paid_has_a_hold", moved("AWAITING_PAYMENT", "state = 'SHIPPED'")),
    Attempt("a completed order is cancelled", "order_final_is_final", moved("COMPLETED", "state = 'CANCELLED'")),
    Attempt("a cancelled order is completed", "order_final_is_final", moved("CANCELLED", "state = 'COMPLETED'")),
    Attempt(
        "a completed order is opened again",
        "order_final_is_final",
        moved("COMPLETED", "state = 'SHIPPED', closed_at = NULL, due_at = now()"),
    ),
    Attempt("an order was over at another time", "order_final_is_final", moved("COMPLETED", "closed_at = now()")),
    Attempt("an order loses its hold", "order_hold_is_given_once", moved("CANCELLED", "hold_id = NULL")),
    Attempt(
        "two orders share a hold",
        "orders_order_hold_id_key",
        "ALTER TABLE orders_order DISABLE TRIGGER order_hold_is_its_own;"
        f"UPDATE orders_order SET hold_id = {OTHER_HOLD} WHERE id = {PLACED}",
    ),
    Attempt("an order takes the hold of another", "order_hold_is_its_own", given_hold(reference="'OTHER'")),
    Attempt("a hold is of another amount", "order_hold_is_its_own", given_hold(amount_minor="1000000")),
    Attempt("a hold is of another fee", "order_hold_is_its_own", given_hold(fee_minor="1")),
    Attempt("a hold is of another payment", "order_hold_is_its_own", given_hold(payment_id=OTHER_PAYMENT)),
    Attempt("a hold is for another seller", "order_hold_is_its_own", given_hold(seller_account_id=OTHER_ACCOUNT)),
    *frozen(
        "orders_order",
        "order_terms_are_frozen",
        "an order",
        "id number buyer_id seller_id policy_id payment_id currency goods_minor shipping_minor fee_minor"
        " handling_window protection_window placed_at promised_at",
    ),
    *kept("orders_order", "order_not_deleted", "an order"),
    # What was bought, promised, and what happened
    Attempt("no piece is bought", "order_line_has_pieces", order() + ";" + line(quantity="0")),
    Attempt("a line is added to an order afterwards", "order_line_comes_with_its_order", line(order_id=SHIPPED)),
    Attempt("a line is changed", "order_line_append_only", "UPDATE orders_orderline SET quantity = 1 WHERE false"),
    *kept("orders_orderline", "order_line_append_only", "a line"),
    Attempt("an event is changed", "order_event_append_only", "UPDATE orders_orderevent SET at = at WHERE false"),
    *kept("orders_orderevent", "order_event_append_only", "an event"),
    Attempt("the same event happens twice", "orders_orderevent_pkey", COPY_EVENT),
    Attempt("a policy is changed", "policy_append_only", "UPDATE orders_policy SET name = name WHERE false"),
    *kept("orders_policy", "policy_append_only", "a policy"),
    Attempt(
        "a policy is said twice",
        "policy_said_once",
        f"INSERT INTO orders_policy ({PROMISES}) SELECT {PROMISES} FROM orders_policy",
    ),
    # The rest
    Attempt("a deadline is in no shard", "deadline_shard_known", "UPDATE orders_deadline SET shard = 16"),
    Attempt(
        "an order is imported twice",
        "imported_order_once",
        "INSERT INTO orders_importedorder (order_id, source_order, source_seller, imported_at)"
        " SELECT id, 'theirs', 'seller', now() FROM orders_order",
    ),
    Attempt("a cart is nobody's", "cart_line_has_one_owner", cart_line(user_id="NULL")),
    Attempt("a cart is two people's", "cart_line_has_one_owner", cart_line(visitor="'v'")),
    Attempt("nothing is in a cart", "cart_line_has_pieces", cart_line(quantity="0")),
    Attempt("a cart has one thing twice", "cart_line_once_per_user", cart_line() + ";" + cart_line()),
    Attempt(
        "a visitor's cart has one thing twice",
        "cart_line_once_per_visitor",
        ";".join([cart_line(user_id="NULL", visitor="'v'")] * 2),
    ),
    Attempt(
        "one page places two orders",
        "checkout_once_per_page",
        "INSERT INTO orders_checkout (reference, placed_at, buyer_id)"
        f" SELECT 'page', now(), {of_placed('buyer_id')} FROM generate_series(1, 2)",
    ),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_orders_refuse_it(attempt: Attempt) -> None:
    make_placed_order()
    make_shipped_order()
    make_completed_order()
    make_refunded_order()

    assert_refused(attempt)


def test_every_rule_of_the_orders_is_tried() -> None:
    assert_all_tried("orders", (attempt.rule for attempt in ATTEMPTS if not attempt.rule.endswith("_pkey")), IMPLIED)
