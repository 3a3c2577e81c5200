"""What nobody can do to the ledger, whatever code they run: each rule is tried in raw SQL, and stands by itself."""

import pytest

from escrow.models import Hold, SellerBalance
from escrow.tests import test_payout_rules, test_refund_rules
from marketplace.lib import sql
from marketplace.tests.breaking import Attempt, assert_all_tried, assert_refused, frozen, insert, kept
from marketplace.tests.trade import make_paid_order, make_refunded_order, make_seller, make_shipped_order, make_variant

pytestmark = pytest.mark.django_db

# Other constraints point at these; the primary key alone would already keep them.
IMPLIED = ("account_in_currency", "payment_in_currency", "hold_in_currency", "payout_in_currency", "transfers_apply")

OPEN = "(SELECT min(id) FROM escrow_hold WHERE state = 'HELD' AND currency = 'USD')"
OPEN_JPY = "(SELECT min(id) FROM escrow_hold WHERE state = 'HELD' AND currency = 'JPY')"
SELLER = f"(SELECT seller_account_id FROM escrow_hold WHERE id = {OPEN})"
SELLER_JPY = f"(SELECT seller_account_id FROM escrow_hold WHERE id = {OPEN_JPY})"
USD_PAYMENT = "(SELECT min(id) FROM escrow_payment WHERE currency = 'USD')"
JPY_PAYMENT = "(SELECT min(id) FROM escrow_payment WHERE currency = 'JPY')"
REFERENCE = f"(SELECT reference FROM escrow_hold WHERE id = {OPEN})"
PAYMENT_REFERENCE = f"(SELECT reference FROM escrow_payment WHERE id = {USD_PAYMENT})"
SOMEBODY = "(SELECT min(id) FROM accounts_user)"


def account(kind: str, currency: str = "USD") -> str:
    """The account of the platform of this kind."""
    return f"(SELECT id FROM escrow_account WHERE kind = '{kind}' AND currency = '{currency}')"


def transfer(**changes: str) -> str:
    """One cent of an open hold released to its seller, unless changed."""
    values = {
        "kind": "'RELEASE'", "key": "'test'", "currency": "'USD'", "amount_minor": "1", "at": "now()",
        "debit_account_id": account("ESCROW"), "credit_account_id": SELLER, "debit_hold_id": OPEN,
    }  # fmt: skip
    return insert("escrow_transfer", values, changes)


def outside(**changes: str) -> str:
    """One cent that came too late, which touches no hold and no seller, unless changed."""
    values = {
        "kind": "'LATE_CAPTURE'", "debit_account_id": account("PROVIDER_CASH"),
        "credit_account_id": account("REFUNDS_IN_FLIGHT"), "debit_hold_id": "NULL",
    }  # fmt: skip
    return transfer(**{**values, **changes})


def hold(**changes: str) -> str:
    """A new, empty hold in dollars, unless changed."""
    values = {
        "reference": "'test'", "payment_id": USD_PAYMENT, "seller_account_id": SELLER, "currency": "'USD'",
        "amount_minor": "100", "fee_minor": "10", "captured_minor": "0", "released_minor": "0",
        "fee_taken_minor": "0", "refunded_minor": "0", "opened_at": "now()",
    }  # fmt: skip
    return insert("escrow_hold", values, changes)


def account_row(**changes: str) -> str:
    """A new platform account, unless changed."""
    values = {"kind": "'FEES'", "currency": "'EUR'", "provider": "NULL", "owner_id": "NULL"}
    return insert("escrow_account", values, changes)


def payment(**changes: str) -> str:
    """A new open payment, unless changed."""
    values = {
        "reference": "'test'", "buyer_id": SOMEBODY, "provider": "'sandbox'", "currency": "'USD'",
        "amount_minor": "100", "state": "'OPEN'", "page_url": "''", "last_error": "''", "created_at": "now()",
    }  # fmt: skip
    return insert("escrow_payment", values, changes)


def operation(**changes: str) -> str:
    """A new operation, unless changed."""
    values = {
        "kind": "'REFUND'", "key": "'test'", "provider": "'sandbox'", "payment_id": USD_PAYMENT, "currency": "'USD'",
        "amount_minor": "1", "state": "'RESERVED'", "provider_reference": "''", "last_error": "''", "tries": "0",
        "created_at": "now()", "next_try_at": "now()",
    }  # fmt: skip
    return insert("escrow_provideroperation", values, changes)


ATTEMPTS = [
    # Transfers
    Attempt("nothing is moved", "transfer_amount_positive", outside(amount_minor="0")),
    Attempt("less than nothing is moved", "transfer_amount_positive", outside(amount_minor="-1")),
    Attempt(
        "money goes round in one account",
        "transfer_between_two_accounts",
        outside(credit_account_id=account("PROVIDER_CASH")),
    ),
    Attempt("a release names no hold", "transfer_names_its_hold", transfer(debit_hold_id="NULL")),
    Attempt("a late payment names a hold", "transfer_names_its_hold", outside(debit_hold_id=OPEN)),
    Attempt("a release fills a hold", "transfer_names_its_hold", transfer(debit_hold_id="NULL", credit_hold_id=OPEN)),
    Attempt(
        "yen become dollars on the way out",
        "transfer_debit_same_currency",
        outside(debit_account_id=account("PROVIDER_CASH", "JPY")),
    ),
    Attempt(
        "dollars become yen on the way in",
        "transfer_credit_same_currency",
        outside(credit_account_id=account("REFUNDS_IN_FLIGHT", "JPY")),
    ),
    Attempt(
        "dollars are released from a hold of yen", "transfer_debit_hold_same_currency", transfer(debit_hold_id=OPEN_JPY)
    ),
    Attempt(
        "dollars fill a hold of yen",
        "transfer_credit_hold_same_currency",
        hold(currency="'JPY'", payment_id=JPY_PAYMENT, seller_account_id=SELLER_JPY)
        + ";"
        + outside(
            kind="'CAPTURE'",
            credit_account_id=account("ESCROW"),
            credit_hold_id="(SELECT id FROM escrow_hold WHERE reference = 'test')",
        ),
    ),
    Attempt(
        "the same is moved twice",
        "escrow_transfer_key_key",
        outside(key="(SELECT min(key) FROM escrow_transfer)"),
    ),
    Attempt("a transfer is changed", "transfer_append_only", "UPDATE escrow_transfer SET at = at WHERE false"),
    *kept("escrow_transfer", "transfer_append_only", "a transfer"),
    # Holds
    Attempt("a hold of nothing is opened", "hold_amounts_make_sense", hold(amount_minor="0", fee_minor="0")),
    Attempt("a hold promises more fee than there is", "hold_amounts_make_sense", hold(fee_minor="101")),
    Attempt("a hold promises a negative fee", "hold_amounts_make_sense", hold(fee_minor="-1"), alone=False),
    Attempt("a hold is opened full", "hold_opens_empty", hold(captured_minor="100")),
    Attempt(
        "a hold is opened with money paid out",
        "hold_opens_empty",
        hold(captured_minor="100", released_minor="90", fee_taken_minor="10"),
    ),
    Attempt("an order is given a second hold", "escrow_hold_reference_key", hold(reference=REFERENCE)),
    Attempt("a hold in dollars is paid in yen", "hold_payment_same_currency", hold(payment_id=JPY_PAYMENT)),
    Attempt("a hold in dollars is for a seller's yen", "hold_seller_same_currency", hold(seller_account_id=SELLER_JPY)),
    Attempt(
        "more than its amount is captured into a hold",
        "hold_totals_in_range",
        hold()
        + ";"
        + outside(
            kind="'CAPTURE'",
            amount_minor="101",
            credit_account_id=account("ESCROW"),
            credit_hold_id="(SELECT id FROM escrow_hold WHERE reference = 'test')",
        ),
    ),
    Attempt(
        "more fee is taken than was promised",
        "hold_totals_in_range",
        transfer(
            kind="'FEE'",
            credit_account_id=account("FEES"),
            amount_minor=f"(SELECT fee_minor + 1 FROM escrow_hold WHERE id = {OPEN})",
        ),
    ),
    Attempt(
        "a hold pays out more than it has",
        "hold_never_pays_out_more_than_it_has",
        transfer(amount_minor=f"(SELECT amount_minor + 1 FROM escrow_hold WHERE id = {OPEN})"),
    ),
    Attempt(
        "a hold that is not captured pays out",
        "hold_never_pays_out_more_than_it_has",
        hold() + ";" + transfer(debit_hold_id="(SELECT id FROM escrow_hold WHERE reference = 'test')"),
    ),
    Attempt(
        "a refunded hold pays the seller as well",
        "hold_never_pays_out_more_than_it_has",
        transfer(debit_hold_id="(SELECT min(id) FROM escrow_hold WHERE state = 'REFUNDED' AND currency = 'USD')"),
    ),
    *(
        Attempt(
            f"the {total} of a hold is written by hand",
            "hold_totals_follow_transfers",
            f"UPDATE escrow_hold SET {total}_minor = {total}_minor + {step} WHERE id = {OPEN}",
        )
        for total, step in (("captured", -1), ("released", 1), ("fee_taken", 1), ("refunded", 1))
    ),
    *frozen(
        "escrow_hold",
        "hold_terms_are_frozen",
        "a hold",
        "id reference payment_id seller_account_id currency amount_minor fee_minor opened_at",
    ),
    *kept("escrow_hold", "hold_not_deleted", "a hold"),
    # Accounts
    Attempt("an account is in no currency", "account_currency_is_iso", account_row(currency="'usd'")),
    Attempt("a seller's account has no owner", "account_seller_has_an_owner", account_row(kind="'SELLER'")),
    Attempt("the platform's account has an owner", "account_seller_has_an_owner", account_row(owner_id=SOMEBODY)),
    Attempt("cash is at no provider", "account_outside_names_its_provider", account_row(kind="'PROVIDER_CASH'")),
    Attempt("escrow is at a provider", "account_outside_names_its_provider", account_row(provider="'sandbox'")),
    Attempt("there are two of one account", "account_unique", account_row(kind="'ESCROW'", currency="'USD'")),
    Attempt("an account is changed", "account_append_only", "UPDATE escrow_account SET kind = kind WHERE false"),
    *kept("escrow_account", "account_append_only", "an account"),
    # Sellers' balances
    Attempt(
        "a balance is written by hand",
        "seller_balance_follows_transfers",
        "UPDATE escrow_sellerbalance SET available_minor = available_minor + 1",
    ),
    Attempt(
        "a balance is opened with money in it",
        "seller_balance_opens_empty",
        "WITH opened AS (" + account_row(kind="'SELLER'", owner_id=SOMEBODY) + " RETURNING id)"
        " INSERT INTO escrow_sellerbalance (account_id, available_minor) SELECT id, 1 FROM opened",
    ),
    Attempt(
        "a balance falls below zero",
        "seller_balance_not_negative",
        "ALTER TABLE escrow_sellerbalance DISABLE TRIGGER seller_balance_follows_transfers;"
        "UPDATE escrow_sellerbalance SET available_minor = -1",
    ),
    Attempt(
        "less than nothing is owed",
        "seller_balance_owed_not_negative",
        "ALTER TABLE escrow_sellerbalance DISABLE TRIGGER seller_balance_follows_transfers;"
        "UPDATE escrow_sellerbalance SET owed_minor = -1",
    ),
    *kept("escrow_sellerbalance", "seller_balance_not_deleted", "a balance"),
    # Payments
    Attempt("nothing is paid", "payment_amount_positive", payment(amount_minor="0")),
    Attempt("a payment is captured at no time", "payment_captured_has_a_time", payment(state="'CAPTURED'")),
    Attempt("an open payment has been captured", "payment_captured_has_a_time", payment(captured_at="now()")),
    Attempt("two payments have one reference", "escrow_payment_reference_key", payment(reference=PAYMENT_REFERENCE)),
    Attempt(
        "two payments are one at the provider",
        "payment_at_provider_unique",
        payment(provider_reference="'pay_1'") + ";" + payment(provider_reference="'pay_1'", reference="'other'"),
    ),
    Attempt(
        "a captured payment is opened again",
        "payment_captured_is_final",
        "UPDATE escrow_payment SET state = 'OPEN', captured_at = NULL WHERE state = 'CAPTURED'",
    ),
    Attempt(
        "a payment was captured at another time",
        "payment_captured_is_final",
        "UPDATE escrow_payment SET captured_at = now() WHERE state = 'CAPTURED'",
    ),
    *frozen(
        "escrow_payment",
        "payment_terms_are_frozen",
        "a payment",
        "id reference buyer_id provider currency amount_minor",
    ),
    *kept("escrow_payment", "payment_not_deleted", "a payment"),
    # What is asked of providers
    Attempt("a provider is asked for nothing", "operation_amount_positive", operation(amount_minor="0")),
    Attempt("a refund is of no payment", "operation_names_its_subject", operation(payment_id="NULL")),
    Attempt("a provider is asked for something else", "operation_names_its_subject", operation(kind="'GIFT'")),
    Attempt(
        "a refund is asked for twice",
        "escrow_provideroperation_key_key",
        operation(key="(SELECT min(key) FROM escrow_provideroperation)"),
    ),
    Attempt(
        "a refund that is over is tried again",
        "operation_succeeded_is_final",
        operation(state="'SUCCEEDED'", settled_at="now()")
        + "; UPDATE escrow_provideroperation SET state = 'RESERVED' WHERE key = 'test'",
    ),
    *frozen(
        "escrow_provideroperation",
        "operation_terms_are_frozen",
        "an operation",
        "id kind key provider payment_id payout_id hold_id currency amount_minor created_at",
    ),
    *kept("escrow_provideroperation", "operation_not_deleted", "an operation"),
    Attempt(
        "a provider's message is taken twice",
        "provider_event_once",
        "INSERT INTO escrow_providerevent (provider, event_id, type, payload, received_at, problem)"
        " SELECT 'sandbox', 'evt', 't', '{}', now(), '' FROM generate_series(1, 2)",
    ),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_ledger_refuses_it(attempt: Attempt) -> None:
    make_shipped_order()
    make_refunded_order()
    make_paid_order(variant=make_variant(make_seller(currency="JPY")))

    assert_refused(attempt)


def test_every_rule_of_the_ledger_is_tried() -> None:
    attempts = (*ATTEMPTS, *test_payout_rules.ATTEMPTS, *test_refund_rules.ATTEMPTS)
    assert_all_tried("escrow", (attempt.rule for attempt in attempts), IMPLIED)


def test_totals_and_balances_follow_every_transfer_by_themselves() -> None:
    order = make_shipped_order()
    assert order.hold is not None
    for part in (1, 2):
        with_key = {"key": f"'part{part}'", "amount_minor": str(part)}
        sql.run(transfer(**with_key))

    after = Hold.objects.get(pk=order.hold.pk)
    assert (after.released_minor, after.state) == (3, "HELD")
    assert SellerBalance.objects.get(account__owner=order.seller).available_minor == 3
