"""`recording` and `shadow` in offramp.yaml: read whole, or every problem where it stands."""

from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.periods import Period
from offramp.workspace import load
from offramp.workspace.observing import Scrub

TEXT = """\
schema: offramp/workspace/v1
organisation: {{name: Example, kinds: [company]}}
applications:
  desk: {{recording: {desk}}}
upstreams:
  a: {{vendor: example-a, dialect: openai-chat, url: "http://127.0.0.1:1"}}
routes:
  m: {{targets: [{{upstream: a, model: x}}], {route}}}
evidence: {{retention: {{letters: 2 years}}}}
"""
WELL = "{share: 0.1, keep: 30 days}"


def read(root: Path, desk: str = WELL, route: str = f"recording: {WELL}") -> object:
    (root / "offramp.yaml").write_text(TEXT.format(desk=desk, route=route))
    return load(root)


def test_everything_written_is_read(tmp_path: Path) -> None:
    scrub = "[{pattern: 'C-[0-9]+', as: case}, {pointer: /metadata/user_id}]"
    shadow = "shadow: {to: a, model: y, share: 0.05, concurrency: 2, timeout_seconds: 9}"
    read(
        tmp_path,
        f"{{share: 1, keep: 2 weeks, for: audit, scrub: {scrub}}}",
        f"recording: {WELL}, {shadow}",
    )
    workspace = load(tmp_path)
    recording = workspace.applications["desk"].recording  # type: ignore[index]
    assert recording is not None
    assert (recording.share, str(recording.keep), recording.purpose) == (1.0, "2 weeks", "audit")
    assert recording.scrub == (Scrub("case", pattern="C-[0-9]+"), Scrub("field", pointer="/metadata/user_id"))
    candidate = workspace.routes["m"].shadow  # type: ignore[index]
    assert candidate is not None
    assert (candidate.upstream, candidate.share, candidate.concurrency) == ("a", 0.05, 2)
    assert workspace.is_recorded
    assert workspace.keeping.retention == {
        "letters": Period.parse("2 years"),
        "audit": Period.parse("2 weeks"),
        "trial": Period.parse("30 days"),
    }


@pytest.mark.parametrize(
    ("desk", "route", "code"),
    [
        ("{share: 2, keep: 30 days}", "", "share-unreadable"),
        ("{share: nan, keep: 30 days}", "", "share-unreadable"),
        ("{share: often, keep: 30 days}", "", "share-unreadable"),
        ("{share: 1, keep: for ever}", "", "retention-period"),
        ("{share: 1, keep: 7 days}", f"recording: {WELL}", "recording-keep"),
        ("{share: 1, keep: 30 days, for: letters}", "", "recording-keep"),
        ("{share: 1, keep: 30 days, for: A B}", "", "recording-purpose"),
        ("{share: 1, keep: 30 days, scrub: [{as: x}]}", "", "scrub-what"),
        ("{share: 1, keep: 30 days, scrub: [{pattern: '(', as: x}]}", "", "scrub-pattern"),
        ("{share: 1, keep: 30 days, scrub: [{pattern: 'a*', as: x}]}", "", "scrub-pattern"),
        ("{share: 1, keep: 30 days, scrub: [{pointer: user}]}", "", "scrub-pointer"),
        (WELL, "shadow: {to: a, model: x, share: 1}", "shadow-unrecorded"),
        (WELL, f"recording: {WELL}, shadow: {{to: zzz, model: x, share: 1}}", "to-unknown"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, desk: str, route: str, code: str) -> None:
    with pytest.raises(OfframpError) as caught:
        read(tmp_path, desk, route)
    error = caught.value
    found = error.problems if isinstance(error, Problems) else (error,)
    assert code in [problem.code for problem in found]
    assert all(problem.where for problem in found)
