#!/usr/bin/env python3
"""kill -9 of `headgate kb build`: readers see one whole version of the index, always.

All documents say which generation they are of. Each round writes a new generation, builds it, and
kills the build at a random moment. Meanwhile readers search through a running server: every answer
must have all documents, of one generation, and no answer may go back to an older one. After each
kill the index is checked by SQLite; at the end a build goes through, and vectors that killed builds
had paid for were not paid for twice.

    python3 tests/crash/knowledge_kill9_test.py [--rounds N] [--seed S]
"""

import json
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
import rounds  # noqa: E402

FILES = 8
DOCUMENTS = 12  # a file
READERS = 2
SEARCH = "/v1/knowledge/crash/search"


def write_generation(folder, number):
    for file in range(FILES):
        lines = [
            json.dumps({"id": f"d{each}", "title": f"Document {file} {each}",
                        "text": f"Every document has this word. generation{number} {file} {each}"})
            for each in range(DOCUMENTS)
        ]
        (folder / f"part{file}.jsonl").write_text("\n".join(lines) + "\n")


class Readers:
    """Search all the time; what is not of one whole generation is a failure."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.answers = 0
        self.failures = []
        self.generations = set()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work) for _ in range(READERS)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _work(self):
        newest = 0
        while not self.stopping.is_set() and not self.failures:
            ask = {"query": "every document", "k": 100, "mode": random.choice(["words", "vectors"])}
            reply = self.gateway.call("POST", SEARCH, ask, harness.authorization())
            if reply.status != 200:
                self.failures.append((reply.status, reply.body[:300]))
                return
            found = reply.json()
            texts = [each["text"] for each in found["data"]]
            seen = {int(re.search(r"generation(\d+)", text)[1]) for text in texts}
            if len(texts) != FILES * DOCUMENTS or len(seen) != 1 or max(seen) < newest:
                self.failures.append((len(texts), seen, newest, found["index_version"]))
                return
            newest = max(seen)
            self.generations |= seen
            self.answers += 1


def run(count, seed):
    rng = random.Random(seed)
    sandbox = harness.Sandbox()
    try:
        folder = sandbox.folder / "kb"
        folder.mkdir()
        lab = sandbox.lab(harness.ROOT / "tests/e2e/knowledge_lab.yaml")
        config = harness.base_config(lab.address, sandbox.folder)
        config["models"]["lab-embed"] = {"provider": "lab", "upstream_model": "lab-embed"}
        config["knowledge"] = {"crash": {
            "path": str(folder), "scope": "",
            "embeddings": {"model": "lab-embed", "dimensions": 64, "batch": 2}}}
        gateway = sandbox.gateway(config)
        command = [str(harness.BINARY), "kb", "build", "crash", "--json", "-c",
                   str(gateway.config_path), "--gateway", f"http://{gateway.address}", "--key",
                   "env:HEADGATE_E2E_CLIENT_KEY"]

        def build():
            begun = time.monotonic()
            done = subprocess.run(command, env=sandbox.environment, capture_output=True,
                                  check=True, text=True, timeout=120)
            return json.loads(done.stdout), time.monotonic() - begun

        write_generation(folder, 0)
        first, took = build()
        assert first["chunks"] == FILES * DOCUMENTS, first
        index = sandbox.folder / "store/knowledge/crash/index.db"
        readers = Readers(gateway)
        killed = 0
        made = 0
        for number in range(1, count + 1):
            write_generation(folder, number)
            building = subprocess.Popen(command, env=sandbox.environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(took * 0.2, took * 1.1))  # the random moment: waits for nothing
            killed += building.poll() is None
            building.kill()
            building.wait()
            if readers.failures:
                raise AssertionError(f"round {number}: {readers.failures}")
            with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as database:
                whole = database.execute("PRAGMA integrity_check").fetchone()[0]
                paid = database.execute("SELECT count(*) FROM vectors").fetchone()[0]
            assert whole == "ok", whole
            last, took = build()
            made = last["vectors_made"]
            assert last["chunks"] == FILES * DOCUMENTS, last
            assert made + last["vectors_kept"] <= FILES * DOCUMENTS, last
            harness.wait_for(f"generation {number} found",
                             lambda wanted=number: wanted in readers.generations
                             or readers.failures, 30)
            print(f"round {number}: {killed} killed so far, {paid} vectors after the kill, {made} "
                  f"made by the build behind it, {readers.answers} answers whole", flush=True)
        readers.stop()
        if readers.failures:
            raise AssertionError(readers.failures)
        if killed == 0:
            raise AssertionError("no build was killed")
    finally:
        sandbox.close()


if __name__ == "__main__":
    rounds.main(__doc__, 5, run)
