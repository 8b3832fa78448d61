"""Gateways to measure beside ours: what each is installed from, how it is told where to go and started.

Each is installed at the version written here into a folder of its own under the cache.
One that cannot be installed or does not start is said to be absent, with the reason.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from answers import MODEL

KEY = "bench-key"
INSTALL_SECONDS = 900


class Absent(Exception):
    """This peer cannot be measured here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """How a peer is started for one upstream on one port."""

    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """What callers send it beside the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One gateway."""

    name: str
    source: str
    """`PyPI`, `npm` or `Debian`."""
    pins: tuple[str, ...]
    start: Callable[[Path, Path, str, int], Started]
    """`start(installed, work, url, port)` writes its settings."""
    share: float = 1.0
    """Of the requests of a round, where a round would take minutes."""
    stream_callers: int = 32
    translates: bool = False
    """It takes the Messages API for an upstream of Chat Completions."""


def install(peer: Peer, cache: Path) -> Path:
    """The folder it is installed in. Raises `Absent`."""
    if peer.source == "Debian":
        if shutil.which(peer.pins[0]) is None:
            raise Absent(f"Debian's package `{peer.pins[0]}` is not installed")
        return Path("/")
    folder = cache / f"{peer.name}-{'-'.join(pin.rpartition('=')[2].rpartition('@')[2] for pin in peer.pins)}"
    mark = folder / "installed"
    if mark.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if peer.source == "npm":
        if shutil.which("npm") is None:
            raise Absent("npm is not installed")
        commands = [
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *peer.pins]
        ]
    else:
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        pip += ["--disable-pip-version-check", *peer.pins]
        commands = [[sys.executable, "-m", "venv", str(folder)], pip]
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise Absent(f"installing it took more than {INSTALL_SECONDS} s") from None
        if done.returncode:
            raise Absent(
                f"not installed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:200]}"
            )
    mark.touch()
    return folder


def _nginx(_installed: Path, work: Path, url: str, port: int) -> Started:
    settings = work / "nginx.conf"
    settings.write_text(
        f"""worker_processes 1; daemon off; pid {work}/nginx.pid; error_log {work}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_body_temp_path {work}/body; proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
  client_header_buffer_size 16k; client_body_buffer_size 64k; keepalive_requests 1000000;
  upstream provider {{ server {url.removeprefix("http://")}; keepalive 256; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""
    )
    return Started(argv=["nginx", "-p", str(work), "-c", str(settings)])


def _litellm(installed: Path, work: Path, url: str, port: int) -> Started:
    target = {"model": f"openai/{MODEL}", "api_base": f"{url}/v1", "api_key": KEY}
    settings = {
        "model_list": [{"model_name": MODEL, "litellm_params": target}],
        "general_settings": {"master_key": f"sk-{KEY}"},
    }
    (work / "config.yaml").write_text(json.dumps(settings))
    argv = [str(installed / "bin" / "litellm"), "--config", str(work / "config.yaml"), "--host", "127.0.0.1"]
    env = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}
    return Started(
        argv=[*argv, "--port", str(port), "--telemetry", "False"],
        env=env | {"PATH": f"{installed}/bin:{os.environ['PATH']}"},
        headers={"x-api-key": f"sk-{KEY}", "x-litellm-api-key": f"Bearer sk-{KEY}"},
    )


def _portkey(installed: Path, _work: Path, url: str, port: int) -> Started:
    script = installed / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    return Started(
        argv=["node", str(script), f"--port={port}", "--headless"],
        env={"NODE_ENV": "production"},
        headers={"x-portkey-provider": "openai", "x-portkey-custom-host": f"{url}/v1"},
    )


def _rolter(installed: Path, work: Path, url: str, port: int) -> Started:
    (work / "rolter.toml").write_text(
        f"""[server]
host = "127.0.0.1"
port = {port}
[[providers]]
name = "provider"
kind = "openai_compatible"
api_base = "{url}"
[[routes]]
model = "{MODEL}"
[[routes.targets]]
provider = "provider"
model = "model-up"
"""
    )
    argv = [str(installed / "bin" / "rolter"), "gateway", "--config", str(work / "rolter.toml")]
    return Started(argv=argv, env={"RUST_LOG": "error"})


def _ferro(installed: Path, _work: Path, url: str, port: int) -> Started:
    env = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": url,
        "RATE_LIMIT_RPS": "1000000",
        "RATE_LIMIT_BURST": "1000000",
        "LOG_LEVEL": "error",
        "PORT": str(port),
        "MASTER_KEY": KEY,
    }
    return Started(argv=[str(installed / "bin" / "ferrogw"), "serve"], env=env)


PEERS = (
    Peer(name="nginx", source="Debian", pins=("nginx",), start=_nginx),
    Peer(name="rolter", source="PyPI", pins=("rolter==0.1.0",), start=_rolter, translates=True),
    Peer(name="ferrogw", source="PyPI", pins=("ferrogw==1.5.10",), start=_ferro),
    Peer(
        name="portkey",
        source="npm",
        # With newer versions of what it stands on, it answers every stream with an error.
        pins=("@portkey-ai/gateway@1.15.2", "hono@4.9.7", "@hono/node-server@1.13.7"),
        start=_portkey,
        share=0.2,
    ),
    Peer(
        name="litellm",
        source="PyPI",
        # Without the telemetry packages it looks for them again with every request.
        pins=("litellm[proxy]==1.106.2", "opentelemetry-sdk", "opentelemetry-exporter-otlp"),
        start=_litellm,
        share=0.08,
        stream_callers=1,
        translates=True,
    ),
)
