"""Tail sampling on the real binary: what stays, what goes, what reports say of it, what leaves."""

import hashlib
import json
import signal
import threading
import unittest

import collector
import harness
from harness import GatewayCase, chat, wait_for

QUIET_S = 1
CALLS = 300
PERCENT = 20
QUICK = {"batch_delay_ms": 20, "backoff_ms": 50, "backoff_max_ms": 200, "timeout_ms": 5000}


def trace_id(name):
    """Random to a hash, and the same in every run."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


class SamplingCase(GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = collector.Collector()
        cls.addClassCleanup(cls.collector.down)
        super().setUpClass()

    @classmethod
    def config(cls, lab, **sampling):
        config = harness.base_config(lab.address, cls.sandbox.folder)
        rules = {"keep_percent": PERCENT, "slow_ms": 700, "cost_usd": 0.001, "quiet_s": QUIET_S,
                 **sampling}
        config["routes"] = {
            "whole": {"models": ["lab-dated"], "retry": {"attempts_max": 1}},
            "sampled": {"retry": {"attempts_max": 1}, "sampling": rules},
        }
        exporter = {"endpoint": cls.collector.url, "content": True, **QUICK}
        config["telemetry"] = {"otlp": {"exporters": {"test": exporter}}}
        return config

    def call(self, name, text=None, model="lab-plain", trace=None, status=200):
        parent = f"00-{trace_id(trace or name)}-{trace_id('span' + name)[:16]}-01"
        reply = self.post(chat(model, text or f"secret {name} of this call"),
                          [("traceparent", parent)])
        self.assertEqual(reply.status, status, reply.body[:300])
        self.assertEqual(reply.header("x-headgate-trace-id"), trace_id(trace or name))
        return trace_id(trace or name)

    def metrics(self):
        lines = self.gateway.call("GET", "/metrics").body.decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in lines if not line.startswith("#")}

    def decided(self, decision=None):
        return sum(value for name, value in self.metrics().items()
                   if name.startswith("headgate_traces_sampled_total")
                   and (decision is None or f'"{decision}"' in name))

    def wait_decided(self, count):
        wait_for(f"{count} traces decided", lambda: self.decided() == count, 30)
        wait_for("freed", lambda: self.gateway_freed(), 10)

    def gateway_freed(self):
        metrics = self.metrics()
        return (metrics["headgate_sampling_calls_dropped_total"] == 0
                or metrics["headgate_sampling_freed_bytes_total"] > 0)

    def ls(self, *flags):
        found = json.loads(self.headgate("trace", "ls", "--json", "--limit", "10000", *flags))
        self.assertEqual((found["dropped"], found["damaged"]), (0, 0))
        return {each["trace_id"]: each for each in found["traces"]}

    def bytes_on_disk(self):
        """Of the whole store, without the rings that are written over."""
        out = b""
        for file in sorted((self.sandbox.folder / "store").rglob("*")):
            if file.is_file() and file.suffix != ".ring":
                out += file.read_bytes()
        return out

    def report(self, by):
        rows = json.loads(self.headgate("report", "calls", "--by", by, "--json"))["calls"]
        return {row[by]: row for row in rows}


class Sampling(SamplingCase):
    def test_what_stays_and_what_goes(self):
        plain = [self.call(f"plain {n}") for n in range(CALLS)]
        failed = [self.call(f"failed {n}", f"secret failed {n} fault:500", status=500)
                  for n in range(20)]
        slow = [self.call(f"slow {n}", f"secret slow {n} of this call count slowly", "lab-slow")
                for n in range(3)]
        unpriced = [self.call(f"unpriced {n}", model="lab-unpriced") for n in range(5)]
        whole = [self.call(f"whole {n}", model="lab-dated") for n in range(10)]
        run = []  # two good calls, and one that fails: one trace
        for n, text in enumerate(("secret run 0 x", "secret run 1 x", "secret run 2 fault:500")):
            status = 500 if "fault" in text else 200
            run.append(self.call(f"run {n}", text, trace="run", status=status))
        count = CALLS + 20 + 3 + 5 + 10 + 1
        self.wait_decided(count)
        left = self.ls()

        for name, traces, reason in (("failed", failed, "error"), ("slow", slow, "slow"),
                                     ("unpriced", unpriced, "flagged")):
            for trace in traces:
                self.assertIn(trace, left, name)
                self.assertEqual(left[trace]["sampling"], {"probability": 1, "reason": reason})
        for trace in whole:
            self.assertNotIn("sampling", left[trace])
        shown = json.loads(self.headgate("trace", "show", run[0], "--json"))["exchanges"]
        self.assertEqual(len(shown), 3)
        kept = [trace for trace in plain if trace in left]
        deviation = (CALLS * 0.2 * 0.8) ** 0.5
        self.assertLess(abs(len(kept) - CALLS * PERCENT / 100), 4 * deviation, len(kept))
        for trace in kept:
            self.assertEqual(left[trace]["sampling"],
                             {"probability": PERCENT / 100, "reason": "chance"})
        self.assertEqual(len(left), count - (CALLS - len(kept)))
        self.assertIn("kept with probability 0.2, for: chance",
                      self.headgate("trace", "show", kept[0]))

        # Counted, all of it.
        self.assertEqual(self.decided("dropped"), CALLS - len(kept))
        self.assertEqual(self.decided("chance"), len(kept))
        self.assertEqual(self.decided("error"), 20 + 1)
        self.assertEqual(self.decided("slow"), 3)
        self.assertEqual(self.decided("flagged"), 5)
        self.assertEqual(self.decided("route"), 10)

        # Totals are of everything; what reads rows weighs them.
        calls = count - 1 + 3
        self.assertEqual(sum(row["calls"] for row in self.report("status").values()), calls)
        self.assertEqual(self.report("route")["whole"]["calls"], 10)
        top = json.loads(self.headgate("top", "--once", "--json", "--minutes", "60"))
        routes = {row["name"]: row for row in top["routes"]}
        self.assertEqual(routes["whole"]["calls"], 10)
        certain = calls - CALLS - 10
        self.assertEqual(routes["sampled"]["calls"], len(kept) * 100 // PERCENT + certain)
        self.assertEqual(routes["sampled"]["errors"], 21)

        # Nothing of what went is on the disk, and no search finds it.
        dropped = {trace: f"secret plain {n} of" for n, trace in enumerate(plain)
                   if trace not in left}
        disk = self.bytes_on_disk()
        for n, trace in enumerate(plain):
            self.assertEqual(f"secret plain {n} of".encode() in disk, trace in left, trace)
        some = next(iter(dropped))
        self.assertEqual(self.ls("--text", dropped[some]), {})
        code, _, err = self.sandbox.command("trace", "show", some, "--config",
                                            self.gateway.config_path)
        self.assertEqual(code, 1)
        self.assertIn("no trace whose id begins with", err)
        self.assertEqual(set(self.ls("--text", "secret failed")), set(failed))

        self.check_exports(left, kept, failed, whole, run[0])
        self.check_restart(left, count)

    def check_exports(self, left, kept, failed, whole, run):
        """What leaves is what stays, with its probability."""
        wait_for("all that stay at the collector", lambda: {
            span["trace_id"] for span in self.collector.spans()} >= set(left), 10)
        spans = self.collector.spans()
        self.assertEqual({span["trace_id"] for span in spans}, set(left))
        heads = {}
        for span in spans:
            if span["attributes"]["headgate.kind"] == "request":
                heads.setdefault(span["trace_id"], []).append(span)
        self.assertEqual(len(heads[run]), 3)
        for trace in kept:
            attributes = heads[trace][0]["attributes"]
            self.assertEqual(attributes["headgate.sampling.probability"], 0.2)
            self.assertEqual(attributes["headgate.sampling.reason"], "chance")
            state = heads[trace][0]["trace_state"]
            fields = dict(each.split(":") for each in state.removeprefix("ot=").split(";"))
            threshold = int(fields["th"].ljust(14, "0"), 16)
            self.assertAlmostEqual(1 - threshold / 2**56, 0.2, 6)
            self.assertGreaterEqual(int(fields["rv"], 16), threshold)
        for trace in failed:
            self.assertEqual(heads[trace][0]["attributes"]["headgate.sampling.probability"], 1)
            self.assertTrue(heads[trace][0]["trace_state"].startswith("ot=th:0;"))
        for trace in whole:
            self.assertNotIn("headgate.sampling.probability", heads[trace][0]["attributes"])

    def check_restart(self, left, count):
        """Undecided when the process is killed: decided by the next one, and sent."""
        names = [f"killed {n}" for n in range(40)]
        traces = [self.call(name) for name in names]
        wait_for("read", lambda: self.metrics()["headgate_sampling_undecided"] > 0, 5)
        self.gateway.kill()
        type(self).gateway = self.sandbox.gateway(self.config(self.lab))
        wait_for("decided", lambda: self.decided() >= len(traces), 20)
        now = self.ls()
        self.assertEqual({trace for trace in now if trace not in traces}, set(left))
        kept = [trace for trace in traces if trace in now]
        self.assertTrue(0 < len(kept) < len(traces))
        wait_for("sent", lambda: {span["trace_id"] for span in self.collector.spans()}
                 >= set(kept), 10)
        sent = {span["trace_id"] for span in self.collector.spans()}
        self.assertEqual(sent & set(traces), set(kept))


class Reload(SamplingCase):
    def reload(self, config):
        self.sandbox.write_config(config)
        reloads = self.gateway.log().count('"reloaded"')
        self.gateway.signal(signal.SIGHUP)
        wait_for("reloaded", lambda: self.gateway.log().count('"reloaded"') > reloads)

    @classmethod
    def config(cls, lab, **sampling):
        return super().config(lab, **{"keep_percent": 0, **sampling})

    def test_a_policy_changes_while_it_runs(self):
        gone = self.call("gone")
        self.wait_decided(1)
        self.assertEqual(self.ls(), {})
        self.reload(self.config(self.lab, keep_percent=100))
        wait_for("in force", lambda: self.metrics()["headgate_sampling_routes"] == 0)
        stays = self.call("stays")
        wait_for("it is there", lambda: stays in self.ls())
        wait_for("sent at once", lambda: any(
            span["trace_id"] == stays for span in self.collector.spans()))
        self.reload(self.config(self.lab))
        wait_for("in force", lambda: self.metrics()["headgate_sampling_routes"] == 1)
        self.call("other")
        wait_for("one is dropped again", lambda: self.decided("dropped") > 1, 20, 0.3)
        others = self.decided("dropped")
        self.call("late", trace="gone")
        wait_for("late", lambda: self.metrics()["headgate_sampling_late_total"] == 1, 20)
        wait_for("decided", lambda: self.metrics()["headgate_sampling_undecided"] == 0, 20)
        left = set(self.ls())
        self.assertIn(stays, left)
        self.assertNotIn(gone, left)
        self.assertGreaterEqual(self.decided("dropped"), others)

    def test_many_at_once(self):
        before = self.decided()
        threads = [threading.Thread(target=lambda k=k: [self.call(f"many {k} {n}")
                                                        for n in range(25)]) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for("decided", lambda: self.decided() >= before + 200, 30)
        self.assertEqual([t for t in self.ls() if t in {trace_id(f"many {k} {n}") for k in range(8)
                                                        for n in range(25)}], [])


class Checks(GatewayCase):
    def test_sampling_without_prices_is_warned_of(self):
        config = harness.base_config(self.lab.address, self.sandbox.folder)
        config["routes"]["all"]["sampling"] = {"keep_percent": 10}
        del config["cost"]
        path = self.sandbox.write_config(config, "noprices")
        code, out, err = self.sandbox.command("check", "--config", path)
        self.assertEqual(code, 0, err)
        self.assertIn("every call is unpriced, and what is unpriced is kept", out + err)
        config["routes"]["all"]["sampling"] = {"keep_percent": 101}
        path = self.sandbox.write_config(config, "toomuch")
        code, out, err = self.sandbox.command("check", "--config", path)
        self.assertEqual(code, 1)
        self.assertIn("keep_percent", out + err)


if __name__ == "__main__":
    unittest.main()
