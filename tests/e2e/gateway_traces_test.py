"""What a call leaves behind: its trace, its cost, and none of the secrets that were in it."""

import decimal
import json
import pathlib
import re
import time
import unittest

import harness
import wire
from harness import CHAT, GatewayCase, authorization, chat

SECRETS = {
    "OpenAI": "sk-proj-T3BlbkFJ4a8fQ2mZ0xVt7Lw9RkYc1NsPdEuGhJbXoAiW5Bz",
    "GitHub": "ghp_R4nd0mL00k1ngT0k3nF0rT3st1ngPurp053s",
    "AWS": "AKIAQ3EGTESTKEY7XYZA",
}


def dollars(usage):
    """The cost by the test's price book (prices.yaml), exactly."""
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    fresh = usage["prompt_tokens"] - cached
    million = decimal.Decimal(1_000_000)
    prices = (decimal.Decimal(each) for each in ("0.15", "0.075", "0.60"))
    tokens = (fresh, cached, usage["completion_tokens"])
    return sum(count * price / million for count, price in zip(tokens, prices))


class TraceCase(GatewayCase):
    def traced(self, body, headers=(), status=200):
        reply = self.post(body, headers)
        self.assertEqual(reply.status, status, reply.body[:300])
        trace = self.trace(reply.header("x-headgate-trace-id"))
        request = [each for each in trace["spans"] if each["kind"] == "request"]
        attempts = [each for each in trace["spans"] if each["kind"] == "attempt"]
        self.assertEqual(len(request), 1)
        return reply, trace, request[0], attempts


class Traces(TraceCase):
    def check_call(self, stream):
        text = "What is the price of 3 Äpfel? 🍎"
        more = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
        began_us = time.time() * 1e6
        reply, trace, request, attempts = self.traced(chat("lab-plain", text, **more))
        ended_us = time.time() * 1e6
        usage = json.loads(reply.events()[-2])["usage"] if stream else reply.json()["usage"]

        self.assertEqual(trace["trace_id"], reply.header("x-headgate-trace-id"))
        self.assertEqual(trace["request_id"], reply.header("x-request-id"))
        self.assertEqual((trace["user"], trace["tenant"], trace["key_id"]), ("ute", "acme", "e2e"))
        self.assertIn(text, json.dumps(request["input"], ensure_ascii=False))
        self.assertIn("You said: " + text, json.dumps(request["output"], ensure_ascii=False))
        self.assertEqual(len(attempts), 1)
        self.assertEqual(attempts[0]["parent_id"], request["span_id"])
        self.assertEqual(attempts[0]["provider"], "lab")
        self.assertEqual(attempts[0]["model_served"], "lab-plain")
        self.assertEqual(request["model_requested"], "lab-plain")
        for span in (request, attempts[0]):
            self.assertEqual(span["usage"]["input"], usage["prompt_tokens"])
            self.assertEqual(span["usage"]["output"], usage["completion_tokens"])
            self.assertEqual(span["http_status"], 200)
            self.assertIs(span["streamed"], stream)
            self.assertGreaterEqual(span["start_unix_us"], began_us - 2000)
            self.assertLessEqual(span["start_unix_us"] + span["duration_us"], ended_us + 2000)
            if stream:
                self.assertGreater(span["ttft_us"], 0)
                self.assertLessEqual(span["ttft_us"], span["duration_us"])
            self.assertEqual(span["cost_picodollars"], dollars(usage) * 10**12)
        self.assertEqual(request["finish_reason"], "stop")

    def test_a_call(self):
        self.check_call(stream=False)

    def test_a_stream(self):
        self.check_call(stream=True)

    def test_cost_header_is_exact(self):
        for text in ("a", "cached prompt", "word " * 700):
            reply = self.post(chat("lab-plain", text))
            header = reply.header("x-headgate-cost-usd")
            self.assertRegex(header, r"^\d+\.\d+$")
            self.assertEqual(decimal.Decimal(header), dollars(reply.json()["usage"]))

    def test_cost_of_a_stream_comes_as_a_trailer_to_who_takes_them(self):
        options = {"stream": True, "stream_options": {"include_usage": True}}
        body = json.dumps(chat("lab-plain", "trailing", **options)).encode()
        headers = authorization() + [("TE", "trailers")]
        with wire.Wire(self.gateway.address) as connection:
            connection.send(wire.request_bytes("POST", CHAT, body, headers))
            reply = connection.read_reply()
            self.assertEqual(reply.header("trailer"), "x-headgate-cost-usd")
            usage = json.loads(reply.events()[-2])["usage"]
            cost = decimal.Decimal(connection.trailers["x-headgate-cost-usd"])
            self.assertEqual(cost, dollars(usage))
            connection.send(wire.request_bytes("POST", CHAT, body, authorization()))
            connection.trailers = {}
            self.assertIsNone(connection.read_reply().header("trailer"))
            self.assertEqual(connection.trailers, {})

    def test_unknown_price_is_unpriced_not_zero(self):
        reply, _, request, _ = self.traced(chat("lab-unpriced", "priceless"))
        self.assertEqual(reply.header("x-headgate-cost-usd"), "unpriced")
        self.assertNotIn("cost_picodollars", request)
        self.assertIs(request["unpriced"], True)

    def test_time_to_first_token_of_a_slow_stream(self):
        _, _, request, _ = self.traced(chat("lab-slow", "count slowly", stream=True))
        self.assertGreater(request["duration_us"], 1_000_000)
        self.assertLess(request["ttft_us"], request["duration_us"] / 2)

    def test_tool_calls_are_part_of_the_output(self):
        tools = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
                 for name in ("get_weather", "get_time")]
        for stream in (False, True):
            _, _, request, _ = self.traced(
                chat("lab-plain", "weather and time", tools=tools, stream=stream))
            self.assertIn("get_weather", json.dumps(request["output"]))
            self.assertIn("Europe/Zurich", json.dumps(request["output"]))
            self.assertEqual(request["finish_reason"], "tool_calls")

    def test_a_client_that_leaves_has_a_trace_that_says_so(self):
        body = json.dumps(chat("lab-slow", "count slowly", stream=True)).encode()
        with wire.Wire(self.gateway.address) as connection:
            connection.send(wire.request_bytes("POST", CHAT, body, authorization()))
            head = connection.read_head()
            next(connection.chunks())
        trace = self.trace(head.header("x-headgate-trace-id"))
        request = next(each for each in trace["spans"] if each["kind"] == "request")
        self.assertEqual(request.get("error"), "cancelled")
        self.assertLess(request["duration_us"], 2_000_000)

    def test_refused_calls(self):
        for body, headers, status in (
            (chat("no-such-model", "x"), (), 404),
            (b'{"model":', (), 400),
        ):
            reply = self.post(body, headers)
            self.assertEqual(reply.status, status)
            trace = self.trace(reply.header("x-headgate-trace-id"))
            self.assertEqual(trace["spans"][0]["status"], "error")
            self.assertEqual(trace["spans"][0]["http_status"], status)

    def test_list_has_newest_first_and_a_limit(self):
        replies = [self.post(chat("lab-plain", f"listed {i}")) for i in range(5)]
        ids = [each.header("x-headgate-trace-id") for each in replies]
        self.trace(ids[-1])
        self.assertEqual([each["trace_id"] for each in self.trace_list(3)], ids[:1:-1])
        self.assertIn(ids[-1][:8], self.headgate("trace", "ls", "--limit", 3))

    def test_tree_for_people(self):
        reply = self.post(chat("lab-plain", "drawn"))
        trace_id = reply.header("x-headgate-trace-id")
        self.trace(trace_id)
        out = self.headgate("trace", "show", trace_id)
        for part in (trace_id, "lab-plain", "$0.", "lab"):
            self.assertIn(part, out)

    def test_a_trace_that_is_not_there(self):
        config = self.gateway.config_path
        for wrong in ("0" * 31 + "1", "nonsense"):
            code, out, err = self.sandbox.command("trace", "show", wrong, "--config", config)
            self.assertNotEqual(code, 0)
            self.assertIn(wrong, out + err)


class Redaction(TraceCase):
    def stored_bytes(self):
        folder = self.sandbox.folder
        skip = {self.lab.log_path}
        files = [each for each in folder.rglob("*") if each.is_file() and each not in skip]
        return {each: each.read_bytes() for each in files}

    def assert_nowhere(self, secret):
        for path, data in self.stored_bytes().items():
            self.assertNotIn(secret.encode(), data, f"{path} holds a secret")

    def test_keys_in_prompts_reach_the_provider_but_no_disk(self):
        for name, secret in SECRETS.items():
            for stream in (False, True):
                with self.subTest(name, stream=stream):
                    text = f"my {name} key is {secret} and it does not work"
                    reply, _, request, _ = self.traced(chat("lab-plain", text, stream=stream))
                    said = [each["body"]["messages"][0]["content"]
                            for each in harness.lab_requests(self.lab)]
                    self.assertIn(text, said, "the provider must get the prompt as it is")
                    stored = json.dumps(request)
                    self.assertNotIn(secret, stored)
                    self.assertIn("and it does not work", stored)
        for secret in SECRETS.values():
            self.assert_nowhere(secret)

    def test_a_key_cut_in_two_by_stream_chunks(self):
        """The answer repeats the key token by token; the trace joins it up and must see it."""
        self.traced(chat("lab-slow", f"say {SECRETS['OpenAI']} again", stream=True))
        self.assert_nowhere(SECRETS["OpenAI"])

    def test_credentials_are_nowhere(self):
        self.post(chat("lab-plain", "x"))
        self.post(chat("lab-plain", "x"), key="hg-wrong-but-secret-0123456789")
        self.post(chat("lab-plain", "fault:401"))
        for secret in (harness.CLIENT_KEY, harness.LAB_KEY, "hg-wrong-but-secret-0123456789"):
            self.assert_nowhere(secret)


class Keys(GatewayCase):
    EFFECT_S = 2.0

    def status(self, secret):
        return self.post(chat("lab-plain", "by key"), key=secret).status

    def create(self, *more):
        names = ("--user", "kim", "--tenant", "acme")
        made = json.loads(self.headgate("key", "create", *names, "--json", *more))
        return made["id"], made["key"]

    def test_created_used_listed_revoked(self):
        key_id, secret = self.create()
        harness.wait_for("key works", lambda: self.status(secret) == 200, self.EFFECT_S)
        listed = self.headgate("key", "list")
        self.assertIn(key_id, listed)
        self.assertIn("kim", listed)
        self.assertNotIn(secret, listed)
        self.headgate("key", "revoke", key_id)
        harness.wait_for("key refused", lambda: self.status(secret) == 401, self.EFFECT_S)
        self.assertEqual(self.status(harness.CLIENT_KEY), 200, "others stay")

    def test_a_neighbouring_secret_is_refused(self):
        _, secret = self.create()
        harness.wait_for("key works", lambda: self.status(secret) == 200, self.EFFECT_S)
        for wrong in (secret[:-1], secret + "a", secret[:-1] + ("a" if secret[-1] != "a" else "b"),
                      secret.upper(), secret[:12]):
            self.assertEqual(self.status(wrong), 401)

    def test_only_a_hash_is_stored(self):
        _, secret = self.create()
        for path in pathlib.Path(self.sandbox.folder).rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_human_output_shows_the_secret_once(self):
        out = self.headgate("key", "create", "--user", "lee", "--tenant", "acme")
        secrets = re.findall(r"hg[-_][A-Za-z0-9_-]{20,}", out)
        self.assertEqual(len(secrets), 1, out)
        harness.wait_for("key works", lambda: self.status(secrets[0]) == 200, self.EFFECT_S)

    def test_revoking_what_is_not_there(self):
        arguments = ("key", "revoke", "key_nobody", "--config", self.gateway.config_path)
        code, out, err = self.sandbox.command(*arguments)
        self.assertNotEqual(code, 0)
        self.assertIn("no such key", out + err)

    def test_a_key_for_some_models_only(self):
        _, secret = self.create("--model", "lab-plain")
        harness.wait_for("key works", lambda: self.status(secret) == 200, self.EFFECT_S)
        reply = self.post(chat("lab-slow", "x"), key=secret)
        self.assertIn(reply.status, (403, 404))
        reply = self.gateway.call("GET", "/v1/models", b"", authorization(secret))
        self.assertEqual([each["id"] for each in reply.json()["data"]], ["lab-plain"])


if __name__ == "__main__":
    unittest.main()
