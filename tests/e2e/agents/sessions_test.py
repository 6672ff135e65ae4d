"""Sessions: what a run knows of the ones before it, whose it is, and how it is erased."""

import unittest

from agents_case import (FOLDER, OPERATOR_KEY, POOR_KEY, AgentsCase, config_of, get_run, harness,
                         run)

KNOW = "what do you know?"


class Sessions(AgentsCase):
    @classmethod
    def config(cls):
        cls.lab = cls.sandbox.lab(FOLDER / "sessions_lab.yaml", name="sessions")
        config = config_of(cls.lab, cls.service, cls.sandbox.folder)
        del config["mcp"]
        config["models"] = {name: {"provider": "lab", "upstream_model": name, "price": "lab-plain"}
                            for name in ("lab-agent", "lab-small", "lab-gone")}
        agent = {"prompt": "You remember.", "model": "lab-agent"}
        small = {"messages_max": 2, "tokens_max": 1000}
        config["tools"] = {"cancel_order": config["tools"]["cancel_order"]}
        config["agents"] = {
            "forgets": agent,
            "remembers": {**agent, "memory": {}},
            "little": {**agent, "memory": small},
            "sums": {**agent, "memory": {**small, "summary_model": "lab-small"}},
            "cannot-sum": {**agent, "memory": {**small, "summary_model": "lab-gone"}},
        }
        return config

    def say(self, agent, text, session, key=harness.CLIENT_KEY, **more):
        reply = run(self.gateway, agent, text, key=key, session_id=session, **more)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()

    def recalled(self, run_id):
        found = [d for _, name, d in self.events_of(run_id) if name == "memory.recalled"]
        return found[0] if found else None

    def call(self, method, path, key=harness.CLIENT_KEY):
        return self.gateway.call(method, path, b"", harness.authorization(key))

    def test_goes_on_with_what_was_said(self):
        first = self.say("remembers", "apples are red", "s1")
        body = self.say("remembers", KNOW, "s1")
        self.assertEqual(body["output"], "That apples are red. Turn 2.")
        recalled = self.recalled(body["id"])
        self.assertEqual(recalled["from_run"], first["id"])
        self.assertEqual([m["content"] for m in recalled["messages"]],
                         ["apples are red", "Noted."])
        third = self.say("remembers", KNOW, "s1")
        self.assertEqual(third["output"], "That apples are red. Turn 3.")

    def test_not_of_other_sessions_users_agents_and_where_nothing_is_kept(self):
        self.say("remembers", "apples are red", "s2")
        for agent, session, key in (("remembers", "s2-other", harness.CLIENT_KEY),
                                    ("remembers", "s2", POOR_KEY),
                                    ("little", "s2", harness.CLIENT_KEY)):
            body = self.say(agent, KNOW, session, key)
            self.assertEqual(body["output"], "Nothing. Turn 1.", (agent, session))
        self.say("forgets", "apples are red", "s2-forgets")
        self.assertEqual(self.say("forgets", KNOW, "s2-forgets")["output"], "Nothing. Turn 1.")

    def test_what_does_not_fit_is_forgotten(self):
        self.say("little", "apples are red", "s3")
        self.say("little", "pears are green", "s3")
        body = self.say("little", KNOW, "s3")
        self.assertEqual(body["output"], "Nothing. Turn 2.")
        self.assertEqual(self.recalled(body["id"])["left_out"], 2)

    def test_or_summed_up(self):
        self.say("sums", "apples are red", "s4")
        alone = self.say("sums", "pears are green", "s4")
        body = self.say("sums", KNOW, "s4")
        self.assertEqual(body["output"], "Apples, by the summary. Turn 3.")
        recalled = self.recalled(body["id"])
        self.assertEqual(recalled["messages"][1],
                         {"role": "assistant", "content": "They talked of apples."})
        self.assertGreater(recalled["usage"]["input"], 0)
        # The summary's tokens and cost are the run's.
        self.assertGreater(body["usage"]["output_tokens"], recalled["usage"]["output"])
        self.assertGreater(float(body["cost_usd"]), float(alone["cost_usd"]))
        # A summary is summed up with what falls out behind it.
        later = self.recalled(self.say("sums", KNOW, "s4")["id"])
        self.assertEqual((later["left_out"], len(later["messages"])), (4, 4))

    def test_a_summary_that_fails_keeps_no_run_from_beginning(self):
        self.say("cannot-sum", "apples are red", "s5")
        self.say("cannot-sum", "pears are green", "s5")
        body = self.say("cannot-sum", KNOW, "s5")
        self.assertEqual(body["output"], "Nothing. Turn 2.")
        self.assertIn("error", self.recalled(body["id"]))

    def test_the_same_request_is_the_same_run(self):
        self.say("sums", "apples are red", "s6")
        self.say("sums", "pears are green", "s6")
        headers = [("idempotency-key", "s6-again")]
        ids = {self.say("sums", KNOW, "s6", headers=headers)["id"] for _ in range(3)}
        self.assertEqual(len(ids), 1)

    def test_erased_it_is_gone(self):
        secret = "apples are red, and my secret is zxqv-4711"
        first = self.say("remembers", secret, "s7")
        self.say("remembers", KNOW, "s7")
        self.say("remembers", "kept", "s7-kept")
        listed = {s["id"]: s for s in self.call("GET", "/v1/sessions").json()["data"]}
        self.assertEqual(listed["s7"]["runs"], 2)
        self.assertIn(first["id"], self.call("GET", "/v1/sessions/s7").json()["runs"])
        self.assertEqual(self.call("GET", "/v1/sessions/s7", POOR_KEY).status, 404)
        self.assertEqual(self.call("DELETE", "/v1/sessions/s7", POOR_KEY).json()["runs"], 0)
        self.assertEqual(self.call("DELETE", "/v1/sessions/s7").json()["runs"], 2)
        self.assertEqual(get_run(self.gateway, first["id"]).status, 404)
        self.assertEqual(self.call("GET", "/v1/sessions/s7").status, 404)
        self.assertEqual(self.say("remembers", KNOW, "s7")["output"], "Nothing. Turn 1.")
        for file in (self.sandbox.folder / "store").glob("runs.db*"):
            self.assertNotIn(b"zxqv-4711", file.read_bytes(), file)
        self.assertEqual(self.call("GET", "/v1/sessions/s7-kept").status, 200)

    def test_an_operator_erases_a_users_everything(self):
        self.say("remembers", "one", "s8-a", POOR_KEY)
        self.say("remembers", "two", "s8-b", POOR_KEY)
        self.error(self.call("DELETE", "/v1/sessions?user=paul"), 403)
        erased = self.call("DELETE", "/v1/sessions?user=paul", OPERATOR_KEY)
        self.assertGreaterEqual(erased.json()["runs"], 2)
        self.assertEqual(self.call("GET", "/v1/sessions", POOR_KEY).json()["data"], [])

    def test_methods(self):
        self.error(self.call("POST", "/v1/sessions"), 405)
        self.error(self.call("DELETE", "/v1/runs"), 405)


if __name__ == "__main__":
    unittest.main()
