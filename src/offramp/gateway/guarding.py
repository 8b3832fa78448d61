"""Red lines on a request's way: which guards are on, what they make of it, and what the instruments then say.

A guard never permits what the instruments forbid: it says which facts can be relied on and how many persons
there would be, and the instruments are asked with that. Whatever a guard cannot tell is not let through.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from offramp.control import guards, persons
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.ids import VendorId
from offramp.core.instants import Instant, format_instant, now
from offramp.core.verdicts import FactValue
from offramp.dialects import Head, turns
from offramp.evidence import Entry, EntryType
from offramp.gateway import judging
from offramp.gateway.admission import Admission, admit, refusal
from offramp.gateway.headcount import Addition, Headcount, Unsure
from offramp.gateway.lines import Lines, Watching
from offramp.gateway.name_sampling import NameSampling, Sample
from offramp.gateway.named import Named, NamedInCalls, tools_that_name
from offramp.gateway.outgoing import Asked
from offramp.gateway.record import Record
from offramp.gateway.snapshot import Endpoint, Snapshot
from offramp.gateway.weighing import Weighing, reach
from offramp.instruments import change_points
from offramp.workspace import Application

DATA_CLASS = "offramp-data-class"


class Guarding:
    """One worker's guards. What they ask is worked out once per application and change of the instruments."""

    def __init__(
        self,
        headcount: Headcount,
        registry: Sequence[guards.Guard] = guards.GUARDS,
        names: NameSampling | None = None,
    ) -> None:
        self.headcount = headcount
        self.names = names
        self._registry = registry
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
            watching = [(guard, guards.serves(guard, clauses)) for guard in self._registry]
            by_vendor[vendor] = tuple((guard, served) for guard, served in watching if served)
        facts = snapshot.instruments.vocabulary.facts
        days = {name: persons.days_of(facts[name].window) for name in guards.counting(snapshot.instruments)}
        is_counted = any(guard is guards.DISTINCT_PERSONS for each in by_vendor.values() for guard, _ in each)
        return Lines(
            snapshot=snapshot,
            caller=_registered(application),
            by_vendor=by_vendor,
            days=days,
            from_at=segment,
            naming=tools_that_name(application) if is_counted else frozenset(),
        )


class Guarded:
    """One request under guard."""

    def __init__(self, guarding: Guarding, lines: Lines, application: Application, head: Head) -> None:
        self._headcount = guarding.headcount
        registered = application.registration
        self._names = guarding.names if registered is not None and registered.reads_names else None
        """Reads names in a share of the texts; None where it reads none of these, or did."""
        self._lines = lines
        self._snapshot = lines.snapshot
        self._application = application
        self._head = head
        self._named: Named | NamedInCalls | None = None
        self._whole: Asked | None = None
        self._weighing: Weighing | None = None

    def admission(self, whole: Asked, endpoint: Endpoint, model: str, purpose: str, at: Instant) -> Admission:
        """What the instruments say of this request with what the guards found."""
        self._whole, self._weighing = whole, None
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
                    caller=self._lines.caller, vendor=endpoint.vendor, stated=stated, clauses=clauses
                )
                judged.append(judging.judge(guard, matter))
        facts = judging.relied_on(stated, judged)
        if counting:
            return self._with_persons(counting, stated, facts, judged, endpoint.vendor, at)
        return self._decided(endpoint.vendor, facts, judged, at)

    async def count(self, record: Record) -> None:
        """Everybody in the request is counted before it is sent. Raises `Refused` where a line is reached."""
        if self._names is not None:
            self._sample(record)
        weighing = self._weighing
        if weighing is None:
            return
        try:
            if not await self._headcount.knows(weighing.asked):
                await self._headcount.add(self._addition(weighing, record))
        except Unsure as why:
            assert record.admission is not None
            failed = judging.failed(guards.DISTINCT_PERSONS, weighing.matter.clauses, str(why))
            record.admission = record.admission.held((*record.admission.judgements, failed))
            raise refusal(record.admission) from why

    def _sample(self, record: Record) -> None:
        """The texts are read for names, where the request is one of the share."""
        names, self._names = self._names, None
        named, registered = self._named, self._application.registration
        assert names is not None
        assert registered is not None
        if isinstance(named, Named) and names.wants(registered.reads_names):
            names.offer(
                Sample(
                    application=self._application.id,
                    request_id=record.request_id,
                    texts=named.texts(),
                    named=max((len(found) for found in named.subjects.by_fact.values()), default=0),
                    share=registered.reads_names,
                )
            )

    def _addition(self, weighing: Weighing, record: Record) -> Addition:
        def judge() -> None:
            admission = weighing.admission(self._headcount.time())
            record.admission = admission
            if not admission.is_admitted:
                raise refusal(admission)

        def entry(requests: Sequence[str]) -> Entry:
            assert record.admission is not None
            return self._entry(weighing, record.admission, requests)

        return Addition(
            owner=weighing.owner,
            request_id=record.request_id,
            asked=weighing.asked,
            judge=judge,
            entry=entry,
            done=asyncio.get_running_loop().create_future(),
        )

    @property
    def tools_that_name(self) -> frozenset[str]:
        """Tools whose calls in an answer name persons that a clause may count; none where none counts."""
        return self._lines.naming

    async def count_calls(self, record: Record, calls: Sequence[turns.ToolUse], at: Instant) -> None:
        """Everybody whom calls of the answer name is counted before it is given out.

        Raises `Refused` where a line is reached, or where it cannot be read who they are.
        """
        named = NamedInCalls.read(self._application, calls, self._lines.days)
        if self._whole is None or not named.is_anybody:
            return
        before, self._named = record.admission, named
        endpoint = self._snapshot.endpoints[record.upstream]  # type: ignore[index]
        record.admission = self.admission(self._whole, endpoint, record.model, record.purpose, at)
        if not record.admission.is_admitted:
            raise refusal(record.admission)
        await self.count(record)
        if before is not None:
            # What was seen in the request stays said of it.
            own = [one for one in before.judgements if one.guard != guards.DISTINCT_PERSONS.slug]
            counted = [
                one for one in record.admission.judgements if one.guard == guards.DISTINCT_PERSONS.slug
            ]
            record.admission = record.admission.with_judgements((*own, *counted))

    def _entry(self, weighing: Weighing, admission: Admission, requests: Sequence[str]) -> Entry:
        """What the ledger is told of a count, with the figures of the last request that was counted."""
        served = [one for each in admission.judgements for one in each.clauses if each.figures]
        norms = list(dict.fromkeys(str(one.norm) for one in served))
        data: JsonObject = {
            "application": self._application.id,
            "owner": weighing.owner,
            "purpose": weighing.asked.cell.purpose,
            "vendor": weighing.vendor,
            "day": weighing.asked.today.isoformat(),
            "requests": list(requests),
            "counts": {name: figure.to_json() for name, figure in admission.figures.items()},
            "norms": norms,
            "decided_at": format_instant(self._headcount.time()),
        }
        return Entry(
            type=EntryType.COUNT,
            at=now(),
            actor=self._application.id,
            cause=f"norm:{norms[0]}" if norms else "request",
            subject=requests[-1],
            instruments=tuple(sorted({str(one.instrument) for one in served})),
            data=data,
        )

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
        reached = reach(self._lines, self._application, vendor, facts, at)
        served = {guard.slug: _only(clauses, reached) for guard, clauses in counting}
        if not any(served.values()):
            return self._decided(vendor, facts, judged, at)
        named = self._named
        if named is None:
            assert self._whole is not None
            self._named = named = Named(self._application, self._head, self._whole, self._lines.days)
        subjects = named.subjects
        matter = guards.Matter(
            caller=self._lines.caller,
            vendor=vendor,
            stated=stated,
            clauses=served[guards.DISTINCT_PERSONS.slug],
            unreadable=subjects.unreadable,
            named=max((len(named) for named in subjects.by_fact.values()), default=0),
            seen=named.seen,
        )
        judged = [*judged, judging.judge(guards.UNDECLARED_PERSONS, matter)]
        if subjects.unreadable or not subjects.is_said:
            judgement = judging.judge(guards.DISTINCT_PERSONS, _undeclared(matter, subjects))
            return self._decided(
                vendor, judging.relied_on(stated, [*judged, judgement]), [*judged, judgement], at
            )
        try:
            today = persons.day_of(self._counted_at())
            wanted = {name for one in matter.clauses for name in one.counts}
            by_fact = {name: ids for name, ids in subjects.by_fact.items() if name in wanted}
            self._weighing = Weighing(
                lines=self._lines,
                counter=self._headcount.counter,
                application=self._application,
                vendor=vendor,
                matter=matter,
                facts=facts,
                judged=judged,
                asked=persons.Asked(cell=cell, today=today, by_fact=by_fact, days=self._lines.days),
            )
            return self._weighing.admission(at)
        except (Unsure, OfframpError) as error:
            # A count that cannot be made is never a small one.
            why = error.message if isinstance(error, OfframpError) else str(error)
            failed = judging.failed(guards.DISTINCT_PERSONS, matter.clauses, why)
            return self._decided(vendor, facts, [*judged, failed], at).held((*judged, failed))

    def _counted_at(self) -> Instant:
        self._headcount.look()
        return self._headcount.time()

    def _decided(
        self, vendor: VendorId, facts: Mapping[str, FactValue], judged: list[guards.Judgement], at: Instant
    ) -> Admission:
        return judging.decided(self._snapshot, self._application, vendor, facts, judged, at)

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


def _registered(application: Application) -> guards.Registered:
    """What the application registered as, for guards."""
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


def _only(clauses: tuple[guards.Clause, ...], norms: frozenset[str]) -> tuple[guards.Clause, ...]:
    return tuple(one for one in clauses if one.norm in norms)
