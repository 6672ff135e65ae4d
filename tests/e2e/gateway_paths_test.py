"""Providers whose paths and credentials are not their family's own: `path_prefix`, `query` and
`auth`, as Azure and gateways before a provider want them."""

import json
import unittest

import harness
import recorder
from harness import CLIENT_KEY, LAB_KEY, authorization, chat

VERSION = "2024-10-21"
EMBEDDING = {"object": "list", "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1},
             "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}]}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
           "content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn",
           "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 2}}
CANDIDATE = {"candidates": [{"content": {"role": "model", "parts": [{"text": "ok"}]},
                             "finishReason": "STOP", "index": 0}], "modelVersion": "m"}


class Paths(harness.RecordedCase):
    @classmethod
    def config(cls, provider):
        origin = f"http://{provider.address}"
        key = {"api_key": "env:HEADGATE_E2E_LAB_KEY"}
        config = super().config(provider)
        config["providers"] = {
            "azure": {"kind": "openai-chat", "base_url": origin, "auth": "api-key", **key,
                      "path_prefix": "/openai/deployments/{model}",
                      "query": f"api-version={VERSION}"},
            "below": {"kind": "openai-chat", "base_url": f"{origin}/azure", "auth": "bearer", **key,
                      "path_prefix": "/{model}/{model}", "query": "a=1&b=%20"},
            "anthropic": {"kind": "anthropic", "base_url": f"{origin}/v1", "auth": "bearer", **key},
            "gemini": {"kind": "gemini", "base_url": f"{origin}/v1beta", "auth": "x-api-key", **key,
                       "query": "quota=q"},
            "open": {"kind": "openai-chat", "base_url": f"{origin}/v1"},
        }
        config["models"] = {
            "gpt": {"provider": "azure", "upstream_model": "my-deployment"},
            "odd": {"provider": "azure", "upstream_model": "a b/c?d#e%f"},
            "below": {"provider": "below", "upstream_model": "m"},
            "claude": {"provider": "anthropic", "upstream_model": "m"},
            "gemini": {"provider": "gemini", "upstream_model": "m"},
            "open": {"provider": "open", "upstream_model": "m"},
        }
        return config

    def setUp(self):
        self.provider.answer = None

    def got(self, model, target="/v1/chat/completions", body=None, **more):
        """What the provider got of a call that went well."""
        body = body or chat(model, "hello", **more)
        before = len(self.provider.requests)
        reply = self.gateway.call("POST", target, body, authorization())
        self.assertEqual(reply.status, 200, reply.body)
        self.assertTrue(reply.complete)
        self.assertEqual(len(self.provider.requests), before + 1)
        return self.provider.requests[-1]

    def answer(self, value):
        reply = recorder.reply_bytes(json.dumps(value).encode())
        self.provider.answer = lambda _: [reply]

    def test_a_deployment_of_azure(self):
        path = f"/openai/deployments/my-deployment/chat/completions?api-version={VERSION}"
        for stream in (False, True):
            got = self.got("gpt", stream=stream)
            self.assertEqual(got.request_line, f"POST {path} HTTP/1.1")
            self.assertEqual(got.header("host"), self.provider.address)
            self.assertEqual(got.header("api-key"), LAB_KEY)
            self.assertIsNone(got.header("authorization"))
            self.assertNotIn(CLIENT_KEY, str(got.headers))
            self.assertEqual(json.loads(got.body)["model"], "my-deployment")

    def test_its_embeddings(self):
        self.answer(EMBEDDING)
        got = self.got("gpt", "/v1/embeddings", {"model": "gpt", "input": "x"})
        self.assertEqual(
            got.request_line, "POST /openai/deployments/my-deployment/embeddings"
                              f"?api-version={VERSION} HTTP/1.1")

    def test_for_a_caller_of_another_dialect(self):
        body = {"model": "gpt", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
        got = self.got("gpt", "/v1/messages", body)
        self.assertIn("/openai/deployments/my-deployment/chat/completions?", got.request_line)
        self.assertEqual(got.header("api-key"), LAB_KEY)

    def test_a_name_that_would_break_the_request_line(self):
        line = self.got("odd").request_line
        self.assertEqual(line.split(" ")[1], "/openai/deployments/a%20b%2Fc%3Fd%23e%25f/chat/"
                                             f"completions?api-version={VERSION}")

    def test_below_a_path_of_the_base_url(self):
        got = self.got("below")
        self.assertEqual(got.request_line, "POST /azure/m/m/chat/completions?a=1&b=%20 HTTP/1.1")
        self.assertEqual(got.header("authorization"), f"Bearer {LAB_KEY}")

    def test_credentials_of_other_families(self):
        self.answer(MESSAGE)
        got = self.got("claude")
        self.assertEqual(got.header("authorization"), f"Bearer {LAB_KEY}")
        self.assertIsNone(got.header("x-api-key"))
        self.answer(CANDIDATE)
        got = self.got("gemini")
        self.assertEqual(got.request_line,
                         "POST /v1beta/models/m:generateContent?quota=q HTTP/1.1")
        self.assertEqual(got.header("x-api-key"), LAB_KEY)
        self.assertIsNone(got.header("x-goog-api-key"))

    def test_the_query_goes_behind_gemini_s_own(self):
        event = b"data: " + json.dumps(CANDIDATE).encode() + b"\n\n"
        reply = recorder.reply_bytes(event, "text/event-stream")
        self.provider.answer = lambda _: [reply]
        got = self.got("gemini", stream=True)
        self.assertEqual(
            got.request_line,
            "POST /v1beta/models/m:streamGenerateContent?alt=sse&quota=q HTTP/1.1")

    def test_no_key_is_no_header(self):
        got = self.got("open")
        for name in ("authorization", "api-key", "x-api-key", "x-goog-api-key"):
            self.assertIsNone(got.header(name))


if __name__ == "__main__":
    unittest.main()
