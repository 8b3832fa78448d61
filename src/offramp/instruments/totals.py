"""Conditions over facts that may be missing, in Kleene's logic: true for sure, and possibly true.

Both forms read no fact that is not given, so that evaluating them never fails. With every fact given they are
the condition itself. Checking conditions is `conditions.py`; this reads what it let through.
"""

from cedarpy import pst

CONTEXT = pst.Var("context")


def total(node: pst.Expr) -> tuple[pst.Expr, pst.Expr]:
    """Whether it holds whatever the missing facts are, and whether it does for some value of them."""
    match node:
        case pst.BinaryOp(("and" | "or") as op, left, right):
            (left_sure, left_possible), (right_sure, right_possible) = total(left), total(right)
            return pst.BinaryOp(op, left_sure, right_sure), pst.BinaryOp(op, left_possible, right_possible)
        case pst.UnaryOp("not", arg):
            sure, possible = total(arg)
            return pst.UnaryOp("not", possible), pst.UnaryOp("not", sure)
    reads = read_by(node)
    if not reads:
        return node, node
    present: pst.Expr = pst.HasAttr(CONTEXT, (reads[0],))
    for name in reads[1:]:
        present = pst.BinaryOp("and", present, pst.HasAttr(CONTEXT, (name,)))
    return pst.BinaryOp("and", present, node), pst.BinaryOp("or", pst.UnaryOp("not", present), node)


def read_by(atom: pst.Expr) -> tuple[str, ...]:
    """The facts an atom reads the value of: none for one about parties, chains or mere presence."""
    match atom:
        case pst.GetAttr(pst.Var("context"), name):
            return (name,)
        case pst.BinaryOp("contains", pst.GetAttr(pst.Var("context"), "via"), _):
            return ()
        case pst.BinaryOp(_, left, right):
            return tuple(dict.fromkeys((*read_by(left), *read_by(right))))
        case _:
            return ()
