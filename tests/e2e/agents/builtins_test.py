"""Headgate's own tools: a calculator that is exact, searches of a knowledge base, a person."""

import json
import unittest

from agents_case import FOLDER, OPERATOR_KEY, AgentsCase, config_of, harness, post, run

TOOLS = {
    "reckon": {"builtin": "calculator"},
    "look_up": {"builtin": "search_knowledge", "knowledge": "support"},
    "ask_person": {"builtin": "human_handoff"},
}
AGENTS = {name: {"prompt": "You help.", "model": "lab-agent", "tools": [name]} for name in TOOLS}
RETURNS = "# Returns\n\n## Deadline\nYou can send goods back within 30 days of delivery.\n"


class Builtins(AgentsCase):
    @classmethod
    def config(cls):
        folder = cls.sandbox.folder / "kb"
        folder.mkdir()
        (folder / "returns.md").write_text(RETURNS)
        cls.lab = cls.sandbox.lab(FOLDER / "builtins_lab.yaml")
        config = config_of(cls.lab, cls.service, cls.sandbox.folder)
        del config["mcp"]
        config["models"] = {"lab-agent": {"provider": "lab", "upstream_model": "lab-agent"}}
        config["tools"], config["agents"] = TOOLS, AGENTS
        config["knowledge"] = {"support": {"path": str(folder)}}
        config["auth"]["keys"][0]["scopes"] = ["knowledge"]
        path = cls.sandbox.write_config(config, "build")
        code, out, err = cls.sandbox.command("kb", "build", "support", "--config", path)
        assert code == 0, out + err
        return config

    def result(self, run_id):
        data = [d for _, name, d in self.events_of(run_id) if name == "step.tool_finished"]
        return data[-1]

    def test_the_calculator_is_exact(self):
        body = self.run_ok("reckon", "15 % of 189 dollars")
        self.assertEqual(body["output"], "It is 28.35 exactly.")
        self.assertEqual(self.run_ok("reckon", "by nothing")["output"], "That cannot be.")

    def test_a_search_is_traced_below_its_call(self):
        body = self.run_ok("look_up", "until when may I return it?")
        self.assertEqual(body["output"], "Within 30 days.")
        found = json.loads(self.result(body["id"])["result"])
        self.assertEqual([p["title"] for p in found["passages"]], ["Returns"])
        self.assertRegex(found["passages"][0]["id"], r"^support/returns\.md#")

        def spans():
            # The store is behind the answer: until then there is no such trace.
            code, out, _ = self.sandbox.command("trace", "show", body["trace_id"], "--json",
                                                "--config", self.gateway.config_path)
            if code != 0:
                return None
            all_spans = [s for e in json.loads(out)["exchanges"] for s in e["spans"]]
            kinds = {s["kind"] for s in all_spans}
            return all_spans if {"tool", "retrieval"} <= kinds else None

        there = harness.wait_for("the retrieval's span", spans)
        call = next(s for s in there if s["kind"] == "tool")
        search = next(s for s in there if s["kind"] == "retrieval")
        self.assertEqual(search["parent_id"], call["span_id"])

    def test_a_search_needs_the_scope(self):
        reply = run(self.gateway, "look_up", "returns?", key=OPERATOR_KEY)
        self.assertEqual(reply.json()["output"], "I may not look there.")

    def test_a_person_answers(self):
        for decision, said, output in (
                ("approve", "give them ten percent", "You get ten percent."),
                ("deny", "not this time", "Nobody agreed.")):
            waiting = self.run_ok("ask_person", "a discount?", "waiting_for_approval")
            call = waiting["pending"][0]
            self.assertIn("May they have a discount?", call["arguments"])
            reply = post(self.gateway, waiting["id"], f"approvals/{call['call_id']}",
                         {"decision": decision, "digest": call["digest"],
                          "reason": said})
            self.assertEqual(reply.status, 200, reply.body)
            self.assertEqual(self.settled(waiting["id"])["output"], output)

    def test_what_is_wrong_with_them(self):
        for tool, place in (({"builtin": "search_knowledge"}, "builtin: say which base"),
                            ({"builtin": "search_knowledge", "knowledge": "suport"},
                             'did you mean "support"'),
                            ({"builtin": "calculator", "knowledge": "support"},
                             "knowledge: is for builtin: search_knowledge")):
            with self.subTest(tool=tool):
                config = {**self.config_again(), "tools": {**TOOLS, "look_up": tool}}
                path = self.sandbox.write_config(config, "wrong")
                code, out, err = self.sandbox.command("check", "--config", path)
                self.assertEqual(code, 1, out + err)
                self.assertIn(place, out + err)

    def config_again(self):
        config = config_of(self.lab, self.service, self.sandbox.folder)
        config["models"] = {"lab-agent": {"provider": "lab", "upstream_model": "lab-agent"}}
        config["agents"] = AGENTS
        config["knowledge"] = {"support": {"path": str(self.sandbox.folder / "kb")}}
        return config


if __name__ == "__main__":
    unittest.main()
