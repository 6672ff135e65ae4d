#!/usr/bin/env python3
"""An MCP server over standard input and output with one tool; notes each call in a file."""

import json
import sys

TOOL = {"name": "count", "description": "Counts what is there.",
        "inputSchema": {"type": "object", "properties": {"item": {"type": "string"}},
                        "required": ["item"]}}


def answer(message):
    if message["method"] == "initialize":
        return {"protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {"tools": {}}, "serverInfo": {"name": "stock", "version": "1"}}
    if message["method"] == "tools/list":
        return {"tools": [TOOL]}
    if message["method"] == "tools/call":
        with open(sys.argv[1], "a") as seen:
            seen.write(json.dumps(message) + "\n")
        return {"content": [{"type": "text", "text": "7"}], "structuredContent": {"count": 7}}
    return None


def main():
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        result = answer(message)
        reply = {"jsonrpc": "2.0", "id": message["id"]}
        if result is None:
            reply["error"] = {"code": -32601, "message": "Method not found"}
        else:
            reply["result"] = result
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
