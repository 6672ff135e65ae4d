"""`structured_output: enforce`: answers are held against their JSON Schemas before the caller gets
any of them; a wrong one is sent back once to be mended, and one that stays wrong is an error."""

import json
import unittest

import harness
import recorder
from harness import CHAT, authorization, chat

SCHEMA = {
    "type": "object",
    "properties": {"urgency": {"type": "integer", "minimum": 1, "maximum": 5}},
    "required": ["urgency"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "ticket", "schema": SCHEMA}}
TOOLS = [{"type": "function", "function": {"name": "file", "parameters": SCHEMA}}]
GOOD = '{"urgency":4}'
WRONG = '{"urgency":9}'
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
COST = 1000 * 0.15e-6 + 100 * 0.60e-6  # as in prices.yaml


def answer(message, finish="stop"):
    choice = {"index": 0, "finish_reason": finish, "logprobs": None,
              "message": {"role": "assistant", "content": None, **message}}
    return recorder.reply_bytes(json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "lab-plain",
        "choices": [choice], "usage": USAGE,
    }).encode())


def text(content):
    return answer({"content": content})


def call(arguments):
    function = {"name": "file", "arguments": arguments}
    calls = [{"id": "call_1", "type": "function", "function": function}]
    return answer({"tool_calls": calls}, "tool_calls")


def events(reply):
    """The JSON of a stream's events; the last says [DONE]."""
    lines = [line[6:] for line in reply.body.decode().split("\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]", lines
    return [json.loads(line) for line in lines[:-1]]


class Enforced(harness.GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.provider = recorder.Recorder()
        cls.addClassCleanup(cls.provider.close)
        config = harness.base_config(cls.provider.address, cls.sandbox.folder)
        config["providers"]["lab"]["kind"] = "openai-chat"
        once = {"attempts_max": 1}
        config["routes"] = {
            "checked": {"models": ["lab-plain"], "structured_output": "enforce", "retry": once},
            "as-sent": {"models": ["*"], "retry": once},
        }
        cls.gateway = cls.sandbox.gateway(config)

    def ask(self, answers, model="lab-plain", target=CHAT, **more):
        """(the reply, what the provider was asked as JSON) when it gives `answers` in turn."""
        queue = list(answers)
        self.provider.answer = lambda _: [queue.pop(0)]
        before = len(self.provider.requests)
        body = more.pop("body", None) or chat(model, "classify", **more)
        reply = self.gateway.call("POST", target, body, authorization())
        self.assertEqual(queue, [], "every answer was asked for")
        return reply, [json.loads(each.body) for each in self.provider.requests[before:]]

    def test_right_at_once(self):
        reply, asked = self.ask([text(GOOD)], response_format=FORMAT)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json()["choices"][0]["message"]["content"], GOOD)
        self.assertEqual(len(asked), 1)
        self.assertAlmostEqual(float(reply.header("x-headgate-cost-usd")), COST)

    def test_mended_once(self):
        for wrong in (WRONG, "no JSON at all", '{"urgency":4,"more":1}', "{}", '{"urgency":4'):
            with self.subTest(wrong):
                reply, asked = self.ask([text(wrong), text(GOOD)], response_format=FORMAT)
                self.assertEqual(reply.status, 200, reply.body)
                self.assertEqual(reply.json()["choices"][0]["message"]["content"], GOOD)
                first, second = asked
                self.assertEqual(second["messages"][:1], first["messages"])
                self.assertEqual(second["messages"][1]["role"], "assistant")
                self.assertEqual(second["messages"][1]["content"], wrong)
                self.assertEqual(second["messages"][2]["role"], "user")
                self.assertEqual(second["response_format"], first["response_format"])
                self.assertAlmostEqual(float(reply.header("x-headgate-cost-usd")), 2 * COST)

    def test_the_model_is_told_what_is_wrong(self):
        _, asked = self.ask([text(WRONG), text(GOOD)], response_format=FORMAT)
        self.assertIn("urgency", json.dumps(asked[1]["messages"][2]["content"]))

    def test_still_wrong(self):
        for stream in (False, True):
            reply, _ = self.ask([text(WRONG), text('{"urgency":0}')], response_format=FORMAT,
                                stream=stream)
            error = self.assert_error(reply, 502, "invalid_structured_output", "upstream_error")
            self.assertIn("urgency", error["message"])
            self.assertEqual(reply.header("x-should-retry"), "false")
            exchange = self.trace(reply.header("x-headgate-trace-id"))
            self.assertEqual(exchange["spans"][0]["error"], "output_invalid")
            attempts = [each for each in exchange["spans"] if each["kind"] == "attempt"]
            self.assertEqual(len(attempts), 2)

    def test_arguments_of_calls(self):
        reply, _ = self.ask([call(GOOD)], tools=TOOLS)
        self.assertEqual(reply.status, 200, reply.body)
        reply, asked = self.ask([call(WRONG), call(GOOD)], tools=TOOLS)
        message = reply.json()["choices"][0]["message"]
        self.assertEqual(message["tool_calls"][0]["function"]["arguments"], GOOD)
        wrong, result = asked[1]["messages"][1:3]
        self.assertEqual(wrong["tool_calls"][0]["function"]["arguments"], WRONG)
        self.assertEqual((result["role"], result["tool_call_id"]), ("tool", "call_1"))
        self.assertIn("urgency", json.dumps(result["content"]))
        reply, _ = self.ask([call(WRONG), call("{")], tools=TOOLS)
        self.assert_error(reply, 502, "invalid_structured_output")

    def test_a_stream_gets_the_checked_answer(self):
        for answers in ([text(GOOD)], [text(WRONG), text(GOOD)]):
            reply, asked = self.ask(answers, response_format=FORMAT, stream=True,
                                    stream_options={"include_usage": True})
            self.assertEqual(reply.status, 200, reply.body)
            self.assertIn("text/event-stream", reply.header("content-type"))
            self.assertTrue(reply.complete)
            chunks = events(reply)
            pieces = [each["choices"][0]["delta"].get("content") or ""
                      for each in chunks if each["choices"]]
            self.assertEqual("".join(pieces), GOOD)
            ends = [each["choices"][0]["finish_reason"] for each in chunks if each["choices"]]
            self.assertEqual([end for end in ends if end], ["stop"])
            self.assertEqual(chunks[-1]["usage"]["total_tokens"], 1100)
            self.assertTrue(all(not each.get("stream") for each in asked), "checked as a whole")

    def test_a_stream_of_calls(self):
        reply, _ = self.ask([call(WRONG), call(GOOD)], tools=TOOLS, stream=True)
        deltas = [each["choices"][0]["delta"] for each in events(reply) if each["choices"]]
        arguments = "".join(one["function"].get("arguments", "")
                            for delta in deltas for one in delta.get("tool_calls", []))
        self.assertEqual(arguments, GOOD)

    def test_a_refusal_by_the_provider_passes(self):
        busy = recorder.reply_bytes(b'{"error":{"message":"busy","type":"t","code":"c"}}',
                                    status=429)
        reply, _ = self.ask([busy], response_format=FORMAT)
        self.assertEqual((reply.status, reply.json()["error"]["message"]), (429, "busy"))

    def test_a_refusal_by_the_model_is_no_breach(self):
        reply, _ = self.ask([answer({"refusal": "no"})], response_format=FORMAT)
        self.assertEqual(reply.json()["choices"][0]["message"]["refusal"], "no")

    def test_a_schema_that_is_none_is_the_callers_mistake(self):
        broken = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": 7}}}
        reply, asked = self.ask([], response_format=broken)
        self.assert_error(reply, 400)
        self.assertEqual(asked, [])

    def test_other_routes_and_other_calls_pass(self):
        reply, _ = self.ask([text(WRONG)], model="lab-slow", response_format=FORMAT)
        self.assertEqual(reply.json()["choices"][0]["message"]["content"], WRONG)
        reply, _ = self.ask([text("hello")])
        self.assertEqual(reply.json()["choices"][0]["message"]["content"], "hello")

    def test_of_another_dialect(self):
        body = {"model": "lab-plain", "max_tokens": 99, "messages": [
            {"role": "user", "content": "classify"}],
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
        reply, _ = self.ask([text(WRONG), text(GOOD)], target="/v1/messages", body=body)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json()["content"][0]["text"], GOOD)

    def test_the_response_that_is_stored_is_the_checked_one(self):
        body = {"model": "lab-plain", "input": "classify", "text": {
            "format": {"type": "json_schema", "name": "ticket", "schema": SCHEMA}}}
        for stream in (False, True):
            reply, _ = self.ask([text(WRONG), text(GOOD)], target="/v1/responses",
                                body={**body, "stream": stream})
            self.assertEqual(reply.status, 200, reply.body)
            if stream:
                data = [line for line in reply.body.decode().split("\n") if "data: " in line][-1]
                response = json.loads(data[6:])["response"]
            else:
                response = reply.json()
            read = self.gateway.call("GET", "/v1/responses/" + response["id"], b"",
                                     authorization())
            self.assertEqual(read.json(), response)
            self.assertEqual(response["output"][0]["content"][0]["text"], GOOD)


if __name__ == "__main__":
    unittest.main()
