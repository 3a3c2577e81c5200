"""Run Sandbox Pay: `python -m marketplace.sandbox --port 8001 --webhook-url http://localhost:8000/webhooks/…/`.

Makes its database where there is none, migrates it, and serves the API and the pages with gunicorn, the courier
beside them in the same worker: when that dies gunicorn starts another, and the courier with it.
"""

import argparse
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

THREADS = 12


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m marketplace.sandbox", description="Run Sandbox Pay.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8001, help="the port to listen on (8001)")
    parser.add_argument("--webhook-url", help="where the events of payments, refunds and payouts go")
    parser.add_argument("--carrier-webhook-url", help="where the events of parcels go")
    return parser.parse_args()


def fail(message: str) -> None:
    """End with a message that says what to do, and no traceback."""
    sys.stderr.write(f"sandbox: {message}\n")
    raise SystemExit(1)


def check_port(host: str, port: int) -> None:
    """Say so at once when somebody else listens there; gunicorn would try for five seconds first."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"cannot listen on {host}:{port}: {error.strerror}. Choose another --port.")


def ensure_database() -> None:
    """Make the database where the server has none of that name; another process may be doing the same."""
    import psycopg2  # noqa: PLC0415 -- Django and its driver are loaded once the settings are known
    from django.db import connection  # noqa: PLC0415
    from psycopg2 import errors, sql  # noqa: PLC0415

    parameters = connection.get_connection_params()
    try:
        psycopg2.connect(**parameters).close()
    except psycopg2.OperationalError as missing:
        try:
            server = psycopg2.connect(**parameters | {"dbname": "postgres"})
            server.autocommit = True
            with server.cursor() as cursor:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(parameters["dbname"])))
            server.close()
        except (errors.DuplicateDatabase, errors.UniqueViolation):
            return
        except psycopg2.Error as error:
            fail(f"its database cannot be used ({str(missing).strip()}) nor made ({str(error).strip()}).")


def prepare(options: argparse.Namespace) -> None:
    """Load the application, migrate, and write down where the webhooks go."""
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    django.setup()
    ensure_database()
    call_command("migrate", verbosity=0)
    from marketplace.sandbox import control  # noqa: PLC0415
    from marketplace.sandbox.models import Audience  # noqa: PLC0415

    if options.webhook_url is not None:
        control.direct(Audience.MERCHANT, options.webhook_url)
    if options.carrier_webhook_url is not None:
        control.direct(Audience.CARRIER, options.carrier_webhook_url)
    connections.close_all()  # the worker is forked: it must not share this connection


def serve(options: argparse.Namespace) -> None:
    """Serve until told to stop: one worker, so that the dice and the courier are one; and threads."""
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415

    from marketplace.sandbox import delivery  # noqa: PLC0415
    from marketplace.sandbox.wsgi import application  # noqa: PLC0415

    stopping = threading.Event()

    def start_courier(_worker: Any) -> None:
        threading.Thread(target=delivery.work, args=[stopping], name="courier", daemon=True).start()

    class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no annotations
        def load_config(self) -> None:
            self.cfg.set("bind", f"{options.host}:{options.port}")
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", THREADS)
            self.cfg.set("keepalive", 0)  # so that no client reuses a connection that is being closed
            self.cfg.set("graceful_timeout", 5)
            self.cfg.set("control_socket_disable", True)  # noqa: FBT003 -- gunicorn's own signature
            self.cfg.set("loglevel", "warning")
            self.cfg.set("post_worker_init", start_courier)
            self.cfg.set("worker_exit", lambda _arbiter, _worker: stopping.set())

        def load(self) -> Callable[..., Any]:
            return application

    Server().run()


def main() -> None:
    """Run the provider."""
    options = arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.sandbox.settings"
    os.environ.setdefault("SANDBOX_URL", f"http://localhost:{options.port}")
    check_port(options.host, options.port)
    prepare(options)
    serve(options)


if __name__ == "__main__":
    main()
