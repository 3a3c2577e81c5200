"""Draws the demo's pictures anew: `python -m marketplace.demo.illustrate [NAME …]`.

They are kept in `pictures/`, so that a demo starts at once and without a browser; run this after a change to the
drawings or to the shops. It needs the browser of the tests (requirements-dev.txt) and writes about 2 MB.
"""

import io
import os
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

from marketplace.demo import reading
from marketplace.demo.drawings import desk, garden, home, kitchen, outdoors, sound, toys, wardrobe
from marketplace.demo.drawings.sheet import HEIGHT, WIDTH, Sheet

DRAWINGS = {
    name: drawing
    for module in (desk, garden, home, kitchen, outdoors, sound, toys, wardrobe)
    for name, drawing in vars(module).items()
    if getattr(drawing, "__module__", "") == module.__name__ and not name.startswith("_")
}
ZOOM = {"bicycle": 0.8, "train": 0.82, "tent": 1, "kite": 1, "monstera": 0.92, "can": 0.95, "guitar": 1, "mug": 1.3}
USUAL_ZOOM = 1.06
SIZE = (1000, 750)
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def pictures_of(listing: reading.DemoListing) -> list[str]:
    """The listing's pictures as SVG, in the order of `listing.pictures`."""
    kind, backdrop, main, second = listing.picture
    sheet = Sheet(backdrop)
    DRAWINGS[kind](sheet, main, second)
    whole = sheet.svg(zoom=ZOOM.get(kind, USUAL_ZOOM))
    return [whole, sheet.svg(detail=listing.detail)] if listing.detail else [whole]


def main(names: list[str]) -> None:
    """Draw the listings of these names, or all."""
    listings = [listing for shop in reading.shops() for listing in shop.listings if not names or listing.name in names]
    reading.PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for listing in listings:
            for path, svg in zip(listing.pictures, pictures_of(listing), strict=True):
                page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{svg}")
                with Image.open(io.BytesIO(page.screenshot())) as shot:
                    shot.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS).save(path, "WEBP", quality=80, method=6)
        browser.close()
    written = sum(path.stat().st_size for path in reading.PICTURES.glob("*.webp"))
    sys.stdout.write(f"{len(listings)} listings drawn; all pictures together {written / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
