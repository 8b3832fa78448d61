"""The bundled story: a small organisation leaves a vendor, and one court gives part of it back.

The dates are those of the public record in `examples/us-2026`; the organisation and its people are invented.
"""

import json
import shutil
import socket
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console

from offramp.cli.story.bundled import CAST, copy_to
from offramp.cli.story.cast import read_cast
from offramp.cli.story.lines import reach_it, write_rule
from offramp.cli.story.story import Story
from offramp.cli.story.wordings import compare, read_comparisons
from offramp.core.errors import Exit

UNDECIDED_OR_FOUND = (Exit.OK, Exit.FOUND, Exit.UNDECIDED)


class Leaving:
    """One telling of the story. `tell` runs it from the first step to the last."""

    def __init__(self, workspace: Path, console: Console, port: int) -> None:
        self.cast = read_cast(workspace.parent / CAST)
        self.story = Story(workspace, console)
        self.console = console
        self.workspace = workspace
        self.port = port or _free_port()

    def tell(self, *, keep_open: bool) -> Exit:
        """Run every step. `Exit.UNDECIDED` where the successor's model could not be had."""
        self._opening()
        has_successor = self._models()
        self._inventory()
        self._terms()
        self._wordings()
        self._plan()
        if not has_successor:
            self._without_successor()
            return Exit.UNDECIDED
        with self._gateway(self.cast.before):
            self._at_zero()
        write_rule(self.workspace)
        with self._gateway(self.cast.ordered):
            self._order_arrives()
            self._move()
        with self._gateway(self.cast.after_court):
            self._court()
            self._proof()
            self._closing()
            if keep_open:
                self._keep_open()
        return Exit.OK

    def _opening(self) -> None:
        cast = self.cast
        self.story.say(
            "A small organisation, the Harbor Safety Board, leaves an AI vendor. The Board and its people "
            "are invented; the instruments render the public record of 2026, both readings kept. "
            f"Two small local models stand in: {cast.stand_in} for the vendor, {cast.stand_in_successor} "
            "for the successor. No keys, no network."
        )
        self.story.say(f"Folder: {self.workspace}")
        self.story.offramp("init", "--yes", lines=20)

    def _models(self) -> bool:
        self.story.step(
            "1  The stand-ins", "Real models, read out of packages and accepted only by their hash."
        )
        self.story.offramp("models", "pull", self.cast.stand_in)
        self.story.offramp(
            "models", "pull", self.cast.stand_in_successor, expect=(Exit.OK, Exit.UNDECIDED, Exit.USAGE)
        )
        listed = json.loads(self.story.quietly("models", "--format", "json"))
        return any(
            model["slug"] == self.cast.stand_in_successor and model["path"] for model in listed["models"]
        )

    def _inventory(self) -> None:
        self.story.step("2  What is used", "Every place, with its route, and what was not looked at.")
        self.story.offramp("scan", expect=(Exit.FOUND,), lines=90)
        scan = json.loads(self.story.quietly("scan", "--format", "json", expect=(Exit.FOUND,)))
        uses = [finding for finding in scan["findings"] if finding["kind"] != "mention"]
        of_vendor = [finding for finding in uses if finding["vendor"] == self.cast.vendor]
        self.story.result("scan", f"{len(uses)} uses, {len(of_vendor)} of them of {self.cast.vendor}")
        (self.workspace / "scan.json").write_text(json.dumps(scan, indent=2), "utf-8")

    def _terms(self) -> None:
        self.story.step(
            "3  What binds us", "The same question has different answers by contract, day and reading."
        )
        question = ("may", "--user", "contractor", "--vendor", self.cast.vendor, "--action", "use")
        for under, words in (
            ("commercial", "purely commercial use"),
            ("dow", "use in a Department contract"),
        ):
            asked = (*question, "--fact", f"under={under}", "--at", "2026-03-05")
            shown = self.story.offramp(*asked, expect=UNDECIDED_OR_FOUND)
            self.story.result(f"may --fact under={under}", f"{words}, 5 March: {_first_line(shown)}")
        self.story.offramp(
            "binds", "--user", "supplier", "--vendor", self.cast.vendor, "--at", "2026-04-10", lines=45
        )

    def _wordings(self) -> None:
        self.story.step(
            "4  The wording comparison",
            "What would each wording allow that another forbids? Samples after the reports, no party's text.",
        )
        compare(self.story, read_comparisons(self.workspace.parent / CAST))

    def _plan(self) -> None:
        self.story.step(
            "5  The plan", "Uses and deadlines become items with owners; the successor is checked too."
        )
        self.story.offramp(
            *(
                "leave",
                self.cast.vendor,
                "--by",
                self.cast.deadline,
                "--to",
                self.cast.successor,
                "--by-whom",
                self.cast.lead,
                "--at",
                self.cast.before,
            ),
            lines=50,
        )
        self.story.offramp("plan", "--at", "2026-03-05", lines=25)
        status = self.story.offramp("status", "--at", "2026-03-05", lines=50)
        self.story.result("leave, plan, status", f"5 March: {_first_line(status)}")

    def _at_zero(self) -> None:
        self.story.step(
            "6  The gateway at 0 %",
            "Its clock stands at the morning of 27 February, before the order: all goes to the vendor.",
        )
        self._ask("permit")
        self.story.result("serve", f"permit desk answered by {self._served_by()}")
        self._own_tests("the application's own tests before the move")

    def _without_successor(self) -> None:
        stand_in, missing = self.cast.stand_in, self.cast.stand_in_successor
        self.story.step("6  The gateway", f"With {stand_in} alone there is nothing to move to.")
        with self.story.gateway("--port", str(self.port), "--to", f"local={stand_in}", "--open"):
            self._ask("permit")
            self._own_tests("the application's own tests behind the gateway")
        self.console.print()
        self.console.print(self.story.summary())
        self.story.say(f"\nThe story stops before the move: the model {missing} is not on this machine.")
        self.story.say("Where a package index can be reached, run `offramp models pull` and tell it again.")

    def _order_arrives(self) -> None:
        self.story.step(
            "7  The order arrives",
            "5 March: under the stance counsel chose (strictest), the vendor may no longer be used.",
        )
        self._ask("convoy", expect=(1,))
        self.story.result("serve --at 2026-03-05", "convoy desk refused, with the clause")

    def _move(self) -> None:
        self.story.step("8  The move", "The unchanged application, now answered by the successor.")
        for route in (self.cast.permit_route, self.cast.convoy_route):
            self.story.offramp("ramp", route, "100", "--by", self.cast.lead, "--at", self.cast.ordered)
        self._ask("permit")
        self._ask("convoy")
        self.story.result("ramp 100", f"both desks answered by {self._served_by()}")
        self._own_tests("the same tests after the move")
        reach_it(self.story, self.cast.permit_route, self._environment("permit"))
        why = ("--by", self.cast.counsel, "--reason", "in force since 5 March", "--at", self.cast.ordered)
        self.story.offramp("cut", "incumbent", "--cause", self.cast.directive, *why)
        self.story.offramp("cut", "incumbent", "--cause", self.cast.first_designation, *why)
        self.story.offramp(
            "cut",
            "incumbent",
            "--route",
            self.cast.convoy_route,
            "--cause",
            self.cast.second_designation,
            *why,
        )
        self.story.result("cut", "incumbent held down by three causes")

    def _court(self) -> None:
        self.story.step(
            "9  One court stays one instrument",
            "10 April: the directive and the first designation are stayed; the second designation is not.",
        )
        why = (
            "--by",
            self.cast.counsel,
            "--reason",
            "stayed by the injunction",
            "--at",
            self.cast.after_court,
        )
        self.story.offramp(
            "restore", "incumbent", "--cause", self.cast.directive, *why, expect=(Exit.UNDECIDED,)
        )
        self.story.offramp(
            "restore", "incumbent", "--cause", self.cast.first_designation, *why, expect=UNDECIDED_OR_FOUND
        )
        self.story.offramp(
            *(
                "restore",
                "incumbent",
                "--route",
                self.cast.convoy_route,
                "--cause",
                self.cast.second_designation,
                *why,
            ),
            expect=(Exit.FOUND, Exit.USAGE, Exit.UNDECIDED),
        )
        for route in (self.cast.permit_route, self.cast.convoy_route):
            self.story.offramp("ramp", route, "0", "--by", self.cast.lead, "--at", self.cast.after_court)
        self._ask("permit")
        self.story.result("restore", f"permit desk is back: {self._served_by()}")
        self._ask("convoy")
        self.story.result("restore", f"convoy desk stays moved, 4713 still holds: {self._served_by()}")
        self.story.offramp("status", "--at", self.cast.after_court, lines=50)

    def _proof(self) -> None:
        self.story.step(
            "10  The proof", "Everything above, in one file that others check without trusting us."
        )
        told = ("--at", self.cast.after_court, "--format", "html", "-o", "exit.html")
        self.story.offramp("evidence", "exit", self.cast.vendor, *told)
        self.story.result("evidence exit", "the whole exit on one page: exit.html")
        self.story.offramp("evidence", "key", to="ledger.pub")
        papers = self._papers()
        documents = [word for name in ("scan.json", *papers) for word in ("--document", name)]
        self.story.offramp("evidence", "pack", "-o", "evidence.zip", *documents, lines=30)
        self.story.offramp("evidence", "verify", "evidence.zip", "--key", "ledger.pub", lines=30)
        data = bytearray((self.workspace / "evidence.zip").read_bytes())
        data[len(data) // 2] ^= 1
        (self.workspace / "tampered.zip").write_bytes(data)
        self.story.say("\nThe same pack with one bit flipped in the middle:")
        self.story.offramp(
            "evidence", "verify", "tampered.zip", "--key", "ledger.pub", expect=(Exit.FOUND,), lines=30
        )
        self.story.result("evidence pack, verify", "verifies; one flipped bit is caught")

    def _papers(self) -> tuple[str, ...]:
        """Statements of what moved and what came back, and two documents made from what is known."""
        cast = self.cast
        on = ("--at", cast.after_court)
        moved = ("--vendor", cast.vendor, "--by", cast.lead)
        self.story.offramp("evidence", "state", "cut-over", *moved, *on, lines=24)
        self.story.offramp("evidence", "state", "restoration", "--by", cast.counsel, *on, lines=12)
        # What was not looked at keeps a statement from being made: here a use is still found.
        self.story.offramp(
            *("evidence", "state", "non-use", "--vendor", cast.vendor, "--by", cast.counsel, "--with-gaps"),
            expect=(Exit.FOUND,),
        )
        self.story.offramp(
            *("evidence", "document", "restoration", "--to", "Clerk of the Court"),
            *("--format", "pdf", "-o", "restoration.pdf"),
        )
        self.story.offramp(
            *("evidence", "document", "far-52-204-30", "--vendor", cast.vendor, "--found-on", "2026-03-05"),
            *("--contract", "HSB-26-0007", "--by", cast.counsel, *on, "--format", "pdf", "-o", "report.pdf"),
        )
        self.story.result("evidence state", "the cut-over and the restoration signed; non-use refused")
        self.story.result("evidence document", "restoration.pdf, report.pdf: due by 10 March 2026")
        return "restoration.pdf", "report.pdf"

    def _closing(self) -> None:
        self.console.print()
        self.console.print(self.story.summary())
        self.console.print(
            "\nThe two models are stand-ins: nothing here says how any vendor's model behaves."
        )
        self.console.print("Next, in a repository of your own:")
        for step in ("offramp scan", "offramp init", "offramp leave VENDOR --by DATE --to SUCCESSOR"):
            self.console.print(f"  {step}")

    def _keep_open(self) -> None:
        self.console.print(
            f"\nThe gateway stays at http://127.0.0.1:{self.port} (key in .offramp/keys). Ctrl-C stops it."
        )
        try:
            self.story.wait()
        except KeyboardInterrupt:
            self.console.print("stopped")

    def _gateway(self, at: str) -> AbstractContextManager[None]:
        return self.story.gateway("--port", str(self.port), "--at", at)

    def _environment(self, desk: str) -> dict[str, str]:
        key = (self.workspace / ".offramp" / "keys" / f"{desk}-desk").read_text("utf-8").strip()
        return {
            self.cast.address_variable: f"http://127.0.0.1:{self.port}",
            self.cast.key_variable: key,
            "PYTHONPATH": str(self.workspace / "service"),
        }

    def _ask(self, desk: str, expect: tuple[int, ...] = (0,)) -> None:
        words = ("-m", "harbor.ask", desk, "Which paper does a visiting yacht need?")
        self.story.command(
            ("python", *words), (sys.executable, *words), expect=expect, env=self._environment(desk)
        )

    def _served_by(self) -> str:
        shown = self.story.quietly(
            "evidence", "entries", "--type", "traffic", "--limit", "1", "--format", "json"
        )
        traffic = json.loads(shown)["entries"][-1]["data"]
        return f"{traffic['upstream']} ({traffic['model']})"

    def _own_tests(self, what: str) -> None:
        words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "service/tests")
        shown = self.story.command(
            ("python", *words), (sys.executable, *words), env=self._environment("permit"), lines=20
        )
        self.story.result("pytest service/tests", f"{what}: {shown.strip().splitlines()[-1]}")


def tell(*, keep_open: bool, folder: Path | None, port: int) -> Exit:
    """Copy the organisation to `folder`, tell the story there, and say where it lies."""
    console = Console(highlight=False, width=_width())
    workspace = copy_to(folder)
    return Leaving(workspace, console, port).tell(keep_open=keep_open)


def _width() -> int:
    return max(100, min(140, shutil.get_terminal_size((120, 40)).columns))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
