"""What is left of a condition once it is known who asks for what.

Whoever asks, by what chain, about which vendor and action is the same for a whole slice. What they decide is
decided here, once; Cedar is asked the rest. No fact is read here.
"""

from dataclasses import dataclass

from cedarpy import pst

from offramp.instruments.model import Question, Vocabulary
from offramp.instruments.vocabulary import party_closure, upwards

TRUE, FALSE = pst.BoolLit(True), pst.BoolLit(False)


@dataclass(frozen=True, slots=True)
class Given:
    """What is known before any fact is read."""

    user: frozenset[str]
    via: frozenset[str]
    vendor: frozenset[str]
    action: frozenset[str]
    """Each closed upwards."""

    def residue(self, node: pst.Expr) -> pst.Expr:
        """An expression that is true exactly where `node` is; `TRUE` or `FALSE` where nothing is left."""
        match node:
            case pst.BinaryOp("and", left, right):
                one = self.residue(left)
                return one if one == FALSE else _both(one, self.residue(right))
            case pst.BinaryOp("or", left, right):
                one = self.residue(left)
                return one if one == TRUE else _either(one, self.residue(right))
            case pst.UnaryOp("not", arg):
                return _negation(self.residue(arg))
            case pst.BinaryOp("in", pst.Var(variable), pst.EntityLit(uid)):
                return TRUE if uid.id in self._above(variable) else FALSE
            case pst.BinaryOp("contains", pst.GetAttr(pst.Var("context"), "via"), pst.StringLit(kind)):
                return TRUE if kind in self.via else FALSE
        return node

    def _above(self, variable: str) -> frozenset[str]:
        match variable:
            case "principal":
                return self.user
            case "resource":
                return self.vendor
            case _:
                return self.action


def asked(question: Question, vocabulary: Vocabulary) -> Given:
    """What a question says before its facts."""
    return Given(
        user=party_closure(question.user, vocabulary),
        via=party_closure(question.via, vocabulary),
        vendor=upwards((question.vendor,), vocabulary.vendors),
        action=upwards((question.action,), vocabulary.actions),
    )


def _both(one: pst.Expr, other: pst.Expr) -> pst.Expr:
    if other == FALSE or one == TRUE:
        return other
    return one if other == TRUE else pst.BinaryOp("and", one, other)


def _either(one: pst.Expr, other: pst.Expr) -> pst.Expr:
    if other == TRUE or one == FALSE:
        return other
    return one if other == FALSE else pst.BinaryOp("or", one, other)


def _negation(node: pst.Expr) -> pst.Expr:
    match node:
        case pst.BoolLit(value):
            return FALSE if value else TRUE
        case pst.UnaryOp("not", arg):
            return arg
        case _:
            return pst.UnaryOp("not", node)
