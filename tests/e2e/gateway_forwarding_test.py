"""What the provider receives: the client's bytes, the gateway's credentials, the trace."""

import json
import unittest

import harness
import recorder
import wire
from harness import CHAT, authorization

# Bodies that a decode-and-encode would change. MODEL and MESSAGES stand for the two members that
# every body has.
MODEL = '"model": "lab-plain"'
MESSAGES = '"messages":[{"role":"user","content":"hello"}]'
BODIES = {
    "plain": "{MODEL,MESSAGES}",
    "odd blanks": ' \t\r\n{ "messages" :\n[ {"role" :"user" , "content":"x"}\t] ,\rMODEL\r\n}\n\n ',
    "other order": '{"temperature":0.5,MESSAGES,"stop":["a"],MODEL}',
    "unknown members": '{MODEL,"new_thing":{"a":[1,{"b":null}]},MESSAGES,"x-y z":[]}',
    "repeated within": '{MODEL,"metadata":{"a":"1","a":"2","":"3"},MESSAGES}',
    "escapes": r'{MODEL,"messages":[{"role":"user","content":"\u00e9\u20AC\ud83d\ude00\/\b\f A"}]}',
    "escaped names": r'{"mod\u0065l":"lab-plain","m\u0065ssages":[{"role":"user","content":"x"}]}',
    "escaped model": r'{"model":"lab\u002dplain",MESSAGES}',
    "beyond ASCII": '{MODEL,"messages":[{"role":"user","content":"é€😀\u2028\ufeff\x7f\x85"}]}',
    "big integer": '{MODEL,"metadata":{"a":123456789012345678901234567890},MESSAGES}',
    "odd numbers": '{MODEL,"metadata":{"a":1e400,"b":-0.0,"c":1.10,"d":1E+2,"e":-1e-400},MESSAGES}',
    "lone surrogate": r'{MODEL,"messages":[{"role":"user","content":"\ud800 x"}]}',
    "escaped NUL": r'{MODEL,"messages":[{"role":"user","content":"\u0000 x"}]}',
    "text like members": r'{MODEL,"messages":[{"role":"user","content":"\"stream\":true}"}]}',
    "members further in": '{MODEL,"metadata":{"model":"lab-slow","stream":true},MESSAGES}',
    "nested": '{MODEL,"x":' + "[" * 60 + "]" * 60 + ",MESSAGES}",
    "stream: false": '{MODEL,"stream" : false ,MESSAGES}',
    "usage asked for": '{MODEL,"stream":true,"stream_options":{ "include_usage" :true},MESSAGES}',
    "2 MB": '{MODEL,"messages":[{"role":"user","content":"' + "0123456789abcdef" * 131072 + '"}]}',
    "in parts": '{MODEL,"messages":[{"role":"user","content":[{"type":"text","text":"x"} ]}]}',
}
STREAM_BODIES = {
    "no options": '{MODEL, "stream" : true ,MESSAGES }',
    "options": '{MODEL,"stream":true,"stream_options" : { "include_obfuscation":false },MESSAGES}',
    "empty options": '{MODEL,"stream":true,"stream_options":{ },MESSAGES}',
    "null options": '{MODEL,"stream":true,"stream_options":null,MESSAGES}',
    "usage: false": '{MODEL,"stream":true,"stream_options":{"include_usage" : false },MESSAGES}',
    "usage: null": '{MODEL,"stream":true,"stream_options":{"include_usage":null},MESSAGES}',
}


def body_of(template):
    return template.replace("MODEL", MODEL).replace("MESSAGES", MESSAGES).encode()


class ForwardingCase(harness.RecordedCase):
    @classmethod
    def config(cls, provider):
        config = super().config(provider)
        config["models"]["renamed"] = {"provider": "lab", "upstream_model": "lab-plain"}
        config["providers"]["lab"]["headers"] = {"openai-organization": "org-of-the-gateway"}
        return config

    def forwarded(self, body, headers=()):
        """(what the provider got, the reply) of one call."""
        before = len(self.provider.requests)
        reply = self.post(body, headers)
        self.assertEqual(reply.status, 200, reply.body[:300])
        self.assertEqual(len(self.provider.requests), before + 1)
        return self.provider.requests[-1], reply


class Bodies(ForwardingCase):
    def test_bytes_pass_as_they_are(self):
        for name, template in BODIES.items():
            with self.subTest(name):
                body = body_of(template)
                self.assertEqual(self.forwarded(body)[0].body, body)

    def test_a_stream_gets_usage_by_one_edit(self):
        for name, template in STREAM_BODIES.items():
            with self.subTest(name):
                body = body_of(template)
                got = self.forwarded(body)[0].body
                self.assertIs(json.loads(got)["stream_options"]["include_usage"], True)
                self.assert_one_edit(body, got)

    def assert_one_edit(self, before, after):
        """Outside of one place within stream_options, or a new member, nothing differs."""
        head = common_length(before, after)
        tail = common_length(before[head:][::-1], after[head:][::-1])
        removed = before[head : len(before) - tail]
        self.assertIn(removed, (b"", b"null", b"false", b"nul", b"fals"), after)

    def test_a_renamed_model_changes_its_value_alone(self):
        for name in ('"renamed"', r'"ren\u0061med"'):
            template = '{ "model" : NAME ,MESSAGES, "metadata":{"model":"renamed"}}'
            body = body_of(template.replace("NAME", name))
            expected = body.replace(f': {name} ,'.encode(), b': "lab-plain" ,')
            self.assertEqual(self.forwarded(body)[0].body, expected)

    def test_a_chunked_upload_arrives_whole(self):
        body = body_of(BODIES["unknown members"])
        head = wire.request_bytes("POST", CHAT, b"", authorization())
        head = head.replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        with wire.Wire(self.gateway.address) as connection:
            connection.send(head)
            for at in range(0, len(body), 7):
                connection.send(b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]))
            connection.send(b"0\r\n\r\n")
            self.assertEqual(connection.read_reply().status, 200)
        self.assertEqual(self.provider.requests[-1].body, body)

    def test_answers_pass_as_they_are(self):
        self.assertEqual(self.post(body_of("{MODEL,MESSAGES}")).body, recorder.WHOLE)
        asked = '{MODEL,"stream":true,"stream_options":{"include_usage":true},MESSAGES}'
        self.assertEqual(self.post(body_of(asked)).body, recorder.STREAM)

    def test_a_model_named_twice_is_refused(self):
        """First wins here, last wins there: it must not reach a model it was not judged by."""
        before = len(self.provider.requests)
        for order in (("lab-plain", "lab-slow"), ("nope", "lab-plain"), ("lab-plain", "nope")):
            body = body_of('{"model":"%s","model":"%s",MESSAGES}' % order)
            self.assert_error(self.post(body), 400)
        for twice in ('"stream":true,"stream":false', r'"model":"nope","mod\u0065l":"lab-plain"'):
            self.assert_error(self.post(body_of("{MODEL,MESSAGES,%s}" % twice)), 400)
        self.assertEqual(len(self.provider.requests), before)


def common_length(one, other):
    pairs = zip(one, other)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


class Headers(ForwardingCase):
    def test_target_and_framing(self):
        got, _ = self.forwarded(body_of("{MODEL,MESSAGES}"))
        self.assertEqual(got.request_line, "POST /v1/chat/completions HTTP/1.1")
        self.assertEqual(got.header("host"), self.provider.address)
        self.assertEqual(got.header("content-length"), str(len(got.body)))
        self.assertEqual(got.header("content-type").split(";")[0], "application/json")

    def test_credentials_are_swapped_and_private_headers_stay_here(self):
        private = {
            "Cookie": "session=1", "X-Hop": "1", "TE": "trailers", "X-Api-Key": "mine",
            "OpenAI-Organization": "org-mine", "X-Forwarded-For": "10.0.0.1",
            "Proxy-Authorization": "Basic eA==",
        }
        got, _ = self.forwarded(
            body_of("{MODEL,MESSAGES}"), [*private.items(), ("Connection", "keep-alive, X-Hop")])
        self.assertEqual(got.header("authorization"), f"Bearer {harness.LAB_KEY}")
        self.assertEqual(got.header("openai-organization"), "org-of-the-gateway")
        for name, value in private.items():
            self.assertNotEqual(got.header(name.lower()), value)
        self.assertNotIn(harness.CLIENT_KEY, str(got.headers))

    def test_connections_to_the_provider_are_used_again(self):
        for _ in range(20):
            self.forwarded(body_of("{MODEL,MESSAGES}"))
        for request in self.provider.requests[-20:]:
            self.assertNotEqual((request.header("connection") or "").lower(), "close")


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class TraceContext(ForwardingCase):
    def ask(self, *headers):
        """(trace id, span id, the request) as the provider got them."""
        got, reply = self.forwarded(body_of("{MODEL,MESSAGES}"), headers)
        self.assertRegex(got.header("traceparent"), "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
        _, trace, span, _ = got.header("traceparent").split("-")
        self.assertEqual(reply.header("x-headgate-trace-id"), trace)
        return trace, span, got

    def test_a_given_trace_goes_on_under_a_new_parent(self):
        given = f"00-{TRACE}-{PARENT}-01"
        trace, span, got = self.ask(("traceparent", given), ("tracestate", "acme=1,other=2"))
        self.assertEqual(trace, TRACE)
        self.assertNotIn(span, (PARENT, "0" * 16))
        self.assertEqual(got.header("tracestate"), "acme=1,other=2")

    def test_the_stored_request_hangs_below_the_parent_given(self):
        _, span, _ = self.ask(("traceparent", f"00-{TRACE[::-1]}-{PARENT}-01"))
        spans = self.trace(TRACE[::-1])["spans"]
        self.assertEqual(spans[0]["parent_id"], PARENT)
        self.assertIn(span, {each["span_id"] for each in spans})

    def test_a_newer_version_is_understood(self):
        trace, _, _ = self.ask(("traceparent", f"cc-{TRACE}-{PARENT}-01-more"))
        self.assertEqual(trace, TRACE)

    def test_without_or_with_a_bad_one_a_trace_begins(self):
        zeros = "0" * 32
        seen = {TRACE, zeros}
        for bad in (
            None, "", "garbage", f"00-{zeros}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01",
            f"00-{TRACE.upper()}-{PARENT}-01", f"00-{TRACE}-{PARENT}", f"ff-{TRACE}-{PARENT}-01",
            f"00-{TRACE}-{PARENT}-01-more", f"00-{TRACE}-{PARENT}-0x",
        ):
            with self.subTest(bad=bad):
                trace, _, _ = self.ask(*([] if bad is None else [("traceparent", bad)]))
                self.assertNotIn(trace, seen)
                seen.add(trace)


if __name__ == "__main__":
    unittest.main()
