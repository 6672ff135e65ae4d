"""Questions about calls from the command line: filters, words, live views, totals."""

import json
import re
import signal
import subprocess
import time

import harness
from harness import CHAT, GatewayCase, authorization, chat

SEEN_WITHIN_S = 1.0


class QueryCase(GatewayCase):
    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        special = {name: {"content": name, "models": [f"lab-{name}"]} for name in ("hashed", "off")}
        config["routes"] = {**special, **config["routes"]}  # the first that matches
        for name in special:
            config["models"][f"lab-{name}"] = {"provider": "lab", "upstream_model": "lab-plain"}
        return config

    def call(self, text, model="lab-plain", status=200, headers=()):
        reply = self.post(chat(model, text), headers)
        self.assertEqual(reply.status, status, reply.body[:300])
        return reply.header("x-headgate-trace-id")

    def ls(self, *flags):
        return json.loads(self.headgate("trace", "ls", "--json", *flags))

    def ids(self, *flags):
        return [each["trace_id"] for each in self.ls(*flags)["traces"]]

    def soon(self, what, probe):
        return harness.wait_for(what, probe, 5)


class Filters(QueryCase):
    def test_a_filter_finds_what_it_says(self):
        good = self.call("filtered and fine", headers=[("X-Session-Id", "filter-1")])
        bad = self.call("fault:429", status=429, headers=[("X-Session-Id", "filter-1")])
        mine = 'session = "filter-1"'
        self.soon("both", lambda: len(self.ids("--where", mine)) == 2)
        cases = {
            f"{mine} and error": [bad],
            f"{mine} and not error": [good],
            f"{mine} and cost > 0.0000001 and attempts = 1 and provider = lab": [good],
            f"{mine} and cost > 1": [],
            f"{mine} and latency < 1h and age < 5m and http = 429": [bad],
            f'{mine} and text ~ "filtered and"': [good],
            f"{mine} and output ~ said": [good],
            f"{mine} and status in (rate_limited, upstream_status)": [bad],
            f"trace = {good[:12]}": [good],
        }
        for where, expected in cases.items():
            self.assertEqual(self.ids("--where", where), expected, where)
        both = ("--session", "filter-1", "--status")
        self.assertEqual(self.ids(*both, "error"), [bad])
        self.assertEqual(self.ids(*both, "ok", "--text", "FILTERED"), [good])

    def test_a_mistake_is_shown_where_it_is(self):
        where = ("trace", "ls", "--where", "cost > 1 and latncy > 2s", "--config")
        code, out, err = self.sandbox.command(*where, self.gateway.config_path)
        self.assertEqual((code, out), (1, ""))
        self.assertIn('there is no field "latncy"; did you mean "latency"?', err)
        self.assertIn("\n  cost > 1 and latncy > 2s\n               ^\n", err)

    def test_words_are_found_at_once(self):
        for number in range(5):
            word = f"zebra{number}{time.time_ns()}"
            began = time.monotonic()
            trace = self.call(f"line one\n{word} line two")
            self.soon(word, lambda: self.ids("--text", word) == [trace])
            took = time.monotonic() - began
            if not harness.SANITIZED:
                self.assertLess(took, SEEN_WITHIN_S)
        self.assertEqual(self.ids("--text", "role content"), [])  # of the JSON, nobody's words

    def test_what_was_not_kept_is_not_found(self):
        for model in ("lab-hashed", "lab-off"):
            word = f"secret{model[4:]}{time.time_ns()}"
            trace = self.call(f"about {word}", model)
            self.soon(model, lambda: self.ids("--where", f"trace = {trace}") == [trace])
            self.assertEqual(self.ids("--text", word), [])
            # Not in any file of the store either, the index of words included.
            for file in (self.sandbox.folder / "store").iterdir():
                if not file.name.startswith("journal-"):
                    self.assertNotIn(word.encode(), file.read_bytes(), file.name)


class Live(QueryCase):
    def start(self, *arguments):
        command = [str(harness.BINARY), *arguments, "--config", str(self.gateway.config_path)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.sandbox.folder, env=self.sandbox.environment, stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def finish(self, process):
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=10)
        self.assertEqual((process.returncode, err), (0, ""))
        return rest

    def test_tail_shows_calls_as_they_come(self):
        before = self.call("before")
        self.soon("before", lambda: before in self.ids())
        tail = self.start("tail", "--json", "--last", "1", "--where", "not error")
        self.assertEqual(json.loads(tail.stdout.readline())["trace_id"], before)
        for number in range(3):
            self.call("fault:429", status=429)
            trace = self.call(f"live {number}")
            shown = json.loads(tail.stdout.readline())
            self.assertEqual(shown["trace_id"], trace)
        self.assertEqual(self.finish(tail), "")

    def test_tail_prints_no_control_character(self):
        before = self.call("before it")
        self.soon("before", lambda: before in self.ids())
        tail = self.start("tail", "--last", "1", "--where", "route = all or user ~ ute")
        self.assertIn(before[:16], tail.stdout.readline())  # it has begun
        word = "\x1b[2J\x1b]0;x\x07"
        body = {**chat("lab-plain", "x"), "model": f"no{word}"}
        self.gateway.call("POST", CHAT, json.dumps(body).encode(), authorization())
        line = tail.stdout.readline()
        self.assertIn("model_not_found", line)
        self.assertNotRegex(line.rstrip("\n"), r"[\x00-\x1f\x7f]")
        self.finish(tail)

    def test_top_and_reports_add_up(self):
        made = {self.call(f"counted {number}") for number in range(4)}
        made.add(self.call("fault:429", status=429))
        # Not the other tests' calls alone: top would be content with theirs.
        self.soon("all of ours", lambda: made <= set(self.ids("--limit", "100000")))

        def top():
            return json.loads(self.headgate("top", "--once", "--json"))

        def of_all(rows):
            return next((each for each in rows if each["name"] == "all"), {"calls": 0, "errors": 0})

        self.soon("top", lambda: of_all(top()["routes"])["calls"] >= 5)
        row = of_all(top()["routes"])
        self.assertGreaterEqual(row["errors"], 1)
        self.assertGreater(row["cost_picodollars"], 0)
        self.assertGreater(row["calls_per_s"], 0)
        self.assertIn("lab-plain", [each["name"] for each in top()["models"]])
        text = self.headgate("top", "--once")
        self.assertRegex(text, r"ROUTE +CALLS +PER S +ERRORS +ERROR % +P95 +COST\nall ")
        self.assertNotIn("\x1b", text)
        by_day = json.loads(self.headgate("report", "calls", "--json"))["calls"]
        listed = len(self.ids("--limit", "100000"))
        self.assertEqual(sum(each["calls"] for each in by_day), listed)
        by_status = json.loads(
            self.headgate("report", "calls", "--by", "status", "--json"))["calls"]
        self.assertEqual(sum(each["calls"] for each in by_status), listed)
        self.assertEqual(json.loads(self.headgate("report", "tools", "--json"))["tools"], [])
        self.assertTrue(re.match(r"DAY +CALLS", self.headgate("report", "calls")))


if __name__ == "__main__":
    harness.unittest.main()
