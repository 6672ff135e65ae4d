#!/usr/bin/env python3
"""The order service as an MCP server over its standard input and output.

It offers get_order and refund_order, and speaks the legacy era.
`order_mcp.py URL`, of the order service.
"""

import json
import sys
import urllib.request

ORDER = {"type": "string"}
TOOLS = [
    {"name": "get_order", "description": "Looks an order up.",
     "inputSchema": {"type": "object", "properties": {"order_id": ORDER},
                     "required": ["order_id"], "additionalProperties": False}},
    {"name": "refund_order", "description": "Refunds an order.",
     "inputSchema": {"type": "object",
                     "properties": {"order_id": ORDER, "amount": {"type": "number"}},
                     "required": ["order_id", "amount"], "additionalProperties": False}},
]


def fetch(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(sys.argv[1] + path, data=data)) as reply:
        return json.load(reply)


def call(params):
    arguments = params["arguments"]
    path = "/orders/" + arguments["order_id"]
    if params["name"] == "refund_order":
        answer = fetch(path + "/refunds", {"amount": arguments["amount"]})
    else:
        answer = fetch(path)
    return {"content": [{"type": "text", "text": json.dumps(answer)}], "structuredContent": answer}


def result_of(message):
    method = message["method"]
    if method == "initialize":
        return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                "serverInfo": {"name": "orders", "version": "1.0.0"}}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return call(message["params"])
    return {} if method == "ping" else None


def main():
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        reply = {"jsonrpc": "2.0", "id": message["id"]}
        result = result_of(message)
        if result is None:
            reply["error"] = {"code": -32601, "message": "no such method"}
        else:
            reply["result"] = result
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
