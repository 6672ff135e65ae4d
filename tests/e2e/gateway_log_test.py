"""The log's lines of calls: which get one, what stands in it, and that it leads to the trace."""

import json
import signal
import unittest

import harness
from harness import GatewayCase, chat, wait_for


class Lines(GatewayCase):
    def lines(self, event):
        found = [json.loads(line) for line in self.gateway.log().splitlines()]
        return [line for line in found if line["event"] == event]

    def set_log_calls(self, which):
        config = self.config(self.lab)
        config["telemetry"] = {"log_calls": which}
        self.sandbox.write_config(config)
        before = len(self.lines("reloaded"))
        self.gateway.signal(signal.SIGHUP)
        wait_for("reloaded", lambda: len(self.lines("reloaded")) > before)

    def test_1_failed_calls_have_a_line_that_leads_to_the_trace(self):
        self.assertEqual(self.post(chat("lab-plain", "a quiet one")).status, 200)
        reply = self.post(chat("lab-plain", "fault:500 keep this to yourself"))
        self.assertEqual(reply.status, 500)
        line = wait_for("a line", lambda: self.lines("call_failed"))[-1]
        self.assertEqual(line["trace_id"], reply.header("x-headgate-trace-id"))
        self.assertEqual(line["request_id"], reply.header("x-request-id"))
        self.assertEqual((line["status"], line["error"]), (500, "upstream_status"))
        self.assertEqual((line["key"], line["route"], line["model"]), ("e2e", "all", "lab-plain"))
        self.assertEqual(self.trace(line["trace_id"])["request_id"], line["request_id"])
        self.assertEqual(self.lines("call"), [])
        self.assertNotIn("keep this to yourself", self.gateway.log())

    def test_2_all_calls_or_none(self):
        self.set_log_calls("all")
        reply = self.post(chat("lab-plain", "one more"))
        line = wait_for("a line", lambda: self.lines("call"))[-1]
        self.assertEqual(line["trace_id"], reply.header("x-headgate-trace-id"))
        self.set_log_calls("off")
        before = len(self.lines("call_failed"))
        self.post(chat("lab-plain", "fault:500"))
        self.set_log_calls("all")  # a reload's line comes after those of calls before it
        self.assertEqual(len(self.lines("call_failed")), before)

    def test_3_a_flood_is_counted_not_written(self):
        self.set_log_calls("all")
        before = len(self.lines("call"))
        sent = 1000
        with harness.wire.Wire(self.gateway.address, 30) as connection:
            body = json.dumps(chat("lab-plain", "x")).encode()
            for _ in range(sent):
                headers = harness.authorization()
                connection.send(harness.wire.request_bytes("POST", harness.CHAT, body, headers))
                self.assertEqual(connection.read_reply("POST").status, 200)

        def told():
            self.post(chat("lab-plain", "x"))
            lines = self.lines("call")[before:]
            return sum(1 + line["left_out"] for line in lines) >= sent

        wait_for("every call is written or counted", told, 10, step_s=0.3)


if __name__ == "__main__":
    unittest.main()
