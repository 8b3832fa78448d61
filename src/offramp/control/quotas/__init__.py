"""Limits and budgets: set aside before a request, counted after it, exact over all workers of one gateway.

A book that the workers share holds the counts of one run; the database holds what lasts. Neither waits for
the other: a row is written with the ledger entry that a request has anyway.
"""

from offramp.control.quotas.measures import FREE, Bounds, Prices, bounds_of, most_output, prices_of, tokens_of
from offramp.control.quotas.quotas import Exceeded, Left, Passing, Payer, Quotas, period_of
from offramp.control.quotas.recovery import begin_run
from offramp.control.quotas.spent import account_name, spent
from offramp.control.quotas.uses import Use, uses

__all__ = [
    "FREE",
    "Bounds",
    "Exceeded",
    "Left",
    "Passing",
    "Payer",
    "Prices",
    "Quotas",
    "Use",
    "account_name",
    "begin_run",
    "bounds_of",
    "most_output",
    "period_of",
    "prices_of",
    "spent",
    "tokens_of",
    "uses",
]
