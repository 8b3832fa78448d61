"""Red lines at the gateway: who is counted, with whom, and what happens when nobody can tell."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import files_below
from tests.gateway.guarded import AT, LINE, Place, names, write


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, workspace: Any) -> Path:
    root: Path = workspace(tmp_path_factory.mktemp("guards") / "place")
    write(root)
    return root


@pytest.fixture(scope="module")
def place(root: Path, launch: Any, post: Any) -> Iterator[Place]:
    gateway = launch(root, "--workers", "2", *AT)
    yield Place(gateway, post)
    gateway.stop()


def test_a_line_is_not_passed_by_splitting_over_applications_and_purposes(place: Place) -> None:
    assert place.ask("watch-1", names(0, 12)).status == 200
    assert place.ask("watch-2", names(6, 19)).status == 200
    refused = place.ask("watch-2", names(15, 21))
    assert refused.status == 403
    assert refused.headers["offramp-persons"] == "persons=21"
    assert refused.body["offramp"]["code"] == "norm-forbids"
    assert "`persons` would be 21 of 20 in norm `lines.mass`" in refused.body["error"]["message"]
    # What was refused did not happen, so it is not counted; those counted before go on.
    known = place.ask("watch-1", names(3, 19))
    assert known.status == 200
    assert known.headers["offramp-persons"] == "persons=19"
    assert place.guards(known)["distinct-persons"]["verdict"] == "warn"
    # Another owner, another count; another purpose is none the clause speaks of.
    assert place.ask("watch-3", names(0, 12)).headers["offramp-persons"] == "persons=12"
    assert (
        "offramp-persons"
        not in place.ask("watch-2", names(30, 90), headers={"offramp-purpose": "office"}).headers
    )


def test_an_identifier_is_the_same_however_it_is_written(place: Place) -> None:
    alike = [
        "Ana.Ruiz@example.org",
        " ana.ruiz@EXAMPLE.org ",
        "ａｎａ.ruiz@example.org",
        "ana.ru\u200biz@example.org",
    ]
    answer = place.ask("body", None, metadata={"subjects": alike})
    assert answer.headers["offramp-persons"] == "persons=1"
    # A look-alike of another script is another person: it never makes the count smaller.
    answer = place.ask("body", None, metadata={"subjects": ["аna.ruiz@example.org", 7]})
    assert answer.headers["offramp-persons"] == "persons=3"


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ('{"subjects": [1.5]}', "no identifier"),
        ('{"subjects": [true]}', "no identifier"),
        ('{"subjects": [null]}', "no identifier"),
        ('{"subjects": [["a"]]}', "no identifier"),
        ('{"subjects": [" "]}', "empty"),
        ('{"subjects": ["' + "x" * 600 + '"]}', "more than 512"),
        ('{"subjects": ["a"], "subjects": []}', "says one name twice"),
        ('{"subjects": ' + "[" * 40 + '"a"' + "]" * 40 + "}", "no identifier"),
    ],
)
def test_what_cannot_be_read_meets_what_the_clause_says_of_the_unknown(
    place: Place, metadata: str, why: str
) -> None:
    raw = (
        '{"model": "model-a", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], '
        f'"metadata": {metadata}}}'
    )
    answer = place.ask("body", raw=raw.encode())
    assert answer.status == 403
    assert why in place.guards(answer)["distinct-persons"]["reason"]
    assert place.guards(answer)["distinct-persons"]["unknown"] == ["persons"]


def test_numbers_larger_than_readers_hold_are_told_apart(place: Place) -> None:
    near = [123456789012345678901, 123456789012345678902]
    raw = json.dumps(
        {
            "model": "model-a",
            "max_tokens": 9,
            "messages": [{"role": "user", "content": "hi"}],
            "metadata": {"subjects": near},
        }
    ).encode()
    before = place.ask("body", None, metadata={"subjects": []}).headers["offramp-persons"]
    after = place.ask("body", raw=raw).headers["offramp-persons"]
    assert int(after.partition("=")[2]) == int(before.partition("=")[2]) + 2


def test_tables_in_texts_and_arguments_of_tools_name_persons(place: Place) -> None:
    def count(**more: Any) -> int:
        return int(place.ask("body", None, **more).headers["offramp-persons"].partition("=")[2])

    before = count()
    table = "Look:\nname, Person ID ,note\nA,p-1,x\nB,p-2,y\n\nThanks"
    assert count(messages=[{"role": "user", "content": table}]) == before + 2
    call = {"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"who": "p-3"}}
    turns = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "seen"}]},
    ]
    assert count(messages=turns) == before + 3


def test_nobody_named_and_no_place_registered_is_unknown(place: Place) -> None:
    answer = place.ask("watch-3")
    assert answer.status == 403
    assert "registers no place" in answer.body["error"]["message"]
    # A number that the operator wrote down is relied on, and never taken for a count.
    fixed = place.ask("fixed")
    assert fixed.status == 200
    assert "offramp-persons" not in fixed.headers
    assert place.ask("fixed", names(0, LINE)).status == 403


def test_a_purpose_or_class_that_is_not_registered_is_not_relied_on(place: Place) -> None:
    claimed = place.ask("watch-1", names(0, LINE), headers={"offramp-purpose": "office"})
    assert claimed.status == 403
    assert "purpose `office` is not registered" in claimed.body["error"]["message"]
    stranger = place.ask("stranger", model="model-b", headers={"offramp-purpose": "office"})
    assert stranger.status == 403
    assert place.guards(stranger)["purpose"]["facts"]["declared"] == {"purpose": "office"}
    personal = place.ask("placed", model="model-b", headers={"offramp-data-class": "personal"})
    assert personal.status == 403
    unsaid = place.ask("placed", model="model-b")
    assert "which of the registered data classes" in unsaid.body["error"]["message"]


def test_a_deployment_that_is_not_the_upstreams_is_not_relied_on(place: Place) -> None:
    answer = place.ask("placed", model="model-b", headers={"offramp-data-class": "open"})
    assert answer.status == 403
    found = place.guards(answer)["deployment-and-network"]
    assert found["facts"] == {
        "declared": {"deployment": "cloud"},
        "observed": {"deployment": "on_prem"},
        "judged": {},
    }
    assert found["unknown"] == ["deployment"]


def test_two_workers_never_pass_a_line_together(place: Place) -> None:
    def one(number: int) -> int:
        return int(place.ask("racer", [f"r-{number}"]).status)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(one, range(60)))
    assert found.count(200) == LINE - 1
    assert found.count(403) == 60 - (LINE - 1)
    # Requests that waited together are one entry, which names each of them.
    entries = [e for e in place.gateway.entries() if e.type == "count" and e.actor == "racer"]
    requests = [request for e in entries for request in e.data["requests"]]
    assert len(requests) == len(set(requests)) == LINE - 1
    counted = [len(e.data["requests"]) for e in entries]
    assert [e.data["counts"]["persons"]["high"] for e in entries] == list(accumulate(counted))


def test_no_identifier_is_kept(place: Place, root: Path) -> None:
    secret = "margarethe.unverwechselbar@example.org"
    assert place.ask("watch-1", [secret]).status in (200, 403)
    for file, data in files_below(root / ".offramp"):
        assert b"unverwechselbar" not in data.lower(), file


def test_a_header_of_a_megabyte_never_opens_the_line(place: Place) -> None:
    try:
        answer = place.ask("watch-3", names(0, 40_000))
    except OSError:
        return
    assert answer.status >= 400
    assert place.ask("watch-3", names(0, 1)).status == 200
