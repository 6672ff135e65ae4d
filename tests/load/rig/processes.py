"""Child processes of the bench: started on one core, watched through /proc, ended by their id."""

import ctypes
import json
import os
import resource
import signal
import subprocess
import time
import urllib.request

OPEN_FILES = 65536
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
# The bench talks to loopback, whatever proxy the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def http_open(request, timeout_s=10):
    return _OPENER.open(request, timeout=timeout_s)


class RigError(Exception):
    """Something that stops one measurement, said in a line."""


def raise_open_files():
    """As high as this user may; the children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (max(OPEN_FILES, hard), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, 1 << 20), wanted))
            break
        except (ValueError, PermissionError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _settle_in(core):
    """In the child before the program: its core, and an end with the bench, however that ends."""
    os.sched_setaffinity(0, {core})
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One started process, with what it starts itself. Ended by stop() or stop_all()."""

    running = []

    def __init__(self, command, core, log_path, env=None, cwd=None, stdin=None, stdout=None):
        self.command = command
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.popen = subprocess.Popen(
                command, env=env, cwd=cwd, stdin=stdin or subprocess.DEVNULL,
                stdout=stdout or log, stderr=log, text=stdout is not None,
                start_new_session=True, preexec_fn=lambda: _settle_in(core))
        Child.running.append(self)

    @property
    def pid(self):
        return self.popen.pid

    def is_alive(self):
        return self.popen.poll() is None

    def stop(self, timeout_s=30):
        """SIGTERM, then SIGKILL. Returns the exit code."""
        if self in Child.running:
            Child.running.remove(self)
        if self.is_alive():
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        return self.popen.wait()

    @staticmethod
    def stop_all():
        for child in list(Child.running):
            child.stop(timeout_s=3)

    def log_tail(self, lines=8):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-lines:]).strip()
        except OSError:
            return ""


def tree_of(pid):
    """The process and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            continue
    return found


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def cpu_seconds(pid):
    """User and kernel time of the whole tree so far.

    The larger of two counts: schedstat has nanoseconds but forgets threads that have ended, stat
    remembers them in ticks of 10 ms.
    """
    total = 0.0
    for process in tree_of(pid):
        by_stat = by_schedstat = 0.0
        fields = _read(f"/proc/{process}/stat").rpartition(")")[2].split()
        if len(fields) > 12:
            by_stat = (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
        try:
            tasks = os.listdir(f"/proc/{process}/task")
        except OSError:
            tasks = []
        for task in tasks:
            words = _read(f"/proc/{process}/task/{task}/schedstat").split()
            by_schedstat += int(words[0]) / 1e9 if words else 0.0
        total += max(by_stat, by_schedstat)
    return total


def rss_mib(pid):
    """Resident memory of the whole tree; pages that its processes share are counted in each."""
    total_kb = 0
    for process in tree_of(pid):
        for line in _read(f"/proc/{process}/status").splitlines():
            if line.startswith("VmRSS:"):
                total_kb += int(line.split()[1])
    return total_kb / 1024


def core_busy_seconds(core):
    """Seconds that the core has not been idle, whoever used it, and seconds the hypervisor took."""
    for line in _read("/proc/stat").splitlines():
        words = line.split()
        if words and words[0] == f"cpu{core}":
            ticks = [int(word) for word in words[1:9]]
            user, nice, system, _, _, irq, softirq, steal = ticks
            return (user + nice + system + irq + softirq) / CLOCK_TICKS, steal / CLOCK_TICKS
    return 0.0, 0.0


def wait_for_ready_file(child, path, timeout_s=20):
    """The addresses in the file, by listener name."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                listeners = json.load(file)["listeners"]
            return {listener["name"]: listener["address"] for listener in listeners}
        if not child.is_alive():
            raise RigError(f"{child.command[0]} ended at once: {child.log_tail()}")
        time.sleep(0.02)
    raise RigError(f"{child.command[0]} was not ready in {timeout_s} s: {child.log_tail()}")
