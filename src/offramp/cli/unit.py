"""A systemd unit that runs the gateway of one workspace: its own user, nothing writable but its state."""

import os
import pwd
import sys
from pathlib import Path

from offramp.cli.output import write
from offramp.cli.place import open_workspace
from offramp.workspace import Workspace

LONGEST_STATE = 80
"""Beyond this the writer's socket is in a temporary folder, which commands outside must be able to reach."""
STOP_SECONDS = 60
"""More than requests under way are given to finish."""


def write_unit(folder: Path | None, host: str, port: int, workers: int) -> None:
    """Print the unit for the workspace at `folder`, or here."""
    write(unit(open_workspace(folder), host, port, workers))


def unit(place: Workspace, host: str, port: int, workers: int) -> str:
    """The text of the unit, with the paths of this installation and this workspace."""
    root = place.root.absolute()
    state = root / ".offramp"
    options = f"--workspace {_quoted(root)} --host {host} --port {port} --workers {workers}"
    private = ["PrivateTmp=yes"] if len(os.fsencode(state)) <= LONGEST_STATE else []
    return "\n".join(
        (
            "# Made by `offramp serve --print-unit`.",
            "[Unit]",
            f"Description=offramp gateway of {_escaped(' '.join(place.organisation.name.split()))}",
            "Wants=network-online.target",
            "After=network-online.target",
            "",
            "[Service]",
            "Type=notify",
            f"User={_owner(root)}",
            f"WorkingDirectory={_escaped(str(root))}",
            "# Keys that offramp.yaml names by `env` belong in this file, readable by root alone.",
            "EnvironmentFile=-/etc/offramp/gateway.env",
            f"ExecStart={_quoted(Path(os.path.normpath(sys.executable)))} -m offramp serve {options}",
            "Restart=on-failure",
            "RestartSec=1",
            "# The gateway lets requests finish and stops what it started; only then is the rest stopped.",
            "KillMode=mixed",
            f"TimeoutStopSec={STOP_SECONDS}",
            "LimitNOFILE=65536",
            "UMask=0077",
            "",
            "ProtectSystem=strict",
            f"ReadWritePaths={_quoted(state)}",
            "ProtectHome=read-only",
            *private,
            "PrivateDevices=yes",
            "NoNewPrivileges=yes",
            "CapabilityBoundingSet=",
            "AmbientCapabilities=",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
            "RestrictNamespaces=yes",
            "RestrictRealtime=yes",
            "RestrictSUIDSGID=yes",
            "LockPersonality=yes",
            "KeyringMode=private",
            "RemoveIPC=yes",
            "ProtectClock=yes",
            "ProtectControlGroups=yes",
            "ProtectHostname=yes",
            "ProtectKernelLogs=yes",
            "ProtectKernelModules=yes",
            "ProtectKernelTunables=yes",
            "ProtectProc=invisible",
            "SystemCallArchitectures=native",
            "SystemCallFilter=@system-service",
            "SystemCallErrorNumber=EPERM",
            "",
            "[Install]",
            "WantedBy=multi-user.target",
            "",
        )
    )


def _owner(root: Path) -> str:
    number = root.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(path: Path) -> str:
    text = _escaped(str(path)).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{text}"' if any(one.isspace() or one in "'\";" for one in text) else text
