"""Debian's Prometheus scrapes a gateway under calls of every kind. promtool finds nothing to say of
the metrics, the rules of deploy/prometheus load, every alert's value and every query of the
dashboards in deploy/grafana has data, and exemplars lead to traces.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
from harness import CHAT, ROOT, GatewayCase, authorization, chat, wait_for  # noqa: E402

DEBS = ROOT / "build/debs/usr/bin"
RULES = ROOT / "deploy/prometheus/headgate.rules.yaml"
DASHBOARDS = sorted((ROOT / "deploy/grafana").glob("*.json"))
ALERT = re.compile(r"(?s)(.*) (<|>|==) ([0-9.e+]+)\s*")
SYSTEM = "Answer in one sentence and do not guess. " * 300

LAB = {
    "models": ["lab-plain", "lab-other"],
    "keys": ["env:HEADGATE_E2E_LAB_KEY"],
    "rules": [
        {"match": {"user_contains": "say 500"}, "fault": {"kind": "status", "status": 500}},
        {"answer": "Yes, that is so."},
    ],
}


def tool(name):
    found = DEBS / name
    if not found.exists():
        raise AssertionError(f"no {name}: run tests/observability/unpack_debs")
    return str(found)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """A Prometheus of its own folder and port that scrapes one address each second."""

    def __init__(self, sandbox, target):
        self.folder = sandbox.folder / "prometheus"
        self.folder.mkdir()
        rules = RULES.read_text().replace("interval: 30s", "interval: 1s")
        (self.folder / RULES.name).write_text(rules)
        scrape = {"job_name": "headgate", "static_configs": [{"targets": [target]}]}
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [RULES.name],
            "scrape_configs": [scrape],
        }
        (self.folder / "prometheus.yaml").write_text(json.dumps(config))
        self.address = f"127.0.0.1:{free_port()}"
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [
                    tool("prometheus"), "--config.file=prometheus.yaml",
                    "--storage.tsdb.path=data", f"--web.listen-address={self.address}",
                    "--enable-feature=exemplar-storage",
                ],
                cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )
        wait_for("Prometheus is ready", self.is_ready, 30)

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text()[-2000:])
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        url = f"http://{self.address}/api/v1/{path}?{query}"
        try:
            with urllib.request.urlopen(url, timeout=20) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def values(self, expression):
        return self.get("query", query=expression)["result"]

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Scraped(GatewayCase):
    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        provider = config["providers"]["lab"]
        provider.update(kind="anthropic", concurrency={"max": 50, "queue_max": 50})
        del provider["breaker"]
        config["models"] = {
            "lab-plain": {"provider": "lab", "upstream_model": "lab-plain"},
            "lab-other": {"provider": "lab", "upstream_model": "lab-other"},
        }
        retry = {"attempts_max": 2, "base_ms": 1}
        config["routes"]["all"] = {"prompt_caching": "mark", "retry": retry}
        return config

    @classmethod
    def setUpClass(cls):
        cls.promtool = tool("promtool")
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        script = cls.sandbox.folder / "lab.yaml"
        script.write_text(json.dumps(LAB))
        cls.lab = cls.sandbox.lab(script)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))
        cls.traces = set()
        cls.prometheus = Prometheus(cls.sandbox, cls.gateway.address)
        cls.addClassCleanup(cls.prometheus.stop)
        cls.turns = []
        wait_for("three scrapes", cls.traffic, 60, step_s=0.5)

    @classmethod
    def ask(cls, path, body, more=()):
        headers = authorization() + [("x-workflow-id", "triage"), *more]
        reply = cls.gateway.call("POST", path, body, headers)
        cls.traces.add(reply.header("x-headgate-trace-id"))
        return reply

    @classmethod
    def traffic(cls):
        """A round of calls of every kind; whether Prometheus has seen three rounds."""
        cls.ask(CHAT, chat("lab-plain", "Is it so?"))
        cls.ask(CHAT, chat("lab-plain", "Is it so?", stream=True))
        cls.ask(CHAT, chat("lab-other", "say 500"))
        cls.turns.append({"role": "user", "content": f"Is {len(cls.turns)} even?"})
        body = {"model": "lab-plain", "max_tokens": 100, "system": SYSTEM, "messages": cls.turns}
        cls.ask("/v1/messages", body, [("anthropic-version", "2023-06-01")])
        cls.turns.append({"role": "assistant", "content": "Yes, that is so."})
        cls.ask_by_tool()
        scrapes = cls.prometheus.values("count_over_time(headgate_tool_calls_total[5m]) >= 3")
        return bool(scrapes)

    @classmethod
    def ask_by_tool(cls):
        """A tool's call, as an agent's own tracing tells of it."""
        now = time.time_ns()
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_order"}
        attributes["gen_ai.agent.name"] = "triage"
        span = {
            "traceId": f"{now:032x}", "spanId": f"{now % (1 << 60):016x}",
            "name": "execute_tool get_order", "kind": 1,
            "startTimeUnixNano": str(now - 5_000_000), "endTimeUnixNano": str(now),
            "attributes": [
                {"key": key, "value": {"stringValue": value}} for key, value in attributes.items()
            ],
            "status": {"code": 2, "message": "no such order"},
        }
        body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
        reply = cls.gateway.call("POST", "/v1/traces", body, authorization())
        assert reply.status == 200, reply.body

    def run_promtool(self, *arguments, text=None):
        done = subprocess.run(
            [self.promtool, *arguments], input=text, capture_output=True, text=True, check=False,
            timeout=60,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_promtool_finds_nothing_to_say(self):
        text = self.gateway.call("GET", "/metrics").body.decode()
        self.run_promtool("check", "metrics", text=text)
        self.run_promtool("check", "rules", "--lint-fatal", str(RULES))
        self.run_promtool("check", "config", str(RULES.parent / "prometheus.yaml"))

    def test_rules_are_healthy_and_every_alert_has_a_value(self):
        groups = wait_for("rules evaluated", self.evaluated, 30)
        rules = [rule for group in groups for rule in group["rules"]]
        self.assertEqual([rule for rule in rules if rule["health"] != "ok"], [])
        alerts = [rule for rule in rules if rule["type"] == "alerting"]
        self.assertGreaterEqual(len(alerts), 15)
        for alert in alerts:
            parts = ALERT.fullmatch(alert["query"])
            with self.subTest(alert=alert["name"]):
                self.assertIsNotNone(parts, alert["query"])
                self.assertTrue(self.prometheus.values(parts.group(1)), alert["query"])

    def evaluated(self):
        groups = self.prometheus.get("rules")["groups"]
        done = all(rule["health"] != "unknown" for group in groups for rule in group["rules"])
        recorded = self.prometheus.values("headgate:cost_per_request:avg5m")
        return groups if done and recorded else None

    def test_what_goes_wrong_raises_an_alert(self):
        def raised():
            alerts = self.prometheus.get("alerts")["alerts"]
            return {alert["labels"]["alertname"] for alert in alerts} >= {"HeadgateErrors"}

        wait_for("an alert of errors", raised, 30)

    def test_every_query_of_the_dashboards_has_data(self):
        names = [path.stem for path in DASHBOARDS]
        self.assertEqual(names, ["business", "developer", "operations"])
        queries = 0
        for path in DASHBOARDS:
            for panel in json.loads(path.read_text())["panels"]:
                for target in panel.get("targets", []):
                    queries += 1
                    with self.subTest(dashboard=path.stem, panel=panel["title"]):
                        self.assertTrue(self.prometheus.values(target["expr"]), target["expr"])
        self.assertGreater(queries, 30)

    def test_the_six_by_their_names(self):
        def value(expression):
            return float(self.prometheus.values(expression)[0]["value"][1])

        self.assertEqual(value('tool_error_rate{tool="get_order"}'), 1)
        self.assertEqual(value('agent_success_rate{workflow="triage"}'), 0.75)
        self.assertGreater(value('retry_rate{route="all"}'), 0)
        self.assertGreater(value('agent_latency_count{workflow="triage"}'), 8)
        self.assertGreater(value('llm_token_usage_sum{model="lab-plain",type="input"}'), 0)
        self.assertGreater(value('cost_per_request_sum{model="lab-plain"}'), 0)

    def test_exemplars_lead_to_traces(self):
        def exemplars():
            found = self.prometheus.get(
                "query_exemplars", query="agent_latency_bucket", start=time.time() - 300,
                end=time.time(),
            )
            return [one for series in found for one in series["exemplars"]]

        found = wait_for("exemplars", exemplars, 30)
        self.assertLessEqual({one["labels"]["trace_id"] for one in found}, self.traces)


if __name__ == "__main__":
    unittest.main()
