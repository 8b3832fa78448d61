"""Law: whatever a neutral request asks for is in the body, or among the losses, or refused; in every API."""

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.dialects.turns import (
    Document,
    Effort,
    Image,
    Part,
    Reasoning,
    Request,
    Speaker,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
    ToolUse,
    Turn,
)

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
TOOLS = (Tool("t", "d", {"type": "object", "properties": {}}),)
PDF = Document("application/pdf", data="JVBERi0=", title="a")


def user(*parts: Part) -> Turn:
    return Turn(Speaker.USER, parts)


def said(*parts: Part) -> Turn:
    return Turn(Speaker.ASSISTANT, parts)


def asked(*turns: Turn, **wishes: object) -> Request:
    turns = turns or (user(Text("x")),)
    return Request(model="m", max_tokens=5000, turns=turns, **wishes)  # type: ignore[arg-type]


def result(*parts: Text | Image | Document, is_error: bool = False) -> Request:
    answered = user(ToolResult("c1", parts, is_error))
    return asked(user(Text("x")), said(ToolUse("c1", "t", {})), answered, tools=TOOLS)


PLAIN = asked()
TOOLED = asked(tools=TOOLS)
RESULT = result(Text("so"))
TALK = asked(user(Text("x")), said(Text("y")), user(Text("z")))
WISHES = {
    "effort": (PLAIN, asked(reasoning=Reasoning(effort=Effort.HIGH))),
    "budget": (PLAIN, asked(reasoning=Reasoning(budget=2048))),
    "adaptive": (PLAIN, asked(reasoning=Reasoning(is_adaptive=True))),
    "pdf": (PLAIN, asked(user(PDF, Text("x")))),
    "pdf at an address": (PLAIN, asked(user(Document("application/pdf", url="https://example.org/a")))),
    "document of text": (PLAIN, asked(user(Document("text/plain", text="milk"), Text("x")))),
    "pdf in a result": (RESULT, result(Text("so"), PDF)),
    "image in a result": (RESULT, result(Text("so"), Image("image/png", "AAAA"))),
    "failed tool": (RESULT, result(Text("so"), is_error=True)),
    "stops": (PLAIN, asked(stop=("a", "b", "c", "d", "e", "f"))),
    "temperature": (PLAIN, asked(temperature=0.5)),
    "top_p": (PLAIN, asked(top_p=0.5)),
    "top_k": (PLAIN, asked(top_k=3)),
    "seed": (PLAIN, asked(seed=3)),
    "frequency_penalty": (PLAIN, asked(frequency_penalty=0.5)),
    "presence_penalty": (PLAIN, asked(presence_penalty=0.5)),
    "schema": (PLAIN, asked(response_schema=SCHEMA)),
    "end user": (PLAIN, asked(end_user="u")),
    "no parallel calls": (TOOLED, asked(tools=TOOLS, tool_choice=ToolChoice(ToolMode.AUTO, "", False))),
    "a forced call": (TOOLED, asked(tools=TOOLS, tool_choice=ToolChoice(ToolMode.ANY))),
    "a named call": (TOOLED, asked(tools=TOOLS, tool_choice=ToolChoice(ToolMode.NAMED, "t"))),
    "no call": (TOOLED, asked(tools=TOOLS, tool_choice=ToolChoice(ToolMode.NONE))),
    "reasoning of another model": (
        TALK,
        asked(user(Text("x")), said(Thinking("hm", "s", origin="example"), Text("y")), user(Text("z"))),
    ),
    "an answer begun": (PLAIN, asked(user(Text("x")), said(Text("so")))),
    "late system text": (PLAIN, asked(user(Text("x")), Turn(Speaker.SYSTEM, (Text("be brief"),)))),
}


@pytest.mark.parametrize("wish", sorted(WISHES))
@pytest.mark.parametrize("slug", sorted(DIALECTS))
def test_a_wish_is_carried_or_declared(slug: str, wish: str) -> None:
    without, request = WISHES[wish]
    assert written(slug, request) != written(slug, without)


def written(slug: str, request: Request) -> object:
    """The body and its losses, or the code of the refusal."""
    try:
        encoded = DIALECTS[slug].encode_request(request)
    except OfframpError as refused:
        return refused.code
    return encoded
