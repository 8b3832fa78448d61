"""A told story: steps with a reason, real commands shown as they run, one gateway in the background.

Everything runs as the user would run it, in processes of its own; nothing here reaches into a room.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from offramp.core.errors import Exit, OfframpError

READY_SECONDS = 120.0
"""A local model is loaded before the gateway is ready; a busy machine takes its time."""
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the closing table."""

    step: str
    command: str
    result: str


class Story:
    """Tells one story in one folder."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.console = console
        self.told: list[Told] = []
        self._title = ""
        self._gateway: subprocess.Popen[bytes] | None = None

    def step(self, title: str, why: str) -> None:
        """Begin a step."""
        self._title = title
        self.console.print()
        self.console.rule(Text(title, style="bold"), align="left")
        self.console.print(Text(why, style="italic"))

    def say(self, text: str) -> None:
        """A sentence between commands."""
        self.console.print(Text(text))

    def result(self, command: str, result: str) -> None:
        """Note a line for the closing table."""
        self.told.append(Told(self._title, command, result))

    def offramp(self, *argv: str, expect: Sequence[Exit] = (Exit.OK,), lines: int = 60, to: str = "") -> str:
        """Run an `offramp` command, show it and at most `lines` of what it printed. Returns its stdout.

        With `to`, what it printed also goes into that file of the folder.
        """
        shown = ["offramp", *argv, *((">", to) if to else ())]
        printed = self.command(shown, [sys.executable, "-m", "offramp", *argv], expect=expect, lines=lines)
        if to:
            (self.folder / to).write_text(printed, "utf-8")
        return printed

    def command(
        self,
        shown: Sequence[str],
        argv: Sequence[str],
        *,
        expect: Sequence[int] = (0,),
        lines: int = 60,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Run `argv` and show it as `shown`. A code not in `expect` ends the story with an error."""
        self.console.print(Text(f"\n$ {' '.join(_quoted(word) for word in shown)}", style="bold cyan"))
        done = self._run(argv, env)
        self._show(done.stdout, lines)
        self._show(done.stderr, lines)
        _check(shown, done.returncode, expect)
        return done.stdout

    def quietly(self, *argv: str, expect: Sequence[int] = (0,)) -> str:
        """Run an `offramp` command for its result only, without showing it."""
        done = self._run([sys.executable, "-m", "offramp", *argv], None)
        if done.returncode not in expect:
            self._show(done.stderr, 60)
        _check(["offramp", *argv], done.returncode, expect)
        return done.stdout

    def wait(self) -> None:
        """Stay until the gateway ends."""
        if self._gateway is not None:
            self._gateway.wait()

    def _run(self, argv: Sequence[str], env: Mapping[str, str] | None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            argv,
            cwd=self.folder,
            env={**os.environ, "COLUMNS": str(self.console.width), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def gateway(self, *argv: str) -> Iterator[None]:
        """Run `offramp serve` in the background until the block ends; its log is kept in the folder."""
        ready = self.folder / ".offramp" / "ready"
        ready.unlink(missing_ok=True)
        shown = ["offramp", "serve", *argv]
        self.console.print(Text(f"\n$ {' '.join(_quoted(word) for word in shown)} &", style="bold cyan"))
        log = self.folder / ".offramp" / "serve.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "offramp", "serve", *argv, "--ready-file", str(ready)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )
            try:
                self._await(process, ready, log)
                self._gateway = process
                yield
            finally:
                self._gateway = None
                _stop(process)

    def summary(self) -> Table:
        """The closing table."""
        table = Table(title="What happened", title_justify="left")
        for column in ("step", "command", "result"):
            table.add_column(column, overflow="fold")
        for row in self.told:
            table.add_row(Text(row.step), Text(row.command), Text(row.result))
        return table

    def _await(self, process: subprocess.Popen[bytes], ready: Path, log: Path) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                self._show(log.read_text("utf-8", "replace"), 60)
                raise OfframpError(
                    "demo-gateway-failed",
                    "the gateway did not start",
                    help="the output above says why; `offramp doctor` checks this machine",
                    exit_code=Exit.INTERNAL,
                )
            time.sleep(0.05)

    def _show(self, text: str, lines: int) -> None:
        shown = text.rstrip("\n").splitlines()
        for line in shown[:lines]:
            self.console.print(Text.from_ansi(line), soft_wrap=True)
        if len(shown) > lines:
            self.console.print(Text(f"  … {len(shown) - lines} more lines", style="dim"))


def _check(shown: Sequence[str], code: int, expect: Sequence[int]) -> None:
    if code not in expect:
        raise OfframpError(
            "demo-step-failed",
            f"`{' '.join(shown)}` ended with exit code {code}",
            help="the output above says why; run that command again in the folder named at the start",
            exit_code=Exit(code) if code in (Exit.USAGE, Exit.NOTHING) else Exit.INTERNAL,
        )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word or not word else word
