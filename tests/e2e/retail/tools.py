"""The shop's tools as the gateway's configuration has them, over HTTP, at an MCP server, or native:
the same schemas, effects and rules, whichever way they are reached."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
ORDER = {"type": "string", "pattern": "^ORD-[0-9]{3}$"}


def schema(**properties):
    return {"type": "object", "properties": properties, "required": list(properties),
            "additionalProperties": False}


INPUTS = {
    "get_order": schema(order_id=ORDER),
    "list_orders": schema(user_id=TEXT),
    "get_product": schema(sku=TEXT),
    "cancel_order": schema(order_id=ORDER,
                           reason={"enum": ["no longer needed", "ordered by mistake"]}),
    "change_address": schema(order_id=ORDER, address=TEXT),
    "exchange_item": schema(order_id=ORDER, sku=TEXT, new_sku=TEXT),
    "return_item": schema(order_id=ORDER, sku=TEXT),
    "refund_order": schema(order_id=ORDER, amount={"type": "number", "exclusiveMinimum": 0}),
}
READS = ("get_order", "list_orders", "get_product")
WRITES = tuple(name for name in INPUTS if name not in READS)


def rules_of(name):
    """Who may: whoever the order is of, or the list is about."""
    if name == "get_product":
        return {}
    if name == "list_orders":
        return {"authorise": [{"name": "own", "require": "args.user_id == principal.user"}]}
    return {"authorise": [{"name": "own", "require": "fact.order.user_id == principal.user",
                           "reason": "the order belongs to somebody else"}],
            "facts": {"order": {"tool": "get_order", "arguments": {"order_id": "{order_id}"}}}}


def tool(name, way):
    return {"description": name, "effect": "pure" if name in READS else "idempotent",
            "input": INPUTS[name], "timeout_ms": 10_000,
            "retry": {"attempts_max": 3, "pause_ms": 10}, **rules_of(name), **way}


def over_http(url):
    return {name: tool(name, {"http": {"url": f"{url}/tools/{name}"}}) for name in INPUTS}, {}


def over_mcp(database):
    servers = {"shop": {"command": [sys.executable, str(HERE / "shop.py"), "--mcp", "--database",
                                    str(database)]}}
    return {name: tool(name, {"mcp": {"server": "shop"}}) for name in INPUTS}, servers


def native():
    return {name: tool(name, {"native": True}) for name in INPUTS}, {}
