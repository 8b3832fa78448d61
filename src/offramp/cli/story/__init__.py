"""Stories the command line tells with real commands: the runner, and the bundled one."""
