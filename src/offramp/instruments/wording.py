"""Conditions in words a reader without Cedar can check: `under is dow and not existing_use`."""

from cedarpy import pst

WORDS = {
    "eq": "is",
    "not_eq": "is not",
    "less": "<",
    "less_eq": "≤",
    "greater": ">",
    "greater_eq": "≥",
    "and": "and",
    "or": "or",
}


def words(expression: pst.Expr) -> str:
    """The expression in words; parts are bracketed only where `and` and `or` meet."""
    match expression:
        case pst.BinaryOp(("and" | "or") as op, left, right):
            return f"{_part(left, op)} {op} {_part(right, op)}"
        case pst.UnaryOp("not", pst.BinaryOp("in", pst.GetAttr(_, name), _) as among):
            return f"{name} is not {words(among).removeprefix(f'{name} is ')}"
        case pst.UnaryOp("not", arg):
            inner = words(arg)
            return f"not ({inner})" if " " in inner else f"not {inner}"
        case pst.BinaryOp("contains", pst.Set(elements), fact):
            return f"{words(fact)} is {' or '.join(words(one) for one in elements)}"
        case pst.BinaryOp("contains", _, kind):
            return f"reached through {words(kind)}"
        case pst.BinaryOp("in", variable, pst.EntityLit(uid)):
            return f"{_VARIABLES.get(words(variable), words(variable))} is {uid.id}"
        case pst.BinaryOp("in", variable, pst.Set(elements)):
            names = " or ".join(one.value.id for one in elements if isinstance(one, pst.EntityLit))
            return f"{_VARIABLES.get(words(variable), words(variable))} is {names}"
        case pst.BinaryOp(op, left, right):
            return f"{words(left)} {WORDS.get(op, op)} {words(right)}"
        case pst.GetAttr(_, name):
            return name
        case pst.HasAttr(_, (name, *_)):
            return f"{name} is given"
        case pst.Var(name):
            return name
        case pst.BoolLit(value):
            return "always" if value else "never"
        case pst.StringLit(value):
            return value
        case pst.LongLit(value):
            return str(value)
        case _:
            return type(expression).__name__


_VARIABLES = {"principal": "the user", "resource": "the vendor", "action": "the action"}


def _part(node: pst.Expr, around: str) -> str:
    inner = words(node)
    mixed = isinstance(node, pst.BinaryOp) and node.op in ("and", "or") and node.op != around
    return f"({inner})" if mixed else inner
