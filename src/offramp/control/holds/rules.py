"""Who may decide about a hold, and what is refused. Pure: values in, a person or an error out."""

from collections.abc import Iterable
from datetime import timedelta

from offramp.control.holds.hold import Hold, State, Verdict
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.core.verdicts import HumanRole
from offramp.workspace.holding import Holding, Person, plain_name

DRIFT = timedelta(minutes=5)
"""So far may the clock be behind what it said before."""


def find_person(holding: Holding, name: str) -> Person:
    """The person called `name`, by id or by name. Raises `person-unknown`."""
    wanted = plain_name(name)
    for person in holding.persons.values():
        if wanted in (plain_name(person.id), plain_name(person.name)):
            return person
    known = ", ".join(holding.persons) or "nobody"
    raise OfframpError(
        "person-unknown",
        f"`{name[:100]}` is nobody who may decide here; named are {known}",
        help="name the person under `holds: persons:` in offramp.yaml",
    )


def is_requester(hold: Hold, person: Person) -> bool:
    """Whether `person` is among those who asked for what is held."""
    asked = {plain_name(name) for name in hold.requesters}
    return bool(asked & {plain_name(person.id), plain_name(person.name)})


def check_reach(person: Person, application: str) -> None:
    """`person` has a role towards `application`. Raises `role-insufficient`."""
    if not person.is_for(application):
        raise OfframpError(
            "role-insufficient",
            f"`{person.id}` has no role towards application `{application[:80]}`",
            help="have somebody do it who is named for this application in offramp.yaml",
        )


def check_stop(person: Person, application: str, applications: Iterable[str]) -> None:
    """`person` may stop the calls of `application`. Raises why not."""
    if application not in applications:
        raise OfframpError(
            "application-unknown",
            f"there is no application `{application[:80]}`",
            help="name one under `applications` in offramp.yaml",
        )
    check_reach(person, application)
    if person.role.rank < HumanRole.SUPERVISES.rank:
        raise OfframpError(
            "role-insufficient",
            f"`{person.id}` {_words(person.role)}; only a person who supervises may stop calls",
            help="have somebody stop it who is named with that role in offramp.yaml",
        )


def check_supervises(person: Person) -> None:
    """`person` may be on watch. Raises `role-insufficient`."""
    if person.role.rank < HumanRole.SUPERVISES.rank:
        raise OfframpError(
            "role-insufficient",
            f"`{person.id}` {_words(person.role)}; only a person who supervises is on watch",
            help="have somebody watch who is named with that role in offramp.yaml",
        )


def check_able(hold: Hold, person: Person) -> None:
    """`person` may decide about `hold`. Raises `role-insufficient` or `own-request`."""
    check_reach(person, hold.application)
    if person.role.rank < hold.role.rank:
        raise OfframpError(
            "role-insufficient",
            f"`{person.id}` {_words(person.role)}; the clause asks for a person who {_words(hold.role)}",
            help="have somebody decide who is named with that role in offramp.yaml",
        )
    if is_requester(hold, person):
        raise OfframpError(
            "own-request",
            f"`{person.id}` asked for what is held, and nobody decides about their own request",
            help="have another person decide",
        )


def check_clock(hold: Hold, at: Instant) -> None:
    """The clock is not behind what was recorded of `hold`. Raises `clock-behind`.

    A clock that was set back would make an approval last longer than anybody gave it.
    """
    if at < hold.newest_at - DRIFT:
        raise OfframpError(
            "clock-behind",
            f"the clock says {format_instant(at)}, and hold `{hold.id}` was last touched at "
            f"{format_instant(hold.newest_at)}",
            help="put the clock right; nothing is decided or released by a clock that went back",
        )


def check_decision(hold: Hold, person: Person, verdict: Verdict, reason: str, at: Instant) -> None:
    """`person` may say `verdict` of `hold` at `at`. Raises why not."""
    if not reason.strip():
        raise OfframpError("reason-missing", "no reason is given", help="say why, in words, for the ledger")
    check_clock(hold, at)
    state = hold.state(at)
    if state in (State.RELEASED, State.DENIED):
        assert hold.end is not None
        raise OfframpError(
            "hold-ended",
            f"hold `{hold.id}` was {state} at {format_instant(hold.end.at)}",
            help="a new call of the tool is held anew, and can be decided then",
        )
    if state is State.EXPIRED:
        raise OfframpError(
            "hold-expired",
            f"hold `{hold.id}` has expired",
            help="a new call of the tool is held anew, and can be decided then",
        )
    check_able(hold, person)
    if any(one.person == person.id and one.verdict is verdict for one in hold.decisions):
        raise OfframpError(
            "decided-already",
            f"`{person.id}` decided so about hold `{hold.id}` already",
            help="nothing has to be done; another person's decision counts beside it",
        )
    if verdict is Verdict.APPROVE and hold.shown_to(person.id) is None:
        raise OfframpError(
            "hold-not-shown",
            f"`{person.id}` was not shown what is held, and nobody approves unseen",
            help=f"run `offramp holds show {hold.id} --by {person.id}` first",
        )


def check_release(hold: Hold, holding: Holding, at: Instant) -> None:
    """The approvals still come from persons who may give them. Raises `approval-lapsed` or `clock-behind`.

    Whoever lost the role since, or was named as a requester, does not count any more.
    """
    check_clock(hold, at)
    counting = 0
    for one in hold.approved_by:
        person = holding.persons.get(one.person)
        if person is not None and person.is_for(hold.application) and not is_requester(hold, person):
            counting += person.role.rank >= hold.role.rank
    if counting < hold.approvals:
        raise OfframpError(
            "approval-lapsed",
            f"{counting} of {hold.approvals} approvals of hold `{hold.id}` come from persons who may decide",
            help="have another person approve, or wait until the hold expires and ask anew",
        )


def _words(role: HumanRole) -> str:
    words = {
        HumanRole.NONE: "has no role",
        HumanRole.RESPONSIBLE: "is responsible",
        HumanRole.SUPERVISES: "supervises",
        HumanRole.DECIDES: "decides",
    }
    return words[role]
