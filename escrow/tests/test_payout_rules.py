"""What nobody can do to payouts, whatever code they run: each rule is tried in raw SQL, and stands by itself."""

import pytest

from marketplace.tests.breaking import Attempt, assert_refused, frozen, insert, kept
from marketplace.tests.payouts import make_method, make_paid_seller, request_payout

pytestmark = pytest.mark.django_db

REQUESTED = "(SELECT min(id) FROM escrow_payout)"
ACCOUNT = f"(SELECT account_id FROM escrow_payout WHERE id = {REQUESTED})"
METHOD = f"(SELECT method_id FROM escrow_payout WHERE id = {REQUESTED})"
OWNER = f"(SELECT owner_id FROM escrow_payoutmethod WHERE id = {METHOD})"
YEN_ACCOUNT = "(SELECT id FROM escrow_account WHERE kind = 'SELLER' AND currency = 'JPY')"


def payout(**changes: str) -> str:
    """A new payout of one cent, asked for by the seller, unless changed."""
    values = {
        "reference": "'test'", "account_id": ACCOUNT, "method_id": METHOD, "provider": "'sandbox'", "currency": "'USD'",
        "amount_minor": "1", "requested_by_id": OWNER, "requested_at": "now()",
    }  # fmt: skip
    return insert("escrow_payout", values, changes)


def operation(**changes: str) -> str:
    """What is asked of the provider for the new payout, unless changed."""
    values = {
        "kind": "'PAYOUT'", "key": "'test'", "provider": "'sandbox'", "currency": "'USD'", "amount_minor": "1",
        "payout_id": "(SELECT id FROM escrow_payout WHERE reference = 'test')", "state": "'RESERVED'", "tries": "0",
        "provider_reference": "''", "last_error": "''", "created_at": "now()", "next_try_at": "now()",
    }  # fmt: skip
    return insert("escrow_provideroperation", values, changes)


def method(**changes: str) -> str:
    """Another bank account of the seller's, unless changed."""
    values = {
        "owner_id": OWNER, "reference": "'test'", "holder": "''", "destination_sealed": "''", "mask": "''",
        "is_default": "false", "added_at": "now()",
    }  # fmt: skip
    return insert("escrow_payoutmethod", values, changes)


def becomes(state: str, **columns: str) -> str:
    """Change the state of a payout by hand."""
    changes = {"state": f"'{state}'", **columns}
    return f"UPDATE escrow_payout SET {', '.join(f'{column} = {value}' for column, value in changes.items())}"


WEEKLY = {"requested_by_id": "NULL", "week": "'2026-03-02'"}
# The way it goes is watched over by another rule, which is out of the way here.
UNWATCHED = "ALTER TABLE escrow_payout DISABLE TRIGGER payout_goes_one_way; "

ATTEMPTS = [
    Attempt("nothing is paid out", "payout_amount_positive", payout(amount_minor="0")),
    Attempt("dollars are paid out of yen", "payout_account_same_currency", payout(account_id=YEN_ACCOUNT)),
    Attempt("nobody asked for a payout", "payout_by_a_person_or_the_week", payout(requested_by_id="NULL")),
    Attempt("a weekly payout was asked for", "payout_by_a_person_or_the_week", payout(week="'2026-03-02'")),
    Attempt(
        "a week is paid out twice",
        "payout_once_a_week_by_schedule",
        payout(**WEEKLY) + ";" + payout(**WEEKLY, reference="'other'"),
    ),
    Attempt("two payouts have one reference", "escrow_payout_reference_key", payout() + ";" + payout()),
    Attempt("a payout is paid by hand", "payout_goes_one_way", becomes("PAID", paid_at="now()")),
    Attempt("a payout failed by hand", "payout_goes_one_way", becomes("FAILED", given_back_at="now()")),
    Attempt(
        "a payout goes back to where it was", "payout_goes_one_way", f"{becomes('SUBMITTED')}; {becomes('REQUESTED')}"
    ),
    Attempt("a payout is paid at no time", "payout_state_has_its_times", UNWATCHED + becomes("PAID")),
    Attempt(
        "a payout is given back before it failed",
        "payout_state_has_its_times",
        "UPDATE escrow_payout SET given_back_at = now()",
    ),
    *frozen(
        "escrow_payout",
        "payout_terms_are_frozen",
        "a payout",
        "id reference account_id method_id provider currency amount_minor requested_by_id week requested_at",
    ),
    *kept("escrow_payout", "payout_not_deleted", "a payout"),
    Attempt(
        "a payout is asked of the provider in another currency",
        "operation_payout_same_currency",
        payout() + ";" + operation(currency="'JPY'"),
    ),
    Attempt(
        "a payout is asked of the provider twice",
        "escrow_provideroperation_payout_id_key",
        ";".join([payout(), operation(), operation(key="'again'")]),
    ),
    # Bank accounts
    *frozen(
        "escrow_payoutmethod",
        "payout_method_is_what_it_was",
        "a bank account",
        "id reference owner_id holder destination_sealed mask added_at",
    ),
    Attempt("two bank accounts have one reference", "escrow_payoutmethod_reference_key", method() + ";" + method()),
    Attempt("money goes by itself to two bank accounts", "payout_method_one_default", method(is_default="true")),
    Attempt(
        "money goes by itself to a bank account that was taken away",
        "payout_method_default_is_in_use",
        "UPDATE escrow_payoutmethod SET removed_at = now() WHERE is_default",
    ),
    # Which sales the money came from
    Attempt(
        "a payout takes nothing from a sale",
        "allotment_amount_positive",
        "INSERT INTO escrow_allotment (transfer_id, hold_id, amount_minor)"
        " SELECT min(t.id), min(h.id), 0 FROM escrow_transfer t, escrow_hold h",
    ),
    *(
        Attempt(
            f"the {column} of an allotment is changed",
            "allotment_stays",
            f"UPDATE escrow_allotment SET {column} = {column} WHERE false",
        )
        for column in ("transfer_id", "hold_id", "amount_minor")
    ),
    *kept("escrow_allotment", "allotment_not_deleted", "an allotment"),
    Attempt(
        "the sums are made in two places",
        "folding_is_one",
        "INSERT INTO escrow_folding (id, through_id, next_id, next_xid) VALUES (2, 0, 0, 0)",
    ),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_payouts_refuse_it(attempt: Attempt) -> None:
    seller = make_paid_seller()
    make_paid_seller(currency="JPY")
    make_method(seller, "DE89 3704 0044 0532 0130 00")
    request_payout(seller, 1000)

    assert_refused(attempt)
