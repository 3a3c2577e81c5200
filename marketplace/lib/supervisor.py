"""Keep a set of programs running: start them, pass on what they print, start again what dies, stop them all."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.lib import children

TURN = 0.2  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a program that died is started again
STEADY = 60.0  # seconds of life after which its earlier deaths are forgotten
STOP_PATIENCE = 12.0
LARGEST_LOG = 10 * 1024 * 1024


@dataclass
class Program:
    """One program: its name, its command line, and the state of its present process."""

    name: str
    command: Sequence[str | Path]
    process: subprocess.Popen[bytes] | None = None
    pipe: int | None = None  # what it prints comes out here
    started_at: float = 0.0  # monotonic seconds, like all times here
    start_again_at: float | None = None
    pause: float = FIRST_PAUSE
    unfinished: bytes = b""  # the beginning of a line

    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """The programs of one demo; `turn` is to be called again and again, from the main thread."""

    def __init__(self, *, environment: Mapping[str, str], cwd: Path, logs: Path, say: Callable[[str], None]) -> None:
        self.environment = environment
        self.cwd = cwd
        self.logs = logs
        self.say = say
        self.programs: list[Program] = []
        self._selector = selectors.DefaultSelector()
        self._stopping = False  # what programs say as they end goes to their logs alone

    def start(self, name: str, command: Sequence[str | Path]) -> None:
        """Start a program and keep it running from now on."""
        program = Program(name, command)
        self.programs.append(program)
        self._launch(program)

    def run(self, name: str, command: Sequence[str | Path]) -> int:
        """Run a program once to its end, with the others kept running; return its exit code."""
        program = Program(name, command)
        process = self._launch(program)
        try:
            while process.poll() is None:
                self.turn()
        finally:
            self._bury(program)
        return process.returncode

    def wait(self, condition: Callable[[], bool], *, patience: float) -> bool:
        """Keep the programs running until the condition holds (True) or `patience` seconds have passed (False)."""
        deadline = time.monotonic() + patience
        while not (done := condition()) and time.monotonic() < deadline:
            self.turn()
        return done

    def turn(self) -> None:
        """Pass on what was printed within the next moment, and start again what has died."""
        for key, _events in self._selector.select(TURN):
            self._read(key.data)
        for program in self.programs:
            self._look_after(program)

    def stop(self) -> None:
        """Tell every program to end, all at once, and wait until they have."""
        self._stopping = True
        running = [program for program in self.programs if program.process is not None]
        for program in running:
            if program.process is not None and program.is_alive():
                program.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_PATIENCE
        while any(program.is_alive() for program in running) and time.monotonic() < deadline:
            for key, _events in self._selector.select(TURN):
                self._read(key.data)
        for program in running:
            self._bury(program)
        self.programs.clear()

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        try:
            process = children.spawn(program.command, env=self.environment, output=writing, cwd=self.cwd)
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        program.process, program.pipe = process, reading
        program.started_at = time.monotonic()
        program.start_again_at = None
        self._selector.register(reading, selectors.EVENT_READ, program)
        return process

    def _look_after(self, program: Program) -> None:
        now = time.monotonic()
        if program.start_again_at is not None:
            if now >= program.start_again_at:
                self._launch(program)
        elif program.process is not None and not program.is_alive():
            ending = _ending(program.process)
            self._bury(program)
            if now - program.started_at > STEADY:
                program.pause = FIRST_PAUSE
            self.say(f"{program.name} has ended ({ending}); starting it again")
            program.start_again_at = now + program.pause
            program.pause = min(program.pause * 2, LONGEST_PAUSE)

    def _bury(self, program: Program) -> None:
        """End what is left of a program's group, and pass on what it said last."""
        if program.process is not None:
            children.stop(program.process, patience=0.0)
            program.process = None
        if program.pipe is not None:
            while self._read(program):
                pass
        if program.pipe is not None:  # somebody who left the group still holds the other end
            self._close(program)
        if program.unfinished:
            self._pass_on(program, [program.unfinished])
            program.unfinished = b""

    def _read(self, program: Program) -> bool:
        """Pass on the complete lines that wait in the pipe; False when there is nothing more to be read now."""
        if program.pipe is None:
            return False
        try:
            data = os.read(program.pipe, 65536)
        except BlockingIOError:
            return False
        if not data:
            self._close(program)
            return False
        *lines, program.unfinished = (program.unfinished + data).split(b"\n")
        self._pass_on(program, lines)
        return True

    def _close(self, program: Program) -> None:
        if program.pipe is not None:
            self._selector.unregister(program.pipe)
            os.close(program.pipe)
            program.pipe = None

    def _pass_on(self, program: Program, lines: list[bytes]) -> None:
        path = self.logs / f"{program.name}.log"
        with path.open("ab") as log:
            if log.tell() > LARGEST_LOG:
                log.truncate(0)
            for line in lines:
                log.write(line + b"\n")
                if line.strip() and not self._stopping:
                    self.say(f"{program.name:>8} | {line.decode(errors='replace')}")


def _ending(process: subprocess.Popen[bytes]) -> str:
    """How a process ended, for people."""
    if process.returncode < 0:
        return f"killed by {signal.Signals(-process.returncode).name}"
    return f"exit code {process.returncode}"
