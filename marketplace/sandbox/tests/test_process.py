"""The process: makes its database, says what stands in its way, and leaves nothing behind."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from marketplace.sandbox.testing import drop_database, free_port, new_sandbox, wait_until

PROJECT = Path(__file__).resolve().parents[3]


def run(*options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "marketplace.sandbox", *options],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def workers(pid: int) -> list[int]:
    """The children of a process."""
    found = subprocess.run(["ps", "--no-headers", "-o", "pid", "--ppid", str(pid)], capture_output=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run("--port", str(taken.getsockname()[1]))
    assert ended.returncode == 1
    assert ended.stderr.startswith("sandbox: cannot listen on 127.0.0.1:")
    assert "Traceback" not in ended.stderr


def test_a_database_that_is_away_is_said_in_one_line() -> None:
    away = f"postgres://nobody:secret@127.0.0.1:{free_port()}/sandbox"
    ended = run("--port", str(free_port()), SANDBOX_DATABASE_URL=away)
    assert ended.returncode == 1
    assert ended.stderr.startswith("sandbox: its database cannot be used")
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr


def test_it_starts_again_on_what_it_left_and_ends_without_a_trace() -> None:
    sandbox = new_sandbox()
    try:
        sandbox.start()
        payment = sandbox.call("POST", "/v1/payouts", payout())[1]
        sandbox.stop()
        sandbox.start()
        assert sandbox.call("GET", f"/v1/payouts/{payment['id']}")[0] == 200
    finally:
        sandbox.stop()
        drop_database(sandbox.database_url)


def test_a_dead_worker_is_replaced_and_a_killed_master_takes_its_worker_along() -> None:
    sandbox = new_sandbox()
    try:
        sandbox.start()
        process = sandbox.process
        assert process is not None
        [worker] = workers(process.pid)
        os.kill(worker, 9)
        wait_until(sandbox.answers, "an answer of the new worker")
        sandbox.call("POST", "/v1/payouts", payout())
        sandbox.wait_until_quiet()
        [worker] = workers(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda: not Path(f"/proc/{worker}").exists(), "the end of the worker")
    finally:
        sandbox.stop()
        drop_database(sandbox.database_url)


def payout() -> dict[str, object]:
    return {"reference": "OUT-1", "amount_minor": 5, "currency": "EUR", "destination": "DE00"}
