"""Extras: what they bring is read from the installed package, and what is missing is named."""

from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.upstream.extras import missing_packages, require_extra

METADATA = """\
Metadata-Version: 2.4
Name: offramp
Version: 0.1.0
Requires-Dist: msgspec>=0.22
Provides-Extra: gateway
Requires-Dist: orjson>=3.13; extra == 'gateway'
Requires-Dist: no-such-thing-b>=1; extra == 'gateway'
Requires-Dist: no-such-thing-a[x]<2,>=1; extra == "gateway"
Requires-Dist: elsewhere; (platform_system != 'Linux') and extra == 'gateway'
Provides-Extra: local
Requires-Dist: no-such-thing-c; extra == 'local'
"""


@pytest.mark.parametrize("extra", ["gateway", "local", "demo"])
def test_a_whole_installation_misses_nothing(extra: str) -> None:
    assert missing_packages(extra) == ()
    require_extra(extra)


def test_missing_packages_are_named_with_the_line_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "offramp-0.1.0.dist-info").mkdir()
    (tmp_path / "offramp-0.1.0.dist-info" / "METADATA").write_text(METADATA, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert missing_packages("gateway") == ("no-such-thing-a", "no-such-thing-b")
    with pytest.raises(OfframpError) as caught:
        require_extra("gateway")
    assert caught.value.code == "extra-missing"
    assert caught.value.message == (
        "not installed: `no-such-thing-a`, `no-such-thing-b`, of the `gateway` extra"
    )
    assert caught.value.help == "pip install 'offramp[gateway]'"
