#!/usr/bin/env python3
"""Runs hg_load against hg_mock for a moment in every mode, so that the rig stays alive.

Also looks at what hg_load sends: a JSON body of exactly the size asked for, new every time.
"""

import argparse
import json
import os
import socket
import subprocess
import tempfile
import unittest

from rig import processes

ARGUMENTS = None
CORE = min(os.sched_getaffinity(0))


def run_load(mode, target, *options):
    command = [ARGUMENTS.load, mode, "--target", target, "--warmup-seconds", "0.1", *options]
    environment = dict(os.environ, HG_LOAD_KEY="bench-secret")
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True,
                          env=environment, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout.splitlines()[-1])


def receive_request(client):
    """One request with a Content-Length: its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0].split(b":")[1]):
        body += client.recv(65536)
    return head.decode(), body


class WhatTheLoadSends(unittest.TestCase):
    def send_two(self, *options):
        """Answers two requests by hand and returns them."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(10)
            target = f"127.0.0.1:{server.getsockname()[1]}"
            command = [ARGUMENTS.load, "closed", "--target", target, "--connections", "1",
                       "--seconds", "0.1", "--key", "bench-secret", *options]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as load:
                try:
                    client, _ = server.accept()
                    with client:
                        client.settimeout(10)
                        first = receive_request(client)
                        client.sendall(answer)
                        second = receive_request(client)
                finally:
                    load.kill()
        return first, second

    def test_bodies_are_json_of_the_size_asked_for(self):
        for size in (2048, 65536):
            (head, first), (_, second) = self.send_two("--body-bytes", str(size))
            self.assertEqual(len(first), size)
            self.assertNotEqual(first, second, "every request has a number of its own")
            body = json.loads(first)
            self.assertEqual(body["messages"][0]["role"], "system")
            self.assertGreater(len(body["messages"]), 2)
            self.assertIn("Authorization: Bearer bench-secret", head)
            self.assertIn("POST /v1/chat/completions HTTP/1.1", head)


class LoadAgainstMock(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        ready = os.path.join(self.folder.name, "ready.json")
        command = [ARGUMENTS.mock, "--ready-file", ready, "--pace-ms", "100"]
        self.mock = processes.Child(command, CORE, os.path.join(self.folder.name, "mock.log"))
        self.address = processes.wait_for_ready_file(self.mock, ready)["mock"]

    def tearDown(self):
        self.assertEqual(self.mock.stop(), 0, "SIGTERM ends the mock cleanly")
        self.folder.cleanup()

    def served(self):
        with processes.http_open(f"http://{self.address}/stats") as answer:
            return json.load(answer)

    def test_full_speed_counts_what_the_mock_counts(self):
        result = run_load("closed", self.address, "--seconds", "1")
        self.assertEqual((result["errors"], result["unfinished"]), (0, 0), result["first_error"])
        self.assertEqual(result["requests"], self.served()["requests"])
        self.assertGreater(result["rps"], 100)
        latency = result["latency_us"]
        self.assertLessEqual(latency["p50"], latency["p99"])

    def test_large_bodies(self):
        result = run_load("closed", self.address, "--seconds", "0.3", "--body-bytes", "65536")
        self.assertEqual(result["errors"], 0, result["first_error"])
        self.assertGreater(result["sent_bytes"], 65536 * result["requests"])

    def test_fixed_rate_is_kept(self):
        result = run_load("rate", self.address, "--per-second", "200", "--seconds", "1")
        self.assertEqual((result["errors"], result["unfinished"]), (0, 0), result["first_error"])
        self.assertEqual(result["latency_us"]["count"], 200)

    def test_streams_arrive_whole_and_paced(self):
        result = run_load("streams", self.address, "--connections", "16", "--chunks", "10",
                          "--pace-ms", "100")
        self.assertEqual(result["errors"], 0, result["first_error"])
        self.assertEqual((result["complete"], result["stalled"]), (16, 0))
        self.assertEqual(result["chunks"], 16 * 10)

    def test_connections_and_streams_are_held(self):
        for mode in ("hold-idle", "hold-streams"):
            result = run_load(mode, self.address, "--connections", "200")
            self.assertEqual((result["held"], result["errors"]), (200, 0))

    def test_a_dead_target_is_an_error_not_a_number(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            closed = f"127.0.0.1:{server.getsockname()[1]}"
        result = run_load("closed", closed, "--seconds", "0.1", "--connections", "1")
        self.assertGreater(result["errors"], 0)
        self.assertEqual(result["rps"], 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mock", required=True)
    parser.add_argument("--load", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=["selftest.py", *rest])
