"""Conditions as Cedar policies. Each answers one question: does this form of a norm apply?

A condition becomes two policies, `N` (it holds for sure) and `N?` (it may hold, given what is missing);
forms with one condition share them. They are all written as `forbid`, because Cedar names every `forbid`
that holds; what follows from a norm that applies is `combine.py`.
"""

from collections.abc import Iterable

import cedarpy
from cedarpy import pst

_ANY = pst.ScopeAny()


def policy(key: str, condition: pst.Expr) -> pst.Template:
    """A Cedar policy that holds exactly when `condition` does."""
    return pst.Template(
        id=key,
        effect="forbid",
        principal=_ANY,
        action=_ANY,
        resource=_ANY,
        clauses=(pst.When(condition),),
        annotations={},
    )


def compiled(policies: Iterable[pst.Template]) -> cedarpy.PolicySet:
    """A handle Cedar evaluates without parsing text. Raises `ValueError` where conditions nest too deeply."""
    return cedarpy.PolicySet.from_pst(pst.PolicySet({}, {one.id: one for one in policies}, ()))
