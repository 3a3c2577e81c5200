"""Name, language and time zone."""

import zoneinfo

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.accounts import places
from marketplace.accounts.models import User


def test_a_profile_is_shown_and_changed(as_ana: Client, ana: User) -> None:
    assert "Ana Souza" in as_ana.get("/account/profile/").content.decode()
    as_ana.post("/account/profile/", {"name": "Ana S.", "language": "en", "time_zone": "America/Sao_Paulo"})
    ana.refresh_from_db()
    assert (ana.name, ana.time_zone) == ("Ana S.", "America/Sao_Paulo")


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("time_zone", "Mars/Olympus"), ("time_zone", "../etc"), ("language", "tlh")]
)
def test_what_cannot_be_is_refused(as_ana: Client, ana: User, field: str, value: str) -> None:
    data = {"name": "Ana", "language": "en", "time_zone": "UTC", field: value}
    page = as_ana.post("/account/profile/", data)
    assert field in page.context["form"].errors
    ana.refresh_from_db()
    assert ana.name == "Ana Souza"


def test_the_profile_is_for_those_signed_in(client: Client, db: None) -> None:
    assert client.get("/account/profile/")["Location"].startswith("/account/login/")


def test_pages_show_the_readers_own_time_and_the_next_reader_has_theirs(as_ana: Client, ana: User) -> None:
    ana.time_zone = "Asia/Tokyo"
    ana.save()
    as_ana.get("/account/profile/")
    assert timezone.get_current_timezone_name() == "Asia/Tokyo"
    Client().get("/")
    assert timezone.get_current_timezone_name() == "UTC"


def test_every_zone_to_choose_is_one_that_python_knows() -> None:
    for _area, zones in places.time_zones():
        for name in [zones] if isinstance(zones, str) else [zone for zone, _label in zones]:
            assert zoneinfo.ZoneInfo(name).key == name


def test_countries_are_sorted_by_name_without_regard_to_accents() -> None:
    names = [name for _code, name in places.countries()][1:]
    assert len(names) > 240
    assert names.index("Åland Islands") < names.index("Albania")
    assert "European Union" not in names
