"""Agents as written with official SDKs and a tool server: they pause at a hold, and go on after it."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anthropic import Anthropic
from mcp import Client, StdioServerParameters
from openai import OpenAI
from tests.gateway import held
from tests.gateway.held import hold_in, lay
from tests.gateway.scripted import Scripted, run_scripted

SERVER = Path(__file__).parent / "valve_server.py"
TASK = "Open the valve at site north by three turns."
Tools = Callable[[str, dict[str, Any]], Awaitable[str]]
Agent = Callable[[str, list[Any], list[Any], Tools], Awaitable[str]]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(
    upstream: Scripted, launch: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    running = launch(held.write_held(tmp_path_factory.mktemp("agents"), upstream.url))
    yield running
    assert running.stop() == 0, running.log.read_text()


async def anthropic_agent(url: str, messages: list[Any], tools: list[Any], use: Tools) -> str:
    """Until the model uses no tool. Every answer is streamed."""
    offered: list[Any] = [
        {"name": one.name, "description": one.description, "input_schema": one.input_schema} for one in tools
    ]
    with Anthropic(base_url=url, api_key=held.KEYS["desk"], max_retries=0) as client:
        while True:
            with client.messages.stream(
                model="anthropic-messages", max_tokens=200, tools=offered, messages=messages
            ) as stream:
                answer = stream.get_final_message()
            messages.append({"role": "assistant", "content": answer.content})
            used = [block for block in answer.content if block.type == "tool_use"]
            if answer.stop_reason != "tool_use":
                assert not used
                return "".join(block.text for block in answer.content if block.type == "text")
            results = [
                {
                    "type": "tool_result",
                    "tool_use_id": one.id,
                    "content": await use(one.name, dict(one.input)),
                }
                for one in used
            ]
            messages.append({"role": "user", "content": results})


async def chat_agent(url: str, messages: list[Any], tools: list[Any], use: Tools) -> str:
    """The same with chat completions."""
    offered: list[Any] = [
        {
            "type": "function",
            "function": {
                "name": one.name,
                "description": one.description,
                "parameters": one.input_schema,
            },
        }
        for one in tools
    ]
    with OpenAI(base_url=f"{url}/v1", api_key=held.KEYS["desk"], max_retries=0) as client:
        while True:
            with client.chat.completions.stream(
                model="openai-chat", messages=messages, tools=offered
            ) as stream:
                answer = stream.get_final_completion().choices[0]
            calls = answer.message.tool_calls or []
            messages.append(answer.message.model_dump(exclude_none=True, exclude={"parsed"}))
            if answer.finish_reason != "tool_calls":
                assert not calls
                return answer.message.content or ""
            for call in calls:
                done = await use(call.function.name, json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": done})


async def responses_agent(url: str, messages: list[Any], tools: list[Any], use: Tools) -> str:
    """The same with responses, going on from each answer by its id."""
    offered: list[Any] = [
        {
            "type": "function",
            "name": one.name,
            "description": one.description,
            "parameters": one.input_schema,
            "strict": False,
        }
        for one in tools
    ]
    previous: str | None = None
    asked: list[Any] = list(messages)
    with OpenAI(base_url=f"{url}/v1", api_key=held.KEYS["desk"], max_retries=0) as client:
        while True:
            with client.responses.stream(
                model="openai-responses",
                input=asked,
                tools=offered,
                previous_response_id=previous,
            ) as stream:
                answer = stream.get_final_response()
            calls = [item for item in answer.output if item.type == "function_call"]
            if not calls:
                messages.append({"role": "assistant", "content": answer.output_text})
                return answer.output_text
            previous, asked = answer.id, []
            for call in calls:
                done = await use(call.name, json.loads(call.arguments))
                asked.append({"type": "function_call_output", "call_id": call.call_id, "output": done})


@pytest.mark.parametrize("resumes", ["same", "continue"])
@pytest.mark.parametrize(
    ("slug", "agent"),
    [
        ("anthropic-messages", anthropic_agent),
        ("openai-chat", chat_agent),
        ("openai-responses", responses_agent),
    ],
)
def test_an_agent_pauses_at_a_hold_and_goes_on(
    gateway: Any, upstream: Scripted, tmp_path: Path, slug: str, agent: Agent, resumes: str
) -> None:
    opened = tmp_path / "opened"
    task = f"{TASK} ({slug}, {resumes})"
    lay(upstream, slug, held.reply(held.VALVE), is_stream=True)

    async def work() -> None:
        server = StdioServerParameters(command=sys.executable, args=[str(SERVER), str(opened)])
        async with Client(server) as client:
            tools = (await client.list_tools()).tools

            async def use(name: str, arguments: dict[str, Any]) -> str:
                result = await client.call_tool(name, arguments)
                return "".join(getattr(part, "text", "") for part in result.content)

            messages: list[Any] = [{"role": "user", "content": task}]
            notice = await agent(gateway.url, messages, tools, use)
            assert not opened.exists()
            id_ = hold_in(notice)
            shown = gateway.offramp("holds", "show", id_, "--by", "ana")
            assert shown.returncode == 0, shown.stderr
            yes = gateway.offramp("decide", id_, "--approve", "--by", "ana", "--reason", "on the plan")
            assert yes.returncode == 0, yes.stderr
            lay(upstream, slug, held.reply(text="It is open."), is_stream=True)
            if resumes == "same":
                del messages[1:]
            else:
                messages.append({"role": "user", "content": "continue"})
            assert await agent(gateway.url, messages, tools, use) == "It is open."

    asyncio.run(work())
    assert [json.loads(line) for line in opened.read_text().splitlines()] == [held.VALVE[2]]
    assert "north is open by 3 turns" in json.dumps(upstream.last())
