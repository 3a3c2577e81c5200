"""The audit finds nothing in books that were kept by the actions, and finds each rule that somebody broke."""

from collections.abc import Callable

import pytest
from django.db import connection

from escrow import audit as ledger
from marketplace.lib import auditing
from marketplace.tests.payouts import make_payouts, make_refund_after
from marketplace.tests.trade import make_history, make_shipped_order

pytestmark = pytest.mark.django_db


TABLES = (
    "transfer",
    "hold",
    "sellerbalance",
    "account",
    "payment",
    "provideroperation",
    "payout",
    "allotment",
    "refund",
)


def broken_rules() -> set[str]:
    """The rules that the audit finds broken."""
    return {finding.rule for finding in auditing.broken(ledger.check())}


def force(statements: str) -> None:
    """Do what the database's rules refuse, as its owner could; the test's rollback undoes it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE escrow_{table} DISABLE TRIGGER USER")
        cursor.execute(statements)


def test_books_kept_by_the_actions_break_no_rule_and_say_their_figures(audit: Callable[[], None]) -> None:
    make_history()

    audit()
    figures = {finding.rule: [str(figure) for figure in finding.figures] for finding in ledger.check()}
    assert figures["The escrow account has exactly what the open holds keep"] == ["held ¥12,594", "held $125.94"]
    assert figures["A hold is final exactly when it is empty"] == ["open 6", "final 4"]


def test_empty_books_break_no_rule() -> None:
    assert broken_rules() == set()
    assert ledger.trial_balance() == []


def test_the_trial_balance_adds_up_per_currency() -> None:
    make_history()

    for currency in ("USD", "JPY"):
        rows = [row for row in ledger.trial_balance() if row.currency == currency]
        assert len(rows) == 5
        assert sum(row.debit_minor for row in rows) == sum(row.credit_minor for row in rows) > 0


TOTALS = "Each hold's totals are the sums of its transfers"
FINAL = "A hold is final exactly when it is empty"
CASH = "The provider's cash is what was captured less the refunds and payouts that were paid"
PAYMENTS = "What each payment captured is in its holds or on its way back"
REFUNDS = "Each refund is asked of the provider once, and paid as often as it succeeded"
IN_FLIGHT = "What is on its way back is what refund operations have not paid"
BALANCES = "Each seller's balance is the sum of its transfers and not negative"
KINDS = "Every transfer joins the two kinds of account that its own kind names, in its currency"
HELD = "SELECT min(id) FROM escrow_hold WHERE state = 'HELD'"
RELEASED = "SELECT min(id) FROM escrow_hold WHERE state = 'RELEASED'"
AFTER = "Each refund after completion is paid as it says, and never more than was released"
IN_BANKS = "What is on its way to banks is what payouts have not ended"
PAYOUTS = "What payouts reserved is paid, given back or in flight, each as its transfers say"
ASKED = "Each payout is asked of the provider once, and is where the provider says"
TAKEN = "Every debit of a seller's balance says which sales it took"
LEFT = "What is left of a seller's sales is what is available to them"
FIRST_TAKEN = "SELECT min(transfer_id) FROM escrow_allotment"
COPY = """INSERT INTO escrow_transfer
    (kind, key, currency, amount_minor, debit_account_id, credit_account_id, debit_hold_id, at)"""


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        (
            "Debits equal credits in every currency",
            (
                "ALTER TABLE escrow_transfer DROP CONSTRAINT transfer_debit_same_currency;"
                "UPDATE escrow_transfer SET debit_account_id = 0 WHERE kind = 'FEE'"
            ),
        ),
        (
            KINDS,
            (
                "UPDATE escrow_transfer t SET credit_account_id = fees.id FROM escrow_account fees"
                " WHERE t.kind = 'RELEASE' AND fees.kind = 'FEES' AND fees.currency = t.currency"
            ),
        ),
        (
            KINDS,
            (
                "ALTER TABLE escrow_transfer DROP CONSTRAINT transfer_credit_same_currency;"
                "UPDATE escrow_transfer t SET credit_account_id = fees.id FROM escrow_account fees"
                " WHERE t.kind = 'FEE' AND fees.kind = 'FEES' AND fees.currency <> t.currency"
            ),
        ),
        (KINDS, "UPDATE escrow_transfer SET kind = 'GIFT' WHERE kind = 'LATE_CAPTURE'"),
        (
            "The escrow account has exactly what the open holds keep",
            f"DELETE FROM escrow_transfer WHERE credit_hold_id = ({HELD})",
        ),
        (BALANCES, "UPDATE escrow_sellerbalance SET available_minor = available_minor + 1"),
        (BALANCES, "DELETE FROM escrow_sellerbalance WHERE available_minor > 0"),
        (
            BALANCES,
            (
                "ALTER TABLE escrow_sellerbalance DROP CONSTRAINT seller_balance_not_negative;"
                "UPDATE escrow_sellerbalance SET available_minor = -1"
            ),
        ),
        (IN_FLIGHT, "UPDATE escrow_provideroperation SET amount_minor = amount_minor + 1"),
        (IN_FLIGHT, "DELETE FROM escrow_provideroperation WHERE hold_id IS NULL"),
        (CASH, "UPDATE escrow_payment SET amount_minor = amount_minor + 1"),
        (CASH, "UPDATE escrow_provideroperation SET state = 'SUCCEEDED'"),
        (TOTALS, f"UPDATE escrow_hold SET released_minor = 1 WHERE id = ({HELD})"),
        (TOTALS, f"DELETE FROM escrow_transfer WHERE debit_hold_id = ({RELEASED})"),
        (
            "All of each hold was captured",
            f"UPDATE escrow_hold SET captured_minor = captured_minor - 1 WHERE id = ({HELD})",
        ),
        (
            FINAL,
            (
                "UPDATE escrow_hold SET released_minor = amount_minor - fee_minor, fee_taken_minor = fee_minor"
                f" WHERE id = ({HELD})"
            ),
        ),
        (
            FINAL,
            (
                f"{COPY} SELECT kind, 'release:' || ({HELD}), currency, 1, debit_account_id, credit_account_id,"
                f" ({HELD}), at FROM escrow_transfer WHERE kind = 'RELEASE' LIMIT 1"
            ),
        ),
        (
            "A hold is filled once and resolved once",
            (
                f"{COPY} SELECT kind, key || ':again', currency, 1, debit_account_id, credit_account_id, debit_hold_id,"
                " at FROM escrow_transfer WHERE kind = 'RELEASE'"
            ),
        ),
        (
            "What a hold releases goes to its own seller",
            (
                "INSERT INTO escrow_account (kind, currency, owner_id)"
                " SELECT 'SELLER', 'USD', buyer_id FROM escrow_payment WHERE currency = 'USD' LIMIT 1;"
                "UPDATE escrow_transfer SET credit_account_id = (SELECT max(id) FROM escrow_account)"
                " WHERE kind = 'RELEASE' AND currency = 'USD'"
            ),
        ),
        (
            "Each fee is the promised share of what the seller got",
            (
                "UPDATE escrow_transfer SET amount_minor = amount_minor + CASE kind WHEN 'FEE' THEN 1 ELSE -1 END"
                f" WHERE debit_hold_id = ({RELEASED})"
            ),
        ),
        (PAYMENTS, "UPDATE escrow_payment SET amount_minor = amount_minor + 1"),
        (PAYMENTS, "UPDATE escrow_payment SET state = 'OPEN', captured_at = NULL"),
        (PAYMENTS, "DELETE FROM escrow_transfer WHERE kind = 'LATE_CAPTURE'"),
        (REFUNDS, "DELETE FROM escrow_provideroperation WHERE hold_id IS NOT NULL"),
        (REFUNDS, "UPDATE escrow_provideroperation SET key = key || ':other'"),
        (REFUNDS, "UPDATE escrow_provideroperation SET amount_minor = amount_minor - 1"),
        (REFUNDS, "UPDATE escrow_provideroperation SET state = 'SUCCEEDED'"),
    ],
)
def test_the_audit_finds_each_rule_that_was_broken(rule: str, damage: str) -> None:
    make_history()
    assert broken_rules() == set()

    force(damage)

    finding = {finding.rule: finding for finding in ledger.check()}[rule]
    assert finding.broken > 0
    assert finding.examples


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        (CASH, "UPDATE escrow_payout SET state = 'RETURNED', given_back_at = paid_at WHERE state = 'PAID'"),
        (
            "What each seller owes is the sum of its transfers and not negative",
            "UPDATE escrow_sellerbalance SET owed_minor = 1",
        ),
        (IN_BANKS, "UPDATE escrow_payout SET amount_minor = amount_minor + 1"),
        (IN_BANKS, "DELETE FROM escrow_transfer WHERE kind = 'PAYOUT_PAID'"),
        (PAYOUTS, "UPDATE escrow_payout SET amount_minor = amount_minor + 1 WHERE state = 'PAID'"),
        (
            PAYOUTS,
            (
                "UPDATE escrow_payout SET state = 'PAID', paid_at = given_back_at, given_back_at = NULL"
                " WHERE state = 'FAILED'"
            ),
        ),
        (PAYOUTS, "DELETE FROM escrow_transfer WHERE kind = 'PAYOUT_RETURNED'"),
        (PAYOUTS, "UPDATE escrow_transfer SET key = key || ':again' WHERE kind = 'PAYOUT_PAID'"),
        (ASKED, "DELETE FROM escrow_provideroperation WHERE kind = 'PAYOUT' AND state = 'PENDING'"),
        (ASKED, "UPDATE escrow_provideroperation SET state = 'PENDING' WHERE kind = 'PAYOUT' AND state = 'FAILED'"),
        (ASKED, "UPDATE escrow_provideroperation SET amount_minor = 1 WHERE kind = 'PAYOUT'"),
        (TAKEN, "DELETE FROM escrow_allotment"),
        (TAKEN, "UPDATE escrow_allotment SET amount_minor = amount_minor + 1"),
        (TAKEN, "UPDATE escrow_allotment SET given_back = NOT given_back"),
        (TAKEN, f"UPDATE escrow_allotment SET hold_id = ({HELD}) WHERE transfer_id = ({FIRST_TAKEN})"),
        (LEFT, "UPDATE escrow_allotment SET amount_minor = amount_minor - 1 WHERE NOT given_back"),
        (AFTER, "UPDATE escrow_refund SET owed_minor = owed_minor + 1"),
        (AFTER, "UPDATE escrow_refund SET amount_minor = amount_minor + 99999"),
        (AFTER, "DELETE FROM escrow_refund"),
        (AFTER, "DELETE FROM escrow_transfer WHERE kind = 'REFUND_OWED'"),
        (REFUNDS, "DELETE FROM escrow_provideroperation WHERE key LIKE 'refund_after:%'"),
        (IN_FLIGHT, "DELETE FROM escrow_transfer WHERE kind = 'REFUND_OWED'"),
    ],
)
def test_the_audit_finds_each_rule_of_payouts_that_was_broken(rule: str, damage: str) -> None:
    make_payouts()
    make_refund_after()
    make_shipped_order()
    assert broken_rules() == set()

    force(damage)

    finding = {finding.rule: finding for finding in ledger.check()}[rule]
    assert finding.broken > 0
    assert finding.examples
