#!/usr/bin/env python3
"""How far one tenant's p99 moves when another brings ten times its load, and a provider is slow.

One gateway before two labs. The quiet tenant asks at a steady rate, first alone, then beside a busy
tenant that sends ten times as many calls with longer answers to the same provider, and as many
again to a provider that takes seconds. Rounds of both alternate. Latency counts from when a call
was due. `--shared` is the control: the busy calls come under the quiet tenant's own name, so they
must be felt; it shows that the bottleneck is there.
"""

import argparse
import asyncio
import json
import multiprocessing
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

QUIET_MS, BUSY_MS, SLOW_MS = 200, 400, 3000
QUIET_PER_S = 20
KEYS = {name: f"hg-isolation-{name}-0123456789abcdef" for name in ("quiet", "busy")}
LAB = f"""
models: [lab]
keys: [env:HEADGATE_E2E_LAB_KEY]
rules:
  - match: {{user_contains: busy}}
    delay: {{head_ms: {BUSY_MS}}}
  - match: {{user_contains: slow}}
    delay: {{head_ms: {SLOW_MS}}}
  - match: {{user_contains: quiet}}
    delay: {{head_ms: {QUIET_MS}}}
  - answer: "Done."
"""


def config(labs, folder):
    provider = {"kind": "openai", "api_key": "env:HEADGATE_E2E_LAB_KEY"}
    names = ("good", "slow")
    return {
        "providers": {
            name: {
                **provider, "base_url": f"http://{lab.address}/v1",
                "concurrency": {"max": 20, "queue_max": 100},
            }
            for name, lab in zip(names, labs)
        },
        "models": {name: {"provider": name, "upstream_model": "lab"} for name in names},
        "routes": {
            name: {
                "models": [name], "retry": {"attempts_max": 1},
                "concurrency": {"per_tenant_max": 12},
            }
            for name in names
        },
        "auth": {
            "keys": [
                {"id": name, "secret": f"env:HEADGATE_{name.upper()}_KEY", "tenant": name}
                for name in KEYS
            ]
        },
        "storage": {"path": str(folder / "store")},
    }


class Client:
    """Calls over connections that are kept; one at a time on each."""

    def __init__(self, address, key, model, text):
        self.host, self.port = address.rsplit(":", 1)
        body = json.dumps(harness.chat(model, text)).encode()
        self.request = (
            f"POST {harness.CHAT} HTTP/1.1\r\nHost: isolation\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        self.idle = []
        self.results = []  # (seconds since it was due, status)

    async def call(self, due):
        connection = self.idle.pop() if self.idle else None
        reader, writer = connection or await asyncio.open_connection(self.host, self.port)
        writer.write(self.request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
        await reader.readexactly(int(length))
        self.results.append((time.monotonic() - due, int(head.split(b" ")[1])))
        self.idle.append((reader, writer))


async def drive(client, per_s, seconds):
    begin = time.monotonic()
    calls = []
    for i in range(int(per_s * seconds)):
        due = begin + i / per_s
        await asyncio.sleep(max(0, due - time.monotonic()))
        calls.append(asyncio.create_task(client.call(due)))
    await asyncio.gather(*calls)
    return client.results


def run(queue, name, address, key, model, text, per_s, seconds):
    results = asyncio.run(drive(Client(address, key, model, text), per_s, seconds))
    queue.put((name, results))


def phase(loads, seconds):
    """{name: [(seconds, status)]} of loads that run side by side, each in a process of its own."""
    queue = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=run, args=(queue, *load, seconds)) for load in loads]
    for worker in workers:
        worker.start()
    results = dict(queue.get(timeout=seconds + 120) for _ in workers)
    for worker in workers:
        worker.join()
    return results


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def measure(gateway, arguments):
    busy_key = KEYS["quiet" if arguments.shared else "busy"]
    more = 10 * QUIET_PER_S
    quiet = ("quiet", gateway, KEYS["quiet"], "good", "quiet", QUIET_PER_S)
    others = [
        ("busy", gateway, busy_key, "good", "busy", more),
        ("slow", gateway, busy_key, "slow", "slow", more),
    ]
    alone, beside = [], {"quiet": [], "busy": [], "slow": []}
    for _ in range(arguments.rounds):
        alone += phase([quiet], arguments.seconds)["quiet"]
        for name, results in phase([quiet, *others], arguments.seconds).items():
            beside[name] += results
    return alone, beside


def report(alone, beside):
    """Prints; returns the ratio and whether every call of the quiet tenant was answered."""
    p99 = [percentile([each[0] for each in results], 0.99) for results in (alone, beside["quiet"])]
    for name, results in beside.items():
        answered = sum(status == 200 for _, status in results)
        print(f"{name}: {len(results)} calls, {answered} answered, the others refused")
    whole = all(status == 200 for _, status in alone + beside["quiet"])
    ratio = p99[1] / p99[0]
    print(f"p99 of the quiet tenant: alone {p99[0] * 1000:.1f} ms, "
          f"beside the others {p99[1] * 1000:.1f} ms, ratio {ratio:.3f}")
    return ratio, whole


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="of each phase")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--ratio-max", type=float, default=1.2)
    parser.add_argument("--shared", action="store_true", help="the control")
    parser.add_argument("--small", action="store_true", help="to see that it works")
    arguments = parser.parse_args()
    if arguments.small:
        arguments.seconds, arguments.rounds, arguments.ratio_max = 3, 1, 2.0
    sandbox = harness.Sandbox()
    try:
        for name, key in KEYS.items():
            sandbox.environment[f"HEADGATE_{name.upper()}_KEY"] = key
        script = sandbox.folder / "lab.yaml"
        script.write_text(LAB)
        labs = [sandbox.lab(script, name) for name in ("good", "slow")]
        gateway = sandbox.gateway(config(labs, sandbox.folder))
        ratio, whole = report(*measure(gateway.address, arguments))
    finally:
        sandbox.close()
    if arguments.shared:
        return 0 if ratio > arguments.ratio_max or not whole else 1
    return 0 if whole and ratio <= arguments.ratio_max else 1


if __name__ == "__main__":
    sys.exit(main())
