"""Ask one desk's model one question: python -m harbor.ask permit|convoy QUESTION."""

import sys

import anthropic

from harbor import convoy_desk, permit_desk
from harbor.assistant import Assistant


def main(desk: str, question: str) -> int:
    """Print the answer, or what the server said against it."""
    if desk == "convoy":
        assistant = Assistant(convoy_desk.INSTRUCTIONS, convoy_desk.MODEL)
    else:
        assistant = Assistant(permit_desk.INSTRUCTIONS)
    try:
        print(assistant.ask(question).text)
    except anthropic.APIStatusError as refused:
        print(f"{refused.status_code}: {refused.message}", file=sys.stderr)
        return 1
    finally:
        assistant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
