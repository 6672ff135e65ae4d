"""Agents in front of the AG-UI protocol's own client, which checks the order of every event."""

import json
import subprocess
import unittest

from agents_case import OPERATOR_KEY, AgentsCase, get_run, harness
from deltas_case import DeltasCase

E2E = harness.ROOT / "tests/e2e"
NODE = E2E / "node_modules/node/bin/node"


class Client:
    """The protocol's client, in front of `gateway`."""

    def drive(self, agent, *turns, key=harness.CLIENT_KEY, thread="thread-1"):
        asked = {"url": f"http://{self.gateway.address}/v1/agents/{agent}/ag-ui", "key": key,
                 "thread": thread, "turns": turns}
        done = subprocess.run([str(NODE), "drive.mjs", json.dumps(asked)], cwd=E2E / "ag_ui",
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def types(self, told):
        return [event["type"] for event in told["events"]]

    def run_id(self, told):
        return next(e["value"]["id"] for e in told["events"] if e["type"] == "CUSTOM")


class AgUi(Client, AgentsCase):
    @classmethod
    def config(cls):
        config = super().config()
        del config["tools"]["cancel_order"]["approval"]
        config["approvals"] = {"cancel": {
            "when": 'tool.name == "cancel_order"',
            "approvers": {"scopes": ["operator"], "not_requester": False}}}
        return config

    def test_a_run_through_two_agents(self):
        (told,) = self.drive("triage", {"say": "refund my ORD-61"})
        self.assertNotIn("error", told)
        types = self.types(told)
        self.assertEqual((types[0], types[-1]), ("RUN_STARTED", "RUN_FINISHED"))
        steps = [e["stepName"] for e in told["events"] if e["type"] == "STEP_STARTED"]
        self.assertEqual(steps, ["triage", "billing"])
        calls = {e["toolCallId"]: e["toolCallName"] for e in told["events"]
                 if e["type"] == "TOOL_CALL_START"}
        self.assertEqual(list(calls.values()), ["transfer_to_billing", "get_order", "refund_order"])
        results = {e["toolCallId"] for e in told["events"] if e["type"] == "TOOL_CALL_RESULT"}
        self.assertEqual(results, set(calls))
        self.assertEqual(told["result"], "Refunded.")
        self.assertEqual(told["newMessages"][-1]["content"], "Refunded.")
        self.assertEqual(len(self.effects("refunds", "ORD-61")), 1)
        usage = told["events"][-1]["usage"]
        self.assertEqual([u["totalTokens"] for u in usage],
                         [u["inputTokens"] + u["outputTokens"] for u in usage])
        body = get_run(self.gateway, self.run_id(told)).json()
        self.assertEqual(sum(u["totalTokens"] for u in usage), body["usage"]["total_tokens"])
        self.assertEqual(body["session_id"], "thread-1")

    def test_the_thread_goes_on(self):
        first, second = self.drive("triage", {"say": "where is ORD-62?"},
                                   {"say": "where is ORD-63?"}, thread="thread-2")
        self.assertEqual([first["result"], second["result"]], ["I have looked."] * 2)
        self.assertNotEqual(self.run_id(first), self.run_id(second))

    def test_an_approval_is_an_interrupt(self):
        for answer, effects, output in (({"approved": True}, 1, "Cancelled."),
                                        ({"approved": False, "reason": "no"}, 0,
                                         "I may not do that."),
                                        (None, 0, "I may not do that.")):
            order = f"ORD-7{effects}{len(str(answer))}"
            first, second = self.drive("triage", {"say": f"cancel {order}"}, {"answer": [answer]},
                                       key=OPERATOR_KEY)
            (interrupt,) = first["interrupts"]
            self.assertEqual(interrupt["reason"], "tool_approval")
            self.assertIn(order, interrupt["metadata"]["arguments"])
            started = [e["toolCallId"] for e in first["events"] if e["type"] == "TOOL_CALL_START"]
            self.assertIn(interrupt["toolCallId"], started)
            self.assertNotIn("error", second, second)
            self.assertEqual(second["result"], output)
            self.assertEqual(self.run_id(first), self.run_id(second))
            self.assertEqual(len(self.effects("cancellations", order)), effects)

    def test_who_may_not_approve(self):
        first, second = self.drive("triage", {"say": "cancel ORD-64"},
                                   {"answer": [{"approved": True}]})
        self.assertEqual(len(first["interrupts"]), 1)
        self.assertIn("403", second["error"])
        self.assertEqual(self.effects("cancellations", "ORD-64"), [])

    def test_what_fails_is_an_error_event(self):
        (told,) = self.drive("broken", {"say": "go"})
        self.assertEqual(self.types(told)[-1], "RUN_ERROR")
        self.assertEqual(told["events"][-1]["code"], "failed")

    def post(self, body, agent="triage"):
        return self.gateway.call("POST", f"/v1/agents/{agent}/ag-ui", body,
                                 harness.authorization(harness.CLIENT_KEY), timeout_s=15)

    def test_the_same_run_is_made_once(self):
        body = {"threadId": "t", "runId": "the-same", "messages": [
            {"id": "1", "role": "user", "content": "refund my ORD-65"}]}
        replies = [self.post(body) for _ in range(2)]
        self.assertEqual([r.status for r in replies], [200, 200])
        self.assertEqual(replies[0].header("x-headgate-run-id"),
                         replies[1].header("x-headgate-run-id"))
        self.assertEqual(len(self.effects("refunds", "ORD-65")), 1)
        body["messages"][0]["content"] = "refund my ORD-66"
        self.error(self.post(body), 422)

    def test_refusals(self):
        error = self.error(self.post({"threadId": "t", "runId": "r", "messages": [
            {"id": "1", "role": "system", "content": "obey"}]}), 400)
        self.assertEqual(error["param"], "messages[0].role")
        self.error(self.post({"threadId": "t", "runId": "r2", "messages": [
            {"id": "1", "role": "user", "content": "x"}]}, agent="nobody"), 404)


class AgUiText(Client, DeltasCase):
    def message(self, told, message):
        """The events of one message: their types and its text."""
        events = [e for e in told["events"]
                  if e["type"].startswith("TEXT_MESSAGE") and e["messageId"] == message]
        return ([e["type"] for e in events], "".join(e.get("delta", "") for e in events))

    def test_text_comes_in_pieces(self):
        (told,) = self.drive("d-pace", {"say": "piece by piece"})
        self.assertNotIn("error", told)
        (message,) = {e["messageId"] for e in told["events"] if e["type"].startswith("TEXT_")}
        types, text = self.message(told, message)
        self.assertEqual((types[0], types[-1]), ("TEXT_MESSAGE_START", "TEXT_MESSAGE_END"))
        self.assertGreater(types.count("TEXT_MESSAGE_CONTENT"), 3)
        self.assertEqual(text, told["result"])
        self.assertEqual(told["newMessages"][-1]["content"], told["result"])

    def test_calls_belong_to_the_message_before_them(self):
        (told,) = self.drive("looks", {"say": "where is it"})
        self.assertNotIn("error", told)
        call = next(e for e in told["events"] if e["type"] == "TOOL_CALL_START")
        self.assertEqual(self.message(told, call["parentMessageId"])[1],
                         "I look your order up, one moment please.")
        self.assertEqual(told["newMessages"][-1]["content"], told["result"])

    def test_text_that_was_not_the_answer(self):
        (told,) = self.drive("d-cut", {"say": "break"})
        self.assertNotIn("error", told)
        gone = next(e for e in told["events"]
                    if e["type"] == "CUSTOM" and e["name"] == "headgate.text_discarded")
        types, text = self.message(told, gone["value"]["messageId"])
        self.assertEqual((types[0], types[-1]), ("TEXT_MESSAGE_START", "TEXT_MESSAGE_END"))
        self.assertTrue(text)
        last = [e["messageId"] for e in told["events"] if e["type"] == "TEXT_MESSAGE_END"][-1]
        self.assertNotEqual(last, gone["value"]["messageId"])
        self.assertEqual(self.message(told, last)[1], told["result"])
        self.assertTrue(told["result"].startswith("Somebody else"))

    def test_an_answer_that_never_comes(self):
        (told,) = self.drive("d-cut-ever", {"say": "break"})
        types = self.types(told)
        self.assertEqual(types[-1], "RUN_ERROR")
        self.assertEqual(types.count("TEXT_MESSAGE_START"), types.count("TEXT_MESSAGE_END"))
        self.assertIn("headgate.text_discarded", [e.get("name") for e in told["events"]])


if __name__ == "__main__":
    unittest.main()
