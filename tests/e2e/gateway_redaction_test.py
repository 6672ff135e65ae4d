"""Secrets of every kind, put into every field and header of a request and coming back in answers:
none of them is found, byte by byte, in the store, the journals, the logs, or what commands print.
"""

import base64
import json
import re
import unittest

import harness
from harness import CHAT, GatewayCase, authorization, chat

# Each is built from a number, so that one found can be told from the others.
KINDS = {
    "openai key": lambda n: f"sk-proj-{n:04d}T3BlbkFJabcdefghijklmnopqrstuvwx",
    "anthropic key": lambda n: f"sk-ant-api03-{n:04d}{'Ab3dEf6h' * 11}-QwErTyAA",
    "aws key": lambda n: f"AKIA{n:04d}IOSFODNN7EXZ",
    "github token": lambda n: f"ghp_{n:04d}{'a1B2c3D4' * 4}",
    "slack token": lambda n: f"xoxb-{n:04d}56789012-123456789012-AbCdEfGhIjKlMnOpQrStUvWx",
    "google key": lambda n: f"AIzaSy{n:04d}{'Ab3dE6gH' * 4}"[:39],
    "headgate key": lambda n: f"hg_{n:04d}abcdefgh_{'a1B2c3D4' * 6}",
    "card": lambda n: card(n),
    "card, spaced": lambda n: spaced(card(n + 5000)),
    "jwt": lambda n: jwt(n),
}
ANSWERED = "what the model says"


def card(number):
    """A card number of Visa's range with its check digit."""
    digits = f"4{number:014d}"
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def spaced(digits):
    return " ".join(digits[i : i + 4] for i in range(0, 16, 4))


def jwt(number):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    signature = base64.urlsafe_b64encode(f"signature {number:06d} of a token".encode()).decode()
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': number})}.{signature.rstrip('=')}"


class Redaction(GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.used = {}
        cls.count = 0
        answer = "Remember: " + "; ".join(cls.secret(kind, ANSWERED) for kind in KINDS)
        call = {"name": "pay", "arguments": {"password": cls.password(ANSWERED)}}
        refusal = json.dumps({"error": {"message": answer, "type": "invalid_request_error",
                                        "param": None, "code": None}})
        rules = [
            {"match": {"user_contains": "call a tool"}, "answer": {"tool_calls": [call]}},
            {"match": {"user_contains": "say no"}, "fault": {"kind": "status", "status": 400,
                                                            "body": refusal}},
            {"answer": answer},
        ]
        script = cls.sandbox.folder.parent / f"{cls.sandbox.folder.name}-lab.yaml"
        script.write_text(json.dumps({
            "models": ["lab-plain"], "keys": ["env:HEADGATE_E2E_LAB_KEY"], "rules": rules,
        }))
        cls.addClassCleanup(script.unlink)
        cls.lab = cls.sandbox.lab(script)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        config["telemetry"] = {"log_calls": "all"}
        return config

    @classmethod
    def secret(cls, kind, where):
        cls.count += 1
        made = KINDS[kind](cls.count)
        cls.used[made] = f"{kind} in {where}"
        return made

    @classmethod
    def password(cls, where):
        cls.count += 1
        made = f"correct-horse-{cls.count:04d}-battery"
        cls.used[made] = f"password in {where}"
        return made

    def all_kinds(self, where):
        return "Here: " + " and ".join(self.secret(kind, where) for kind in KINDS) + "."

    def body(self, **more):
        """A chat request with secrets wherever text may stand."""
        arguments = json.dumps({"to": "x", "password": self.password("arguments of a call"),
                                "note": self.all_kinds("arguments of a call")})
        parameters = {"type": "object", "properties": {
            "a": {"type": "string", "description": self.all_kinds("a schema"),
                  "default": self.secret("openai key", "a default")}}}
        call = {"id": "call_1", "type": "function",
                "function": {"name": "pay", "arguments": arguments}}
        messages = [
            {"role": "system", "content": self.all_kinds("the system prompt")},
            {"role": "user", "name": "ute", "content": [
                {"type": "text", "text": self.all_kinds("a part of text")}]},
            {"role": "assistant", "content": self.all_kinds("an old answer"), "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1",
             "content": json.dumps({"api_key": self.password("a tool's result"),
                                    "text": self.all_kinds("a tool's result")})},
            {"role": "user", "content": more.pop("text", "Go on. ") + self.all_kinds("a prompt")},
        ]
        tool = {"type": "function", "function": {
            "name": "pay", "description": self.all_kinds("a tool"), "parameters": parameters}}
        return {
            **chat("lab-plain", ""), "messages": messages, "tools": [tool],
            "user": self.secret("github token", "user"),
            "metadata": {"password": self.password("metadata"),
                         "note": self.secret("aws key", "metadata")},
            "stop": [self.secret("slack token", "stop")], **more,
        }

    def headers(self):
        named = ("x-user-id", "x-session-id", "x-workflow-id", "x-request-id", "cookie", "x-custom",
                 "tracestate", "baggage", "user-agent", "openai-organization")
        kinds = ("github token", "openai key", "aws key", "google key")
        values = [
            (name, f"a={self.secret(kinds[i % len(kinds)], name)}") for i, name in enumerate(named)
        ]
        return authorization() + values + [("x-api-key", self.secret("anthropic key", "x-api-key"))]

    def ask(self, body, headers=None, path=CHAT):
        return self.gateway.call("POST", path, body, headers or self.headers())

    def found_in(self, data):
        return {where for secret, where in self.used.items() if secret.encode() in data}

    def test_nowhere(self):
        self.assertEqual(self.ask(self.body()).status, 200)
        self.assertEqual(self.ask(self.body(stream=True)).status, 200)
        self.assertEqual(self.ask(self.body(text="call a tool ")).status, 200)
        self.assertEqual(self.ask(self.body(text="say no ")).status, 400)
        self.ask({**self.body(), "model": self.secret("openai key", "the model's name")})
        self.ask({**self.body(), "temperature": self.secret("openai key", "a number's place")})
        self.ask(b'{"model": "lab-plain", "messages": [' + self.all_kinds("no JSON").encode())
        self.ask(self.body(), authorization(self.secret("openai key", "a wrong key")))
        path = "/v1/models/" + self.secret("google key", "a path")
        self.gateway.call("GET", path, b"", self.headers())
        query = "/v1/models?key=" + self.secret("google key", "a query")
        self.gateway.call("GET", query, b"", self.headers())
        messages = {"model": "lab-plain", "max_tokens": 9, "system": self.all_kinds("system"),
                    "messages": [{"role": "user", "content": self.all_kinds("a message")}]}
        version = [("anthropic-version", "2023-06-01")]
        self.ask(messages, self.headers()[:-1] + version, "/v1/messages")
        self.ask({"model": "lab-plain", "input": self.all_kinds("input"),
                  "instructions": self.all_kinds("instructions"), "store": False}, None,
                 "/v1/responses")
        traces = harness.wait_for("traces", lambda: len(self.trace_list(50)) >= 9, 10)
        self.assertTrue(traces)

        printed = "".join(self.headgate("trace", "show", each["trace_id"], "--full", *more)
                          for each in self.trace_list(50) for more in ((), ("--json",)))
        self.assertIn("[redacted", printed)
        self.assertEqual(self.found_in(printed.encode()), set(), "printed")
        metrics = self.gateway.call("GET", "/metrics").body
        self.assertEqual(self.found_in(metrics), set(), "metrics")
        self.gateway.wait_for_log("call_failed")
        self.gateway.stop()
        looked = 0
        for path in sorted(self.sandbox.folder.rglob("*")):
            if path.is_file() and path.name != "lab.log":
                looked += 1
                with self.subTest(file=path.name):
                    self.assertEqual(self.found_in(path.read_bytes()), set())
        self.assertGreater(looked, 4)
        self.assertGreater(len(self.used), 300)


if __name__ == "__main__":
    unittest.main()
