"""Whose service answers: a library pointed elsewhere, compatible endpoints, and weights that anybody runs."""

from collections.abc import Callable, Mapping

import pytest

from offramp.core.findings import Finding, Route, Scan, Serving

ScanTree = Callable[[Mapping[str, str]], Scan]


def of(found: Scan, kind: str, vendor: str) -> list[Finding]:
    return [one for one in found.findings if one.kind == kind and one.vendor == vendor]


POINTED = 'import example_a\nc = example_a.AriaClient(base_url="https://api.example-b.example/v1")\n'
BY_NAME = (
    "import example_a\n"
    'ELSEWHERE = "https://api.example-b.example/v1"\n'
    "c = example_a.AriaClient(base_url=ELSEWHERE)\n"
)


@pytest.mark.parametrize("text", [POINTED, BY_NAME])
def test_a_library_pointed_at_another_vendor_is_told_as_both(scan_tree: ScanTree, text: str) -> None:
    found = scan_tree({"a.py": text})
    (library,) = of(found, "sdk-call", "example-a")
    assert library.route is Route.UNKNOWN
    assert "Example A's library without Example A's service" in library.message
    (service,) = of(found, "sdk-call", "example-b")
    assert service.via == ("example-a",)
    assert service.route is Route.DIRECT
    assert "Example B's service through Example A's library" in service.message


def test_a_library_at_its_own_vendors_address_is_one_use(scan_tree: ScanTree) -> None:
    text = 'import example_a\nc = example_a.AriaClient(base_url="https://api.example-a.example/v1")\n'
    found = scan_tree({"a.py": text})
    assert not of(found, "sdk-call", "example-b")
    (one,) = of(found, "sdk-call", "example-a")
    assert "without" not in one.message


def test_a_name_given_two_hosts_proves_nothing(scan_tree: ScanTree) -> None:
    text = BY_NAME + 'ELSEWHERE = "https://api.example-a.example"\n'
    found = scan_tree({"a.py": text})
    assert not of(found, "sdk-call", "example-b")


def test_an_address_setting_that_holds_another_vendors_host(scan_tree: ScanTree) -> None:
    found = scan_tree({".env": "EXAMPLE_A_BASE_URL=https://api.example-b.example\n"})
    messages = {str(one.vendor): one for one in found.findings if "EXAMPLE_A_BASE_URL" in one.message}
    assert messages["example-a"].route is Route.UNKNOWN
    assert messages["example-b"].via == ("example-a",)


def test_a_setting_with_its_own_host_stays(scan_tree: ScanTree) -> None:
    found = scan_tree({".env": "EXAMPLE_A_BASE_URL=https://api.example-a.example\n"})
    assert {one.vendor for one in found.findings} == {"example-a"}


WEIGHTS = "aria-3-7b"


@pytest.mark.parametrize(
    ("text", "serving", "meets"),
    [
        (f'from vllm import LLM\nm = LLM(model="{WEIGHTS}")\n', Serving.WEIGHTS, ("use",)),
        (f'URL = "http://localhost:11434"\nmodel = "{WEIGHTS}"\n', Serving.WEIGHTS, ("use",)),
        (f'URL = "https://api.example-b.example"\nmodel = "{WEIGHTS}"\n', Serving.WEIGHTS, ("use",)),
        (f'URL = "https://api.example-a.example"\nmodel = "{WEIGHTS}"\n', Serving.SERVICE, ()),
        (f'model = "{WEIGHTS}"\n', Serving.UNKNOWN, ("use",)),
        ('model = "aria-3"\n', None, ()),
    ],
)
def test_who_runs_open_weights(
    scan_tree: ScanTree, text: str, serving: Serving | None, meets: tuple[str, ...]
) -> None:
    found = [one for one in scan_tree({"a.py": text}).findings if one.kind == "model-id"]
    assert [(one.serving, one.meets) for one in found] == [(serving, meets)]


def test_a_host_that_the_call_does_not_name_proves_nothing(scan_tree: ScanTree) -> None:
    text = (
        "import os, example_a\n"
        'OTHER = "https://api.example-b.example"\n'
        'c = example_a.AriaClient(base_url=os.environ["PROXY"])\n'
    )
    assert not of(scan_tree({"a.py": text}), "sdk-call", "example-b")
