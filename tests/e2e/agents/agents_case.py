"""What tests of agents stand on: a scripted model, an order service, and a gateway with agents."""

import json
import pathlib
import subprocess
import sys
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import harness  # noqa: E402
import wire  # noqa: E402

LAB_SCRIPT = FOLDER / "agents_lab.yaml"
OPERATOR_KEY = "hg-e2e-operator-0123456789abcdefgh"
OTHER_KEY = "hg-e2e-other-0123456789abcdefghij"
POOR_KEY = "hg-e2e-poor-0123456789abcdefghijk"


class OrderService:
    def __init__(self, folder, name="orders"):
        ready = folder / f"{name}.ready"
        ready.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, str(FOLDER / "order_service.py"), "--database",
             str(folder / f"{name}.db"), "--ready-file", str(ready)])
        self.port = int(harness.wait_for("the order service", lambda: ready.exists()
                                         and ready.read_text()))
        self.url = f"http://127.0.0.1:{self.port}"

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as reply:
            return json.load(reply)

    def control(self, path, act, **more):
        request = urllib.request.Request(
            self.url + "/control", method="POST",
            data=json.dumps({"path": path, "act": act, **more}).encode())
        urllib.request.urlopen(request, timeout=10).close()

    def effects(self, kind=None):
        return [e for e in self.get("/effects") if kind in (None, e["kind"])]

    def seen(self, path=""):
        return [e for e in self.get("/seen") if e["path"].startswith(path)]

    def close(self):
        self.process.kill()
        self.process.wait()


def schema(**properties):
    return {"type": "object", "properties": properties, "required": list(properties),
            "additionalProperties": False}


def tools_of(service):
    order = {"type": "string"}

    get = {
        "description": "Looks an order up.", "version": "1.2.0", "effect": "pure",
        "input": schema(order_id=order), "timeout_ms": 3000,
        "retry": {"attempts_max": 3, "pause_ms": 20},
        "output": {"type": "object", "required": ["status"]},
        "http": {"method": "GET", "url": service.url + "/orders/{order_id}",
                 "query": {"by": "{principal.user}"},
                 "headers": {"authorization": "env:HEADGATE_E2E_LAB_KEY"}},
    }

    def write(kind, effect, **more):
        return {"description": kind, "effect": effect, "input": schema(order_id=order),
                "timeout_ms": 3000, "retry": {"attempts_max": 3, "pause_ms": 20},
                "http": {"url": service.url + "/orders/{order_id}/" + kind,
                         "headers": {"authorization": "env:HEADGATE_E2E_LAB_KEY"}}, **more}

    return {
        "count_stock": {"mcp": {"server": "stock", "tool": "count"}, "effect": "pure"},
        "get_order": get,
        "get_order_or_fail": {**get, "on_error": "fail_run"},
        "refund_order": {
            **write("refunds", "idempotent", scopes=["refunds"]),
            "input": schema(order_id=order, amount={"type": "number"}),
        },
        "ship_order": write("shipments", "at_most_once"),
        "cancel_order": write("cancellations", "at_most_once", approval="always"),
    }


AGENTS = {
    "triage": {"description": "Sorts requests.", "prompt": "You sort requests.",
               "model": "lab-agent", "handoffs": ["billing"],
               "tools": ["get_order", "ship_order", "cancel_order"]},
    "billing": {"description": "Refunds.", "prompt": "You refund. ${not} expanded.",
                "model": "lab-agent", "tools": ["get_order", "refund_order"]},
    "judge": {"prompt": "You judge.", "model": "lab-judge",
              "output_schema": schema(verdict={"enum": ["refund", "keep"]},
                                      amount={"type": "number"})},
    "small": {"prompt": "You loop.", "model": "lab-agent", "tools": ["get_order"],
              "limits": {"steps_max": 3}},
    "broken": {"prompt": "You break.", "model": "lab-broken"},
    "strict": {"prompt": "You look.", "model": "lab-agent", "tools": ["get_order_or_fail"]},
    "few-calls": {"prompt": "You loop.", "model": "lab-agent", "tools": ["get_order"],
                  "limits": {"tool_calls_max": 2}},
    "few-tokens": {"prompt": "You loop.", "model": "lab-agent", "tools": ["get_order"],
                   "limits": {"tokens_max": 300}},
    "little-time": {"prompt": "You loop.", "model": "lab-agent", "tools": ["get_order"],
                    "limits": {"seconds_max": 1}},
    "little-money": {"prompt": "You loop.", "model": "lab-priced", "tools": ["get_order"],
                     "limits": {"cost_usd_max": 0.0001}},
    "clerk": {"prompt": "You count.", "model": "lab-agent", "tools": ["count_stock"]},
}


def config_of(lab, service, folder):
    config = harness.base_config(lab.address, folder)
    config["models"] = {name: {"provider": "lab", "upstream_model": name}
                        for name in ("lab-agent", "lab-judge", "lab-broken")}
    config["models"]["lab-priced"] = {"provider": "lab", "upstream_model": "lab-agent",
                                      "price": "lab-plain"}
    config["auth"]["keys"][0]["scopes"] = ["refunds"]
    config["auth"]["keys"] += [
        {"id": "operator", "secret": "env:HEADGATE_E2E_OPERATOR_KEY", "user": "olga",
         "tenant": "acme", "scopes": ["operator"]},
        {"id": "other", "secret": "env:HEADGATE_E2E_OTHER_KEY", "user": "otto", "tenant": "other"},
        {"id": "poor", "secret": "env:HEADGATE_E2E_POOR_KEY", "user": "paul", "tenant": "acme"},
    ]
    agents = json.loads(json.dumps(AGENTS))
    prompt = folder / "billing.md"
    prompt.write_text(agents["billing"].pop("prompt"))
    agents["billing"]["prompt_file"] = "billing.md"
    config["tools"] = tools_of(service)
    config["agents"] = agents
    config["mcp"] = {"servers": {"stock": {"command": [
        sys.executable, str(FOLDER / "stock_mcp.py"), str(folder / "mcp.seen")]}}}
    config["server"] = {"threads": 2}
    return config


def add_keys(sandbox):
    sandbox.environment.update(HEADGATE_E2E_OPERATOR_KEY=OPERATOR_KEY,
                               HEADGATE_E2E_OTHER_KEY=OTHER_KEY, HEADGATE_E2E_POOR_KEY=POOR_KEY)


def run(gateway, agent, text, key=harness.CLIENT_KEY, headers=(), **more):
    return gateway.call("POST", f"/v1/agents/{agent}/runs", {"input": text, **more},
                        harness.authorization(key) + list(headers), timeout_s=15)


def get_run(gateway, run_id, key=harness.CLIENT_KEY):
    return gateway.call("GET", f"/v1/runs/{run_id}", b"", harness.authorization(key))


def post(gateway, run_id, verb, body=None, key=OPERATOR_KEY):
    return gateway.call("POST", f"/v1/runs/{run_id}/{verb}", {} if body is None else body,
                        harness.authorization(key))


def events(reply):
    """Of a stream: (id, name, data) of each entry of the journal."""
    out = []
    for block in reply.body.decode().strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "id" in fields:
            out.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return out


__all__ = ["AGENTS", "OPERATOR_KEY", "OTHER_KEY", "POOR_KEY", "LAB_SCRIPT", "OrderService",
           "add_keys", "config_of", "events", "get_run", "harness", "post", "run", "schema",
           "tools_of", "wire"]


class AgentsCase(harness.unittest.TestCase):
    """One stack per class."""

    LAB_SCRIPT = LAB_SCRIPT

    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        add_keys(cls.sandbox)
        cls.lab = cls.sandbox.lab(cls.LAB_SCRIPT)
        cls.service = OrderService(cls.sandbox.folder)
        cls.addClassCleanup(cls.service.close)
        cls.gateway = cls.sandbox.gateway(cls.config())

    @classmethod
    def config(cls):
        return config_of(cls.lab, cls.service, cls.sandbox.folder)

    def run_ok(self, agent, text, status="finished", **more):
        reply = run(self.gateway, agent, text, **more)
        self.assertEqual(reply.status, 200, reply.body)
        body = reply.json()
        self.assertEqual(body["status"], status, body)
        return body

    def events_of(self, run_id, key=harness.CLIENT_KEY):
        reply = self.gateway.call("GET", f"/v1/runs/{run_id}/events", b"",
                                  harness.authorization(key))
        self.assertEqual(reply.status, 200, reply.body)
        return events(reply)

    def settled(self, run_id, key=harness.CLIENT_KEY):
        def probe():
            body = get_run(self.gateway, run_id, key).json()
            return body if body["status"] != "running" else None

        return harness.wait_for(f"the end of {run_id}", probe, 30)

    def error(self, reply, status):
        self.assertEqual(reply.status, status, reply.body)
        return reply.json()["error"]

    def effects(self, kind, order):
        return [e for e in self.service.effects(kind) if e["order_id"] == order]


class ApprovalsCase(AgentsCase):
    """`cancel ORD-N` waits for a person."""

    def waiting(self, order, gateway=None):
        body = run(gateway or self.gateway, "triage", f"cancel {order}").json()
        self.assertEqual(body["status"], "waiting_for_approval", body)
        self.assertEqual(self.effects("cancellations", order), [])
        return body["id"], body["pending"][0]["call_id"]

    def decide(self, run_id, call, gateway=None, key=OPERATOR_KEY, **body):
        gateway = gateway or self.gateway
        pending = {p["call_id"]: p for p in get_run(gateway, run_id).json().get("pending", [])}
        body.setdefault("digest", pending.get(call, {}).get("digest", "sha256:none"))
        return post(gateway, run_id, f"approvals/{call}", body, key=key)
