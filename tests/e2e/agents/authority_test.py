"""Whose runs they are, what their callers' keys allow, and what a configuration may say."""

import json
import unittest

from agents_case import (AGENTS, OPERATOR_KEY, OTHER_KEY, POOR_KEY, AgentsCase, get_run, harness,
                         post, run)


class Authority(AgentsCase):
    def test_scopes_decide(self):
        body = run(self.gateway, "triage", "refund my ORD-1", key=POOR_KEY).json()
        self.assertEqual((body["status"], body["output"]), ("finished", "I may not do that."))
        self.assertEqual(self.effects("refunds", "ORD-1"), [])
        decided = [d for _, n, d in self.events_of(body["id"], POOR_KEY)
                   if n == "step.tool_decided" and d["tool"] == "refund_order"]
        self.assertEqual((decided[0]["decision"], decided[0]["policy"]), ("deny", "scopes"))
        self.assertIn("refunds", decided[0]["reason"])

    def test_others_do_not_see_a_run(self):
        body = self.run_ok("triage", "hello")
        for key in (OTHER_KEY, POOR_KEY):
            self.error(get_run(self.gateway, body["id"], key), 404)
            self.error(post(self.gateway, body["id"], "cancel", key=key), 404)
            self.error(post(self.gateway, body["id"], "fork", key=key), 404)
            self.error(post(self.gateway, body["id"], "approvals/c1_1", {"decision": "approve"},
                            key=key), 404)
            events = self.gateway.call("GET", f"/v1/runs/{body['id']}/events", b"",
                                       harness.authorization(key))
            self.error(events, 404)
            listed = self.gateway.call("GET", "/v1/runs", b"", harness.authorization(key)).json()
            self.assertNotIn(body["id"], [r["id"] for r in listed["data"]])
        self.error(get_run(self.gateway, "run_0", harness.CLIENT_KEY), 404)
        self.assertEqual(get_run(self.gateway, body["id"], OPERATOR_KEY).status, 200)

    def test_lists_agents(self):
        listed = self.gateway.call("GET", "/v1/agents", b"", harness.authorization()).json()
        self.assertEqual([a["id"] for a in listed["data"]], list(AGENTS))
        self.assertNotIn("You sort", json.dumps(listed))

    def test_draws_the_graph(self):
        def graph(*options):
            code, out, err = self.sandbox.command("agents", "graph", "--config",
                                                  self.gateway.config_path, *options)
            self.assertEqual(code, 0, err)
            return out

        text = graph()
        self.assertIn("triage 1.0.0 (lab-agent)", text)
        self.assertIn("└─ Handoff: billing", text)
        self.assertIn("Tool: ship_order (at_most_once, POST http", text)
        self.assertIn("agent_triage -. handoff .-> agent_billing", graph("--format", "mermaid"))
        self.assertIn("agent_triage -> agent_billing [style=dashed", graph("--format", "dot"))
        self.assertEqual(len(json.loads(graph("--json"))["agents"]), len(AGENTS))

    def test_says_everything_that_is_wrong(self):
        config = self.config()
        config["tools"]["get_order"]["http"]["url"] = "http://127.0.0.1:1/orders/{order_ids}"
        config["tools"]["refund_order"]["input"] = {"type": "objekt"}
        config["tools"]["ship_order"]["http"]["url"] = "http://{order_id}.example.com/x"
        config["tools"]["cancel_order"].pop("http")
        config["tools"]["transfer_to_me"] = {"builtin": "current_time", "version": "one"}
        config["tools"]["far"] = {"mcp": {"server": "nowhere"}}
        config["agents"]["triage"]["tools"].append("get_orders")
        config["agents"]["triage"]["handoffs"] = ["biling"]
        config["agents"]["triage"]["model"] = "lab-agents"
        config["agents"]["small"].pop("prompt")
        path = self.sandbox.write_config(config, "wrong")
        code, out, _ = self.sandbox.command("check", "--config", path, "--json")
        self.assertEqual(code, 1)
        found = {e["path"]: (e["message"], e["suggestion"]) for e in json.loads(out)["errors"]}
        self.assertEqual(found["tools.get_order.http.url"][1], "order_id")
        self.assertIn("not a JSON Schema", found["tools.refund_order.input"][0])
        self.assertIn("not in the host", found["tools.ship_order.http.url"][0])
        self.assertIn("one of http, openapi, mcp, builtin and native",
                      found["tools.cancel_order"][0])
        self.assertIn("handoffs", found["tools.transfer_to_me"][0])
        self.assertIn("semantic version", found["tools.transfer_to_me.version"][0])
        self.assertIn("no such MCP server", found["tools.far.mcp.server"][0])
        self.assertEqual(found["agents.triage.tools[3]"][1], "get_order")
        self.assertEqual(found["agents.triage.handoffs[0]"][1], "billing")
        self.assertEqual(found["agents.triage.model"][1], "lab-agent")
        self.assertIn("prompt", found["agents.small"][0])


del AgentsCase

if __name__ == "__main__":
    unittest.main()
