"""The same code with DEBUG off, as it is deployed: gunicorn behind a proxy that ends TLS."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from marketplace.lib import children
from marketplace.tests.processes import PATIENCE, PROJECT, bare_environment

HOST = "shop.example"


class Site:
    """A production site that listens on a port of its own; requests come from its proxy."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, *, secure: bool = True, host: str = HOST) -> tuple[http.client.HTTPResponse, str]:
        """One request as the proxy passes it on, over https or over plain http; the answer and its text."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        asked.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https" if secure else "http"})
        answer = asked.getresponse()
        text = answer.read().decode(errors="replace")
        asked.close()
        return answer, text


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """A site on the test's database with DEBUG off and its static files collected."""
    name = connection.settings_dict["NAME"]
    environment = bare_environment(
        tmp_path / "data",
        DEBUG="off",
        SECRET_KEY="production " * 6,
        DATABASE_URL=urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        REDIS_URL=os.environ["REDIS_URL"],
        ALLOWED_HOSTS=HOST,
        SITE_URL=f"https://{HOST}",
        CSRF_TRUSTED_ORIGINS=f"https://{HOST}",
        BEHIND_PROXY="on",
        STATIC_ROOT=str(tmp_path / "static"),
        PYTHONUNBUFFERED="1",
    )
    collected = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
    subprocess.run(collected, cwd=PROJECT, env=environment, check=True, timeout=PATIENCE)
    log = tmp_path / "gunicorn.log"
    with log.open("wb") as output:
        gunicorn = children.spawn(
            [
                *(sys.executable, "-m", "gunicorn", "marketplace.wsgi:application", "--bind", "127.0.0.1:0"),
                *("--worker-class", "gthread", "--no-control-socket"),
            ],
            env=environment,
            output=output,
            cwd=PROJECT,
        )
    try:
        yield Site(_port(log))
    finally:
        children.stop(gunicorn)
        assert "Internal Server Error" not in log.read_text()
        assert not (tmp_path / "data").exists(), "production writes to no data folder"


def _port(log: Path) -> int:
    """Where gunicorn says that it listens."""
    deadline = time.monotonic() + PATIENCE
    while not (said := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", log.read_text())):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return int(said[1])


def test_a_page_is_served_securely_with_static_files_that_caches_may_keep(site: Site) -> None:
    answer, text = site.get("/")
    assert answer.status == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', text)
    assert sheets
    for sheet in sheets:
        answer, _text = site.get(sheet)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_plain_http_is_sent_to_https_and_strange_hosts_are_refused(site: Site) -> None:
    answer, _text = site.get("/", secure=False)
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/")
    answer, text = site.get("/readyz", secure=False)
    assert (answer.status, '"ready": true' in text) == (200, True)
    answer, _text = site.get("/", host="evil.example")
    assert answer.status == 400


def test_cookies_are_bound_to_the_host_and_errors_tell_nothing(site: Site) -> None:
    answer, _text = site.get("/account/login/")
    [csrf] = [value for value in answer.headers.get_all("Set-Cookie", []) if "csrftoken" in value]
    assert csrf.startswith("__Host-csrftoken=")
    assert "Secure" in csrf
    assert "HttpOnly" in csrf
    answer, text = site.get("/no/such/page/")
    assert answer.status == 404
    assert "urlconf" not in text.lower()
