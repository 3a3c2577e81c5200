"""The books as somebody reads them: what every account has, added up once, and the transfers that make it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from escrow import audit as ledger
from escrow import books
from escrow.models import Account, AccountTotal, Folding, Transfer
from marketplace.lib import auditing
from marketplace.lib.money import Money
from marketplace.tests.trade import AT, make_completed_order, make_history, make_paid_order, make_seller, make_variant

LATER = AT + 2 * books.FOLD_AFTER
FOLDED = "Each folded total is the sum of its transfers"


def balances() -> dict[tuple[str, str], str]:
    """What is in all accounts of each kind, by currency."""
    return {(one.kind, one.currency): str(one.balance) for one in books.standings()}


@pytest.mark.django_db
def test_every_account_has_what_its_transfers_make(audit: Callable[[], None]) -> None:
    make_history()

    for trial in ledger.trial_balance():
        found = [one for one in books.standings() if (one.kind, one.currency) == (trial.kind, trial.currency)]
        net_minor = sum(one.credit_minor - one.debit_minor for one in found)
        assert net_minor == trial.credit_minor - trial.debit_minor
    assert balances()["PROVIDER_CASH", "USD"] == "$251.88"
    assert balances()["ESCROW", "USD"] == "$125.94"
    assert [one.accounts for one in books.standings() if one.kind == Account.Kind.SELLER] == [1, 1]
    assert books.imbalances(books.standings()) == [Money(0, "JPY"), Money(0, "USD")]


@pytest.mark.django_db
def test_a_balance_that_was_changed_past_the_rules_shows_as_an_imbalance() -> None:
    make_completed_order()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE escrow_sellerbalance DISABLE TRIGGER USER")
        cursor.execute("UPDATE escrow_sellerbalance SET available_minor = available_minor + 1")

    assert books.imbalances(books.standings()) == [Money(-1, "USD")]


@pytest.mark.django_db
def test_empty_books_have_no_accounts() -> None:
    assert books.standings() == []
    assert books.imbalances([]) == []
    assert books.fold(at=AT) == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_final_is_added_up_once_and_what_came_since_is_not_lost(audit: Callable[[], None]) -> None:
    make_history()
    before = books.standings()
    assert books.fold(at=AT) == 0, "nothing was noted yet"
    assert books.fold(at=AT + books.FOLD_AFTER - timedelta(seconds=1)) == 0, "a statement may still be under way"

    assert books.fold(at=LATER) == Transfer.objects.latest("pk").pk
    assert books.standings() == before
    assert set(AccountTotal.objects.values_list("account__kind", flat=True)) == {
        *("PROVIDER_CASH", "ESCROW", "FEES", "REFUNDS_IN_FLIGHT")
    }
    assert books.fold(at=LATER) == 0

    make_completed_order()
    since = books.standings()
    assert since != before
    books.fold(at=LATER)
    assert books.fold(at=LATER + books.FOLD_AFTER) > 0
    assert books.standings() == since


@pytest.mark.django_db(transaction=True)
def test_a_long_way_is_folded_in_parts() -> None:
    make_history()
    before = books.standings()
    books.fold(at=AT)
    last = Transfer.objects.latest("pk").pk

    assert [books.fold(at=LATER, most=10) for _ in range(2)] == [10, 10]
    assert books.standings() == before
    while Folding.objects.get().through_id < last:
        books.fold(at=LATER, most=10)
    assert books.standings() == before


@pytest.mark.django_db(transaction=True)
def test_nothing_is_folded_past_a_transaction_that_may_still_write_a_lower_id(audit: Callable[[], None]) -> None:
    first = make_paid_order()
    has_its_id, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            make_paid_order()
            has_its_id.set()
            may_commit.wait(30)
        connection.close()

    slowly = threading.Thread(target=slow)
    slowly.start()
    assert has_its_id.wait(30)
    make_paid_order()
    books.fold(at=AT)
    assert books.fold(at=LATER) == 0
    may_commit.set()
    slowly.join()
    before = books.standings()

    assert books.fold(at=LATER) > first.pk
    assert books.standings() == before


@pytest.mark.django_db(transaction=True)
def test_while_one_worker_folds_another_passes_by() -> None:
    make_history()
    before = books.standings()
    books.fold(at=AT)
    folded: list[int] = []

    def fold() -> None:
        folded.append(books.fold(at=LATER))
        connection.close()

    workers = [threading.Thread(target=fold) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(folded)[:3] == [0, 0, 0]
    assert max(folded) > 0
    assert books.standings() == before


@pytest.mark.django_db(transaction=True)
def test_the_audit_finds_a_total_that_was_changed() -> None:
    make_history()
    books.fold(at=AT)
    books.fold(at=LATER)
    assert auditing.broken(ledger.check()) == []

    AccountTotal.objects.filter(account__kind="FEES").update(credit_minor=1)

    assert [finding.rule for finding in auditing.broken(ledger.check())] == [FOLDED]


def walk(account: Account, direction: str) -> list[list[int]]:
    """The ids on every page of the account, from the newest on or from the oldest on."""
    pages, edge = [], {} if direction == "older" else {"after": 0}
    while True:
        page = books.transfers_of(account, **edge)
        pages.append([transfer.pk for transfer in page.transfers])
        on = page.older_than if direction == "older" else page.newer_than
        if on is None:
            return pages
        edge = {"before" if direction == "older" else "after": on}


@pytest.mark.django_db
@pytest.mark.parametrize("window", [3, 100_000])
def test_an_accounts_transfers_are_read_page_by_page_both_ways(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    monkeypatch.setattr(books, "PAGE", 2)
    monkeypatch.setattr(books, "WINDOW", window)
    make_history()
    for account in Account.objects.all():
        own = Transfer.objects.filter(debit_account=account) | Transfer.objects.filter(credit_account=account)
        ids = list(own.order_by("-pk").values_list("pk", flat=True))

        older, newer = walk(account, "older"), walk(account, "newer")
        assert [pk for page in older for pk in page] == ids
        assert [pk for page in newer[::-1] for pk in page] == ids
        assert all(len(page) <= 2 for page in older + newer)


@pytest.mark.django_db
def test_the_books_take_as_many_queries_whatever_is_in_them(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    seller = make_seller()
    make_completed_order(variant=make_variant(seller))
    escrow = Account.objects.get(kind="ESCROW")
    sold = Account.objects.get(kind="SELLER")
    for _ in range(2):
        with django_assert_num_queries(6):
            books.standings()
            books.transfers_of(escrow)
            books.transfers_of(sold)
        make_history()
        make_completed_order(variant=make_variant(seller))
