"""A workspace with red lines, and a way to ask its gateway. Not a test."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

AT = ("--at", "2030-06-15T12:00:00Z")
LINE = 20

APPLICATIONS = """\
applications:
  watch-1:
    {key: {file: keys/watch-1}, facts: {under: none}, registration: {owner: split, purposes: [cameras]}}
  watch-2:
    key: {file: keys/watch-2}
    facts: {under: none}
    registration: {owner: split, purposes: [plates, office]}
  watch-3:
    {key: {file: keys/watch-3}, facts: {under: none}, registration: {owner: apart, purposes: [cameras]}}
  body:
    key: {file: keys/body}
    facts: {under: none}
    registration:
      owner: body
      purposes: [cameras]
      persons: [{pointer: /metadata/subjects}, {tool: find, argument: /who}, {column: person id}]
  racer: {key: {file: keys/racer}, facts: {under: none}, registration: {owner: racer, purposes: [cameras]}}
  fixed:
    key: {file: keys/fixed}
    facts: {under: none, persons: 3}
    registration: {owner: fixed, purposes: [cameras]}
  placed:
    key: {file: keys/placed}
    facts: {under: none}
    registration: {purposes: [office], deployment: cloud, data_classes: [open, personal]}
  stranger: {key: {file: keys/stranger}, facts: {under: none}}
"""
KEYS = ("watch-1", "watch-2", "watch-3", "body", "racer", "fixed", "placed", "stranger")

INSTRUMENTS = """\
schema: offramp.instruments/v1
vocabulary:
  purposes: {cameras: [surveillance], plates: [surveillance]}
  data_classes: {open: [], personal: []}
instruments:
  - id: lines
    kind: usage_policy
    title: a usage policy
    issuer: an issuer
    basis: text
    source: {document: Policy 1}
    from: 2030-01-01
    norms:
      - {id: mass, effect: prohibit, binds: {kinds: [company]}, vendor: example-a, action: use,
         scope: {purpose: surveillance}, when: context.persons >= 20, if_unknown: forbid,
         quote: no mass surveillance}
      - {id: cloud, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use,
         when: context.deployment != "cloud" && context.purpose == "office", if_unknown: hold,
         quote: cloud only}
      - {id: data, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use,
         when: context.data_class == "personal" && context.purpose == "office", if_unknown: forbid,
         quote: no personal data}
"""


class Place:
    """A gateway and how it is asked."""

    def __init__(self, gateway: Any, post: Callable[..., Any]) -> None:
        self.gateway = gateway
        self._post = post

    def ask(
        self,
        application: str,
        subjects: Sequence[str] | str | None = None,
        model: str = "model-a",
        **more: Any,
    ) -> Any:
        headers = {"authorization": f"Bearer {self.gateway.keys[application]}"}
        if subjects is not None:
            text = subjects if isinstance(subjects, str) else ",".join(subjects)
            headers["offramp-subjects"] = text.encode().decode("latin-1")
        headers |= more.pop("headers", {})
        raw = more.pop("raw", None)
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}
        if model == "model-a":
            body["max_tokens"] = 10
        path = "/v1/messages" if model == "model-a" else "/v1/chat/completions"
        return self._post(f"{self.gateway.url}{path}", raw or json.dumps(body).encode(), headers)

    def guards(self, answer: Any) -> dict[str, Any]:
        entries = self.gateway.entries(answer.headers["offramp-request-id"])
        data = next(entry for entry in entries if entry.type != "count").data
        return {one["guard"]: one for one in data.get("guards", [])}


def names(first: int, last: int) -> list[str]:
    return [f"person-{number}@example.org" for number in range(first, last)]


def write(root: Path, instruments: str = INSTRUMENTS) -> None:
    text = (root / "offramp.yaml").read_text()
    head, rest = text.split("applications:\n")
    upstreams = rest[rest.index("upstreams:") :]
    upstreams = upstreams.replace(
        "dialect: openai-chat, url", "deployment: on_prem, dialect: openai-chat, url", 1
    )
    (root / "offramp.yaml").write_text(head + APPLICATIONS + upstreams)
    for file in (root / "instruments").glob("*.yaml"):
        file.unlink()
    (root / "instruments" / "lines.yaml").write_text(instruments)
    for name in KEYS:
        (root / "keys" / name).write_text(f"offr_{name}_{'x' * 43}")
        (root / "keys" / name).chmod(0o600)
