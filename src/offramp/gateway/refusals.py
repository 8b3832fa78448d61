"""What the gateway itself answers instead of an upstream, and how it looks in the caller's API shape."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError, Problems
from offramp.core.verdicts import CitedNorm
from offramp.dialects import Dialect, Failure, FailureKind
from offramp.dialects.limits import Limits


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """The request ends here with `failure`; `norms` are cited beside it."""

    failure: Failure
    norms: tuple[CitedNorm, ...] = ()
    status: int = 0
    """Overrides the API's own status for this kind where it has no fitting one."""
    limits: Limits | None = None
    """What is left of the limit it does not fit into."""
    is_worth_retrying: bool = True
    """A program that tries again by itself may be answered before somebody changes something."""


def refuse(kind: FailureKind, code: str, message: str, norms: Sequence[CitedNorm] = ()) -> Refused:
    """A refusal with one of our stable codes."""
    return Refused(Failure(kind=kind, message=message, code=code), tuple(norms))


def unknown_caller() -> Refused:
    """Nobody here knows the key. It does not say whether the key was missing or wrong."""
    return refuse(
        FailureKind.AUTHENTICATION,
        "caller-unknown",
        "the caller's key is missing or belongs to no application of this gateway",
    )


def unledgered(error: Exception) -> Refused:
    """An answer without its entry is not given."""
    message = "the ledger did not take the entry of this request, so it is not answered"
    return refuse(FailureKind.INTERNAL, "ledger-unavailable", f"{message}{_why(error)}")


def not_recorded(refused: Refused, error: BaseException | None) -> Refused:
    """The same refusal, which says that the ledger did not take it: it stands all the same."""
    message = f"{refused.failure.message}; the ledger did not take the entry of this refusal{_why(error)}"
    return replace(refused, failure=replace(refused.failure, message=message))


def ledger_stuck() -> Refused:
    """Nobody is asked while the ledger takes no entries: an answer could not be given."""
    return refuse(
        FailureKind.OVERLOADED,
        "ledger-stuck",
        "the ledger acknowledges no entries now, and without its entry no request is sent on",
    )


def _why(error: BaseException | None) -> str:
    """What is known of the entry, in words that name no place on this machine."""
    is_slow = isinstance(error, OfframpError) and error.code in (
        "ledger-writer-silent",
        "ledger-writer-stuck",
    )
    return f": {error}" if is_slow else ""


def refused_body(error: OfframpError) -> Refused:
    """A request body its API forbids, with the place."""
    problems = error.problems if isinstance(error, Problems) else (error,)
    sentences = []
    for problem in problems:
        pointer = problem.where.pointer if problem.where else ""
        sentences.append(f"{pointer}: {problem.message}" if pointer else problem.message)
    return refuse(FailureKind.INVALID_REQUEST, error.code, f"{'; '.join(sentences)}; {error.help}")


def extension(failure: Failure, request_id: str, norms: Sequence[CitedNorm] = ()) -> JsonObject:
    """The `offramp` member of an error body."""
    return {
        "code": failure.code or f"upstream-{failure.kind}",
        "request_id": request_id,
        "norms": [
            {"id": norm.id, "instrument": norm.instrument, "quote": norm.quote, "source": norm.source}
            for norm in norms
        ],
    }


def error_body(dialect: Dialect | None, refused: Refused, request_id: str) -> tuple[int, bytes]:
    """Status and body in the API's own shape; in a neutral one where no API is known."""
    failure = refused.failure
    more = extension(failure, request_id, refused.norms)
    if dialect is None:
        body: JsonObject = {"error": {"type": str(failure.kind), "message": failure.message}, "offramp": more}
        return refused.status or _NEUTRAL_STATUS.get(failure.kind, 500), orjson.dumps(body)
    status, body = dialect.encode_failure(failure, more)
    return refused.status or status, orjson.dumps(body)


_NEUTRAL_STATUS = {
    FailureKind.INVALID_REQUEST: 400,
    FailureKind.AUTHENTICATION: 401,
    FailureKind.FORBIDDEN: 403,
    FailureKind.NOT_FOUND: 404,
    FailureKind.TOO_LARGE: 413,
    FailureKind.OVERLOADED: 503,
}
