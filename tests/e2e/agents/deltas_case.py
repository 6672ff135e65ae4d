"""A stack whose models answer slowly or break off, and somebody who reads events as they come."""

import json

import agents_case
from agents_case import AgentsCase, harness

LAB_SCRIPT = agents_case.FOLDER / "deltas_lab.yaml"
TEXT, DISCARDED = "step.model_text", "step.model_text_discarded"

MODELS = ("d-plain", "d-stalls", "d-stalls-once", "d-pace", "d-other", "d-json", "d-refuses",
          "d-thinks", "d-cut", "d-cut-once", "d-error", "d-idle", "d-fails",
          "d-cut-ever")


def agents():
    out = {model: {"prompt": "You talk.", "model": model} for model in MODELS}
    out["whole"] = {"prompt": "You talk.", "model": "d-plain", "stream": False}
    out["whole-stalls"] = {"prompt": "You talk.", "model": "d-stalls", "tools": ["get_order"]}
    out["one-second"] = {"prompt": "You talk.", "model": "d-stalls",
                         "limits": {"seconds_max": 1}}
    out["as-sent"] = {"prompt": "You talk.", "model": "d-as-sent"}
    out["enforced"] = {"prompt": "You talk.", "model": "d-enforced", "tools": ["get_order"]}
    out["judge"] = {"prompt": "You judge.", "model": "d-json",
                    "output_schema": agents_case.schema(verdict={"enum": ["refund", "keep"]})}
    out["looks"] = {"prompt": "You look.", "model": "d-plain", "tools": ["get_order"]}
    for kind in ("anthropic", "gemini", "canned"):
        out[kind] = {"prompt": "You talk.", "model": f"d-{kind}"}
        out[f"{kind}-whole"] = {"prompt": "You talk.", "model": f"d-{kind}", "stream": False}
    return out


class Follower:
    """Reads a run's events as they come: (number or None, name, data) of each."""

    def __init__(self, gateway, run_id=None, agent=None, text="", after=None, key=None):
        self.wire = agents_case.wire.Wire(gateway.address, 60)
        headers = harness.authorization(key or harness.CLIENT_KEY)
        if after is not None:
            headers.append(("Last-Event-ID", str(after)))
        if run_id:
            ask = agents_case.wire.request_bytes("GET", f"/v1/runs/{run_id}/events", b"", headers)
        else:
            body = json.dumps({"input": text, "stream": True}).encode()
            ask = agents_case.wire.request_bytes("POST", f"/v1/agents/{agent}/runs", body, headers)
        self.wire.send(ask)
        head = self.wire.read_head()
        assert head.status == 200, (head, self.wire.pending)
        self.run_id = head.header("x-headgate-run-id")
        self.chunks = self.wire.chunks()
        self.rest = ""
        self.seen = []

    def read(self):
        """The next event; None: that was all."""
        while "\n\n" not in self.rest:
            chunk = next(self.chunks, None)
            if chunk is None:
                assert not self.rest, self.rest
                self.wire.close()
                return None
            self.rest += chunk.decode()
        block, _, self.rest = self.rest.partition("\n\n")
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        number = int(fields["id"]) if "id" in fields else None
        self.seen.append((number, fields["event"], json.loads(fields["data"])))
        return self.seen[-1]

    def until(self, name):
        while event := self.read():
            if event[1] == name:
                return event[2]
        raise AssertionError(f"no {name} in {self.names()}")

    def end(self):
        while self.read():
            pass
        return self

    def names(self):
        return [name for _, name, _ in self.seen]

    def numbers(self):
        return [number for number, _, _ in self.seen if number is not None]

    def texts(self, step=1):
        """The text of the step as somebody has it who obeys all events."""
        out = ""
        for _, name, data in self.seen:
            if data.get("step") == step:
                out = out + data["text"] if name == TEXT else "" if name == DISCARDED else out
        return out

    def finished(self, step=1):
        found = [data for _, name, data in self.seen
                 if name == "step.model_finished" and data["step"] == step]
        assert len(found) == 1, self.seen
        return found[0]


class DeltasCase(AgentsCase):
    LAB_SCRIPT = LAB_SCRIPT

    @classmethod
    def config(cls):
        config = super().config()
        config["agents"] = agents()
        lab = config["providers"]["lab"]
        lab["idle_timeout_ms"] = 60_000
        config["providers"]["hasty"] = {**lab, "idle_timeout_ms": 300}
        for kind, path in (("anthropic", "/v1"), ("gemini", "/v1beta")):
            config["providers"][kind] = {**lab, "kind": kind,
                                         "base_url": f"http://{cls.lab.address}{path}"}
        upstream = {"provider": "lab", "price": "lab-plain"}
        config["models"] = {m: {**upstream, "upstream_model": m} for m in MODELS}
        config["models"]["d-idle"]["provider"] = "hasty"
        for name in ("d-as-sent", "d-enforced"):
            config["models"][name] = {**upstream, "upstream_model": "d-plain"}
        config["models"]["d-canned"] = {**upstream, "upstream_model": "d-down"}
        for kind in ("anthropic", "gemini"):
            config["models"][f"d-{kind}"] = {"provider": kind, "upstream_model": "d-plain",
                                             "price": "lab-plain"}
        once = {"attempts_max": 1}
        config["routes"] = {
            "cut": {"models": ["d-cut", "d-error", "d-idle"], "fallback": ["d-other"],
                    "retry": once},
            "again": {"models": ["d-cut-once"], "retry": {"attempts_max": 2}},
            "canned": {"models": ["d-canned"], "retry": once,
                       "degraded": {"use": ["canned"], "canned": {"text": "Not now."}}},
            "as-sent": {"models": ["d-as-sent"], "usage_in_streams": "as_sent", "retry": once},
            "enforced": {"models": ["d-enforced"], "structured_output": "enforce", "retry": once},
            "all": {"models": ["*"], "retry": once, "keep_alive_ms": 100},
        }
        return config
