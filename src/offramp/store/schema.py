"""Every table, prefixed by the room that owns it. Rows are only ever written by the ledger's writer."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

metadata = MetaData()

store_version = Table(
    "store_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
"""One row: the version of these tables. `offramp.store.migrations` keeps it."""

control_keys = Table(
    "control_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("application", String, nullable=False),
    Column("label", String, nullable=False, default=""),
    Column("purposes", String, nullable=False, default="[]"),
    Column("models", String, nullable=False, default="[]"),
    Column("limits", String, nullable=False, default="{}"),
    Column("issued_at", String, nullable=False),
    Column("issued_by", String, nullable=False),
    Column("expires_at", String, nullable=False, default=""),
    Column("replaced_by", String, nullable=False, default=""),
    Column("revoked_at", String, nullable=False, default=""),
    Column("revoked_by", String, nullable=False, default=""),
    Column("revoked_reason", String, nullable=False, default=""),
)
"""Keys issued to callers, by the SHA-256 of each. An empty list or column is no restriction."""

control_marks = Table(
    "control_marks",
    metadata,
    Column("name", String, primary_key=True),
    Column("mark", String, nullable=False),
)
"""A word that is another one after each change of what `name` stands for: cheap to ask for."""

control_spent = Table(
    "control_spent",
    metadata,
    Column("account", String, primary_key=True),
    Column("lane", String, primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("settled", Integer, nullable=False),
)
"""What one worker has counted for one account: its whole sum, and the number of its newest request."""

evidence_changes = Table(
    "evidence_changes",
    metadata,
    Column("name", String, primary_key=True),
    Column("made", Integer, nullable=False),
)
"""How often entries changed the table `name`: whoever watches tables need not read them after each entry."""

evidence_entries = Table(
    "evidence_entries",
    metadata,
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Canonical JSON of each entry and its RFC 6962 leaf hash, from index 0."""

evidence_nodes = Table(
    "evidence_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Hashes of complete subtrees: node `idx` of `level` covers entries `idx * 2**level` and up. Level ≥ 1."""

control_holds = Table(
    "control_holds",
    metadata,
    Column("id", String, primary_key=True),
    Column("application", String, nullable=False),
    Column("conversation", String, nullable=False, index=True),
    Column("binding", String, nullable=False),
    Column("shown", String, nullable=False),
    Column("calls", String, nullable=False),
    Column("role", String, nullable=False),
    Column("norms", String, nullable=False),
    Column("instruments", String, nullable=False),
    Column("requesters", String, nullable=False),
    Column("approvals", Integer, nullable=False),
    Column("approval_seconds", Integer, nullable=False),
    Column("request_id", String, nullable=False),
    Column("asked", String, nullable=False),
    Column("vendor", String, nullable=False),
    Column("requested_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
)
"""Tool calls that wait for a person. `calls` has digests of arguments; `kept.db` has the sealed text."""

control_hold_showings = Table(
    "control_hold_showings",
    metadata,
    Column("id", String, primary_key=True),
    Column("hold", String, nullable=False, index=True),
    Column("person", String, nullable=False),
    Column("shown", String, nullable=False),
    Column("way", String, nullable=False),
    Column("at", String, nullable=False),
)
"""When a person was first shown a hold, and the digest of what was shown."""

control_hold_decisions = Table(
    "control_hold_decisions",
    metadata,
    Column("id", String, primary_key=True),
    Column("hold", String, nullable=False),
    Column("person", String, nullable=False),
    Column("role", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("way", String, nullable=False),
    Column("shown_at", String, nullable=False),
    Column("at", String, nullable=False),
    UniqueConstraint("hold", "person", "verdict"),
)
"""What persons decided. Only ever added to; one person says one thing of one hold once."""

control_hold_ends = Table(
    "control_hold_ends",
    metadata,
    Column("id", String, primary_key=True),
    Column("hold", String, nullable=False, unique=True),
    Column("end", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", String, nullable=False),
)
"""How a hold ended: denied, or released. Only ever added to; of two that race the first is the end."""

control_watches = Table(
    "control_watches",
    metadata,
    Column("person", String, primary_key=True),
    Column("since_at", String, nullable=False),
    Column("until_at", String, nullable=False),
)
"""Persons on watch, and until when each said to be there."""

control_stops = Table(
    "control_stops",
    metadata,
    Column("application", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", String, nullable=False),
)
"""Applications whose consequential calls a person stopped; the row goes when they may go on."""

gateway_config = Table(
    "gateway_config",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False),
    Column("texts", String, nullable=False),
    Column("at", String, nullable=False),
)
"""One row: the configuration the gateway runs on, as the texts that were read and checked."""

plan_exits = Table(
    "plan_exits",
    metadata,
    Column("vendor", String, primary_key=True),
    Column("successor", String, nullable=False),
    Column("by_at", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("started_by", String, nullable=False),
)
"""Exits under way: one row per vendor being left."""

plan_items = Table(
    "plan_items",
    metadata,
    Column("id", String, primary_key=True),
    Column("vendor", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("path", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("message", String, nullable=False),
    Column("system", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("deadline_at", String, nullable=False),
    Column("lead_days", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("instruments", String, nullable=False),
    Column("seen_at", String, nullable=False),
    Column("moved_at", String, nullable=False, default=""),
)
"""One row per use to be moved; the id is the finding's."""

plan_ramps = Table(
    "plan_ramps",
    metadata,
    Column("route", String, primary_key=True),
    Column("share", Integer, nullable=False),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("cause", String, nullable=False),
)
"""Share of conversations, 0 to 100, that go to the route's second target."""

plan_causes = Table(
    "plan_causes",
    metadata,
    Column("id", String, primary_key=True),
    Column("upstream", String, nullable=False),
    Column("route", String, nullable=False, default=""),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("lifted_at", String, nullable=False, default=""),
    Column("lifted_by", String, nullable=False, default=""),
    Column("lifted_reason", String, nullable=False, default=""),
)
"""What holds an upstream down, on one route or (empty route) on all. Kind is norm, person or drill."""

plan_steps = Table(
    "plan_steps",
    metadata,
    Column("route", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("share", Integer, nullable=False),
    Column("after", String, nullable=False, default=""),
    Column("by", String, nullable=False),
    Column("recorded_at", String, nullable=False),
)
"""Schedules recorded by command: the steps of a route, by number. They come before `offramp.yaml`'s."""

plan_verdicts = Table(
    "plan_verdicts",
    metadata,
    Column("name", String, primary_key=True),
    Column("outcome", String, nullable=False),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
)
"""The last verdict of each name: outcome is passed or failed. Whoever tries something records it here."""

plan_pauses = Table(
    "plan_pauses",
    metadata,
    Column("route", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("waits_for_person", Integer, nullable=False, default=0),
)
"""What keeps a route's schedule from going on: a measure that left its band, or a person."""

plan_drills = Table(
    "plan_drills",
    metadata,
    Column("name", String, primary_key=True),
    Column("vendor", String, nullable=False),
    Column("at", String, nullable=False),
    Column("until", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("ended_at", String, nullable=False, default=""),
    Column("ended_by", String, nullable=False, default=""),
)
"""Rehearsed losses of a vendor. While one goes on, its causes count as a prohibition would."""

recordings_holds = Table(
    "recordings_holds",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False, default=""),
    Column("application", String, nullable=False, default=""),
    Column("first_day", String, nullable=False, default=""),
    Column("last_day", String, nullable=False, default=""),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("lifted_at", String, nullable=False, default=""),
    Column("lifted_by", String, nullable=False, default=""),
    Column("lifted_reason", String, nullable=False, default=""),
)
"""Legal holds on kept texts; an empty column leaves the hold that wide. Texts are not in the database."""

control_person_heads = Table(
    "control_person_heads",
    metadata,
    Column("owner", String, primary_key=True),
    Column("version", Integer, nullable=False),
)
"""One row per owner of applications: it changes with every count, and a count says what it expects here."""

control_person_panes = Table(
    "control_person_panes",
    metadata,
    Column("key_id", String, primary_key=True),
    Column("application", String, primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("vendor", String, primary_key=True),
    Column("fact", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("node", String, primary_key=True),
    Column("tally", LargeBinary, nullable=False),
)
"""Distinct persons of one day as keyed hashes or a sketch of them. Node is empty for this machine's own."""
