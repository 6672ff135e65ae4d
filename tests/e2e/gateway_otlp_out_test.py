"""Traces on their way out: every profile and encoding, and a collector that fails or is away."""

import json
import os
import threading
import unittest

import collector
import harness
import otlp_wire
import wire
from collector import Reply
from harness import GatewayCase, chat, wait_for

QUICK = {"batch_delay_ms": 20, "backoff_ms": 50, "backoff_max_ms": 200, "timeout_ms": 5000}
SECRET = "Bearer collector-credential-0123456789"


class ExportCase(GatewayCase):
    exporter = {}

    @classmethod
    def setUpClass(cls):
        cls.collector = collector.Collector()
        cls.addClassCleanup(cls.collector.down)
        super().setUpClass()

    @classmethod
    def config(cls, lab, **more):
        config = harness.base_config(lab.address, cls.sandbox.folder)
        exporter = {"endpoint": cls.collector.url, **QUICK, **cls.exporter, **more}
        config["telemetry"] = {"otlp": {"exporters": {"test": exporter}}}
        return config

    def reload(self, config):
        self.sandbox.write_config(config)
        reloads = self.gateway.log().count('"reloaded"')
        self.gateway.signal(harness.signal.SIGHUP)
        wait_for("reloaded", lambda: self.gateway.log().count('"reloaded"') > reloads)

    def call(self, text="hello", **more):
        """The trace id of a call that was answered."""
        reply = self.post(chat("lab-plain", text, **more))
        self.assertEqual(reply.status, 200)
        return reply.header("x-headgate-trace-id")

    def exported(self, trace_id, count=2):
        """The spans that the collector has of a trace, by kind."""
        def probe():
            found = [each for each in self.collector.spans() if each["trace_id"] == trace_id]
            return found if len(found) == count else None

        spans = wait_for(f"{count} spans of {trace_id} at the collector", probe)
        return {each["attributes"]["headgate.kind"]: each for each in spans}

    def dropped(self, reason):
        return self.gateway.metric("headgate_otlp_dropped_spans", reason=reason)


# What an attempt has under each profile, beside what every span has. The lab's answer to "hello" is
# priced by prices.yaml; the numbers of tokens are taken from the reply.
EVERY = {"headgate.kind", "headgate.route", "headgate.tenant", "headgate.key_id",
         "headgate.request_id", "user.id", "http.response.status_code"}
CALL = {"gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model",
        "gen_ai.response.id", "gen_ai.response.model", "gen_ai.response.finish_reasons",
        "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "headgate.attempt",
        "headgate.cost.picodollars"}
CONTENT = {"gen_ai.input.messages", "gen_ai.output.messages"}
COMPAT_EVERY = {"openinference.span.kind", "langfuse.observation.type", "langfuse.user.id"}
COMPAT_CALL = {"llm.model_name", "llm.provider", "llm.token_count.prompt",
               "llm.token_count.completion", "llm.token_count.total", "llm.cost.total",
               "langfuse.observation.model.name", "langfuse.observation.usage_details",
               "langfuse.observation.cost_details"}
COMPAT_CONTENT = {"input.value", "input.mime_type", "output.value", "output.mime_type"}
ATTRIBUTES = {
    "otel-1.41": EVERY | CALL | CONTENT,
    "otel-genai-latest": EVERY | CALL | CONTENT,
    "compat": EVERY | CALL | CONTENT | COMPAT_EVERY | COMPAT_CALL | COMPAT_CONTENT,
}


class Exports(ExportCase):
    exporter = {"content": True}

    def test_attributes_are_those_of_the_profile(self):
        for profile, expected in ATTRIBUTES.items():
            for protocol in ("http/protobuf", "http/json"):
                for packed in (True, False):
                    with self.subTest(profile, protocol=protocol, packed=packed):
                        self.reload(self.config(self.lab, profile=profile, protocol=protocol,
                                                gzip=packed))
                        trace = self.call()
                        spans = self.exported(trace)
                        request, attempt = spans["request"], spans["attempt"]
                        self.assertEqual(set(attempt["attributes"]), expected)
                        self.assertEqual(attempt["parent_id"], request["span_id"])
                        self.assertEqual((request["kind"], attempt["kind"]), (2, 3))
                        self.assertEqual(attempt["name"], "chat lab-plain")
                        self.assertEqual(attempt["resource"]["service.name"], "headgate")
                        _, headers, _, _ = self.collector.requests[-1]
                        kind = "json" if protocol == "http/json" else "x-protobuf"
                        self.assertEqual(headers["content-type"], f"application/{kind}")
                        coding = "gzip" if packed else None
                        self.assertEqual(headers.get("content-encoding"), coding)

    def test_values(self):
        self.reload(self.config(self.lab))
        trace = self.call("What is 2 + 2?", user="ada")
        stored = self.trace(trace)
        head, tried = stored["spans"]
        spans = self.exported(trace)
        attributes = spans["attempt"]["attributes"]
        self.assertEqual(attributes["gen_ai.usage.input_tokens"], tried["usage"]["input"])
        self.assertEqual(attributes["gen_ai.usage.output_tokens"], tried["usage"]["output"])
        self.assertEqual(attributes["headgate.cost.picodollars"], tried["cost_picodollars"])
        self.assertEqual(attributes["gen_ai.response.finish_reasons"], ["stop"])
        self.assertEqual(json.loads(attributes["gen_ai.input.messages"]), [
            {"role": "user", "parts": [{"type": "text", "content": "What is 2 + 2?"}]}])
        self.assertEqual(json.loads(attributes["gen_ai.output.messages"]), [
            {"role": "assistant", "finish_reason": "stop",
             "parts": [{"type": "text", "content": head["output"]}]}])
        self.assertNotIn("gen_ai.usage.input_tokens", spans["request"]["attributes"],
                         "who sums up must not count a call twice")
        self.assertEqual(spans["attempt"]["start_ns"], tried["start_unix_us"] * 1000)

    def test_failures_are_errors(self):
        reply = self.post(chat("lab-plain", "fault:500"))
        spans = self.exported(reply.header("x-headgate-trace-id"))
        for span in spans.values():
            self.assertEqual(span["status"], 2)
            self.assertTrue(span["message"])
            self.assertTrue(span["attributes"]["error.type"])

    def test_content_leaves_only_where_it_is_asked_for(self):
        self.reload(self.config(self.lab, content=False, profile="compat"))
        trace = self.call("marmalade and toast")
        self.exported(trace)
        sent = b"".join(body for _, _, body, _ in self.collector.requests)
        self.assertNotIn(b"marmalade", sent)

    def test_spans_from_outside_leave_in_the_same_trace(self):
        self.reload(self.config(self.lab))
        trace, agent = os.urandom(16).hex(), os.urandom(8).hex()
        reply = self.post(chat("lab-plain", "x"), [("traceparent", f"00-{trace}-{agent}-01")])
        self.assertEqual(reply.status, 200)
        body = otlp_wire.request(otlp_wire.span(
            trace, agent, "invoke_agent triage",
            {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "triage", "mine": 1.0},
            events=[{"name": "thought", "timeUnixNano": "5", "attributes": []}]),
            resource={"service.name": "support-agent"})
        sent = [("Authorization", f"Bearer {harness.CLIENT_KEY}"),
                ("Content-Type", "application/x-protobuf")]
        reply = self.gateway.call("POST", "/v1/traces", otlp_wire.protobuf(body), sent)
        self.assertEqual(reply.status, 200)
        spans = self.exported(trace, 3)
        self.assertEqual(spans["request"]["parent_id"], agent)
        self.assertEqual(spans["agent"]["name"], "invoke_agent triage")
        self.assertEqual(spans["agent"]["attributes"]["mine"], 1.0)
        self.assertEqual(spans["agent"]["resource"], {"service.name": "support-agent"})
        self.assertEqual([each["name"] for each in spans["agent"]["events"]], ["thought"])

    def test_headers_path_and_resource(self):
        self.sandbox.environment["HEADGATE_E2E_OTLP"] = SECRET
        config = self.config(self.lab, headers={"authorization": "env:HEADGATE_E2E_OTLP"},
                             endpoint=self.collector.url + "/otlp/v1/traces",
                             resource={"deployment.environment.name": "test",
                                       "service.name": "gate"})
        self.gateway.stop()
        type(self).gateway = self.sandbox.gateway(config)
        span = self.exported(self.call())["attempt"]
        self.assertEqual(span["resource"]["deployment.environment.name"], "test")
        self.assertEqual(span["resource"]["service.name"], "gate")
        path, headers, _, _ = self.collector.requests[-1]
        self.assertEqual(path, "/otlp/v1/traces")
        self.assertEqual(headers["authorization"], SECRET)
        for file in self.sandbox.folder.rglob("*"):
            if file.is_file():
                self.assertNotIn(SECRET.encode(), file.read_bytes(), file)


class Collectors(ExportCase):
    """What a collector may do to us."""

    def test_partial_success_is_counted(self):
        # What the tests before have left is on its way still.
        wait_for("an empty queue", lambda: self.gateway.metric("headgate_otlp_queue_spans") == 0)
        rejected = self.dropped("rejected")
        exported = self.gateway.metric("headgate_otlp_exported_spans")
        self.collector.answer = lambda count: Reply(body=b"\x0a\x02\x08\x01")  # one of them
        self.call()
        wait_for("rejected", lambda: self.dropped("rejected") == rejected + 1)
        self.assertEqual(self.gateway.metric("headgate_otlp_exported_spans"), exported + 1)
        self.collector.answer = lambda count: Reply()

    def test_what_is_refused_is_counted_and_gone(self):
        refused = self.dropped("refused")
        self.collector.answer = lambda count: Reply(400, b"no")
        self.call()
        wait_for("refused", lambda: self.dropped("refused") == refused + 2)
        self.collector.answer = lambda count: Reply()
        self.exported(self.call())
        self.gateway.wait_for_log("otlp_export_refused")

    def test_what_is_not_taken_now_comes_again(self):
        for reply in (Reply(503), Reply(429, headers={"Retry-After": "0"}), Reply(502),
                      Reply(401), None):
            with self.subTest(reply.status if reply else "hung up"):
                begun = len(self.collector.requests)
                self.collector.answer = lambda count, reply=reply, begun=begun: (
                    reply if count < begun + 2 else Reply())
                self.exported(self.call())
                wait_for("over", lambda: self.gateway.metric("headgate_otlp_export_failing") == 0)

    def test_calls_do_not_wait_for_a_collector_that_hangs(self):
        hang = threading.Event()

        def answer(count):
            hang.wait(10)
            return Reply()

        self.collector.answer = answer
        traces = [self.call(f"call {i}") for i in range(20)]
        hang.set()
        self.collector.answer = lambda count: Reply()
        for trace in traces:
            self.exported(trace)


class Reloads(ExportCase):
    def begins(self, at):
        """An exporter begins with the export thread's next look."""
        before = len(at.spans())

        def probe():
            self.call()
            return len(at.spans()) > before

        wait_for("spans at the collector", probe)

    def test_exporters_come_and_go(self):
        config = self.config(self.lab)
        other = collector.Collector()
        self.addCleanup(other.down)
        self.exported(self.call())
        config["telemetry"]["otlp"]["exporters"]["other"] = {"endpoint": other.url, **QUICK}
        self.reload(config)
        self.begins(other)
        config["telemetry"]["otlp"]["exporters"] = {}
        self.reload(config)
        wait_for("gone", lambda: self.gateway.log().count("otlp_exporter_removed") == 2)
        before = len(other.requests)
        self.call("nobody hears")
        self.reload(self.config(self.lab))
        self.begins(self.collector)
        self.exported(self.call())
        self.assertEqual(len(other.requests), before)

    def test_a_reload_with_a_mistake_changes_nothing(self):
        config = self.config(self.lab)
        config["telemetry"]["otlp"]["exporters"]["test"]["headers"] = {"authorization": "env:NONE"}
        self.sandbox.write_config(config)
        self.gateway.signal(harness.signal.SIGHUP)
        wait_for("refused", lambda: "reload_refused" in self.gateway.log())
        self.exported(self.call())


class BeginsLater(ExportCase):
    """The first exporter comes with a reload."""

    @classmethod
    def config(cls, lab, **more):
        config = super().config(lab, **more)
        cls.later = json.loads(json.dumps(config))
        config["telemetry"]["otlp"]["exporters"] = {}
        return config

    def test_first_exporter(self):
        self.call("before")
        self.assertFalse((self.sandbox.folder / "store/otlp").exists())
        self.reload(self.later)
        self.exported(self.call())


class Outage(ExportCase):
    """A collector that is away for long, and gateways that are killed meanwhile."""

    def restart(self):
        self.gateway.kill()
        type(self).gateway = self.sandbox.gateway(self.config(self.lab))

    def test_nothing_is_lost_that_fits(self):
        self.collector.down()
        traces = []
        for round_ in range(4):
            traces += [self.call(f"{round_} {i}") for i in range(25)]
            if round_ < 3:
                self.restart()
        wait_for("all wait", lambda: self.gateway.metric("headgate_otlp_queue_spans") == 200)
        wait_for("failing", lambda: self.gateway.metric("headgate_otlp_export_failing") == 1)
        self.collector.up()
        wait_for("all there", lambda: len(set(self.collector.span_ids())) >= 200, 30)
        self.assertEqual(sorted({each["trace_id"] for each in self.collector.spans()}),
                         sorted(traces))
        self.assertEqual(len(self.collector.span_ids()), 200, "and nothing twice")
        self.assertEqual(self.gateway.metric("headgate_otlp_dropped_spans"), 0)
        wait_for("empty", lambda: self.gateway.metric("headgate_otlp_queue_spans") == 0)


class KilledUnderLoad(ExportCase):
    ROUNDS = 6

    def test_every_answered_call_leaves(self):
        """Killed at any point between a loop's journal, the queue and the collector."""
        answered = []

        def caller(gateway):
            while True:
                try:
                    reply = gateway.call("POST", harness.CHAT, chat("lab-plain", "x"),
                                         harness.authorization())
                except (wire.Closed, OSError):
                    return
                if reply.status == 200 and reply.complete:
                    answered.append(reply.header("x-headgate-trace-id"))

        for round_ in range(self.ROUNDS):
            before = len(answered)
            callers = [threading.Thread(target=caller, args=(self.gateway,)) for _ in range(4)]
            for each in callers:
                each.start()
            wait_for("some calls", lambda: len(answered) > before + 50 + 17 * round_)
            self.gateway.kill()
            for each in callers:
                each.join()
            type(self).gateway = self.sandbox.gateway(self.config(self.lab))

        def all_there():
            return set(answered) <= {each["trace_id"] for each in self.collector.spans()}

        wait_for("every answered call at the collector", all_there, 30)
        self.assertGreater(len(answered), 50 * self.ROUNDS)
        self.assertEqual(self.gateway.metric("headgate_otlp_dropped_spans"), 0)


class Overflow(ExportCase):
    exporter = {"queue_bytes": 1 << 20}

    def restart(self):
        self.gateway.kill()
        type(self).gateway = self.sandbox.gateway(self.config(self.lab))

    def test_what_does_not_fit_is_counted_exactly(self):
        """Two spans a call, some 20 KB each: the queue of 1 MiB is full after about 50 calls."""
        self.collector.down()
        text = "wordy " * 3000
        traces = []
        for round_ in range(4):
            traces += [self.call(f"{round_} {i} {text}") for i in range(25)]
            if round_ < 3:
                self.restart()
        sent = 2 * len(traces)

        def accounted():
            waits = self.gateway.metric("headgate_otlp_queue_spans")
            lost = self.gateway.metric("headgate_otlp_dropped_spans")
            return (waits, lost) if waits + lost == sent else None

        waits, lost = wait_for("every span waits or is counted", accounted)
        self.assertGreater(waits, 50)
        self.assertGreater(lost, 50)
        self.assertEqual(self.dropped("queue_full"), lost)
        self.collector.up()
        wait_for("the rest is there", lambda: len(self.collector.span_ids()) == waits, 30)
        there = {each["trace_id"] for each in self.collector.spans()}
        self.assertLessEqual(set(traces[:25]), there, "the oldest are kept")
        wait_for("counted", lambda: self.gateway.metric("headgate_otlp_exported_spans") == waits)
        self.assertEqual(self.gateway.metric("headgate_otlp_dropped_spans"), lost)


class Stops(ExportCase):
    def test_the_rest_leaves_at_the_end(self):
        self.reload(self.config(self.lab, batch_delay_ms=60_000))
        trace = self.call()
        self.assertEqual(self.gateway.stop(), 0)
        self.exported(trace)


if __name__ == "__main__":
    unittest.main()
