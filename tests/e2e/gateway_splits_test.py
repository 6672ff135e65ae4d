"""Streams in random TCP segments: the caller gets what it gets of the same stream in one piece.

The streams are the golden transcripts of every family; each goes to a caller of its own dialect
and to one of another. Chunks of the transfer coding and segments of TCP are cut independently.
$HEADGATE_E2E_SEED picks other cuts.
"""

import json
import os
import random
import re
import unittest

import harness
import recorder
from harness import ROOT, authorization

SEED = int(os.environ.get("HEADGATE_E2E_SEED", "1"))
SEEDS = 3 if harness.SANITIZED else 12
GOLDEN = ROOT / "tests/golden"

# family: (provider kind, its base path, what its callers send)
HELLO = [{"role": "user", "content": "hello"}]
FAMILIES = {
    "chat": ("openai-chat", "/v1", "/v1/chat/completions", {"messages": HELLO}),
    "responses": ("openai-responses", "/v1", "/v1/responses", {"input": "hello"}),
    "anthropic": ("anthropic", "/v1", "/v1/messages", {"messages": HELLO, "max_tokens": 99}),
    "gemini": ("gemini", "/v1beta", "/v1beta/models/{}:streamGenerateContent?alt=sse",
               {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}),
}
FOLDERS = {"openai_chat": "chat", "openai_chat_codec": "chat", "responses": "responses",
           "anthropic": "anthropic", "gemini": "gemini"}
DIALECTS = {"openai_chat": "chat", "openai_responses": "responses", "anthropic": "anthropic"}
# The caller of another dialect that each family's streams are written for.
ACROSS = {"chat": "anthropic", "anthropic": "responses", "responses": "gemini", "gemini": "chat"}


def load(path):
    """(options, bytes) of a golden transcript."""
    head, rest = path.read_bytes().split(b"--- bytes\n", 1)
    body = rest.split(b"--- facts\n", 1)[0]
    lines = [line for line in head.decode().splitlines() if line and not line.startswith("#")]
    options = dict(line.split(" ", 1) for line in lines)
    ends = {"crlf": b"\r\n", "cr": b"\r"}.get(options.get("line_ends"), b"\n")
    return options, body.replace(b"\n", ends)


def streams():
    """(name, family, bytes) of every golden stream."""
    for folder, family in FOLDERS.items():
        for path in sorted((GOLDEN / folder).glob("*.test")):
            options, body = load(path)
            if options["kind"] == "stream":
                yield f"{folder}/{path.stem}", DIALECTS.get(options.get("from"), family), body


def cut(data, rng, step):
    """`data` in pieces of random sizes around `step`."""
    at = 0
    while at < len(data):
        size = rng.randint(1, max(1, 2 * step))
        yield data[at:at + size]
        at += size


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def whole(body):
    return [HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body]


def in_segments(body, seed):
    """The reply as the TCP segments to send: chunks cut in one way, segments in another."""
    rng = random.Random(seed)
    steps = (1, 3, 17, 80, 400)
    chunks = cut(body, rng, rng.choice(steps))
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    return cut(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + coded, rng, rng.choice(steps))


PER_CALL = [
    (re.compile(rb"resp_[0-9a-f]{48}"), b"resp_X"),  # of a response that is written anew
    (re.compile(rb"_hg_[0-9a-f]{48}"), b"_hg_X"),
    (re.compile(rb'"(created|created_at)":\d{10}'), rb'"\1":0'),
]


def settled(body):
    for pattern, to in PER_CALL:
        body = pattern.sub(to, body)
    return body


def error_of(body):
    """What the error says that a reply ends in, whole or as a stream's event; or nothing."""
    found = re.findall(r'"message":\s*("(?:[^"\\]|\\.)*")', body.decode(errors="replace"))
    if not found or b'"error"' not in body:
        return None
    return json.loads(found[-1]).removeprefix("the provider failed within its answer: ")


class Splits(harness.GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.provider = recorder.Recorder()
        cls.addClassCleanup(cls.provider.close)
        config = harness.base_config(cls.provider.address, cls.sandbox.folder)
        config["providers"] = {
            family: {"kind": kind, "base_url": f"http://{cls.provider.address}{base}",
                     "breaker": {"enabled": False}}
            for family, (kind, base, _, _) in FAMILIES.items()
        }
        config["models"] = {family: {"provider": family} for family in FAMILIES}
        cls.gateway = cls.sandbox.gateway(config)

    def ask(self, family, caller, segments):
        """What a caller of one dialect gets of a family's provider that sends `segments`."""
        self.provider.answer = lambda _: segments
        _, _, target, body = FAMILIES[caller]
        body = dict(body)
        if caller != "gemini":
            body.update(model=family, stream=True)
        headers = authorization() + [("X-Request-Id", "req_1")]
        reply = self.gateway.call("POST", target.format(family), body, headers)
        self.assertTrue(reply.complete)
        return reply

    def test_streams_come_out_the_same(self):
        count = 0
        for name, family, body in streams():
            for caller in (family, ACROSS[family]):
                expected = self.ask(family, caller, whole(body))
                for i in range(SEEDS):
                    seed = f"{SEED}/{name}/{caller}/{i}"
                    with self.subTest(seed):
                        got = self.ask(family, caller, in_segments(body, seed))
                        self.assert_same(got, expected)
                        count += 1
        self.assertGreater(count, 50 * SEEDS)

    def assert_same(self, got, expected):
        """An error that was seen before the reply began is a status; later it is an event."""
        if expected.status == 200:
            self.assertEqual(got.status, 200, got.body)
            self.assertEqual(settled(got.body), settled(expected.body))
            return
        self.assertIsNotNone(error_of(expected.body), expected.body)
        self.assertEqual(error_of(got.body), error_of(expected.body), got.body)
        if got.status != 200:
            self.assertEqual((got.status, got.body), (expected.status, expected.body))


if __name__ == "__main__":
    unittest.main()
