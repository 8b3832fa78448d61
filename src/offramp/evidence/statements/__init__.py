"""Signed statements: in-toto Statements in DSSE envelopes, recorded in the ledger, k of n keys.

What can be stated is in `predicates/`; making and keeping in `shelf.py`; checking in `checking.py`. The
formats are specified in spec/statements.md.
"""

from offramp.evidence.statements.predicates import PREDICATES

__all__ = ["PREDICATES"]
