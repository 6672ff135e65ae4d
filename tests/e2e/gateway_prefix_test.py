"""What a provider's prompt cache sees: within a family the client's bytes reach the provider as
they are, tools, system, messages, cache breakpoints and unknown members, turn after turn."""

import json
import unittest

import harness
import recorder
from harness import authorization

MARK = '"cache_control" : {"type":"ephemeral" , "ttl":"1h"}'
# What a decode and an encode would change: blanks, order, escapes, numbers, unknown members.
TOOLS = {
    "anthropic": r'"tools": [ {"input_schema":{"type":"object","properties":{"b":{"type":"number",'
                 r'"maximum":1.50e2},"a":{}}}, "name":"look_up" ,"x_new":[1, null],'
                 r'"description":"z\u00fcrich \u2028 \/ \"q\""} , {"type":"web_search_20250305",'
                 r'"name":"web_search",%s} ]' % MARK,
    "responses": r'"tools" :[ {"type":"function","strict":false,"name":"look_up","x_new":{},'
                 r'"parameters":{"type":"object","properties":{"b":{"maximum":1.50e2},"a":{}}}}]',
    "chat": r'"tools":[ {"type":"function" ,"x_new":[ ],"function":{"parameters":{"type":"object",'
            r'"properties":{"b":{"maximum":1.50e2},"a":{}}},"name":"look_up"}} ]',
    "gemini": r'"tools":[ {"functionDeclarations":[{"parameters":{"type":"OBJECT","properties":'
              r'{"b":{"type":"NUMBER","maximum":1.50e2}}},"name":"look_up"} ] } ]',
}
SYSTEM = {
    "anthropic": r'"system":[{"type":"text","text":"be brief\n\u00e9"},{"text":"and kind", %s,'
                 r'"type":"text"}]' % MARK,
    "responses": r'"instructions" : "be brief\n\u00e9"',
    "chat": None,
    "gemini": r'"systemInstruction" : {"parts":[ {"text":"be brief\n\u00e9"} ]}',
}
REST = {
    "anthropic": '"max_tokens" : 99 ,"new_member":{"a":[1.0,{"b":null}]}',
    "responses": '"store" : false ,"new_member":{"a":[1.0,{"b":null}]}, "prompt_cache_key":"k"',
    "chat": '"new_member":{"a":[1.0,{"b":null}]}, "prompt_cache_key":"k"',
    "gemini": '"generationConfig":{ "temperature":0.70 } ,"cachedContent":null',
}
TURNS = {
    "anthropic": [
        r'{"role":"user","content":[ {"type":"text","text":"hi \ud83d\ude00 \/","x":1, %s} ]}'
        % MARK,
        r'{"content":[{"type":"thinking","signature":"c2ln","thinking":"so"},{"type":"tool_use",'
        r'"input":{"b":1.0 },"id":"toolu_1","name":"look_up"}],"role":"assistant"}',
        r'{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1",'
        r'"content":"4\u0032", %s}]}' % MARK,
    ],
    "responses": [
        r'{"role":"user","content":[ {"type":"input_text","text":"hi \ud83d\ude00 \/","x":1} ]}',
        r'{"type":"function_call","arguments":"{\"b\": 1.0 }","call_id":"c1","name":"look_up"}',
        r'{"type":"function_call_output","output":"4\u0032" ,"call_id":"c1"}',
    ],
    "chat": [
        r'{"role":"user","content":[ {"type":"text","text":"hi \ud83d\ude00 \/","x":1} ]}',
        r'{"tool_calls":[{"id":"c1","function":{"arguments":"{\"b\": 1.0 }","name":"look_up"},'
        r'"type":"function"}],"role":"assistant" }',
        r'{"role":"tool","tool_call_id":"c1","content":"4\u0032"}',
    ],
    "gemini": [
        r'{"role":"user","parts":[ {"text":"hi \ud83d\ude00 \/"} ]}',
        r'{"parts":[{"functionCall":{"name":"look_up","args":{"b":1.0 }},'
        r'"thoughtSignature":"c2ln"}],"role":"model"}',
        r'{"role":"user","parts":[{"functionResponse":{"name":"look_up",'
        r'"response":{"output":"4\u0032"}}}]}',
    ],
}
LIST = {"anthropic": "messages", "responses": "input", "chat": "messages", "gemini": "contents"}
KINDS = {"anthropic": "anthropic", "responses": "openai-responses", "chat": "openai-chat",
         "gemini": "gemini"}
TARGETS = {"anthropic": "/v1/messages", "responses": "/v1/responses",
           "chat": "/v1/chat/completions", "gemini": "/v1beta/models/%s:generateContent"}
ANSWERS = {
    "anthropic": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                  "content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn",
                  "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 2}},
    "responses": {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed",
                  "model": "m", "output": [{"type": "message", "id": "msg_1", "status": "completed",
                                            "role": "assistant", "content": [
                                                {"type": "output_text", "text": "ok",
                                                 "annotations": []}]}],
                  "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}},
    "gemini": {"candidates": [{"content": {"role": "model", "parts": [{"text": "ok"}]},
                               "finishReason": "STOP", "index": 0}],
               "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2,
                                 "totalTokenCount": 5}, "modelVersion": "m"},
    "chat": json.loads(recorder.WHOLE),
}


def body_of(family, model, turns):
    """A request whose list of turns comes last, so that a longer conversation begins like it."""
    head = [] if family == "gemini" else ['"model" : "%s"' % model]
    members = head + [TOOLS[family], SYSTEM[family], REST[family]]
    text = "{ " + " ,\n".join(each for each in members if each)
    text += ',\t"%s" : [' % LIST[family] + " , ".join(TURNS[family][:turns]) + "] }\n"
    return text.encode()


class Prefixes(harness.RecordedCase):
    @classmethod
    def config(cls, provider):
        config = super().config(provider)
        config["providers"] = {
            family: {"kind": kind, "base_url": f"http://{provider.address}/v1",
                     "api_key": "env:HEADGATE_E2E_LAB_KEY"}
            for family, kind in KINDS.items()
        }
        config["models"] = {}
        for family in KINDS:
            config["models"][family] = {"provider": family}
            config["models"]["our-" + family] = {"provider": family, "upstream_model": family}
        return config

    def sent(self, family, model, turns, headers=()):
        """(what the client sent, what the provider got)."""
        answer = recorder.reply_bytes(json.dumps(ANSWERS[family]).encode())
        self.provider.answer = lambda _: [answer]
        body = body_of(family, model, turns)
        target = TARGETS[family].replace("%s", model)
        reply = self.gateway.call("POST", target, body, authorization() + list(headers))
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json(), ANSWERS[family], "the answer passes as well")
        return body, self.provider.requests[-1]

    def test_bytes_pass_as_they_are(self):
        for family in KINDS:
            for turns in (1, 3):
                with self.subTest(family=family, turns=turns):
                    body, got = self.sent(family, family, turns)
                    self.assertEqual(got.body, body)

    def test_another_name_of_the_model_is_the_one_edit(self):
        for family in KINDS:
            with self.subTest(family):
                body, got = self.sent(family, "our-" + family, 3)
                expected = body.replace(b'"our-%s"' % family.encode(), b'"%s"' % family.encode())
                self.assertEqual(got.body, expected)

    def test_each_turn_begins_with_the_one_before(self):
        for family in KINDS:
            with self.subTest(family):
                end = len(b"] }\n")
                _, before = self.sent(family, "our-" + family, 1)
                _, after = self.sent(family, "our-" + family, 3)
                self.assertTrue(after.body.startswith(before.body[:-end]))

    def test_credentials_are_swapped_and_versions_pass(self):
        headers = [("anthropic-version", "2023-06-01"), ("anthropic-beta", "b-1,b-2"),
                   ("x-api-key", harness.CLIENT_KEY)]
        _, got = self.sent("anthropic", "anthropic", 1, headers)
        self.assertEqual(got.header("x-api-key"), harness.LAB_KEY)
        self.assertEqual(got.header("anthropic-version"), "2023-06-01")
        self.assertEqual(got.header("anthropic-beta"), "b-1,b-2")
        self.assertIsNone(got.header("authorization"))
        self.assertNotIn(harness.CLIENT_KEY, str(got.headers))


if __name__ == "__main__":
    unittest.main()
