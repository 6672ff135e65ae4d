"""The systems that the bench compares, each started the way that serves it best.

A system is a class with `name`, `title`, `version()` (None if it is not here) and `start(site)`,
which returns a Running: where to send plain and streamed requests, and the process to watch.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import string
import subprocess
import time
import urllib.error
import urllib.request

from . import processes

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
PEERS = HERE / "peers"
BENCH_KEY = "hg-bench-" + "0123456789abcdef" * 3  # a key of this rig alone, worth nothing


@dataclasses.dataclass
class Site:
    """Where a system runs: its core, its provider, and a folder of its own that is thrown away."""

    core: int
    mock: str
    folder: pathlib.Path


@dataclasses.dataclass
class Running:
    plain: str
    stream: str
    child: processes.Child = None  # None for direct
    headers: tuple = ()
    key: str = BENCH_KEY
    metrics: str = None  # address of /metrics
    stored: int = None  # traces found in the store after the end

    def stop(self):
        if self.child is not None:
            self.child.stop()


def free_port():
    """A port that was free a moment ago, for programs that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _first_line(command, pattern):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return None
    found = re.search(pattern, done.stdout + done.stderr)
    return found.group(1) if found else None


def _fill(template, target, **values):
    text = string.Template((PEERS / template).read_text(encoding="utf-8")).substitute(values)
    target.write_text(text, encoding="utf-8")
    return target


def wait_until_it_answers(running, timeout_s=30):
    """One whole request through the system; its answer has to be the mock's."""
    body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]})
    headers = {"content-type": "application/json", "authorization": f"Bearer {running.key}"}
    headers.update(header.split(": ", 1) for header in running.headers)
    request = urllib.request.Request(f"http://{running.plain}/v1/chat/completions",
                                     data=body.encode(), headers=headers)
    end = time.monotonic() + timeout_s
    problem = ""
    while time.monotonic() < end:
        try:
            with processes.http_open(request, timeout_s=5) as answer:
                if b"chat.completion" in answer.read():
                    return
                problem = "an answer that is not the mock's"
        except urllib.error.HTTPError as error:
            problem = f"status {error.code}: {error.read(300).decode(errors='replace')}"
        except OSError as error:
            problem = str(error)
        if running.child is not None and not running.child.is_alive():
            break
        time.sleep(0.05)
    tail = running.child.log_tail() if running.child else ""
    raise processes.RigError(f"does not answer: {problem} {tail}")


class Direct:
    name = "direct"
    title = "direct (no proxy)"

    def version(self):
        return "-"

    def start(self, site):
        return Running(site.mock, site.mock)


class Nginx:
    name = "nginx"
    title = "nginx pass-through"

    def version(self):
        return _first_line(["nginx", "-v"], r"nginx/(\S+)")

    def start(self, site):
        plain, stream = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        user = "user root;" if os.geteuid() == 0 else ""
        config = _fill("nginx.conf.in", site.folder / "nginx.conf", folder=site.folder,
                       mock=site.mock, plain=plain, stream=stream, user=user,
                       open_files=processes.raise_open_files())
        command = ["nginx", "-p", str(site.folder), "-c", str(config),
                   "-e", str(site.folder / "error.log")]
        child = processes.Child(command, site.core, site.folder / "nginx.log")
        return Running(plain, stream, child)


class HAProxy:
    name = "haproxy"
    title = "HAProxy pass-through"

    def version(self):
        return _first_line(["haproxy", "-v"], r"version (\d[\d.]*)")

    def start(self, site):
        plain, stream = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        config = _fill("haproxy.cfg.in", site.folder / "haproxy.cfg",
                       mock=site.mock, plain=plain, stream=stream)
        child = processes.Child(["haproxy", "-db", "-f", str(config)], site.core,
                                site.folder / "haproxy.log")
        return Running(plain, stream, child)


class Portkey:
    """@portkey-ai/gateway from npm, installed outside git with the versions of the lock file."""

    name = "portkey"
    title = "Portkey gateway"
    folder = ROOT / "build" / "bench" / "portkey"
    package = folder / "node_modules" / "@portkey-ai" / "gateway"

    @staticmethod
    def node():
        """HEADGATE_NODE, else the Node that the end-to-end tests install, else the system's."""
        own = ROOT / "tests" / "e2e" / "node_modules" / "node" / "bin" / "node"
        return os.environ.get("HEADGATE_NODE") or (str(own) if own.exists() else None) or \
            shutil.which("node")

    def install(self):
        """Returns why it is not there, or None."""
        sources = [PEERS / "portkey" / name for name in ("package.json", "package-lock.json")]
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
        mark = self.folder / "installed"
        if mark.exists() and mark.read_text(encoding="ascii") == digest:
            return None
        if shutil.which("npm") is None:
            return "npm is not installed"
        print("bench: installing @portkey-ai/gateway into build/bench/portkey", flush=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in sources:
            shutil.copy(path, self.folder)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return "npm ci failed: " + done.stderr.strip()[-300:]
        mark.write_text(digest, encoding="ascii")
        return None

    def version(self):
        if self.node() is None:
            return None
        problem = self.install()
        if problem:
            print(f"bench: portkey: {problem}", flush=True)
            return None
        package = json.loads((self.package / "package.json").read_text(encoding="utf-8"))
        node = _first_line([self.node(), "--version"], r"v(\S+)")
        return f"{package['version']}, Node {node}"

    def start(self, site):
        port = free_port()
        address = f"127.0.0.1:{port}"
        # It listens on every interface otherwise, and forwards to wherever a header says.
        command = [self.node(), "--require", str(PEERS / "portkey" / "loopback.cjs"),
                   str(self.package / "build" / "start-server.js"), "--headless", f"--port={port}"]
        environment = {"PATH": os.environ.get("PATH", ""), "NODE_ENV": "production"}
        child = processes.Child(command, site.core, site.folder / "portkey.log", env=environment)
        headers = ("x-portkey-provider: openai", f"x-portkey-custom-host: http://{site.mock}/v1")
        return Running(address, address, child, headers)


class Headgate:
    """Everything on: keys, redacted traces in SQLite, prices, metrics."""

    name = "headgate"
    title = "Headgate, everything on"
    template = "headgate.yaml.in"

    def __init__(self, binary, traces=True):
        self.binary = pathlib.Path(binary)
        self.traces = traces

    def version(self):
        if not self.binary.exists():
            return None
        return _first_line([str(self.binary), "--version"], r"(\d+\.\d+\.\d+\S*)") or "unknown"

    def start(self, site):
        config = _fill(self.template, site.folder / "headgate.yaml", mock=site.mock,
                       store=site.folder / "store", prices=PEERS / "prices.yaml")
        if not self.traces:
            text = config.read_text()
            config.write_text(text.replace("storage:", "storage:\n  traces: false", 1))
        ready = site.folder / "ready.json"
        command = [str(self.binary), "serve", "-c", str(config), "--listen", "127.0.0.1:0",
                   "--ready-file", str(ready)]
        environment = {"PATH": os.environ.get("PATH", ""), "BENCH_KEY": BENCH_KEY,
                       "MOCK_KEY": "sk-mock"}
        child = processes.Child(command, site.core, site.folder / "headgate.log", env=environment)
        address = processes.wait_for_ready_file(child, ready)["api"]
        return Running(address, address, child, metrics=address)

    def stored_traces(self, folder):
        """How many traces the store holds, once Headgate has ended; None if that cannot be told."""
        databases = [path for path in (folder / "store").rglob("*")
                     if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"]
        count = None
        for path in databases:
            try:
                with contextlib.closing(sqlite3.connect(path)) as database:
                    query = "SELECT count(*) FROM spans WHERE parent_id IS NULL"
                    count = (count or 0) + database.execute(query).fetchone()[0]
            except sqlite3.Error:
                continue
        return count


class HeadgateTranslating(Headgate):
    """The same, in front of a provider of another family: chat completions over messages."""

    name = "headgate-translated"
    title = "Headgate, chat over messages"
    template = "headgate-translated.yaml.in"


def all_systems(headgate_binary):
    return [Direct(), Nginx(), HAProxy(), Portkey(), Headgate(headgate_binary),
            HeadgateTranslating(headgate_binary)]
