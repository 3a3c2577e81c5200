"""Reads what the demo's shops sell from the files in `shops/`, one a shop."""

import tomllib
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"


@dataclass(frozen=True)
class DemoListing:
    """A listing of the demo; prices as people write them, in the shop's currency."""

    name: str
    category: str
    picture: tuple[str, str, str, str]  # what is drawn, the backdrop, the main and the second colour
    title: str
    alt: str
    description: str
    price: str
    shipping: str
    stock: tuple[int, ...]  # one for each combination of the options, in their order
    options: dict[str, list[str]] = field(default_factory=dict)
    prices: tuple[str, ...] = ()
    detail: tuple[float, float, float, float] | None = None  # the part shown in a second photo
    handling_days: int = 7
    protection_days: int = 30

    @property
    def combinations(self) -> list[dict[str, str]]:
        """The options of each variant; one without options where there is nothing to choose."""
        return [dict(zip(self.options, values, strict=True)) for values in product(*self.options.values())]

    @property
    def pictures(self) -> list[Path]:
        """The drawn pictures: the whole, and a detail where there is one."""
        names = [self.name, f"{self.name}-detail"] if self.detail else [self.name]
        return [PICTURES / f"{name}.webp" for name in names]


@dataclass(frozen=True)
class DemoShop:
    """A shop of the demo and whom it belongs to."""

    name: str
    owner: str
    owner_name: str
    time_zone: str
    currency: str
    country: str
    about: str
    listings: list[DemoListing]
    holiday: bool = False


def shops() -> list[DemoShop]:
    """Every shop, by the name of its file."""
    return [_shop(tomllib.loads(path.read_text("utf-8"))) for path in sorted((HERE / "shops").glob("*.toml"))]


def _shop(data: dict[str, Any]) -> DemoShop:
    listings = [_listing(name, fields) for name, fields in data.pop("listings").items()]
    data["about"] = data["about"].strip()
    return DemoShop(**data, listings=listings)


def _listing(name: str, data: dict[str, Any]) -> DemoListing:
    for key in {"picture", "stock", "prices", "detail"} & data.keys():
        data[key] = tuple(data[key])
    data["description"] = data["description"].strip()
    return DemoListing(name=name, **data)
