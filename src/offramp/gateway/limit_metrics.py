"""What is used of limits over days and months, in the text Prometheus reads: the book, as it is now."""

from offramp.control import quotas

_HEAD = (
    "# HELP offramp_limit_used Counted for a limit in its day or month; dollars in billionths\n"
    "# TYPE offramp_limit_used gauge\n"
)
_HELD = "# HELP offramp_limit_held Set aside by requests under way\n# TYPE offramp_limit_held gauge\n"


def limits_exposition(counts: quotas.Quotas) -> bytes:
    """A line for each limit and period that was counted in this run."""
    used, held = [], []
    for account, counted, aside in counts.counted():
        application, key, limit, period = account.split("|")
        labels = f'application="{application}",key="{key}",limit="{limit}",period="{period}"'
        used.append(f"offramp_limit_used{{{labels}}} {counted}\n")
        held.append(f"offramp_limit_held{{{labels}}} {aside}\n")
    return "".join((_HEAD, *used, _HELD, *held)).encode() if used else b""
