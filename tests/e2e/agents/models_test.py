"""Agents asked as models, by the official clients of every dialect."""

import json
import subprocess
import unittest

from agents_case import OTHER_KEY, AgentsCase, get_run, harness
from deltas_case import DeltasCase

E2E = harness.ROOT / "tests/e2e"
NODE = E2E / "node_modules/node/bin/node"
APIS = ("chat", "responses", "messages", "gemini")
SYSTEM = {
    "/v1/chat/completions": {"messages": [{"role": "system", "content": "x"}]},
    "/v1/responses": {"input": "x", "instructions": "Be rude."},
    "/v1/messages": {"max_tokens": 9, "system": "Be rude.",
                     "messages": [{"role": "user", "content": "x"}]},
}


class Asks:
    def ask(self, *asks):
        told = {"origin": f"http://{self.gateway.address}", "key": harness.CLIENT_KEY,
                "asks": asks}
        done = subprocess.run([str(NODE), "ask.mjs", json.dumps(told)], cwd=E2E / "clients",
                              capture_output=True, text=True, timeout=90, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def respond(self, body, headers=(), key=harness.CLIENT_KEY):
        return self.gateway.call("POST", "/v1/responses", {"model": "agent/triage", **body},
                                 harness.authorization(key) + list(headers), timeout_s=60)

    def runs(self):
        listed = self.gateway.call("GET", "/v1/runs?limit=100", b"", harness.authorization())
        return [r["id"] for r in listed.json()["data"]]


class OfficialClients(Asks, AgentsCase):
    def test_every_dialect(self):
        cases = [(api, stream) for api in APIS for stream in (False, True)]
        asks = [{"api": api, "model": "agent/triage", "stream": stream,
                 "say": f"refund my ORD-8{i}"} for i, (api, stream) in enumerate(cases)]
        for i, told in enumerate(self.ask(*asks)):
            with self.subTest(cases[i]):
                self.assertEqual(told.get("text"), "Refunded.", told)
                self.assertEqual(len(self.effects("refunds", f"ORD-8{i}")), 1)
                shown = get_run(self.gateway, self.runs()[len(cases) - 1 - i]).json()
                self.assertEqual(told["tokens"], shown["usage"]["total_tokens"])

    def test_errors_are_the_dialects_own(self):
        asks = [{"api": api, "model": "agent/triage", "stream": stream, "say": "cancel ORD-77"}
                for api in APIS for stream in (False, True)]
        for told in self.ask(*asks):
            self.assertIn("waiting_for_approval", told["error"], told)
            self.assertIn(told.get("status"), (409, 400, None))
        for told in self.ask(*({"api": api, "model": "agent/nobody", "say": "x"} for api in APIS)):
            self.assertEqual(told["status"], 404, told)

    def test_what_is_the_agents_own_cannot_be_sent(self):
        before = self.runs()
        headers = harness.authorization() + [("anthropic-version", "2023-06-01")]
        for path, body in SYSTEM.items():
            reply = self.gateway.call("POST", path, {"model": "agent/triage", **body}, headers)
            self.assertEqual(reply.status, 400, reply.body)
            self.assertIn(b"its own instructions", reply.body)
        tool = {"type": "function", "name": "x", "parameters": {"type": "object"}}
        called = {"type": "function_call", "call_id": "c", "name": "x", "arguments": "{}"}
        result = {"type": "function_call_output", "call_id": "c", "output": "1"}
        for body, param in (({"tools": [tool]}, "tools"), ({"input": []}, "input"),
                            ({"input": [called, result]}, "input"),
                            ({"text": {"format": {"type": "json_object"}}}, None)):
            error = self.error(self.respond({"input": "x", **body}), 400)
            self.assertEqual(error["param"], param, error)
        self.assertEqual(self.runs(), before)


class Responses(Asks, AgentsCase):
    def test_events_come_as_the_api_says(self):
        (told,) = self.ask({"api": "responses", "model": "agent/triage", "stream": True,
                            "say": "where is ORD-1"})
        self.assertEqual(told["types"], [
            "response.created", "response.in_progress", "response.output_item.added",
            "response.content_part.added", "response.output_text.delta",
            "response.output_text.done", "response.content_part.done",
            "response.output_item.done", "response.completed"])

    def test_a_conversation_goes_on(self):
        (first,) = self.ask({"api": "responses", "model": "agent/triage", "stream": True,
                             "say": "refund my ORD-92"})
        more = {"previous_response_id": first["id"]}
        (second,) = self.ask({"api": "responses", "model": "agent/triage",
                              "say": "where is ORD-93", "more": more})
        self.assertEqual(second["text"], "I have looked.", second)
        said = [m["content"] for m in [r["body"]["messages"] for r in
                                       harness.lab_requests(self.lab)][-1]
                if m["role"] in ("user", "assistant") and m.get("content")]
        self.assertEqual(said[:3], ["refund my ORD-92", "Refunded.", "where is ORD-93"])
        self.assertEqual(len(self.effects("refunds", "ORD-92")), 1)
        read = self.gateway.call("GET", f"/v1/responses/{second['id']}", b"",
                                 harness.authorization()).json()
        self.assertEqual(read["previous_response_id"], first["id"])
        self.assertEqual(read["model"], "agent/triage")
        self.assertEqual(read["output"][0]["content"][0]["text"], "I have looked.")

    def test_only_its_tenant_goes_on_from_it(self):
        first = self.respond({"input": "where is ORD-1"}).json()
        body = {"input": "and now", "previous_response_id": first["id"]}
        for reply in (self.respond(body, key=OTHER_KEY),
                      self.respond({**body, "previous_response_id": "resp_no"})):
            self.assertEqual(self.error(reply, 400)["code"], "previous_response_not_found")
        self.assertEqual(self.respond(body).status, 200)

    def test_one_that_is_not_stored(self):
        first = self.respond({"input": "where is ORD-1", "store": False}).json()
        self.assertEqual(first["status"], "completed")
        read = self.gateway.call("GET", f"/v1/responses/{first['id']}", b"",
                                 harness.authorization())
        self.error(read, 404)

    def test_asked_twice_with_one_key(self):
        key = [("idempotency-key", "one-refund-of-94")]
        one, two = (self.respond({"input": "refund my ORD-94"}, key) for _ in range(2))
        self.assertEqual((one.status, two.status), (200, 200), two.body)
        self.assertEqual(one.json(), two.json())
        self.assertEqual(one.header("x-headgate-run-id"), two.header("x-headgate-run-id"))
        self.assertEqual(len(self.effects("refunds", "ORD-94")), 1)
        self.error(self.respond({"input": "refund my ORD-95"}, key), 422)

    def test_a_slash_may_be_escaped(self):
        body = json.dumps({"model": "agent/triage", "input": "where is ORD-1"}).replace("/", "\\/")
        reply = self.gateway.call("POST", "/v1/responses", body.encode(), harness.authorization())
        self.assertEqual(reply.status, 200, reply.body)

    def test_parts_and_earlier_messages(self):
        parts = [{"type": "input_text", "text": "where is"},
                 {"type": "input_text", "text": " ORD-1"}]
        reply = self.respond({"input": [{"role": "user", "content": "hello"},
                                        {"role": "assistant", "content": "Hello, you."},
                                        {"role": "user", "content": parts}]})
        self.assertEqual(reply.status, 200, reply.body)
        seen = harness.lab_requests(self.lab)[-1]["body"]["messages"]
        self.assertIn("Hello, you.", json.dumps(seen))


class Streams(Asks, DeltasCase):
    def test_text_comes_as_it_is_written(self):
        for api in APIS:
            asks = [{"api": api, "model": f"agent/{agent}", "say": "the same", "stream": stream}
                    for agent, stream in (("d-pace", True), ("d-plain", False))]
            streamed, whole = self.ask(*asks)
            self.assertEqual(streamed["text"], whole["text"], api)
            self.assertEqual(streamed["tokens"], whole["tokens"], api)
            if api == "responses":
                self.assertGreater(streamed["types"].count("response.output_text.delta"), 5)

    def test_a_silent_stream_is_kept_alive(self):
        for api in APIS:
            (told,) = self.ask({"api": api, "model": "agent/looks", "say": "where is it",
                                "stream": True})
            self.assertEqual(told.get("text"), "It was delivered, to the best of my knowledge.",
                             (api, told))

    def test_what_was_sent_cannot_be_taken_back(self):
        for api in APIS:
            (told,) = self.ask({"api": api, "model": "agent/d-cut-ever", "say": "ever",
                                "stream": True})
            self.assertNotIn("text", told, api)
            self.assertIn("error", told, api)


if __name__ == "__main__":
    unittest.main()
