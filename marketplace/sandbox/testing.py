"""Sandbox Pay for tests (`-p marketplace.sandbox.testing`): the real process, on a free port, with its own database.

Take the fixture `sandbox`. It is emptied before every test, sends its webhooks nowhere until told where, and doubles
none; `settings.SANDBOX_URL` points at it, so `escrow.providers.get("sandbox")` speaks to it.
"""

import json
import os
import re
import socket
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import Popen
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

import pytest
import urllib3

START_SECONDS = 30.0
POLL_SECONDS = 0.05
GOOD_CARD = "4242 4242 4242 4242"


def wait_until(happens: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
    """Return as soon as it happens. Fails the test, saying `what` did not, when it takes too long."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(POLL_SECONDS)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Sandbox:
    """One running Sandbox Pay, and the hands of whoever uses it: merchant, buyer, driver, and fate."""

    database_url: str
    api_key: str
    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: "Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.pool = urllib3.PoolManager(retries=False, timeout=20.0)

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start the process and wait until it answers."""
        from marketplace.lib import children

        command = [sys.executable, "-m", "marketplace.sandbox", "--port", str(self.port), *options]
        self.process = children.spawn(
            command,
            env=dict(os.environ)
            | {
                "SANDBOX_DATABASE_URL": self.database_url,
                "SANDBOX_URL": self.url,
                "SANDBOX_API_KEY": self.api_key,
                "SANDBOX_RETRY_BASE_SECONDS": "0.05",
                "SANDBOX_RETRY_CAP_SECONDS": "1",
                "SANDBOX_CHAOS": "duplicate_probability=0,settle_seconds=0.1",
                "LOG_LEVEL": "WARNING",
            }
            | dict(self.environment),
        )
        wait_until(self.answers, "the sandbox's first answer", START_SECONDS)

    def answers(self) -> bool:
        """Whether it is ready. Fails the test when the process has ended."""
        assert self.process is not None
        assert self.process.poll() is None, "the sandbox ended while it started; its words are above"
        try:
            return self.pool.request("GET", f"{self.url}/healthz").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def stop(self) -> None:
        """Ask the process to end."""
        from marketplace.lib import children

        self.pool.clear()  # gunicorn lets idle connections linger for two seconds
        if self.process is not None:
            children.stop(self.process)
            self.process = None

    def kill(self) -> None:
        """End the process in the middle of whatever it does, as `kill -9` would."""
        from marketplace.lib import children

        if self.process is not None:
            self.process.kill()
            children.stop(self.process)
            self.process = None

    def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None, api_key: str | None = None
    ) -> tuple[int, Any]:
        """Call the API: the status and the JSON. A POST gets an `Idempotency-Key` of its own unless given one."""
        headers = {"Authorization": f"Bearer {api_key if api_key is not None else self.api_key}"}
        if method == "POST":
            headers["Idempotency-Key"] = key if key is not None else str(uuid.uuid4())
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        content = raw if body is not None else None
        answer = self.pool.request(method, self.url + path, body=content, headers=headers, redirect=False)
        return answer.status, json.loads(answer.data)

    def reset(self) -> None:
        """Forget everything, as if just started; again where something still under way stood in the way."""
        wait_until(lambda: self.call("POST", "/v1/reset")[0] == 200, "the sandbox's reset")

    def chaos(self, **values: float) -> None:
        """Let these things go wrong from now on, and nothing else; webhooks are doubled only when this says so."""
        status, answer = self.call("POST", "/v1/chaos", {"duplicate_probability": 0, "settle_seconds": 0.1} | values)
        assert status == 200, answer

    def send_webhooks_to(self, *, merchant: str | None = None, carrier: str | None = None) -> None:
        """Where events go from now on; "" holds them back."""
        given = {"merchant": merchant, "carrier": carrier}
        status, answer = self.call(
            "POST", "/v1/endpoints", {name: url for name, url in given.items() if url is not None}
        )
        assert status == 200, answer

    def wait_until_quiet(self, seconds: float = 15.0) -> None:
        """Wait until nothing is left to settle and every webhook that has an address has been taken."""

        def quiet() -> bool:
            _, left = self.call("GET", "/v1/status")
            return not (left["undelivered"] or left["unsettled"])

        wait_until(quiet, "the sandbox becoming quiet", seconds)

    def pay(self, page_url: str, card: str = GOOD_CARD, *, approve: bool = True) -> str:
        """Be the buyer on a payment's page: type a card, answer the bank if it asks.

        The answer is where the browser is sent: the merchant's return address, or the page again when nothing was
        paid.
        """
        fields = {"card_number": card, "expiry": "12/99", "cvc": "123", "holder": "Ana Buyer"}
        location = self.submit(page_url, fields)
        if urlsplit(location).path.endswith("/confirm/"):
            location = self.submit(location, {"decision": "approve" if approve else "refuse"})
        return location

    def charge_back(self, payment_id: str, **what: object) -> Any:
        """Be the buyer's bank and ask a payment back: `amount_minor`, `reason`, and the `outcome` it will have."""
        status, answer = self.call("POST", f"/v1/payments/{payment_id}/charge-back", what)
        assert status == 200, answer
        return answer

    def decide(self, chargeback_id: str, outcome: str) -> None:
        """Be the buyer's bank and decide, "won" or "lost" for the merchant."""
        status, answer = self.call("POST", f"/v1/chargebacks/{chargeback_id}/decide", {"outcome": outcome})
        assert status == 200, answer

    def submit(self, page_url: str, fields: Mapping[str, str]) -> str:
        """Send a page's form; where the answer leads, or the page itself where it leads nowhere."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.pool.request("POST", page_url, body=urlencode(fields), headers=headers, redirect=False)
        return urljoin(page_url, answer.headers.get("Location", page_url))

    def page(self, page_url: str) -> str:
        """A page's HTML."""
        return self.pool.request("GET", page_url, redirect=False).data.decode()

    def scan(self, tracking_number: str, state: str = "delivered") -> None:
        """Be the driver: scan a parcel, `in_transit` or `delivered`."""
        self.submit(f"{self.url}/parcels/{quote(tracking_number, safe='')}/", {"scan": state})


@dataclass
class Received:
    """One webhook as it arrived."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def event(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)


class Receiver:
    """A merchant's webhook address that keeps what it gets, and can be told to be difficult.

    It can also play a provider that answers strangely: `reply` is the body of every answer.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: deque[int] = deque()  # the statuses of the next answers; 200 when there are no more
        self.reply = b""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, body))
                self.send_response(receiver.answers.popleft() if receiver.answers else 200)
                self.send_header("Content-Length", str(len(receiver.reply)))
                self.end_headers()
                self.wfile.write(receiver.reply)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def wait_for(self, count: int, kind: str = "", seconds: float = 15.0) -> list[Received]:
        """The messages of a type, once there are so many."""

        def some() -> list[Received]:
            return [message for message in self.received if kind in ("", message.event["type"])]

        wait_until(lambda: len(some()) >= count, f"the arrival of {count} × {kind or 'any event'}", seconds)
        return some()


def scratch_database() -> str:
    """The URL of a database of this process's own, on the server that the tests run on; the sandbox makes it."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    worker = re.sub(r"\W", "", os.environ.get("PYTEST_XDIST_WORKER", "main"))
    return urlunsplit(parts._replace(path=f"/sandbox_{worker}_{os.getpid()}_{uuid.uuid4().hex[:6]}"))


def drop_database(url: str) -> None:
    """Remove a scratch database, whoever is still connected to it."""
    import psycopg2
    from psycopg2 import sql

    parts = urlsplit(url)
    connection = psycopg2.connect(urlunsplit(parts._replace(path="/postgres")))
    connection.autocommit = True
    with connection.cursor() as cursor:
        name = sql.Identifier(parts.path.lstrip("/"))
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    connection.close()


def new_sandbox(**environment: str) -> Sandbox:
    """A sandbox that is not started yet, speaking as the project's settings expect, on a scratch database."""
    from django.conf import settings

    secrets = {
        "PROVIDER_WEBHOOK_SECRETS": ",".join(settings.PROVIDER_WEBHOOK_SECRETS),
        "CARRIER_WEBHOOK_SECRETS": ",".join(settings.CARRIER_WEBHOOK_SECRETS),
    }
    return Sandbox(scratch_database(), settings.SANDBOX_API_KEY, secrets | environment)


@pytest.fixture(scope="session")
def sandbox_process() -> Generator[Sandbox, None, None]:
    """The sandbox of the whole test run; tests take `sandbox`."""
    running = new_sandbox()
    running.start()
    yield running
    running.stop()
    drop_database(running.database_url)


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: Any) -> Sandbox:
    """A Sandbox Pay that remembers nothing, where the settings say the provider is."""
    sandbox_process.reset()
    settings.SANDBOX_URL = sandbox_process.url
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    forms_lead_to = [*directives["form-action"], sandbox_process.url]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | {"form-action": forms_lead_to}}
    return sandbox_process


@pytest.fixture
def receiver() -> Generator[Receiver, None, None]:
    """Somebody who takes webhooks."""
    listening = Receiver()
    yield listening
    listening.close()
