"""Two trees for the benchmark, the same on every machine: one with hardly a hit, one dense in them.

Words are drawn from a small vocabulary with a fixed seed, so that the files read like source code and are
nobody's.
"""

import random
from collections.abc import Iterator
from pathlib import Path

WORDS = (
    "buffer", "index", "status", "device", "queue", "page", "inode", "mutex", "table", "entry", "frame",
    "offset", "length", "result", "config", "handler", "request", "packet", "cache", "node", "tree",
    "list", "head", "tail", "lock", "flags", "mask", "value", "count", "state", "event", "timer",
    "worker", "thread", "signal", "socket", "stream", "parser", "token", "symbol", "scope", "block",
    "region", "vector", "matrix", "kernel", "driver", "module", "register", "field", "record", "schema",
    "column", "batch", "window", "filter", "policy", "account", "invoice", "ledger", "order",
    "customer", "session",
)  # fmt: skip
SUFFIXES = ("c", "c", "c", "h", "h", "py", "ts", "go", "java", "rs", "md", "yaml", "json", "txt")


def clean(root: Path, megabytes: int) -> None:
    """A tree of source code in which one file in two thousand names a vendor."""
    rng = random.Random(20260227)
    blocks = [_block(rng) for _ in range(600)]
    for number, (path, size) in enumerate(_places(root, megabytes, rng)):
        text = "".join(rng.choice(blocks) for _ in range(size // 4096 + 1))
        if number % 2000 == 1000:
            text += f'\nMODEL = "{rng.choice(MODELS)}"\n'
        path.write_text(text, encoding="utf-8")


def dense(root: Path, megabytes: int) -> None:
    """A tree where one file in thirty uses a vendor, on a dozen lines, as in repositories about AI."""
    rng = random.Random(20260303)
    blocks = [_block(rng) for _ in range(600)]
    for number, (path, size) in enumerate(_places(root, megabytes, rng)):
        if number % 30 == 10:
            suffix, text = USES[number // 30 % len(USES)]
            filler = "".join(rng.choice(blocks) for _ in range(size // 4096 + 1)) if suffix in ("c",) else ""
            body = "".join(text.format(n=one, model=rng.choice(MODELS)) for one in range(12))
            path.with_suffix(f".{suffix}").write_text(HEADS.get(suffix, "") + filler + body, encoding="utf-8")
            continue
        path.write_text("".join(rng.choice(blocks) for _ in range(size // 4096 + 1)), encoding="utf-8")


def _places(root: Path, megabytes: int, rng: random.Random) -> Iterator[tuple[Path, int]]:
    """Paths in folders of forty, and a size for each that adds up to the megabytes asked for."""
    left, number = megabytes * 1024 * 1024, 0
    while left > 0:
        folder = root / f"part{number // 1600:03}" / f"{rng.choice(WORDS)}{number // 40:05}"
        if number % 40 == 0:
            folder.mkdir(parents=True, exist_ok=True)
            current = folder
        size = min(int(rng.paretovariate(1.3) * 6000), 400_000)
        yield current / f"{rng.choice(WORDS)}_{number}.{rng.choice(SUFFIXES)}", size
        left -= (size // 4096 + 1) * 4096
        number += 1


def _block(rng: random.Random) -> str:
    """About four kilobytes of statements, calls and comments."""
    lines: list[str] = []
    size = 0
    while size < 4096:
        one, two, three = rng.choice(WORDS), rng.choice(WORDS), rng.choice(WORDS)
        line = rng.choice(
            (
                f"    {one}->{two} = {three}_{rng.randrange(999)}({one}, {two}[{rng.randrange(64)}]);",
                f"static int {one}_{two}(struct {three} *{one}, unsigned long {two})",
                f"    if ({one} == {two} && !({three} & 0x{rng.randrange(65536):x}))",
                f"/* the {one} of a {two} is kept until its {three} is released */",
                f'    log_{one}("{two} %d of {three} has no {one}", {two}.{three});',
                "{", "}", "",
            )
        )  # fmt: skip
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines)[:4095] + "\n"


MODELS = (
    "claude-sonnet-4-5",
    "gpt-4o-mini",
    "gemini-2.5-pro",
    "mistral-large-latest",
    "anthropic/claude-3-haiku",
)
HEADS = {
    "py": "import os\nfrom anthropic import Anthropic\nimport openai as sdk\n\n"
    "client = Anthropic()\nother = sdk.OpenAI()\n",
    "ts": 'import OpenAI from "openai";\nimport Anthropic from "@anthropic-ai/sdk";\n\n'
    "const client = new OpenAI();\nconst other = new Anthropic();\n",
    "go": 'package main\n\nimport (\n\t"os"\n\n\topenai "github.com/sashabaranov/go-openai"\n)\n\n'
    'var client = openai.NewClient(os.Getenv("OPENAI_API_KEY"))\n',
    "json": "{\n",
}
USES: tuple[tuple[str, str], ...] = (
    (
        "py",
        '\n\ndef ask_{n}(text: str) -> str:\n    """Ask once and return the words."""\n'
        '    reply = client.messages.create(model="{model}", max_tokens={n}, '
        'messages=[dict(role="user", content=text)])\n'
        "    for part in reply.content:\n        if part.type == 'text':\n            return part.text\n"
        "    return ''\n",
    ),
    (
        "ts",
        "\nexport async function ask{n}(text: string) {{\n"
        '  const reply = await client.chat.completions.create({{ model: "{model}", '
        'messages: [{{ role: "user", content: text }}] }});\n'
        "  return reply.choices[{n}]?.message?.content ?? '';\n}}\n",
    ),
    ("yaml", "service_{n}:\n  provider: anthropic\n  model: {model}\n  retries: {n}\n  timeout: 30\n"),
    ("json", '  "{model}-{n}": {{"input": {n}, "output": {n}, "provider": "openai", "context": 128000}},\n'),
    (
        "go",
        "\nfunc ask{n}(text string) string {{\n\treply, err := client.CreateChatCompletion(ctx, "
        'openai.ChatCompletionRequest{{Model: "{model}"}})\n\tif err != nil {{\n\t\treturn ""\n\t}}\n'
        "\treturn reply.Choices[0].Message.Content\n}}\n",
    ),
    ("c", '    set_option(config, "model_{n}", "{model}");\n'),
    ("md", "Paragraph {n} tells how {model} was chosen, and what a reader should know of it.\n\n"),
)
