"""A tool server that opens a valve: what it was asked is a line in the file it is started with."""

import json
import sys
from pathlib import Path

from mcp.server.mcpserver import MCPServer

server = MCPServer("valves")


@server.tool()
def open_valve(site: str, turns: int) -> str:
    """Opens a valve."""
    with Path(sys.argv[1]).open("a") as file:
        file.write(json.dumps({"site": site, "turns": turns}) + "\n")
    return f"{site} is open by {turns} turns"


if __name__ == "__main__":
    server.run("stdio")
