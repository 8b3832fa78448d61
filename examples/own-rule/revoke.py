"""Has the model fill in a call that writes, and says what came back: the call, or what it waits for."""

import sys

import anthropic

TOOL = {
    "name": "revoke_licence",
    "description": "Takes a licence out of the register.",
    "input_schema": {
        "type": "object",
        "properties": {"licence": {"type": "string", "enum": ["HSB-104"]}},
        "required": ["licence"],
    },
}
answer = anthropic.Anthropic(max_retries=0).messages.create(
    model=sys.argv[1],
    max_tokens=64,
    messages=[{"role": "user", "content": "Licence HSB-104 lapsed in May. Revoke it."}],
    tools=[TOOL],
    tool_choice={"type": "tool", "name": TOOL["name"]},
)
for block in answer.content:
    print(f"{block.name} {block.input}" if block.type == "tool_use" else block.text)
