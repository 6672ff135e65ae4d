"""Agents as tools of MCP clients: the protocol's own client calls them, in both eras."""

import json
import socket
import subprocess
import unittest

from agents_case import OTHER_KEY, AgentsCase, get_run, harness

E2E = harness.ROOT / "tests/e2e"
NODE = E2E / "node_modules/node/bin/node"
ERAS = ("legacy", "modern")
KEY = "headgate/idempotencyKey"


class McpAgents(AgentsCase):
    @classmethod
    def config(cls):
        config = super().config()
        config["mcp"]["server"] = {"enabled": True, "agents": ["triage", "judge", "echo", "slow"]}
        config["models"]["lab-slow"] = {"provider": "lab", "upstream_model": "lab-slow"}
        config["agents"]["echo"] = {"prompt": "You echo.", "model": "lab-agent",
                                    "description": "Says what was said."}
        config["agents"]["slow"] = {"prompt": "You are slow.", "model": "lab-slow"}
        return config

    def drive(self, era, *calls, key=harness.CLIENT_KEY, gateway=None):
        asked = {"url": f"http://{(gateway or self.gateway).address}/mcp", "key": key, "era": era,
                 "calls": calls}
        done = subprocess.run([str(NODE), "call_tools.mjs", json.dumps(asked)], cwd=E2E / "mcp",
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def ask(self, era, agent, text, **more):
        args = {"input": text, **more.pop("args", {})}
        told = self.drive(era, {"name": f"agent_{agent}", "args": args,
                                **{k: v for k, v in more.items() if k != "key"}},
                          **{k: v for k, v in more.items() if k == "key"})
        return told["calls"][0]

    def test_those_that_are_named_are_tools(self):
        for era in ERAS:
            tools = {t["name"]: t for t in self.drive(era)["tools"]}
            agents = {name for name in tools if name.startswith("agent_")}
            self.assertEqual(agents, {"agent_triage", "agent_judge", "agent_echo", "agent_slow"})
            self.assertEqual(tools["agent_echo"]["description"], "Says what was said.")
            self.assertEqual(tools["agent_echo"]["inputSchema"]["required"], ["input"])
            self.assertIn("stock__count", tools)
            hidden = self.ask(era, "billing", "hello")
            self.assertIn("Unknown tool", hidden["error"])

    def test_a_call_is_a_run(self):
        for era in ERAS:
            order = "ORD-20" if era == "legacy" else "ORD-21"
            told = self.ask(era, "triage", f"refund my {order}", args={"session_id": f"s-{era}"})
            result = told["result"]
            self.assertFalse(result.get("isError", False), result)
            self.assertEqual(result["content"][0]["text"], "Refunded.")
            shown = result["structuredContent"]
            self.assertEqual((shown["status"], shown["output"]), ("finished", "Refunded."))
            body = get_run(self.gateway, shown["run_id"]).json()
            self.assertEqual((body["agent"], body["session_id"], body["user"]),
                             ("triage", f"s-{era}", "ute"))
            self.assertNotIn("metadata", body)
            self.assertEqual(len(self.effects("refunds", order)), 1)
            numbers = [n for n, _ in told["progress"]]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
            words = [w for _, w in told["progress"]]
            self.assertEqual(words[0], f"run {shown['run_id']}")
            self.assertIn("triage asks lab-agent", words)
            self.assertIn("hands over to billing", words)
            self.assertIn("calls refund_order", words)
            other = get_run(self.gateway, shown["run_id"], OTHER_KEY)
            self.error(other, 404)

    def test_the_same_key_is_the_same_run(self):
        for era in ERAS:
            call = {"name": "agent_echo", "args": {"input": "once"}, "meta": {KEY: f"k-{era}"}}
            other = {**call, "args": {"input": "twice"}}
            bad = {**call, "meta": {KEY: ""}}
            long = {**call, "meta": {KEY: "k" * 256}}
            first, again, changed, wrong, too_long = self.drive(era, call, call, other, bad,
                                                                long)["calls"]
            self.assertEqual(first["result"]["structuredContent"],
                             again["result"]["structuredContent"])
            self.assertIn("another request", json.dumps(changed))
            self.assertNotIn("finished", json.dumps(changed))
            for refused in (wrong, too_long):
                self.assertIn(KEY, refused["error"])

    def test_one_that_waits_for_a_person(self):
        for era in ERAS:
            result = self.ask(era, "triage", "cancel ORD-22")["result"]
            self.assertTrue(result["isError"])
            text = result["content"][0]["text"]
            self.assertIn("waiting_for_approval", text)
            self.assertIn("cancel_order", text)
            self.assertIn("ORD-22", text)
            shown = result["structuredContent"]
            self.assertEqual((shown["status"], shown["output"]), ("waiting_for_approval", None))
            self.assertIn(shown["run_id"], text)
            self.assertEqual(self.effects("cancellations", "ORD-22"), [])

    def test_one_that_fails(self):
        for era in ERAS:
            result = self.ask(era, "judge", "judge me")["result"]
            self.assertTrue(result["isError"])
            self.assertEqual(result["structuredContent"]["status"], "failed")
            self.assertIn("schema", result["content"][0]["text"])
            wrong = self.drive(era, {"name": "agent_echo", "args": {"text": "x"}})["calls"][0]
            self.assertTrue(wrong["result"]["isError"])

    def test_who_cancels_and_who_goes_away(self):
        # The legacy client says so; the other can only close its stream, as one that is gone.
        for era, status in (("legacy", "cancelled"), ("modern", "finished")):
            told = self.ask(era, "slow", f"take your time, {era}", abortAt=2)
            self.assertNotIn("result", told)
            run_id = told["progress"][0][1].split()[1]
            self.assertEqual(self.settled(run_id)["status"], status)

    def test_runs_within_runs_are_bounded(self):
        """As a run's call of a remote tool says how deep it stands."""
        for era in ERAS:
            for nesting in (1, 3):
                told = self.ask(era, "echo", f"deep {era}", meta={"headgate/nesting": nesting})
                run_id = told["result"]["structuredContent"]["run_id"]
                body = get_run(self.gateway, run_id).json()
                self.assertEqual(body["metadata"], {"mcp_nesting": nesting})
            result = self.ask(era, "echo", "too deep", meta={"headgate/nesting": 4})["result"]
            self.assertTrue(result["isError"])
            self.assertIn("4 deep", result["content"][0]["text"])

    def test_a_server_among_its_own_servers_gets_no_list_of_itself(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = "127.0.0.1:{}".format(probe.getsockname()[1])
        config = self.config()
        config["storage"]["path"] = str(self.sandbox.folder / "self-store")
        config["mcp"]["servers"] = {"self": {
            "url": f"http://{address}/mcp", "connect_timeout_ms": 1000,
            "headers": {"authorization": "env:HEADGATE_E2E_SELF"}}}
        config["tools"], config["agents"] = {}, {"echo": config["agents"]["echo"]}
        config["mcp"]["server"]["agents"] = ["echo"]
        self.sandbox.environment["HEADGATE_E2E_SELF"] = f"Bearer {harness.CLIENT_KEY}"
        gateway = self.sandbox.gateway(config, "self", listen=address)
        for era in ERAS:
            told = self.drive(era, {"name": "agent_echo", "args": {"input": "hello"}},
                              gateway=gateway)
            self.assertEqual([t["name"] for t in told["tools"]], ["agent_echo"])
            self.assertFalse(told["calls"][0]["result"].get("isError", False), told)
        said = "mcp_server_unavailable" in gateway.log()
        self.assertTrue(said)


if __name__ == "__main__":
    unittest.main()
