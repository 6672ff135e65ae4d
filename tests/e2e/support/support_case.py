"""The stack of examples/support as it stands there: lab, services, gateway, knowledge base."""

import json
import pathlib
import subprocess
import sys
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import harness  # noqa: E402
import wire  # noqa: E402,F401

MIB, SANITIZED = harness.MIB, harness.SANITIZED
EXAMPLE = harness.ROOT / "examples/support"
TICKETS = EXAMPLE / "tickets.jsonl"
ORDERS = EXAMPLE / "orders.jsonl"
KEYS = {"DEMO_PROVIDER_KEY": "sk-demo-provider-0123456789abcdef",
        "DEMO_AGENT_KEY": "sk-demo-agent-0123456789abcdefghi",
        "DEMO_APPROVER_KEY": "sk-demo-approver-0123456789abcdef",
        "DEMO_HEAD_KEY": "sk-demo-head-0123456789abcdefghij"}


class Services:
    """The shop's services, a process of their own."""

    def __init__(self, folder, orders=(ORDERS,), name="services"):
        ready = folder / f"{name}.ready.json"
        ready.unlink(missing_ok=True)
        self.database = folder / f"{name}.db"
        command = [sys.executable, str(EXAMPLE / "services.py"), "--listen", "127.0.0.1:0",
                   "--ready-file", str(ready), "--database", str(self.database)]
        for each in orders:
            command += ["--orders", str(each)]
        self.process = subprocess.Popen(command)
        harness.wait_for("the services", ready.exists, 20)
        self.address = json.loads(ready.read_text())["listeners"][0]["address"]

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=20) as reply:
            return json.load(reply)

    def effects(self, kind=None):
        return [e for e in self.get("/effects")["effects"] if kind in (None, e["kind"])]

    def close(self):
        self.process.kill()
        self.process.wait()


def config_text(lab, services, folder, changes=()):
    """examples/support/headgate.yaml with this run's addresses and folders."""
    text = (EXAMPLE / "headgate.yaml").read_text()
    for old, new in (("127.0.0.1:8790", lab.address), ("127.0.0.1:8795", services.address),
                     ("path: knowledge", f"path: {EXAMPLE}/knowledge"),
                     ("prompt_file: ", f"prompt_file: {EXAMPLE}/"),
                     ("../prices.yaml", f"{EXAMPLE}/../prices.yaml"),
                     ("path: .headgate", f"path: {folder}/store"), *changes):
        if old not in text:
            raise AssertionError(f"examples/support/headgate.yaml does not say {old}")
        text = text.replace(old, new)
    return text


def tickets(path=TICKETS):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Stack:
    """All of it, in a sandbox of its own."""

    def __init__(self, orders=(ORDERS,), changes=()):
        self.sandbox = harness.Sandbox()
        self.sandbox.environment.update(KEYS)
        self.services = None
        try:
            self.lab = self.sandbox.lab(EXAMPLE / "lab.yaml")
            self.services = Services(self.sandbox.folder, orders)
            text = config_text(self.lab, self.services, self.sandbox.folder, changes)
            self.gateway = self.sandbox.gateway(text)
            self.command("kb", "build", "shop", "-c", self.gateway.config_path, "--gateway",
                         self.url, "--key", "env:DEMO_AGENT_KEY")
        except BaseException:
            self.close()
            raise

    @property
    def url(self):
        return f"http://{self.gateway.address}"

    def command(self, *arguments, code=0, timeout_s=60.0):
        """Standard output of `headgate …`."""
        got, out, err = self.sandbox.command(*arguments, timeout_s=timeout_s)
        if got != code:
            raise AssertionError(f"headgate {arguments[0]} ended with {got}:\n{out}\n{err}")
        return out if code == 0 else err

    def load(self, *arguments, code=0, timeout_s=300.0):
        """What `headgate load` prints, as JSON."""
        out = self.command("load", "--gateway", self.url, "--key", "env:DEMO_AGENT_KEY",
                           "--agent", "triage", "--json", *arguments, code=code,
                           timeout_s=timeout_s)
        return json.loads(out) if code == 0 else out

    def get(self, path, key="DEMO_AGENT_KEY", user=None):
        headers = harness.authorization(KEYS[key]) + ([("x-user-id", user)] if user else [])
        reply = self.gateway.call("GET", path, b"", headers)
        if reply.status != 200:
            raise AssertionError(f"{path}: {reply.status} {reply.body[:300]}")
        return reply.json()

    def close(self):
        if self.services:
            self.services.close()
        self.sandbox.close()
