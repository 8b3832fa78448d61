"""The numbers of several workers as the text Prometheus reads."""

from pathlib import Path

import msgspec

from offramp.gateway.exposition import SECONDS, Labels, Series, Totals, exposition

LABELS: Labels = ("desk", "openai-chat", "example-b", 'a "route"\\', "b", "answered", "200")
WHERE = 'gen_ai_provider_name="example-b",offramp_route="a \\"route\\"\\\\",offramp_upstream="b"'


def series(labels: Labels, *seconds: float) -> Series:
    made = Series(labels, requests=len(seconds), seconds=sum(seconds), output=5 * len(seconds))
    made.output_buckets[2] = len(seconds)
    for one in seconds:
        place = next((place for place, bound in enumerate(SECONDS) if one <= bound), len(SECONDS))
        made.buckets[place] += 1
    return made


def told(folder: Path) -> dict[str, float]:
    lines = exposition(folder).decode().splitlines()
    parts = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in parts}


def test_workers_numbers_are_added_up(tmp_path: Path) -> None:
    refused: Labels = (*LABELS[:5], "refused", "403")
    one = Totals([series(LABELS, 0.02, 0.021), series(refused, 100.0)], {"content": 2})
    other = Totals([series(LABELS, 0.5)], {"content": 1, "sampling": 4})
    for number, totals in enumerate((one, other)):
        (tmp_path / f"{number}.json").write_bytes(msgspec.json.encode(totals))
    (tmp_path / "2.new").write_bytes(b"half")
    found = told(tmp_path)
    name = 'offramp_requests_total{offramp_application="desk",offramp_face="openai-chat",'
    assert found[f'{name}{WHERE},outcome="answered",status="200"}}'] == 3
    assert found[f'{name}{WHERE},outcome="refused",status="403"}}'] == 1
    seconds = "gen_ai_server_request_duration_seconds"
    assert found[f'{seconds}_bucket{{{WHERE},le="0.02"}}'] == 1
    assert found[f'{seconds}_bucket{{{WHERE},le="0.04"}}'] == 2
    assert found[f'{seconds}_bucket{{{WHERE},le="81.92"}}'] == 3
    assert found[f'{seconds}_bucket{{{WHERE},le="+Inf"}}'] == 4
    assert found[f"{seconds}_count{{{WHERE}}}"] == 4
    assert found[f"{seconds}_sum{{{WHERE}}}"] == 100.541
    assert found[f'gen_ai_client_token_usage_sum{{{WHERE},gen_ai_token_type="output"}}'] == 20
    assert found['offramp_losses_total{effect="content"}'] == 3
    assert not any(key.startswith("gen_ai_server_time_to_first_token_seconds") for key in found)


def test_nothing_yet_is_no_error(tmp_path: Path) -> None:
    assert told(tmp_path) == {}
