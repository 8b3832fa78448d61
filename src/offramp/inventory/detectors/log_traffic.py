"""Traffic to a vendor that a log has recorded.

# What it finds
Nothing in a tree: logs are looked at when they are named with `--logs`. In logs of proxies, name servers,
flows, clouds and gateways it finds requests to a vendor's hosts and for a vendor's models, and counts them by
caller, model and day.

# Why it matters
A log knows what was called by systems in no repository: servers set up by hand, desktop programs, suppliers'
tools, people.

# What to do
Find the owner of each caller, and look in their code, settings and contracts for what makes the calls.

# Limits
A name that was looked up, or an address that was reached, is no proof of a call: such findings are `likely`.
Where a log does not say whose model a cloud served, the requests are counted in the coverage only.
Callers stand there as the log names them, except where they look like keys.
"""

from collections.abc import Iterable

from offramp.inventory.sheet import Detector, Found, Sheet


def detect(_sheet: Sheet) -> Iterable[Found]:
    """Nothing: a log in a tree is prose until somebody says that it is one."""
    return ()


DETECTOR = Detector("log-traffic", detect)
