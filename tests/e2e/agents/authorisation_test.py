"""Rules on calls: another user's order is refused on every path, and nothing of it is told."""

import json
import sys
import unittest

from agents_case import FOLDER, AgentsCase, harness, run

OWN = {"name": "own_orders", "require": "fact.order.user_id == principal.user",
       "reason": "the order belongs to somebody else"}
FACTS = {"order": {"tool": "get_order", "arguments": {"order_id": "{order_id}"}}}
RULED = {"authorise": [OWN], "facts": FACTS}


def by_mcp(config, url):
    """The same tools, at an MCP server, and MCP served."""
    for name in ("get_order", "refund_order"):
        for key in ("http", "output", "retry"):
            config["tools"][name].pop(key, None)
        config["tools"][name]["mcp"] = {"server": "orders"}
    config["tools"]["refund_order"]["arguments_untainted"] = ["order_id"]
    mcp = config.setdefault("mcp", {})
    mcp.setdefault("servers", {})["orders"] = {
        "command": [sys.executable, str(FOLDER / "order_mcp.py"), url], "protocol": "legacy"}
    mcp["server"] = {"enabled": True}


class Authorisation(AgentsCase):
    @classmethod
    def config(cls):
        config = super().config()
        config["tools"]["get_order"].update(RULED)
        config["tools"]["refund_order"].update(RULED)
        return config

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        loose = cls.config()
        loose["tools"]["get_order"].pop("authorise")
        loose["storage"] = {"path": str(cls.sandbox.folder / "loose")}
        cls.loose = cls.sandbox.gateway(loose, "loose")
        remote = cls.config()
        by_mcp(remote, cls.service.url)
        remote["storage"] = {"path": str(cls.sandbox.folder / "remote")}
        cls.remote = cls.sandbox.gateway(remote, "remote")

    def refused(self, gateway, text, agent="triage"):
        body = run(gateway, agent, text).json()
        self.assertEqual((body["status"], body["output"]), ("finished", "I may not do that."), body)
        reply = gateway.call("GET", f"/v1/runs/{body['id']}/events", b"", harness.authorization())
        text = reply.body.decode()
        self.assertNotIn("vera", text)
        self.assertNotIn("delivered", text.replace("is delivered", ""))
        return body, text

    def test_own_orders_pass(self):
        body = self.run_ok("triage", "where is ORD-11")
        self.assertEqual(body["output"], "I have looked.")
        self.assertEqual(self.run_ok("triage", "Please refund my ORD-12")["output"], "Refunded.")
        self.assertEqual(len(self.effects("refunds", "ORD-12")), 1)

    def test_direct(self):
        body, events = self.refused(self.gateway, "where is ORD-901")
        self.assertIn('"decision":"deny","policy":"get_order.own_orders"', events)
        self.assertIn("not allowed: the order belongs to somebody else.", events)
        # Only the rule has looked.
        self.assertEqual(len(self.service.seen("/orders/ORD-901")), 1)
        self.assertEqual(body["tool_calls"], 0)

    def test_by_a_sub_agent(self):
        reply = run(self.loose, "triage", "Please refund my ORD-902").json()
        self.assertEqual((reply["output"], reply["acting_agent"]),
                         ("I may not do that.", "billing"))
        self.assertEqual(self.effects("refunds", "ORD-902"), [])
        mine = run(self.loose, "triage", "Please refund my ORD-13").json()
        self.assertEqual(mine["output"], "Refunded.")

    def test_by_mcp(self):
        self.assertEqual(run(self.remote, "triage", "where is ORD-14").json()["output"],
                         "I have looked.")
        # Read from the same server, but said by the user.
        self.assertEqual(run(self.remote, "triage", "Please refund my ORD-18").json()["output"],
                         "Refunded.")
        self.refused(self.remote, "where is ORD-903")
        self.refused(self.remote, "Please refund my ORD-904")
        self.assertEqual(self.effects("refunds", "ORD-904"), [])

    def test_by_mcp_without_a_run(self):
        headers = harness.authorization() + [("accept", "application/json, text/event-stream")]

        def rpc(method, more=(), **params):
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return self.remote.call("POST", "/mcp", body, headers + list(more))

        begun = rpc("initialize", protocolVersion="2025-06-18", capabilities={},
                    clientInfo={"name": "test", "version": "1"})
        session = [("mcp-session-id", begun.header("mcp-session-id")),
                   ("mcp-protocol-version", "2025-06-18")]

        def call(name, **arguments):
            reply = rpc("tools/call", session, name=name, arguments=arguments).body.decode()
            if not reply.startswith("{"):  # a stream
                reply = [line[6:] for line in reply.splitlines() if line.startswith("data: ")][-1]
            result = json.loads(reply)["result"]
            return result.get("isError", False), json.dumps(result)

        failed, text = call("orders__get_order", order_id="ORD-17")
        self.assertEqual((failed, "delivered" in text), (False, True), text)
        failed, text = call("orders__get_order", order_id="ORD-907")
        self.assertTrue(failed, text)
        self.assertIn("not allowed: the order belongs to somebody else.", text)
        # Whose word the arguments of a client's model are, nobody knows here.
        failed, text = call("orders__refund_order", order_id="ORD-17", amount=1)
        self.assertTrue(failed, text)
        self.assertIn("not allowed: `order_id` may come from client", text)
        self.assertEqual(self.effects("refunds", "ORD-17"), [])
        failed, text = call("orders__refund_order", order_id="ORD-907", amount=1)
        self.assertTrue(failed, text)
        self.assertEqual(self.effects("refunds", "ORD-907"), [])

    def test_a_fact_that_is_not_known_denies_in_the_same_words(self):
        _, other = self.refused(self.gateway, "where is ORD-905")
        _, missing = self.refused(self.gateway, "where is ORD-404")
        self.service.control("/orders/ORD-15", "status", status=500, times=9)
        _, broken = self.refused(self.gateway, "where is ORD-15")
        self.service.control("/orders/ORD-15", "status", times=0)

        def told(events):
            return [json.loads(line[6:])["result"] for line in events.splitlines()
                    if line.startswith("data: ") and '"step.tool_finished"' in line]

        self.assertEqual(told(other), told(missing))
        self.assertEqual(told(other), told(broken))

    def test_is_audited_counted_and_traced(self):
        body, _ = self.refused(self.gateway, "where is ORD-906")
        code, out, err = self.sandbox.command("audit", "ls", "--action", "call.denied", "--json",
                                              "--config", self.gateway.config_path)
        self.assertEqual(code, 0, err)
        entry = [e for e in map(json.loads, out.splitlines())
                 if e["subject"].startswith(body["id"])][0]
        self.assertEqual((entry["actor"]["user"], entry["detail"]["rule"]),
                         ("ute", "get_order.own_orders"))
        metrics = self.gateway.call("GET", "/metrics").body.decode()
        self.assertRegex(metrics, r'headgate_tool_calls_denied_total\{rule="get_order.own_orders",'
                                  r'tool="get_order"\} [1-9]')

        def probe():
            code, out, _ = self.sandbox.command("trace", "show", body["trace_id"], "--config",
                                                self.gateway.config_path)
            return out if code == 0 and "Workflow" in out else None

        tree = harness.wait_for("the trace", probe)
        self.assertIn('denied_by: "get_order.own_orders"', tree)

    def test_scopes_narrow_on_handoff(self):
        config = self.config()
        config["agents"]["triage"]["scopes"] = ["orders"]
        config["storage"] = {"path": str(self.sandbox.folder / "narrow")}
        narrow = self.sandbox.gateway(config, "narrow")
        # Its caller has the scope `refunds`; what triage does not have, billing does not get.
        body = run(narrow, "triage", "Please refund my ORD-16").json()
        self.assertEqual(body["output"], "I may not do that.")
        reply = narrow.call("GET", f"/v1/runs/{body['id']}/events", b"", harness.authorization())
        self.assertIn("the caller lacks the scope refunds", reply.body.decode())
        self.assertEqual(self.effects("refunds", "ORD-16"), [])
        self.assertEqual(body["acting_agent"], "billing")
        straight = run(narrow, "billing", "Please refund my ORD-16").json()
        self.assertEqual(straight["output"], "Refunded.")

    def test_says_what_is_wrong_with_rules(self):
        config = self.config()
        tools = config["tools"]
        tools["get_order"]["authorise"] = [
            {"require": "fact.order.user_id = principal.user"},
            {"require": "principal.usr == \"x\""}, {"require": "args.order == \"x\""},
            {"require": "fact.orders.user == \"x\""}]
        tools["refund_order"]["facts"] = {
            "order": {"tool": "ship_order", "arguments": {"order_id": "{order_ids}"}},
            "more": {"tool": "get_orders"}}
        config["approvals"] = {"big": {"when": "args.amount > \"many\""},
                               "late": {"when": "true", "on_timeout": "escalate"}}
        path = self.sandbox.write_config(config, "wrong")
        code, out, _ = self.sandbox.command("check", "--config", path, "--json")
        self.assertEqual(code, 1)
        found = {e["path"]: (e["message"], e["suggestion"]) for e in json.loads(out)["errors"]}
        rules = "tools.get_order.authorise"
        self.assertIn("1:20: write == to compare", found[f"{rules}[0].require"][0])
        self.assertEqual(found[f"{rules}[1].require"][1], "principal.user")
        self.assertEqual(found[f"{rules}[2].require"][1], "args.order_id")
        self.assertEqual(found[f"{rules}[3].require"][1], "fact.order")
        facts = "tools.refund_order.facts"
        self.assertIn("pure tools", found[f"{facts}.order.tool"][0])
        self.assertEqual(found[f"{facts}.order.arguments"][1], "order_id")
        self.assertEqual(found[f"{facts}.more.tool"][1], "get_order")
        self.assertIn("1:15: only numbers", found["approvals.big.when"][0])
        self.assertIn("escalate_to", found["approvals.late.on_timeout"][0])
        self.assertIn("must be given", found["approvals.late.timeout_s"][0])


del AgentsCase

if __name__ == "__main__":
    unittest.main()
