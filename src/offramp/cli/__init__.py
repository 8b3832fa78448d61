"""The command line: one file per command in `commands/`, one place that prints errors."""
