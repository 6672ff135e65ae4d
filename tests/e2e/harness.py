"""Starts the real `headgate` binary as lab and as gateway for black-box tests, and stops it.

One Sandbox per test class: a temporary folder that holds configuration, database, ready files and
logs, and the processes begun in it. Everything listens on port 0; a process counts as up when its
ready file is there. The binary is $HEADGATE_BIN, or build/release/headgate.
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import recorder
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("HEADGATE_BIN", ROOT / "build/release/headgate"))
LAB_SCRIPT = ROOT / "tests/e2e/lab.yaml"
PRICES = ROOT / "tests/e2e/prices.yaml"
# Sanitizers keep shadow memory and freed blocks: sizes say nothing there.
SANITIZED = bool(os.environ.get("HEADGATE_SANITIZED"))

MIB = 1 << 20
LAB_KEY = "sk-lab-0123456789abcdefghijklmnop"  # what the gateway shows the provider
CLIENT_KEY = "hg-e2e-0123456789abcdefghijklmnop"  # what a client shows the gateway
CHAT = "/v1/chat/completions"


def raise_open_files():
    """As many open files as allowed, here and in what is started from here. Returns how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def wait_for(what, probe, timeout_s=10.0, step_s=0.02):
    """The first true value of `probe()`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        time.sleep(step_s)


def without_decisions(spans):
    """What was done, without what was decided."""
    return [span for span in spans if span["kind"] != "decision"]


class Server:
    """One started `headgate` process that wrote its ready file."""

    def __init__(self, folder, name, arguments, environment, timeout_s=20.0, binary=BINARY):
        self.name = name
        self.log_path = folder / f"{name}.log"
        ready = folder / f"{name}.ready.json"
        ready.unlink(missing_ok=True)
        command = [str(binary), *arguments, "--ready-file", str(ready)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                cwd=folder,
            )
        try:
            self.listeners = wait_for(f"{name} up", lambda: self._ready(ready), timeout_s)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.log()}") from None
        self.address = next(iter(self.listeners.values()))

    def _ready(self, path):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}")
        try:
            listeners = json.loads(path.read_text())["listeners"]
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return {each["name"]: each["address"] for each in listeners}

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def metric(self, name, **labels):
        """The sum of all whose names begin so and that have these labels."""
        text = self.call("GET", "/metrics").body.decode()
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith(name) and all(each in line for each in wanted))

    def wait_for_log(self, text):
        """Its lines are written behind the answers they are about."""
        wait_for(f"{text} in the log", lambda: text in self.log())

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout_s):
        """The exit code, or None when the process is still there after `timeout_s`."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        if self.alive():
            self.process.kill()
        self.process.wait()

    def stop(self, timeout_s=15.0):
        """SIGTERM; the exit code."""
        if self.alive():
            self.signal(signal.SIGTERM)
        code = self.wait(timeout_s)
        if code is None:
            self.kill()
            raise AssertionError(f"{self.name} did not end on SIGTERM\n{self.log()[-2000:]}")
        return code

    def memory(self, field="VmRSS"):
        """Bytes, from /proc: VmRSS now, VmHWM the peak since reset_peak_memory()."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {field} of {self.name}")

    def reset_peak_memory(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def call(self, method, target, body=b"", headers=(), timeout_s=20.0, tls=None, listener=None):
        """One request on a fresh connection; `body` may be an object to be sent as JSON."""
        address = self.listeners[listener] if listener else self.address
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        with wire.Wire(address, timeout_s, tls) as connection:
            try:
                connection.send(wire.request_bytes(method, target, body, headers))
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before it was sent: the reply says why
            return connection.read_reply(method)


class Sandbox:
    """A temporary folder and the servers started in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="headgate-e2e-"))
        self.servers = []
        self.environment = {
            **os.environ,
            "HEADGATE_E2E_LAB_KEY": LAB_KEY,
            "HEADGATE_E2E_CLIENT_KEY": CLIENT_KEY,
            # A proxy of the machine must not come between the gateway and its lab.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def close(self):
        for server in reversed(self.servers):
            server.kill()
        if os.environ.get("HEADGATE_E2E_KEEP"):
            print(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder)

    def _start(self, name, arguments, timeout_s, binary=BINARY):
        server = Server(self.folder, name, arguments, self.environment, timeout_s, binary)
        self.servers.append(server)
        return server

    def lab(self, script=LAB_SCRIPT, name="lab", listen="127.0.0.1:0"):
        arguments = ["lab", str(script), "--listen", listen, "--seed", "1"]
        return self._start(name, arguments + ["--deterministic"], 20.0)

    def program(self, binary, name, *arguments):
        """Another program that has Headgate in it."""
        return self._start(name, [str(each) for each in arguments], 20.0, binary)

    def write_config(self, config, name="gateway"):
        """JSON is YAML: no YAML writer needed. Replaced in one step, as a careful operator does."""
        path = self.folder / f"{name}.yaml"
        fresh = path.with_suffix(".new")
        fresh.write_text(config if isinstance(config, str) else json.dumps(config, indent=2))
        fresh.replace(path)
        return path

    def gateway(self, config, name="gateway", listen="127.0.0.1:0", timeout_s=20.0):
        path = self.write_config(config, name)
        arguments = ["serve", "-c", str(path)] + (["--listen", listen] if listen else [])
        server = self._start(name, arguments, timeout_s)
        server.config_path = path
        return server

    def command(self, *arguments, timeout_s=20.0):
        """Runs `headgate …` to its end; (exit code, stdout, stderr)."""
        done = subprocess.run(
            [str(BINARY), *map(str, arguments)], capture_output=True, text=True, cwd=self.folder,
            env=self.environment, timeout=timeout_s, stdin=subprocess.DEVNULL, check=False,
        )
        return done.returncode, done.stdout, done.stderr


def lab_requests(lab):
    """The last requests the lab received, oldest first, bodies as JSON."""
    return lab.call("GET", "/lab/requests").json()["requests"]


def lab_stats(lab):
    """The lab's counters: requests, client_disconnects, …"""
    return lab.call("GET", "/lab/stats").json()


def authorization(key=CLIENT_KEY):
    return [("Authorization", f"Bearer {key}"), ("Content-Type", "application/json")]


def chat(model, text, **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


class GatewayCase(unittest.TestCase):
    """A lab and a gateway per class. Subclasses adapt `config`."""

    @classmethod
    def config(cls, lab):
        return base_config(lab.address, cls.sandbox.folder)

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.lab = cls.sandbox.lab()
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    def post(self, body, headers=(), key=CLIENT_KEY, **more):
        return self.gateway.call("POST", CHAT, body, authorization(key) + list(headers), **more)

    def headgate(self, *arguments):
        """Standard output of `headgate …` with the gateway's configuration."""
        code, out, err = self.sandbox.command(*arguments, "--config", self.gateway.config_path)
        self.assertEqual(code, 0, err)
        return out

    def trace_list(self, limit):
        listed = json.loads(self.headgate("trace", "ls", "--json", "--limit", limit))
        self.assertEqual((listed["dropped"], listed["damaged"]), (0, 0))
        return listed["traces"]

    def trace(self, trace_id):
        """The stored call of a trace; polls, since the database is written behind the answer."""
        arguments = ("trace", "show", trace_id, "--json", "--config", self.gateway.config_path)

        def probe():
            code, out, _ = self.sandbox.command(*arguments)
            return json.loads(out)["exchanges"] if code == 0 else None

        exchanges = wait_for(f"trace {trace_id}", probe, 5)
        self.assertEqual(len(exchanges), 1)
        return exchanges[0]

    def assert_error(self, reply, status, code=None, kind=None):
        """An error in OpenAI's form that a person can act on."""
        self.assertEqual(reply.status, status, reply.body[:500])
        self.assertIn("application/json", reply.header("content-type", ""))
        error = reply.json()["error"]
        self.assertEqual(set(error), {"message", "type", "param", "code"})
        self.assertTrue(error["message"])
        if code is not None:
            self.assertEqual(error["code"], code)
        if kind is not None:
            self.assertEqual(error["type"], kind)
        return error


MODELS = ("lab-plain", "lab-slow", "lab-unpriced", "lab-dated")


def base_config(lab_address, folder):
    """A gateway in front of one lab; every test starts from this and changes what it is about.

    Each call is one attempt: what survives failures has tests of its own (gateway_survive_test).
    """
    key = {"id": "e2e", "secret": "env:HEADGATE_E2E_CLIENT_KEY", "user": "ute", "tenant": "acme"}
    return {
        "providers": {
            "lab": {
                "kind": "openai",
                "base_url": f"http://{lab_address}/v1",
                "api_key": "env:HEADGATE_E2E_LAB_KEY",
                "breaker": {"enabled": False},
            }
        },
        "routes": {"all": {"retry": {"attempts_max": 1}}},
        "models": {name: {"provider": "lab", "upstream_model": name} for name in MODELS},
        "auth": {"keys": [key]},
        "storage": {"path": str(folder / "store")},
        "cost": {"price_book": str(PRICES)},
    }


class RecordedCase(GatewayCase):
    """A gateway per class, in front of a provider that keeps every byte it is sent."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.provider = recorder.Recorder()
        cls.addClassCleanup(cls.provider.close)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.provider))
