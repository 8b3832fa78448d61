"""Secrets by reference: read where they are kept, never repeated."""

from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.secrets import SecretRef
from offramp.workspace import load, resolve_secret

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {name: Example, kinds: [company]}
applications: {app: {key: {file: keys/app}}}
"""


def test_a_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("abc\n", encoding="utf-8")
    secret = resolve_secret(SecretRef(file="k"), tmp_path, {})
    assert secret.reveal() == "abc"
    assert "abc" not in f"{secret} {secret!r}"


def test_a_variable_is_read_from_the_environment_given(tmp_path: Path) -> None:
    assert resolve_secret(SecretRef(env="K"), tmp_path, {"K": "abc"}).reveal() == "abc"


@pytest.mark.parametrize(
    ("ref", "code"),
    [
        (SecretRef(env="K"), "secret-missing"),
        (SecretRef(env="EMPTY"), "secret-missing"),
        (SecretRef(file="k"), "secret-missing"),
        (SecretRef(file="folder"), "secret-unreadable"),
        (SecretRef(file="bytes"), "secret-unreadable"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, ref: SecretRef, code: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(OfframpError) as caught:
        resolve_secret(ref, tmp_path, {"EMPTY": ""})
    assert caught.value.code == code


def test_a_key_file_others_can_read_is_warned_about(tmp_path: Path) -> None:
    (tmp_path / "offramp.yaml").write_text(WORKSPACE, encoding="utf-8")
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "app"
    key.write_text("offr_app_secretvalue", encoding="utf-8")
    key.chmod(0o644)
    (warning,) = load(tmp_path).warnings
    assert "chmod 600 keys/app" in warning
    assert "secretvalue" not in warning
    key.chmod(0o600)
    assert load(tmp_path).warnings == ()
