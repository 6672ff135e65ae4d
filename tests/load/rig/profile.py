"""Where Headgate's CPU time goes in the 2 KB closed loop, by perf."""

import re
import shutil
import subprocess

from . import measure, processes

SYMBOLS = 40


def take(rig, system, seconds=5):
    """The top symbols as text lines "percent object symbol". Needs perf and the right to use it."""
    if shutil.which("perf") is None:
        raise processes.RigError("perf is not installed (linux-perf)")
    data = rig.folder / "perf.data"
    with rig.running(system) as running:
        # Hardware counters are rarely there in a virtual machine; the software clock always is.
        record = ["perf", "record", "-e", "cpu-clock", "-F", "1999", "-o", str(data),
                  "-p", str(running.child.pid), "--", "sleep", str(seconds)]
        perf = processes.Child(record, rig.plan.load_core, rig.folder / "perf.log")
        try:
            rig.load("closed", running, "--connections", rig.plan.connections,
                     "--body-bytes", measure.BODIES["2k"], "--seconds", seconds + 1)
            perf.popen.wait(30)
        finally:
            perf.stop()
    if perf.popen.returncode != 0:
        raise processes.RigError(f"perf record failed: {perf.log_tail()}")
    report = ["perf", "report", "-i", str(data), "--stdio", "--sort", "dso,symbol",
              "--percent-limit", "0.4"]
    done = subprocess.run(report, capture_output=True, text=True, timeout=180, check=False)
    lines = [" ".join(line.split()).removesuffix(" - -") for line in done.stdout.splitlines()]
    symbols = [line[:96] for line in lines if re.match(r"\d", line)][:SYMBOLS]
    if not symbols:
        raise processes.RigError("perf took no samples")
    return symbols
