"""Spans from outside (POST /v1/traces): taken in both encodings, joined, priced once, cleaned."""

import decimal
import gzip
import json
import os
import unittest

import harness
import otlp_wire
from harness import GatewayCase, authorization, chat, wait_for
from otlp_wire import request, span

PATH = "/v1/traces"
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
SECRETS = {
    "OpenAI": "sk-proj-T3BlbkFJ4a8fQ2mZ0xVt7Lw9RkYc1NsPdEuGhJbXoAiW5Bz",
    "GitHub": "ghp_R4nd0mL00k1ngT0k3nF0rT3st1ngPurp053s",
    "card": "4242 4242 4242 4242",
}
WITHOUT_FORMAT = "correct-horse-battery-staple-17"


def new_trace():
    return os.urandom(16).hex()


def new_span():
    return os.urandom(8).hex()


class OtlpCase(GatewayCase):
    @classmethod
    def config(cls, lab):
        return harness.base_config(lab.address, cls.sandbox.folder)

    def send(self, body, kind=PROTOBUF, key=harness.CLIENT_KEY, headers=(), packed=False):
        if not isinstance(body, bytes):
            body = otlp_wire.protobuf(body) if kind == PROTOBUF else json.dumps(body).encode()
        sent = [("Authorization", f"Bearer {key}"), ("Content-Type", kind), *headers]
        if packed:
            body = gzip.compress(body)
            sent.append(("Content-Encoding", "gzip"))
        return self.gateway.call("POST", PATH, body, sent)

    def taken(self, body, rejected=0, **more):
        reply = self.send(body, **more)
        self.assertEqual(reply.status, 200, reply.body)
        kind = more.get("kind", PROTOBUF)
        self.assertEqual(reply.header("content-type"), kind)
        self.assertEqual(otlp_wire.partial_success(reply.body, kind)[0], rejected)
        return reply

    def exchanges(self, trace_id, spans):
        """The records of a trace, once it has so many spans."""
        arguments = ("trace", "show", trace_id, "--json", "--config", self.gateway.config_path)

        def probe():
            code, out, _ = self.sandbox.command(*arguments)
            found = json.loads(out)["exchanges"] if code == 0 else []
            return found if sum(len(each["spans"]) for each in found) == spans else None

        return wait_for(f"{spans} spans of {trace_id}", probe, 20)

    def spans(self, trace_id, count):
        """By name."""
        return {each["name"]: each
                for exchange in self.exchanges(trace_id, count) for each in exchange["spans"]}


class Takes(OtlpCase):
    def test_every_encoding(self):
        for kind in (PROTOBUF, JSON):
            for packed in (False, True):
                with self.subTest(kind, packed=packed):
                    trace, root, child = new_trace(), new_span(), new_span()
                    self.taken(request(
                        span(trace, root, "invoke_agent triage",
                             {"gen_ai.operation.name": "invoke_agent",
                              "gen_ai.agent.name": "triage", "session.id": "s-1", "n": 7}),
                        span(trace, child, "execute_tool get_order",
                             {"gen_ai.operation.name": "execute_tool",
                              "gen_ai.tool.name": "get_order", "error.type": "timeout"},
                             root, status={"code": 2, "message": "late"}),
                    ), kind=kind, packed=packed)
                    exchange, = self.exchanges(trace, 2)
                    head, tool = exchange["spans"]
                    self.assertEqual((exchange["tenant"], exchange["key_id"]), ("acme", "e2e"))
                    self.assertEqual((exchange["user"], exchange["session"]), ("ute", "s-1"))
                    self.assertEqual((head["kind"], head["name"]), ("agent", "triage"))
                    self.assertEqual(head["attributes"]["n"], 7)
                    self.assertEqual(head["attributes"]["resource.service.name"], "agent")
                    self.assertEqual(tool["kind"], "tool")
                    self.assertEqual(tool["parent_id"], root)
                    self.assertEqual(tool["duration_us"], 250_000)
                    self.assertEqual((tool["error"], tool["error_message"]),
                                     ("timeout_total", "late"))

    def test_a_span_alone_is_rejected(self):
        trace = new_trace()
        good = span(trace, new_span(), "good")
        for bad in (span(trace, "", "bad"), span("", new_span(), "bad"),
                    span("00" * 16, new_span(), "bad")):
            for kind in (PROTOBUF, JSON):
                with self.subTest(kind):
                    good = span(trace, new_span(), "good")
                    reply = self.taken(request(bad, good), rejected=1, kind=kind)
                    self.assertIn("id", otlp_wire.partial_success(reply.body, kind)[1])

    def test_what_is_no_request(self):
        for body, kind, status in (
            (b"{", JSON, 400), (b"[]", JSON, 400), (b"\x0a\x7f", PROTOBUF, 400),
            (b"<x>", "text/xml", 415), (b"{}", "", 415),
        ):
            with self.subTest(body, kind=kind):
                reply = self.send(body, kind=kind)
                self.assertEqual(reply.status, status, reply.body)
                self.assertTrue(reply.body)
        self.assertEqual(self.send(b"", kind=PROTOBUF).status, 200)
        reply = self.send(b"{}", kind=JSON, headers=[("Content-Encoding", "br")])
        self.assertEqual(reply.status, 415)
        reply = self.send(b"no gzip", kind=JSON, headers=[("Content-Encoding", "gzip")])
        self.assertEqual(reply.status, 400)

    def test_a_bomb(self):
        bomb = gzip.compress(bytes(1 << 30), 9)
        self.assertLess(len(bomb), 2 << 20)
        before = self.gateway.memory()
        reply = self.send(bomb, headers=[("Content-Encoding", "gzip")])
        self.assertEqual(reply.status, 413)
        if not harness.SANITIZED:
            self.assertLess(self.gateway.memory("VmHWM"), before + 100 * harness.MIB)

    def test_keys(self):
        for kind in (PROTOBUF, JSON):
            body = request(span(new_trace(), new_span(), "x"))
            reply = self.send(body, kind=kind, key="hg-wrong")
            self.assertEqual(reply.status, 401)
            self.assertEqual(reply.header("content-type"), kind)
        self.assertEqual(json.loads(reply.body)["code"], 16)
        self.assertEqual(self.gateway.call("GET", PATH).status, 405)

    def test_a_batch_that_is_sent_again_is_stored_once(self):
        trace = new_trace()
        batch = request(*(span(trace, new_span(), f"s{i}") for i in range(3)))
        before = self.gateway.metric('headgate_otlp_received_spans_total{outcome="repeated"}')
        for kind in (PROTOBUF, JSON, PROTOBUF):
            self.taken(batch, kind=kind)
        self.exchanges(trace, 3)
        after = self.gateway.metric('headgate_otlp_received_spans_total{outcome="repeated"}')
        self.assertEqual(after - before, 6)

    def test_many_spans_of_many_traces(self):
        traces = [new_trace() for _ in range(20)]
        spans = [span(trace, new_span(), f"s{i}") for i in range(100) for trace in traces]
        self.taken(request(*spans), packed=True)
        for trace in traces:
            self.exchanges(trace, 100)

    def test_identity_that_no_span_may_change(self):
        trace = new_trace()
        self.taken(request(span(trace, new_span(), "x", {
            "user.id": "mallory", "headgate.tenant": "other", "headgate.key_id": "other"})))
        exchange, = self.exchanges(trace, 1)
        self.assertEqual((exchange["user"], exchange["tenant"], exchange["key_id"]),
                         ("ute", "acme", "e2e"))
        self.assertEqual(exchange["spans"][0]["attributes"]["user.id"], "mallory")


USAGE = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100,
         "gen_ai.usage.cache_read.input_tokens": 400}
# (600 * 0.15 + 400 * 0.075 + 100 * 0.60) / 10^6 dollars
COST = decimal.Decimal("0.00018") * 10**12


def llm_span(trace, span_id, name="chat", parent="", model="lab-plain", **attributes):
    return span(trace, span_id, name, {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "lab",
        "gen_ai.request.model": model, **USAGE, **attributes}, parent, kind=3)


class Costs(OtlpCase):
    def test_by_the_price_book(self):
        trace, root = new_trace(), new_span()
        self.taken(request(
            span(trace, root, "root"),
            llm_span(trace, new_span(), "priced", root),
            llm_span(trace, new_span(), "unknown", root, model="nobody-knows"),
            llm_span(trace, new_span(), "told", root, model="nobody-knows-2",
                     **{"gen_ai.usage.cost": 0.25}),
            span(trace, new_span(), "no call", USAGE, root)))
        spans = self.spans(trace, 5)
        self.assertEqual(spans["priced"]["cost_picodollars"], COST)
        self.assertEqual(spans["priced"]["attributes"]["headgate.cost.source"], "price_book")
        self.assertIs(spans["unknown"]["unpriced"], True)
        self.assertNotIn("cost_picodollars", spans["unknown"])
        self.assertEqual(spans["told"]["cost_picodollars"], 250_000_000_000)
        self.assertEqual(spans["told"]["attributes"]["headgate.cost.source"], "reported")
        self.assertEqual(spans["root"]["cost_picodollars"], COST + 250_000_000_000)
        self.assertEqual(spans["root"]["usage"]["input"], 3000, "the head has the sum")
        self.assertNotIn("usage", spans["no call"])
        self.assertEqual(spans["no call"]["attributes"]["headgate.usage.told"]["input"], 1000)
        self.assertNotIn("cost_picodollars", spans["no call"])
        self.assertIs(spans["no call"]["unpriced"], False)

    def call_gateway(self, trace, parent):
        headers = [("traceparent", f"00-{trace}-{parent}-01")]
        reply = self.post(chat("lab-plain", "through the gateway"), headers)
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.header("x-headgate-trace-id"), trace)
        return reply.json()["id"]

    def test_a_call_through_the_gateway_is_counted_there(self):
        """agent → llm → http → gateway: told in one batch, and in three, children first."""
        for batches in (1, 3):
            with self.subTest(batches):
                trace, agent, llm, http = new_trace(), new_span(), new_span(), new_span()
                self.call_gateway(trace, http)
                spans = [span(trace, http, "POST", {}, llm, kind=3),
                         llm_span(trace, llm, "ChatOpenAI", agent),
                         span(trace, agent, "agent",
                              {"gen_ai.operation.name": "invoke_agent",
                               "gen_ai.request.model": "lab-plain", **USAGE})]
                if batches == 1:
                    self.taken(request(*reversed(spans)))
                else:
                    for each in spans:
                        self.taken(request(each))
                found = self.spans(trace, 5)
                self.assertEqual(found["chat"]["parent_id"], http)
                self.assertGreater(found["chat"]["cost_picodollars"], 0)
                for name in ("ChatOpenAI", "agent"):
                    self.assertNotIn("cost_picodollars", found[name])
                    self.assertNotIn("usage", found[name])
                    self.assertIs(found[name]["unpriced"], False)
                    self.assertEqual(found[name]["attributes"]["headgate.cost.source"], "gateway")

    def test_a_call_in_another_trace_is_known_by_its_answer(self):
        answer = self.call_gateway(new_trace(), new_span())
        trace = new_trace()
        self.taken(request(llm_span(trace, new_span(), "told", **{"gen_ai.response.id": answer}),
                           llm_span(trace, new_span(), "else", **{"gen_ai.response.id": "other"})))
        spans = self.spans(trace, 2)
        self.assertEqual(spans["told"]["attributes"]["headgate.cost.source"], "gateway")
        self.assertNotIn("usage", spans["told"])
        self.assertEqual(spans["else"]["cost_picodollars"], COST)

    def test_what_sums_up_other_calls_is_not_counted_again(self):
        trace, outer, inner = new_trace(), new_span(), new_span()
        self.taken(request(llm_span(trace, inner, "inner", outer)))
        self.taken(request(llm_span(trace, outer, "outer")))
        spans = self.spans(trace, 2)
        self.assertEqual(spans["inner"]["cost_picodollars"], COST)
        self.assertNotIn("cost_picodollars", spans["outer"])
        self.assertEqual(spans["outer"]["attributes"]["headgate.cost.source"], "below")


class Restart(OtlpCase):
    def test_what_was_counted_and_taken_outlives_kill_9(self):
        trace, llm = new_trace(), new_span()
        batch = request(span(trace, new_span(), "before"))
        self.taken(batch)
        reply = self.post(chat("lab-plain", "x"), [("traceparent", f"00-{trace}-{llm}-01")])
        self.assertEqual(reply.status, 200)
        self.gateway.kill()
        type(self).gateway = self.sandbox.gateway(self.config(self.lab))
        self.taken(batch)
        self.taken(request(llm_span(trace, llm, "told late")))
        found = self.spans(trace, 4)
        self.assertNotIn("cost_picodollars", found["told late"])
        self.assertEqual(found["told late"]["attributes"]["headgate.cost.source"], "gateway")


def secret_spans(trace, secret):
    """One secret in every place that a span has."""
    return request(
        span(trace, new_span(), f"name {secret}", {
            "plain": f"a {secret} b", "list": ["x", f"{secret}"], "map": {"k": {"l": secret}},
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [
                {"type": "text", "content": f"my key is {secret}"}]}]),
            "input.value": f"and {secret}", "gen_ai.request.model": f"m {secret}",
            "user.id": f"u {secret}", "session.id": f"s {secret}",
            "gen_ai.response.id": f"r {secret}", "gen_ai.provider.name": f"p {secret}",
        }, status={"code": 2, "message": f"failed with {secret}"},
            traceState=f"vendor={secret}",
            events=[{"name": f"e {secret}", "timeUnixNano": "1", "attributes": [
                otlp_wire.attribute("exception.message", f"bad {secret}")]}]),
        resource={"service.name": f"agent {secret}", "process.command_args": ["--key", secret]})


class Cleaning(OtlpCase):
    def assert_nowhere(self, secret):
        for path in self.sandbox.folder.rglob("*"):
            if path.is_file() and path != self.lab.log_path:
                self.assertNotIn(secret.encode(), path.read_bytes(), f"{path} holds a secret")

    def test_secrets_in_every_place(self):
        for name, secret in SECRETS.items():
            for kind in (PROTOBUF, JSON):
                with self.subTest(name, kind=kind):
                    trace = new_trace()
                    self.taken(secret_spans(trace, secret), kind=kind)
                    exchange, = self.exchanges(trace, 1)
                    text = json.dumps(exchange)
                    self.assertNotIn(secret, text)
                    self.assertIn("my key is", text)
        for secret in SECRETS.values():
            self.assert_nowhere(secret)

    def test_secrets_that_only_their_key_gives_away(self):
        trace = new_trace()
        self.taken(request(span(trace, new_span(), "POST", {
            "http.request.header.authorization": [WITHOUT_FORMAT],
            "db.password": WITHOUT_FORMAT, "config.api_key": WITHOUT_FORMAT,
            "input.value": json.dumps({"password": WITHOUT_FORMAT})})))
        exchange, = self.exchanges(trace, 1)
        self.assertNotIn(WITHOUT_FORMAT, json.dumps(exchange))
        self.assert_nowhere(WITHOUT_FORMAT)


class Content(OtlpCase):
    """What a route keeps of a model's calls holds for spans that tell of them."""

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        routes = {f"of-{what}": {"models": [f"lab-{what}"], "content": what}
                  for what in ("full", "redacted", "hashed", "off")}
        for what in ("full", "redacted", "hashed", "off"):
            config["models"][f"lab-{what}"] = {"provider": "lab", "upstream_model": "lab-plain"}
        config["routes"] = {**routes, **config["routes"]}
        config["telemetry"] = {"otlp": {"receive": {"content": "full"}}}
        return config

    def test_policies(self):
        secret = SECRETS["OpenAI"]
        for what in ("full", "redacted", "hashed", "off"):
            with self.subTest(what):
                trace, parent = new_trace(), new_span()
                said = f"marmalade {secret}"
                self.taken(request(
                    span(trace, parent, "agent", {"gen_ai.operation.name": "invoke_agent",
                                                  "gen_ai.request.model": f"lab-{what}",
                                                  "input.value": said, "kept": "as it is"}),
                    llm_span(trace, new_span(), "call", parent, f"lab-{what}", **{
                        "gen_ai.input.messages": said, "gen_ai.system_instructions": said,
                        "gen_ai.output.messages": said})))
                text = json.dumps(self.exchanges(trace, 2))
                self.assertEqual("marmalade" in text, what in ("full", "redacted"))
                self.assertEqual(secret in text, what == "full")
                self.assertEqual("sha256:" in text, what == "hashed")
                self.assertIn("as it is", text)


class Limits(OtlpCase):
    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        config["storage"].update(content_bytes_max=1000, journal_bytes=2 << 20)
        config["telemetry"] = {"otlp": {"receive": {"spans_max": 3, "body_bytes_max": 100_000}}}
        return config

    def test_spans_beyond_the_limit_are_rejected_and_the_others_taken(self):
        trace = new_trace()
        spans = [span(trace, new_span(), f"s{i}") for i in range(5)]
        reply = self.taken(request(*spans), rejected=2)
        self.assertIn("3", otlp_wire.partial_success(reply.body, PROTOBUF)[1])
        self.exchanges(trace, 3)

    def test_content_beyond_the_limit_is_cut_and_said_to_be(self):
        trace = new_trace()
        self.taken(request(span(trace, new_span(), "s", {"input.value": "x" * 5000,
                                                         "plain": "y" * 3000})))
        found, = self.exchanges(trace, 1)[0]["spans"]
        self.assertEqual((len(found["input"]), found["input_cut_bytes"]), (1000, 4000))
        self.assertEqual(len(found["attributes"]["plain"]), 1000)
        self.assertEqual(found["attributes"]["headgate.cut_bytes"], 2000)

    def test_bodies_beyond_the_limit(self):
        for packed in (False, True):
            body = request(span(new_trace(), new_span(), "s", {"plain": "z" * 200_000}))
            self.assertEqual(self.send(body, packed=packed).status, 413)

    def test_reload(self):
        config = self.config(self.lab)
        config["telemetry"]["otlp"]["receive"]["enabled"] = False
        self.sandbox.write_config(config)
        self.gateway.signal(harness.signal.SIGHUP)
        body = request(span(new_trace(), new_span(), "s"))
        wait_for("off", lambda: self.send(body).status == 404)
        self.sandbox.write_config(self.config(self.lab))
        self.gateway.signal(harness.signal.SIGHUP)
        wait_for("on again", lambda: self.send(body).status == 200)


if __name__ == "__main__":
    unittest.main()
