"""Putting an answer into the ledger. Apart from `decisions.py`, because the ledger is slow to load."""

from getpass import getuser
from pathlib import Path

from offramp.cli.signatures import Done
from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant, format_instant, now
from offramp.core.verdicts import Decision
from offramp.evidence import Entry, EntryType, Ledger
from offramp.report.documents.decision import Asked
from offramp.workspace import Workspace


def record_decision(workspace: Workspace, decision: Decision, asked: Asked) -> None:
    """Put the answer into the workspace's ledger; it is durable on return."""
    question = asked.question
    entry = Entry(
        type=EntryType.DECISION,
        at=now(),
        actor=getuser(),
        cause="command",
        subject=f"{question.action} {question.vendor}",
        instruments=tuple(decision.instruments),
        data={
            "decided_at": format_instant(asked.at),
            "known": format_instant(asked.known) if asked.known else "",
            "notice": asked.notice,
            "user": list(question.user),
            "via": list(question.via),
            "facts": dict(question.facts),
            "outcome": decision.outcome.value,
            "readings": [
                {
                    "choice": dict(one.choice),
                    "outcome": one.outcome.value,
                    "norms": [norm.id for norm in one.norms],
                }
                for one in decision.readings
            ],
            "stayed": [norm.id for norm in decision.stayed],
            "stance": asked.stance,
            "enforced": asked.enforced.value if asked.enforced else "",
        },
    )
    with Ledger.open(workspace.state) as ledger:
        ledger.append(entry)


def record_signature(state: Path, done: Done, file: str, by: str, at: Instant) -> int:
    """Put a signature into the ledger under `state`, durable on return; the entry's number."""
    signed = done.signed
    entry = Entry(
        type=EntryType.STATEMENT,
        at=at,
        actor=getuser(),
        cause=f"person:{by}",
        subject=signed.instrument,
        instruments=(signed.instrument,),
        data={
            "what": "instrument signed",
            "file": file,
            "by": by,
            "status": done.instruments.instruments[InstrumentId(signed.instrument)].status.value,
            "was_draft": signed.was_draft,
        },
        digests={"signed": signed.digest},
    )
    with Ledger.open(state) as ledger:
        return ledger.append(entry).index
