"""Every command, in alphabetical order. Each name is a module here with an `app`.

Modules are loaded when their command runs, so that `offramp scan` does not pay for the gateway.
"""

COMMANDS: tuple[str, ...] = (
    "binds",
    "cut",
    "decide",
    "demo",
    "doctor",
    "drill",
    "evidence",
    "holds",
    "init",
    "keys",
    "leave",
    "may",
    "models",
    "plan",
    "ramp",
    "record",
    "restore",
    "scan",
    "schema",
    "serve",
    "status",
    "terms",
    "vendors",
    "verdict",
)
