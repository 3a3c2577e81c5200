"""Whether an order's history can be told: one that contradicts itself is rejected whole, by line and reason."""

from pathlib import Path

import pytest

from marketplace.imports.reading import Line, read
from marketplace.imports.sources import OrderRefused, SourceOrder, assemble
from marketplace.imports.tests.files import NOW, row, write_orders


def order_of(folder: Path, *rows: dict[str, str]) -> SourceOrder:
    """The order that these lines tell of."""
    return assemble([line for line in read(write_orders(folder / "o.csv", *rows), at=NOW) if isinstance(line, Line)])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paid_at": ""}, "has no paid_at"),
        ({"paid_at": "2018-01-01T11:59:59Z"}, "was paid before it was placed"),
        ({"shipped_at": "2018-01-02T11:59:59Z"}, "was shipped before it was paid"),
        ({"delivered_at": "2018-01-05T11:59:59Z"}, "was delivered before it was shipped"),
        ({"shipped_at": ""}, "was delivered without a shipping date"),
        ({"shipped_at": "", "delivered_at": ""}, "is “delivered” without a shipping date"),
        ({"shipped_at": "", "delivered_at": "", "status": "shipped"}, "is “shipped” without a shipping date"),
        ({"shipped_at": "", "status": "processing"}, "was delivered without a shipping date"),
        ({"shipped_at": "2018-01-02T11:59:59Z", "status": "invoiced"}, "was shipped before it was paid"),
        ({"buyer_id": "seller-1"}, "was bought from its own buyer"),
        ({"unit_price": "0"}, "costs nothing"),
        ({"unit_price": "9999999999", "quantity": "2"}, "costs more than any order"),
    ],
)
def test_an_order_that_contradicts_itself_is_rejected(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    with pytest.raises(OrderRefused) as refused:
        order_of(tmp_path, row(**changes))

    assert str(refused.value) == f"line 2: order order-1 {reason}"


@pytest.mark.parametrize("status", ["canceled", "unavailable"])
@pytest.mark.parametrize(
    "dates",
    [
        {"shipped_at": "", "delivered_at": ""},
        {"shipped_at": "", "delivered_at": "2018-01-15T12:00:00Z"},
        {"shipped_at": "2017-01-01T12:00:00Z"},
        {"delivered_at": "2017-01-01T12:00:00Z"},
    ],
)
def test_an_order_that_was_cancelled_is_so_whatever_its_other_dates_say(
    tmp_path: Path, status: str, dates: dict[str, str]
) -> None:
    assert order_of(tmp_path, row(status=status, **dates)).sales[0].is_cancelled


@pytest.mark.parametrize("status", ["processing", "invoiced", "approved", "created", ""])
def test_an_order_of_any_other_status_still_waits_to_be_shipped(tmp_path: Path, status: str) -> None:
    (sale,) = order_of(tmp_path, row(status=status)).sales

    assert not sale.is_cancelled
    assert (sale.shipped_at, sale.delivered_at) == (None, None)


def test_every_seller_has_a_sale_of_their_own(tmp_path: Path) -> None:
    order = order_of(
        tmp_path,
        row(),
        row(seller_id="seller-2", status="shipped", delivered_at="", shipped_at="2018-01-06T12:00:00Z", currency="USD"),
        row(product_id="product-2", unit_price="1"),
    )

    assert [(sale.seller_id, sale.currency, len(sale.lines)) for sale in order.sales] == [
        ("seller-1", "BRL", 2),
        ("seller-2", "USD", 1),
    ]
    assert order.sales[0].total_minor == 2 * (3990 + 1005) + 2 * (100 + 1005)


@pytest.mark.parametrize("column", ["buyer_id", "placed_at", "paid_at"])
def test_lines_of_one_order_must_agree_on_what_is_the_orders(tmp_path: Path, column: str) -> None:
    other = {"buyer_id": "buyer-2", "placed_at": "2018-01-01T12:00:01Z", "paid_at": "2018-01-02T12:00:01Z"}[column]

    with pytest.raises(OrderRefused, match=f"line 3: order order-1 has another {column} than an earlier line$"):
        order_of(tmp_path, row(), row(seller_id="seller-2", **{column: other}))


@pytest.mark.parametrize(
    ("column", "other"),
    [("status", "shipped"), ("shipped_at", "2018-01-06T12:00:00Z"), ("delivered_at", ""), ("currency", "USD")],
)
def test_lines_of_one_seller_must_agree_on_what_is_the_sellers(tmp_path: Path, column: str, other: str) -> None:
    with pytest.raises(OrderRefused, match=f"line 3: .* has another {column} than an earlier line of seller seller-1"):
        order_of(tmp_path, row(), row(**{column: other}))
