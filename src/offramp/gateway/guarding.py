"""Red lines on a request's way: which guards are on, what they make of it, and what the instruments then say.

A guard never permits what the instruments forbid: it says which facts can be relied on and how many persons
there would be, and the instruments are asked with that. Whatever a guard cannot tell is not let through.
"""

import logging
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from offramp.control import guards, persons
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.ids import VendorId
from offramp.core.instants import Instant, format_instant, now
from offramp.core.verdicts import Decision, FactValue, Outcome
from offramp.dialects import Head
from offramp.evidence import Entry, EntryType
from offramp.gateway.admission import Admission, admit, refusal
from offramp.gateway.headcount import Headcount, Unsure
from offramp.gateway.named import Named
from offramp.gateway.outgoing import Asked
from offramp.gateway.record import Record
from offramp.gateway.snapshot import Endpoint, Snapshot
from offramp.instruments import Question, change_points, enforce
from offramp.workspace import Application

DATA_CLASS = "offramp-data-class"
LARGEST = 2**62
"""As many persons as nobody has: what a clause would say of it shows whether the clause counts them."""
_SEVERITY = (Outcome.PERMIT, Outcome.CONTESTED, Outcome.UNKNOWN, Outcome.HOLD, Outcome.FORBID)

log = logging.getLogger("offramp.gateway")

Watching = tuple[tuple[guards.Guard, tuple[guards.Clause, ...]], ...]


@dataclass(slots=True)
class Lines:
    """What is asked of one application until the instruments change."""

    snapshot: Snapshot
    by_vendor: Mapping[VendorId, Watching]
    days: Mapping[str, int]
    """Fact that counts persons to the days of its window."""
    from_at: int
    reaches: dict[persons.Cell, frozenset[str]] = field(default_factory=dict)
    """Use to the norms that would stand in its way if there were enough persons."""


class Guarding:
    """One worker's guards. What they ask is worked out once per application and change of the instruments."""

    def __init__(self, headcount: Headcount) -> None:
        self.headcount = headcount
        self._snapshot: Snapshot | None = None
        self._points: tuple[Instant, ...] = ()
        self._lines: dict[str, Lines | None] = {}

    def lines(self, snapshot: Snapshot, application: Application, at: Instant) -> Lines | None:
        """What instruments in force ask of this application; None where that is nothing."""
        if snapshot is not self._snapshot:
            self._snapshot, self._lines = snapshot, {}
            self._points = change_points(snapshot.instruments)
        segment = bisect_right(self._points, at)
        name = application.id
        found = self._lines.get(name)
        if name not in self._lines or (found is not None and found.from_at != segment):
            found = self._draw(snapshot, application, at, segment)
            self._lines[name] = found
        return found

    def watches(self, snapshot: Snapshot, application: Application, vendor: VendorId, at: Instant) -> bool:
        """Whether an instrument in force has guards for what this application sends to `vendor`."""
        lines = self.lines(snapshot, application, at)
        return lines is not None and bool(lines.by_vendor.get(vendor))

    def _draw(self, snapshot: Snapshot, application: Application, at: Instant, segment: int) -> Lines | None:
        by_vendor: dict[VendorId, Watching] = {}
        for vendor in {endpoint.vendor for endpoint in snapshot.endpoints.values()}:
            clauses = guards.clauses_for(
                snapshot.instruments,
                user=snapshot.workspace.organisation.kinds,
                via=application.via,
                vendor=vendor,
                at=at,
                notice=snapshot.stance.notice if snapshot.stance else "announced",
            )
            watching = [(guard, guards.serves(guard, clauses)) for guard in guards.GUARDS]
            by_vendor[vendor] = tuple((guard, served) for guard, served in watching if served)
        facts = snapshot.instruments.vocabulary.facts
        days = {name: persons.days_of(facts[name].window) for name in guards.counting(snapshot.instruments)}
        return Lines(snapshot=snapshot, by_vendor=by_vendor, days=days, from_at=segment)


class Guarded:
    """One request under guard."""

    def __init__(self, guarding: Guarding, lines: Lines, application: Application, head: Head) -> None:
        self._headcount = guarding.headcount
        self._lines = lines
        self._snapshot = lines.snapshot
        self._application = application
        self._head = head
        self._named: Named | None = None
        self._whole: Asked | None = None
        self._counting: tuple[VendorId, persons.Asked] | None = None

    def admission(self, whole: Asked, endpoint: Endpoint, model: str, purpose: str, at: Instant) -> Admission:
        """What the instruments say of this request with what the guards found."""
        self._whole, self._counting = whole, None
        watching = self._lines.by_vendor.get(endpoint.vendor, ())
        if not watching:
            return admit(self._snapshot, self._application, endpoint.vendor, model, purpose, at)
        stated = self._stated(endpoint, model, purpose)
        judged: list[guards.Judgement] = []
        counting: list[tuple[guards.Guard, tuple[guards.Clause, ...]]] = []
        for guard, clauses in watching:
            if guard is guards.DISTINCT_PERSONS or guard is guards.UNDECLARED_PERSONS:
                counting.append((guard, clauses))
            else:
                matter = guards.Matter(
                    caller=self._caller(), vendor=endpoint.vendor, stated=stated, clauses=clauses
                )
                judged.append(_judge(guard, matter))
        facts = _relied_on(stated, judged)
        if counting:
            return self._with_persons(counting, stated, facts, judged, endpoint.vendor, at)
        return self._decided(endpoint.vendor, facts, judged, at)

    async def count(self, record: Record) -> None:
        """Everybody in the request is counted before it is sent. Raises `Refused` where a line is reached."""
        if self._counting is None:
            return
        vendor, asked = self._counting
        owner = persons.owner_of(self._snapshot.workspace, self._application)
        whole = self._whole
        assert whole is not None

        def judge() -> dict[str, guards.Figure]:
            endpoint = self._snapshot.endpoints[record.upstream]  # type: ignore[index]
            admission = self.admission(whole, endpoint, record.model, record.purpose, self._headcount.time())
            record.admission = admission
            if not admission.is_admitted:
                raise refusal(admission)
            return dict(admission.figures)

        def about(figures: dict[str, guards.Figure]) -> Entry:
            admission = record.admission
            assert admission is not None
            served = [one for each in admission.judgements for one in each.clauses if each.figures]
            norms = [str(one.norm) for one in served]
            data: JsonObject = {
                "application": self._application.id,
                "owner": owner,
                "purpose": asked.cell.purpose,
                "vendor": vendor,
                "day": asked.today.isoformat(),
                "counts": {name: figure.to_json() for name, figure in figures.items()},
                "norms": list(dict.fromkeys(norms)),
                "decided_at": format_instant(self._headcount.time()),
            }
            return Entry(
                type=EntryType.COUNT,
                at=now(),
                actor=self._application.id,
                cause=f"norm:{norms[0]}" if norms else "request",
                subject=record.request_id,
                instruments=tuple(sorted({str(one.instrument) for one in served})),
                data=data,
            )

        try:
            await self._headcount.add(owner, asked, judge, about)
        except Unsure as why:
            assert record.admission is not None
            failed = _failed(guards.DISTINCT_PERSONS, (), str(why))
            record.admission = record.admission.held((*record.admission.judgements, failed))
            raise refusal(record.admission) from why

    def _with_persons(
        self,
        counting: list[tuple[guards.Guard, tuple[guards.Clause, ...]]],
        stated: guards.Stated,
        facts: dict[str, FactValue],
        judged: list[guards.Judgement],
        vendor: VendorId,
        at: Instant,
    ) -> Admission:
        cell = persons.Cell(self._application.id, str(facts.get("purpose", "")), vendor)
        reached = self._reached(cell, facts, at)
        served = {guard.slug: _only(clauses, reached) for guard, clauses in counting}
        if not any(served.values()):
            return self._decided(vendor, facts, judged, at)
        named = self._named
        if named is None:
            assert self._whole is not None
            self._named = named = Named(self._application, self._head, self._whole, self._lines.days)
        subjects = named.subjects
        matter = guards.Matter(
            caller=self._caller(),
            vendor=vendor,
            stated=stated,
            clauses=served[guards.DISTINCT_PERSONS.slug],
            unreadable=subjects.unreadable,
            named=max((len(named) for named in subjects.by_fact.values()), default=0),
            seen=named.seen,
        )
        judged = [*judged, _judge(guards.UNDECLARED_PERSONS, matter)]
        if subjects.unreadable or not subjects.is_said:
            judgement = _judge(guards.DISTINCT_PERSONS, _undeclared(matter, subjects))
            return self._decided(vendor, _relied_on(stated, [*judged, judgement]), [*judged, judgement], at)
        try:
            today = persons.day_of(self._counted_at())
            wanted = {name for one in matter.clauses for name in one.counts}
            by_fact = {name: ids for name, ids in subjects.by_fact.items() if name in wanted}
            asked = persons.Asked(cell=cell, today=today, by_fact=by_fact, days=self._lines.days)
            self._counting = (vendor, asked)
            return self._weighed(matter, facts, judged, asked, at)
        except (Unsure, OfframpError) as error:
            # A count that cannot be made is never a small one.
            why = error.message if isinstance(error, OfframpError) else str(error)
            failed = _failed(guards.DISTINCT_PERSONS, matter.clauses, why)
            return self._decided(vendor, facts, [*judged, failed], at).held((*judged, failed))

    def _weighed(
        self,
        matter: guards.Matter,
        facts: dict[str, FactValue],
        judged: list[guards.Judgement],
        asked: persons.Asked,
        at: Instant,
    ) -> Admission:
        """The strictest answer any clause gives to its own count; clauses may count different uses."""
        scopes: dict[frozenset[persons.Cell], list[guards.Clause]] = {}
        for clause in matter.clauses:
            scopes.setdefault(self._counted_with(asked.cell, clause, at), []).append(clause)
        found: list[Admission] = []
        for cells, clauses in scopes.items():
            counts = {
                name: self._headcount.counter.figure(asked, name, cells)
                for name in sorted(self._lines.days)
                if any(name in one.counts for one in clauses)
            }
            own = guards.Matter(
                caller=matter.caller,
                vendor=matter.vendor,
                stated=matter.stated,
                clauses=tuple(clauses),
                counts=counts,
                named=matter.named,
            )
            judgement = _judge(guards.DISTINCT_PERSONS, own)
            together = [*judged, judgement]
            answers = [
                self._decided(
                    VendorId(matter.vendor), {**facts, **self._classes(matter, counts, side)}, together, at
                )
                for side in ("high", "low")
                if side == "high" or not all(figure.is_exact for figure in counts.values())
            ]
            admission = max(answers, key=lambda one: _SEVERITY.index(one.outcome))
            names = {one.norm for one in clauses}
            if len(scopes) == 1 or admission.is_admitted or names & {norm.id for norm in admission.norms}:
                found.append(admission)
        worst = max(found, key=lambda one: _SEVERITY.index(one.outcome))
        return worst.with_judgements(_united(found))

    def _classes(
        self, matter: guards.Matter, counts: Mapping[str, guards.Figure], side: str
    ) -> dict[str, FactValue]:
        return {
            name: persons.class_of(getattr(figure, side), guards.thresholds(matter.clauses, name))
            for name, figure in counts.items()
        }

    def _counted_with(
        self, cell: persons.Cell, clause: guards.Clause, at: Instant
    ) -> frozenset[persons.Cell]:
        """The uses of the same owner the clause speaks of: they are counted together, this one among them."""
        workspace = self._snapshot.workspace
        owner = persons.owner_of(self._snapshot.workspace, self._application)
        together = {cell}
        for other in self._headcount.counter.cells:
            application = workspace.applications.get(other.application)  # type: ignore[call-overload]
            # An application that is gone was somebody's: its persons stay counted, whoever it was.
            if application is None or (
                persons.owner_of(workspace, application) == owner
                and clause.norm in self._reach_of(other, application, at)
            ):
                together.add(other)
        return frozenset(together)

    def _reach_of(self, cell: persons.Cell, application: Application, at: Instant) -> frozenset[str]:
        found = self._lines.reaches.get(cell)
        if found is None:
            facts = {**application.facts, "purpose": cell.purpose}
            if not cell.purpose:
                del facts["purpose"]
            found = self._asked_with_all(cell, application, facts, at)
            self._lines.reaches[cell] = found
        return found

    def _reached(self, cell: persons.Cell, facts: dict[str, FactValue], at: Instant) -> frozenset[str]:
        return self._asked_with_all(cell, self._application, facts, at)

    def _asked_with_all(
        self, cell: persons.Cell, application: Application, facts: Mapping[str, FactValue], at: Instant
    ) -> frozenset[str]:
        """The norms that stand in the way of a use once there are more persons than anybody counts."""
        everybody: dict[str, FactValue] = {**facts, **dict.fromkeys(self._lines.days, LARGEST)}
        decision = self._ask(application, cell.vendor, everybody, at)
        return frozenset(
            norm.id for one in decision.readings if one.outcome is not Outcome.PERMIT for norm in one.norms
        )

    def _counted_at(self) -> Instant:
        self._headcount.look()
        return self._headcount.time()

    def _decided(
        self, vendor: VendorId, facts: Mapping[str, FactValue], judged: list[guards.Judgement], at: Instant
    ) -> Admission:
        decision = self._ask(self._application, vendor, facts, at)
        enforced = _enforced(self._snapshot, decision)
        admission = Admission(vendor, decision, enforced, tuple(judged), facts)
        return admission.held(tuple(judged)) if any(one.is_failed for one in judged) else admission

    def _ask(
        self, application: Application, vendor: str, facts: Mapping[str, FactValue], at: Instant
    ) -> Decision:
        kinds = self._snapshot.workspace.organisation.kinds
        question = Question(user=kinds, via=application.via, vendor=vendor, action="use", facts=facts)
        return self._snapshot.enforcer.decide(question, at)

    def _stated(self, endpoint: Endpoint, model: str, purpose: str) -> guards.Stated:
        declared: dict[str, FactValue] = dict(self._application.facts)
        if purpose:
            declared["purpose"] = purpose
        said = self._head.headers.get(DATA_CLASS, "").strip()
        if said:
            declared["data_class"] = said[:200]
        upstream = self._snapshot.workspace.upstreams[endpoint.id]
        observed: dict[str, FactValue] = {"model": model}
        if upstream.deployment:
            observed["deployment"] = str(upstream.deployment)
        if upstream.network:
            observed["network"] = upstream.network
        return guards.Stated(declared=declared, observed=observed)

    def _caller(self) -> guards.Registered:
        application = self._application
        found = application.registration
        usual = application.facts.get("purpose")
        own = (str(usual),) if usual is not None else ()
        if found is None:
            return guards.Registered(application=application.id, is_registered=bool(own), purposes=own)
        return guards.Registered(
            application=application.id,
            is_registered=True,
            owner=found.owner,
            purposes=found.purposes or own,
            autonomy=str(found.autonomy),
            deployment=str(found.deployment),
            network=found.network,
            tools=found.tools,
            consequential=found.consequential,
            data_classes=found.data_classes,
            counts_persons=bool(found.persons),
        )


def _judge(guard: guards.Guard, matter: guards.Matter) -> guards.Judgement:
    try:
        return guard.judge(matter)
    except Exception:
        # A guard that fails must not open the gate it guards.
        log.exception("guard `%s` failed", guard.slug)
        return _failed(guard, matter.clauses, "the guard failed; the gateway's log has the cause")


def _failed(guard: guards.Guard, clauses: tuple[guards.Clause, ...], why: str) -> guards.Judgement:
    return guards.Judgement(
        guard=guard.slug,
        verdict=guards.Verdict.HOLD,
        reason=f"guard `{guard.slug}` cannot tell: {why}",
        clauses=clauses,
        is_failed=True,
    )


def _undeclared(matter: guards.Matter, subjects: persons.Subjects) -> guards.Matter:
    """Nobody is named and no place is registered: a number the application declares is all there is."""
    if subjects.unreadable or any(
        name in matter.stated.declared for one in matter.clauses for name in one.counts
    ):
        return matter
    why = "its application registers no place they are named in, and the request names none"
    return guards.Matter(
        caller=matter.caller,
        vendor=matter.vendor,
        stated=matter.stated,
        clauses=matter.clauses,
        unreadable=why,
        named=matter.named,
        seen=matter.seen,
    )


def _relied_on(stated: guards.Stated, judged: list[guards.Judgement]) -> dict[str, FactValue]:
    """The facts the instruments are asked with."""
    facts = {**stated.declared, **stated.observed}
    for one in judged:
        facts |= one.settled
    for one in judged:
        for name in one.unknown:
            facts.pop(name, None)
    return facts


def _only(clauses: tuple[guards.Clause, ...], norms: frozenset[str]) -> tuple[guards.Clause, ...]:
    return tuple(one for one in clauses if one.norm in norms)


def _united(found: list[Admission]) -> tuple[guards.Judgement, ...]:
    seen: dict[object, guards.Judgement] = {}
    for admission in found:
        for one in admission.judgements:
            seen.setdefault((one.guard, tuple(clause.norm for clause in one.clauses)), one)
    return tuple(seen.values())


def _enforced(snapshot: Snapshot, decision: Decision) -> Outcome:
    stance = snapshot.stance
    if decision.outcome is Outcome.CONTESTED and stance is not None:
        return enforce(decision, is_strictest=stance.is_strictest, readings=stance.readings)
    return decision.outcome
