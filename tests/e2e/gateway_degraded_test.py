"""When no target has answered: what a route gives instead, in every dialect, and its marks."""

import json
import pathlib
import re
import unittest

import harness
from harness import GatewayCase, chat, lab_requests, wait_for

LAB_SCRIPT = pathlib.Path(__file__).parent / "degraded_lab.yaml"
OTHER_KEY = "hg-e2e-other-0123456789abcdefghij"
SORRY = "We cannot answer right now."
MARK = "x-headgate-degraded"


class Degraded(GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.sandbox.environment["HEADGATE_E2E_OTHER_KEY"] = OTHER_KEY
        cls.lab = cls.sandbox.lab(LAB_SCRIPT)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    # model → (model at the lab, what its route does)
    ROUTES = {
        "canned": ("d-down", {"use": ["canned"]}),
        "smaller": ("d-down", {"use": ["smaller", "canned"], "smaller": "tiny"}),
        "smaller-down": ("d-down", {"use": ["smaller", "canned"], "smaller": "tiny-down"}),
        "smaller-cut": ("d-down", {"use": ["smaller", "canned"], "smaller": "tiny-cut"}),
        "cached": ("d-once", {"use": ["cached"]}),
        "cached-streamed": ("d-once-streamed", {"use": ["cached", "canned"]}),
        "back": ("d-back", {"use": ["canned"]}),
        "wrong": ("d-wrong", {"use": ["canned"]}),
        "filtered": ("d-filtered", {"use": ["canned"]}),
        "plain": ("d-down", None),
        "checked": ("d-down", {"use": ["cached", "canned"]}),
        "queued": ("d-back-1", {"use": ["queue"]}),
        "queued-streamed": ("d-back-2", {"use": ["queue"]}),
        "queued-keyed": ("d-back-3", {"use": ["queue"]}),
        "queued-wrong": ("d-back-wrong", {"use": ["queue"]}),
        "queued-full": ("d-down", {"use": ["queue", "canned"], "queue": {"calls_max": 2}}),
    }

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        models = {name: upstream for name, (upstream, _) in cls.ROUTES.items()}
        models.update({"tiny": "d-tiny", "tiny-down": "d-tiny-down", "tiny-cut": "d-cut"})
        config["models"] = {name: {"provider": "lab", "upstream_model": upstream}
                            for name, upstream in models.items()}
        config["routes"] = {}
        for name, (_, degraded) in cls.ROUTES.items():
            route = {"models": [name], "retry": {"attempts_max": 1}}
            if degraded:
                route["degraded"] = {"canned": {"text": SORRY}, **degraded}
            config["routes"][name] = route
        config["routes"]["checked"]["structured_output"] = "enforce"
        config["auth"]["keys"].append(
            {"id": "other", "secret": "env:HEADGATE_E2E_OTHER_KEY", "tenant": "modest"})
        return config

    def counted(self, route):
        text = self.gateway.call("GET", "/metrics").body.decode()
        found = re.findall(r"headgate_degraded_total\{(.*)\} (\d+)", text)
        labels = [(dict(re.findall(r'(\w+)="([^"]*)"', each)), int(n)) for each, n in found]
        return {each["kind"]: n for each, n in labels if each["route"] == route}

    def spans(self, reply):
        spans = self.trace(reply.header("x-headgate-trace-id"))["spans"]
        return harness.without_decisions(spans)

    def text_of(self, reply):
        return reply.json()["choices"][0]["message"]["content"]

    def streamed_text(self, reply):
        events = reply.events()
        self.assertEqual(events[-1], "[DONE]")
        chunks = [json.loads(event) for event in events[:-1]]
        choices = [choice for chunk in chunks for choice in chunk["choices"]]
        self.assertEqual(choices[-1]["finish_reason"], "stop")
        return "".join(choice["delta"].get("content") or "" for choice in choices)

    def post_to(self, path, body, **headers):
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.gateway.call("POST", path, body, harness.authorization() + named)

    def test_a_canned_answer(self):
        reply = self.post(chat("canned", "Hello."))
        self.assertEqual(reply.status, 200)
        answer = reply.json()
        self.assertEqual(answer["object"], "chat.completion")
        self.assertEqual(answer["choices"][0]["message"]["content"], SORRY)
        self.assertEqual(answer["choices"][0]["finish_reason"], "stop")
        self.assertEqual(answer["model"], "canned")
        usage = answer["usage"]
        self.assertEqual((usage["prompt_tokens"], usage["completion_tokens"]), (0, 0))
        self.assertEqual(reply.header(MARK), "canned")
        self.assertEqual(reply.header("x-headgate-cost-usd"), "0.00")
        request, attempt = self.spans(reply)
        self.assertEqual(request["status"], "ok")
        self.assertEqual(request["attributes"]["degraded"], "canned")
        self.assertFalse(request.get("provider"), "nobody has answered")
        self.assertEqual(attempt["attributes"]["failure"], "overloaded")
        self.assertGreaterEqual(self.counted("canned")["canned"], 1)

    def test_a_canned_answer_as_a_stream(self):
        reply = self.post(chat("canned", "Hello.", stream=True,
                               stream_options={"include_usage": True}))
        self.assertIn("text/event-stream", reply.header("content-type"))
        self.assertEqual(reply.header(MARK), "canned")
        usage = json.loads(reply.events()[-2])["usage"]
        self.assertEqual((usage["prompt_tokens"], usage["completion_tokens"]), (0, 0))
        events = [json.loads(event) for event in reply.events()[:-1]]
        text = "".join(choice["delta"].get("content") or ""
                       for event in events for choice in event["choices"])
        self.assertEqual(text, SORRY)

    def test_a_canned_answer_in_the_callers_dialect(self):
        anthropic = {"model": "canned", "max_tokens": 10,
                     "messages": [{"role": "user", "content": "Hello."}]}
        reply = self.post_to("/v1/messages", anthropic, anthropic_version="2023-06-01")
        self.assertEqual((reply.status, reply.header(MARK)), (200, "canned"))
        answer = reply.json()
        self.assertEqual((answer["type"], answer["stop_reason"]), ("message", "end_turn"))
        self.assertEqual(answer["content"][0]["text"], SORRY)
        self.assertEqual(answer["usage"]["output_tokens"], 0)
        reply = self.post_to("/v1/messages", {**anthropic, "stream": True},
                             anthropic_version="2023-06-01")
        self.assertEqual(json.loads(reply.events()[-1])["type"], "message_stop")
        self.assertIn(SORRY, reply.body.decode())

        reply = self.post_to("/v1/responses", {"model": "canned", "input": "Hello."})
        answer = reply.json()
        self.assertEqual((answer["object"], answer["status"]), ("response", "completed"))
        self.assertEqual(answer["output"][0]["content"][0]["text"], SORRY)
        self.assertTrue(answer["id"].startswith("resp_"))

        gemini = {"contents": [{"role": "user", "parts": [{"text": "Hello."}]}]}
        reply = self.post_to("/v1beta/models/canned:generateContent", gemini)
        (candidate,) = reply.json()["candidates"]
        self.assertEqual(candidate["content"]["parts"][0]["text"], SORRY)
        self.assertEqual(candidate["finishReason"], "STOP")
        reply = self.post_to("/v1beta/models/canned:streamGenerateContent", gemini)
        self.assertEqual(reply.header(MARK), "canned")
        self.assertIn(SORRY, json.dumps(reply.json()))

    def test_a_smaller_model(self):
        for stream in (False, True):
            reply = self.post(chat("smaller", "Hello.", stream=stream))
            self.assertEqual(reply.status, 200)
            text = self.streamed_text(reply) if stream else self.text_of(reply)
            self.assertEqual(text, "d-tiny says one two three")
            self.assertEqual(reply.header(MARK), "smaller")
            self.assertEqual(reply.header("x-headgate-model"), "tiny")
            request, first, last = self.spans(reply)
            self.assertEqual(request["attributes"]["degraded"], "smaller")
            self.assertEqual(request["model_served"], "d-tiny")
            self.assertEqual(last["attributes"]["why"], "smaller")
            self.assertEqual(first["attributes"]["failure"], "overloaded")
        self.assertEqual(self.counted("smaller"), {"smaller": 2})

    def test_what_comes_after_a_smaller_model_that_fails(self):
        reply = self.post(chat("smaller-down", "Hello."))
        self.assertEqual((reply.header(MARK), self.text_of(reply)), ("canned", SORRY))
        self.assertEqual(reply.header("x-headgate-attempts"), "2")
        self.assertIsNone(reply.header("x-headgate-model"))
        self.assertEqual(self.counted("smaller-down"), {"canned": 1})
        reply = self.post(chat("smaller-cut", "Hello.", stream=True))
        self.assertEqual(reply.header(MARK), "smaller")
        self.assertNotIn("[DONE]", reply.events(), "what has begun and breaks is an error")

    def test_the_last_good_answer_to_the_same_request(self):
        good = self.post(chat("cached", "Hello."))
        self.assertEqual((good.status, good.header(MARK)), (200, None))
        again = self.post(chat("cached", "Hello."))
        self.assertEqual((again.status, again.header(MARK)), (200, "cached"))
        self.assertEqual(again.body, good.body)
        self.assertRegex(again.header("age"), r"^\d+$")
        self.assertNotEqual(again.header("x-request-id"), good.header("x-request-id"))
        request, attempt = self.spans(again)
        self.assertEqual(request["attributes"]["degraded"], "cached")
        self.assertFalse(request.get("cost_picodollars"))
        self.assertEqual(attempt["status"], "error")
        self.assert_error(self.post(chat("cached", "Something else.")), 503)
        self.assert_error(self.post(chat("cached", "Hello."), key=OTHER_KEY), 503)
        self.assert_error(self.post(chat("cached", "Hello.", temperature=0.5)), 503)
        third = self.post(chat("cached", "Hello."))
        self.assertEqual(third.body, good.body, "it can be given more than once")

    def test_the_last_good_stream(self):
        ask = chat("cached-streamed", "Hello.", stream=True)
        good = self.post(ask)
        again = self.post(ask)
        self.assertEqual(again.header(MARK), "cached")
        self.assertEqual(again.events(), good.events())
        self.assertIn("text/event-stream", again.header("content-type"))
        plain = self.post(chat("cached-streamed", "Hello."))
        self.assertEqual(plain.header(MARK), "canned", "a stream is no answer to this")

    def test_the_callers_mistakes_and_a_content_filter_are_told(self):
        self.assertEqual(self.assert_error(self.post(chat("wrong", "Hello.")), 400)["code"], "nope")
        self.assert_error(self.post(chat("filtered", "Hello.")), 400, "content_filter")
        reply = self.post(chat("plain", "Hello."))
        self.assertEqual((reply.status, reply.header(MARK)), (503, None))

    def test_nobody_who_repeats_a_call_gets_it_again(self):
        key = [("idempotency-key", "k-1")]
        first = self.post(chat("back", "Hello."), key)
        self.assertEqual((first.status, first.header(MARK)), (200, "canned"))
        second = self.post(chat("back", "Hello."), key)
        self.assertEqual((second.header(MARK), second.header("idempotent-replayed")), (None, None))
        self.assertEqual(self.text_of(second), "d-back says one two three")
        third = self.post(chat("back", "Hello."), key)
        self.assertEqual(third.header("idempotent-replayed"), "true")
        self.assertEqual(len([each for each in lab_requests(self.lab)
                              if each["body"]["model"] == "d-back"]), 2)

    def test_an_answer_that_has_to_fit_a_schema_is_a_models(self):
        schema = {"type": "json_schema", "json_schema": {
            "name": "x", "schema": {"type": "object", "required": ["a"]}}}
        self.assert_error(self.post(chat("checked", "Hello.", response_format=schema)), 503)
        self.assertEqual(self.post(chat("checked", "Hello.")).header(MARK), "canned")

    def fetch(self, reply, key=harness.CLIENT_KEY):
        return self.gateway.call("GET", reply.header("location"), b"", harness.authorization(key))

    def made(self, reply):
        """What a queued call came to."""
        self.assertEqual((reply.status, reply.header(MARK)), (202, "queued"), reply.body)

        def probe():
            found = self.fetch(reply)
            self.assertEqual(found.header(MARK), "queued")
            return found if found.status != 202 else None

        return wait_for("the queued call made", probe, 20, 0.1)

    def test_a_queued_call_is_made_later(self):
        reply = self.post(chat("queued", "Hello."))
        queued = reply.json()
        self.assertEqual((queued["object"], queued["status"]), ("headgate.queued_call", "queued"))
        self.assertEqual(queued["url"], reply.header("location"))
        self.assertEqual(queued["expires_at"] - queued["created_at"], 86400)
        self.assert_error(self.fetch(reply, OTHER_KEY), 404)
        found = self.made(reply)
        self.assertEqual(self.text_of(found), "d-back-1 says one two three")
        self.assertEqual(found.status, 200)
        self.assertIsNotNone(found.header("x-headgate-cost-usd"))
        self.assertEqual(self.fetch(reply).body, found.body, "as often as one likes")
        self.assert_error(self.fetch(reply, OTHER_KEY), 404)
        self.assert_error(self.gateway.call("GET", "/v1/degraded/dgr_x", b"",
                                            harness.authorization()), 404)

        def exchanges():
            code, out, _ = self.sandbox.command(
                "trace", "show", reply.header("x-headgate-trace-id"), "--json", "--config",
                self.gateway.config_path)
            found = json.loads(out)["exchanges"] if code == 0 else []
            return found if len(found) == 3 else None

        found = wait_for("all in one trace", exchanges, 5)
        first, failed, later = (exchange["spans"][0] for exchange in found)
        self.assertEqual((failed["status"], failed["attributes"]),
                         ("error", {"queued_call": queued["id"]}))
        self.assertEqual(first["attributes"]["degraded"], "queued")
        self.assertEqual(first["attributes"]["queued_call"], queued["id"])
        self.assertEqual(later["attributes"], {"queued_call": queued["id"]})
        self.assertEqual(later["status"], "ok")

    def test_a_stream_is_queued_too(self):
        reply = self.post(chat("queued-streamed", "Hello.", stream=True))
        self.assertIn("application/json", reply.header("content-type"))
        found = self.made(reply)
        self.assertIn("text/event-stream", found.header("content-type"))
        self.assertEqual(self.streamed_text(found), "d-back-2 says one two three")

    def test_who_repeats_a_queued_call_gets_the_same_id(self):
        key = [("idempotency-key", "k-2")]
        first = self.post(chat("queued-keyed", "Hello."), key)
        again = self.post(chat("queued-keyed", "Hello."), key)
        self.assertEqual((again.status, again.json()["id"]), (202, first.json()["id"]))
        self.assertEqual((again.header(MARK), again.header("idempotent-replayed")),
                         ("queued", "true"))
        self.assertEqual(self.text_of(self.made(again)), "d-back-3 says one two three")
        self.assertEqual(self.counted("queued-keyed"), {"queued": 1})

    def test_what_is_wrong_with_a_queued_call_is_its_answer(self):
        found = self.made(self.post(chat("queued-wrong", "Hello.")))
        self.assert_error(found, 400, "nope")

    def test_a_full_queue_is_passed_by(self):
        marks = [self.post(chat("queued-full", "Hello.")).header(MARK) for _ in range(3)]
        self.assertEqual(marks, ["queued", "queued", "canned"])
        self.assertEqual(self.counted("queued-full"), {"queued": 2, "queue_full": 1, "canned": 1})
        metrics = self.gateway.call("GET", "/metrics").body.decode()
        waiting = re.search(r"^headgate_queued_calls (\d+)", metrics, re.M)
        self.assertGreaterEqual(int(waiting.group(1)), 2)


class QueuedOverRestart(GatewayCase):
    """The provider is gone, the gateway dies by kill -9, both come back."""

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        config["models"] = {"d-any": {"provider": "lab"}}
        config["routes"] = {"all": {"retry": {"attempts_max": 1}, "degraded": {"use": ["queue"]}}}
        return config

    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.lab = cls.sandbox.lab(LAB_SCRIPT)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    def test_a_queued_call_outlives_the_process(self):
        self.lab.kill()
        replies = [self.post(chat("d-any", f"Hello {n}.")) for n in range(5)]
        self.assertEqual([reply.status for reply in replies], [202] * 5)
        self.gateway.kill()
        gateway = self.sandbox.gateway(self.config(self.lab), "again")
        for reply in replies:
            found = gateway.call("GET", reply.header("location"), b"", harness.authorization())
            self.assertEqual(found.status, 202)
        self.sandbox.lab(LAB_SCRIPT, "lab-again", self.lab.address)

        def all_made():
            found = [gateway.call("GET", reply.header("location"), b"", harness.authorization())
                     for reply in replies]
            return all(each.status == 200 for each in found)

        wait_for("all made", all_made, 60, 0.2)


if __name__ == "__main__":
    unittest.main()
