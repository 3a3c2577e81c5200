"""The page on which a seller writes a listing, without scripts."""

import re
from typing import Any

import pytest
from django.test import Client

from marketplace.accounts.models import Shop, User
from marketplace.catalog import actions
from marketplace.catalog.listing_form import kind_prefix
from marketplace.catalog.models import Listing, Variant
from marketplace.catalog.stock import reserve
from marketplace.catalog.testing import make_category, make_listing, make_shop
from marketplace.media.models import Photo
from marketplace.media.testing import make_photo, picture_bytes, upload

pytestmark = pytest.mark.django_db

NEW = "/selling/listings/create/"
ONLY = kind_prefix({})


@pytest.fixture
def shop() -> Shop:
    return make_shop(currency="EUR")


@pytest.fixture
def seller(shop: Shop) -> Client:
    return signed_in(shop.owner)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    """What a seller types for a mug of one kind."""
    return {
        "act": "save",
        "title": "Blue mug",
        "category": make_category().id,
        "description": "Thrown by hand.",
        "price": "24.50",
        "shipping": "5",
        "handling_days": "7",
        "protection_days": "30",
        f"{ONLY}-shown": "True",
        f"{ONLY}-stock": "3",
        **changes,
    }


def kind(options: dict[str, str], stock: str, price: str = "", *, offered: bool = True) -> dict[str, str]:
    """The row of one kind as it is posted."""
    prefix = kind_prefix(options)
    row = {f"{prefix}-shown": "True", f"{prefix}-stock": stock, f"{prefix}-price": price}
    return {**row, f"{prefix}-offered": "on"} if offered else row


def with_photo(shop: Shop, **changes: Any) -> dict[str, Any]:
    photo = make_photo(shop.owner)
    return typed(**{"photo": photo.public_name, f"alt-{photo.public_name}": "A blue mug", **changes})


def problems(response: Any) -> list[str]:
    assert response.status_code == 200
    return [problem.text for problem in response.context["editor"].problems]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found
    return found[1]


def test_a_draft_is_saved_without_photos(seller: Client, shop: Shop) -> None:
    assert seller.post(NEW, typed())["Location"] == "/selling/listings/"
    listing = Listing.objects.get(shop=shop)
    version = listing.version
    assert (listing.state, version.title, version.price_minor, version.shipping_minor) == (
        "DRAFT",
        "Blue mug",
        2_450,
        500,
    )
    assert listing.variants.get().stock == 3


def test_a_listing_with_photos_is_published_at_once(seller: Client, shop: Shop) -> None:
    photos = {"upload-0": upload(), "upload-0-alt": "Seen from above", "upload-1": upload(picture_bytes("PNG"))}
    seller.post(NEW, with_photo(shop, act="publish", **{**photos, "upload-1-alt": "The handle"}))
    listing = Listing.objects.get(shop=shop)
    assert listing.state == "PUBLISHED"
    placed = listing.version.placed_photos.all()
    assert [place.alt for place in placed] == ["A blue mug", "Seen from above", "The handle"]


def test_publishing_without_a_photo_says_so_and_saves_nothing(seller: Client) -> None:
    assert problems(seller.post(NEW, typed(act="publish"))) == ["Add a photo: nobody buys what they cannot see."]
    assert not Listing.objects.exists()


def test_a_second_click_makes_no_second_listing(seller: Client, shop: Shop) -> None:
    reference = hidden(seller.get(NEW).content.decode(), "reference")
    for _click in range(2):
        assert seller.post(NEW, typed(reference=reference)).status_code == 302
    assert Listing.objects.get(shop=shop).reference == reference


def test_anothers_reference_is_not_taken_over(seller: Client, shop: Shop) -> None:
    other = make_listing()
    seller.post(NEW, typed(reference=other.reference, title="Mine"))
    assert Listing.objects.get(shop=shop).reference != other.reference
    assert str(Listing.objects.get(id=other.id)) == "Blue mug"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", "", "This field is required."),
        ("title", "x" * 121, "at most 120"),
        ("description", " ", "This field is required."),
        ("category", "999", "Select a valid choice"),
        ("price", "", "This field is required."),
        ("price", "abc", "Enter an amount such as €1,250.00."),
        ("price", "-1", "not negative"),
        ("price", "1.999", "at most 2 decimals"),
        ("price", "9" * 19, "below"),
        ("shipping", "free", "Enter an amount"),
        ("handling_days", "0", "greater than or equal to 1"),
        ("handling_days", "16", "less than or equal to 15"),
        ("protection_days", "6", "greater than or equal to 7"),
        ("protection_days", "46", "less than or equal to 45"),
        ("first_values", "S, M", "Say what these are values of"),
        ("first_option", "Size", "Name the values"),
        (f"{ONLY}-stock", "", "Say how many pieces there are."),
        (f"{ONLY}-stock", "-1", "greater than or equal to 0"),
        (f"{ONLY}-stock", "x", "whole number"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_is_kept(seller: Client, field: str, value: str, says: str) -> None:
    response = seller.post(NEW, typed(**{field: value}))
    assert any(says in problem for problem in problems(response))
    assert not Listing.objects.exists()
    if field != "description":
        assert "Thrown by hand." in response.content.decode()


def test_photos_that_were_accepted_are_kept_when_something_else_is_wrong(seller: Client, shop: Shop) -> None:
    response = seller.post(NEW, typed(price="", **{"upload-0": upload(), "upload-0-alt": "Seen from above"}))
    photo = Photo.objects.get()
    page = response.content.decode()
    assert f'name="photo" value="{photo.public_name}"' in page
    assert 'value="Seen from above"' in page
    again = typed(photo=photo.public_name, **{f"alt-{photo.public_name}": "Seen from above"})
    seller.post(NEW, again)
    assert Listing.objects.get(shop=shop).version.placed_photos.get().photo == photo


def test_an_upload_that_is_no_picture_is_named_and_the_good_one_beside_it_is_kept(seller: Client) -> None:
    files = {"upload-0": upload(b"<svg onload=alert(1)>", name="evil.svg"), "upload-1": upload(), "upload-1-alt": "x"}
    response = seller.post(NEW, typed(**files))
    assert problems(response) == ["evil.svg was not kept: This is not a JPEG, PNG or WebP picture."]
    assert "&lt;svg" not in response.content.decode()
    assert Photo.objects.count() == 1
    assert not Listing.objects.exists()


def test_an_empty_and_an_oversized_file_are_refused_in_plain_words(seller: Client) -> None:
    files = {"upload-0": upload(b"", name="empty.jpg"), "upload-1": upload(b"x" * (10 * 2**20 + 1), name="big.jpg")}
    assert problems(seller.post(NEW, typed(**files))) == [
        "empty.jpg was not kept: The file is empty.",
        "big.jpg was not kept: The file is larger than 10 MB.",
    ]


def test_every_photo_needs_its_words(seller: Client, shop: Shop) -> None:
    photo = make_photo(shop.owner)
    response = seller.post(NEW, typed(photo=photo.public_name))
    assert problems(response) == ["Say what the photo shows, for those who cannot see it."]


def test_the_limits_are_told_before_a_file_is_chosen(seller: Client) -> None:
    assert "at most 10 MB and 25 megapixels" in seller.get(NEW).content.decode()


def test_uploading_shows_the_page_again_without_judging_it(seller: Client) -> None:
    response = seller.post(NEW, {"act": "upload", "title": "Half a", "upload-0": upload()})
    assert problems(response) == []
    assert 'value="Half a"' in response.content.decode()
    assert len(response.context["editor"].photos) == 1
    assert not Listing.objects.exists()


@pytest.mark.parametrize(
    ("act", "order"), [("earlier", [1, 0, 2]), ("later", [0, 2, 1]), ("remove", [0, 2]), ("sideways", [0, 1, 2])]
)
def test_photos_are_moved_and_removed(seller: Client, shop: Shop, act: str, order: list[int]) -> None:
    photos = [make_photo(shop.owner, alt=str(number)) for number in range(3)]
    names = [photo.public_name for photo in photos]
    response = seller.post(NEW, typed(act=f"{act}:{names[1]}", photo=names))
    assert [draft.photo for draft in response.context["editor"].photos] == [photos[number] for number in order]


def test_nobody_places_a_photo_of_somebody_else(seller: Client, shop: Shop) -> None:
    theirs = make_photo(make_shop().owner)
    seller.post(NEW, typed(photo=theirs.public_name, **{f"alt-{theirs.public_name}": "Stolen"}))
    assert not Listing.objects.get(shop=shop).version.placed_photos.exists()


def test_no_more_than_eight_photos_are_placed(seller: Client, shop: Shop) -> None:
    names = [make_photo(shop.owner).public_name for _number in range(9)]
    response = seller.post(NEW, typed(act="upload", photo=names, **{"upload-0": upload()}))
    assert len(response.context["editor"].photos) == 8
    assert "Add a photo" not in response.content.decode()


def test_options_make_rows_and_rows_make_variants(seller: Client, shop: Shop) -> None:
    options = {"first_option": "Size", "first_values": "S, M, s", "second_option": "Colour", "second_values": "Red"}
    shown = seller.post(NEW, typed(act="kinds", **options))
    assert [row.label for row in shown.context["editor"].kinds] == ["S · Red", "M · Red"]
    assert problems(shown) == []
    small, medium = {"Size": "S", "Colour": "Red"}, {"Size": "M", "Colour": "Red"}
    seller.post(NEW, typed(**options, **kind(small, "4"), **kind(medium, "0", "30")))
    made = [(variant.options, variant.stock, variant.price_minor) for variant in Variant.objects.order_by("position")]
    assert made == [(small, 4, None), (medium, 0, 3_000)]


def test_rows_that_were_never_shown_are_asked_for(seller: Client) -> None:
    response = seller.post(NEW, typed(first_option="Size", first_values="S, M", **kind({"Size": "S"}, "4")))
    assert problems(response) == ["Say how many pieces there are of M."]
    assert 'value="4"' in response.content.decode()


def test_kinds_that_are_not_ticked_are_not_sold(seller: Client, shop: Shop) -> None:
    rows = {**kind({"Size": "S"}, "4"), **kind({"Size": "M"}, "", offered=False)}
    seller.post(NEW, typed(first_option="Size", first_values="S, M", **rows))
    assert Listing.objects.get(shop=shop).variants.get().options == {"Size": "S"}


def test_one_kind_at_least_is_for_sale(seller: Client) -> None:
    rows = kind({"Size": "S"}, "4", offered=False)
    response = seller.post(NEW, typed(first_option="Size", first_values="S", **rows))
    assert problems(response) == ["Tick one kind at least that is for sale."]


@pytest.mark.parametrize(
    "options",
    [
        {"first_option": "Size", "first_values": ",".join(str(number) for number in range(13))},
        {"first_option": "Size", "first_values": "x" * 31},
        {"first_option": "Size", "first_values": "S", "second_option": "size", "second_values": "M"},
        {
            "first_option": "A",
            "first_values": ",".join(str(number) for number in range(10)),
            "second_option": "B",
            "second_values": ",".join(str(number) for number in range(10)),
        },
    ],
    ids=["too many values", "too long a value", "one option twice", "too many kinds"],
)
def test_options_stay_within_reason(seller: Client, options: dict[str, str]) -> None:
    assert problems(seller.post(NEW, typed(**options)))
    assert not Listing.objects.exists()


def test_yen_have_no_decimals() -> None:
    shop = make_shop(currency="JPY")
    seller = signed_in(shop.owner)
    assert problems(seller.post(NEW, typed(price="24.50"))) == ["Price: JPY has no decimals."]
    seller.post(NEW, typed(price="2,450", shipping="900"))
    assert Listing.objects.get(shop=shop).version.price_minor == 2_450
    page = seller.get(f"/selling/listings/{Listing.objects.get(shop=shop).reference}/change/").content.decode()
    assert 'value="2,450"' in page


def test_a_listing_comes_back_as_it_was_and_saving_it_unchanged_makes_no_version(seller: Client, shop: Shop) -> None:
    options = {"first_option": "Size", "first_values": "S, M"}
    rows = {**kind({"Size": "S"}, "4"), **kind({"Size": "M"}, "2", "30")}
    seller.post(NEW, with_photo(shop, act="publish", **options, **rows))
    listing = Listing.objects.get(shop=shop)
    path = f"/selling/listings/{listing.reference}/change/"
    page = seller.get(path)
    editor, data = page.context["editor"], {}
    for form in [editor.form, *editor.kinds]:
        data.update({form[name].html_name: form[name].value() or "" for name in form.fields})
    for draft in editor.photos:
        data.update({"photo": draft.photo.public_name, draft.field: draft.alt})
    assert seller.post(path, {**data, "act": "save", "version": "1", "edit": editor.edit}).status_code == 302
    assert listing.versions.count() == 1
    assert {v.label: (v.stock, v.price_minor) for v in listing.variants.all()} == {
        "Size S": (4, None),
        "Size M": (2, 3_000),
    }


def test_a_change_is_a_new_version_and_a_second_click_is_none(seller: Client, shop: Shop) -> None:
    seller.post(NEW, typed())
    listing = Listing.objects.get(shop=shop)
    path = f"/selling/listings/{listing.reference}/change/"
    page = seller.get(path).content.decode()
    data = typed(title="Green mug", edit=hidden(page, "edit"), version=hidden(page, "version"))
    data |= {f"{ONLY}-stock": "9", f"{ONLY}-stock_was": "3"}
    for _click in range(2):
        assert seller.post(path, data).status_code == 302
    assert list(listing.versions.order_by("number").values_list("title", flat=True)) == ["Blue mug", "Green mug"]
    assert listing.variants.get().stock == 9


def test_what_was_sold_while_the_page_was_open_stays_sold(seller: Client, shop: Shop) -> None:
    seller.post(NEW, with_photo(shop, act="publish"))
    listing = Listing.objects.get(shop=shop)
    reserve({listing.variants.get().id: 2})
    data = typed(version="1", **{f"{ONLY}-stock": "5", f"{ONLY}-stock_was": "3"})
    placed = listing.version.placed_photos.get()
    data |= {"photo": placed.photo.public_name, f"alt-{placed.photo.public_name}": placed.alt}
    seller.post(f"/selling/listings/{listing.reference}/change/", data)
    assert listing.variants.get().stock == 3


def test_a_page_that_was_opened_before_another_change_is_refused(seller: Client, shop: Shop) -> None:
    seller.post(NEW, typed())
    path = f"/selling/listings/{Listing.objects.get(shop=shop).reference}/change/"
    seller.post(path, typed(title="Green mug", version="1", edit="one"))
    response = seller.post(path, typed(title="Red mug", version="1", edit="two"), follow=True)
    assert "changed in another window" in response.content.decode()
    assert str(Listing.objects.get(shop=shop)) == "Green mug"


def test_a_published_listing_keeps_its_last_photo(seller: Client, shop: Shop) -> None:
    listing = make_listing(shop=shop)
    response = seller.post(f"/selling/listings/{listing.reference}/change/", typed(version="1"))
    assert problems(response) == ["Add a photo: nobody buys what they cannot see."]


def test_the_list_shows_what_the_seller_has_by_state(seller: Client, shop: Shop) -> None:
    make_listing(shop=shop, title="On display")
    actions.pause_listing(listing=make_listing(shop=shop, title="On pause"))
    seller.post(NEW, typed(title="On the desk"))
    make_listing(title="Not mine")
    everything = seller.get("/selling/listings/").content.decode()
    assert all(title in everything for title in ("On display", "On pause", "On the desk"))
    assert "Not mine" not in everything
    paused = seller.get("/selling/listings/?state=PAUSED").content.decode()
    assert "On pause" in paused
    assert "On display" not in paused
    assert "On display" in seller.get("/selling/listings/?state=NONSENSE").content.decode()


def test_publishing_and_pausing_by_button(seller: Client, shop: Shop) -> None:
    listing = make_listing(shop=shop)
    for act, state in (("pause", "PAUSED"), ("pause", "PAUSED"), ("publish", "PUBLISHED"), ("publish", "PUBLISHED")):
        assert seller.post(f"/selling/listings/{listing.reference}/{act}/")["Location"] == "/selling/listings/"
        assert Listing.objects.get(id=listing.id).state == state


def test_a_draft_without_photos_is_sent_back_to_its_page(seller: Client, shop: Shop) -> None:
    seller.post(NEW, typed())
    reference = Listing.objects.get(shop=shop).reference
    response = seller.post(f"/selling/listings/{reference}/publish/")
    assert response["Location"] == f"/selling/listings/{reference}/change/"


def test_a_suspended_shop_is_told_so(seller: Client, shop: Shop) -> None:
    listing = actions.pause_listing(listing=make_listing(shop=shop))
    Shop.objects.filter(id=shop.id).update(state=Shop.State.SUSPENDED)
    page = seller.post(f"/selling/listings/{listing.reference}/publish/", follow=True).content.decode()
    assert "Your shop is suspended: nothing of it can be published." in page
    assert Listing.objects.get(id=listing.id).state == "PAUSED"


@pytest.mark.parametrize("act", ["change", "publish", "pause"])
def test_another_sellers_listing_does_not_exist(seller: Client, act: str) -> None:
    listing = make_listing()
    assert seller.post(f"/selling/listings/{listing.reference}/{act}/", typed()).status_code == 404
    assert Listing.objects.get(id=listing.id).state == "PUBLISHED"
    assert listing.versions.count() == 1


@pytest.mark.parametrize("act", ["publish", "pause"])
def test_following_a_link_changes_nothing(seller: Client, shop: Shop, act: str) -> None:
    listing = make_listing(shop=shop)
    assert seller.get(f"/selling/listings/{listing.reference}/{act}/").status_code == 405


@pytest.mark.parametrize("path", ["/selling/listings/", NEW])
def test_whoever_has_no_shop_is_led_to_open_one(path: str) -> None:
    user = User.objects.create_user("ana@example.com", name="Ana")
    assert signed_in(user).get(path)["Location"] == "/selling/shop/open/"


@pytest.mark.parametrize("path", ["/selling/listings/", NEW, "/selling/listings/ANYTHING22/change/"])
def test_selling_is_for_those_signed_in(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/account/login/")
