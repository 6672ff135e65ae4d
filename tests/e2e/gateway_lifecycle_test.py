"""Start, reload, drain and end of the server, and the check of its configuration."""

import json
import signal
import socket
import threading
import time
import unittest

import harness
import wire
from harness import CHAT, GatewayCase, authorization, chat

ON_LAB = {"provider": "lab", "upstream_model": "lab-plain"}


class LifecycleCase(GatewayCase):
    def setUp(self):
        self.name = self._testMethodName
        self.settings = self.config(self.lab)
        self.settings["storage"]["path"] = str(self.sandbox.folder / f"{self.name}-store")
        self.gateway = self.sandbox.gateway(self.settings, name=self.name)
        self.addCleanup(self.gateway.kill)

    def start_stream(self, text="count slowly", model="lab-slow"):
        connection = wire.Wire(self.gateway.address, timeout_s=30)
        self.addCleanup(connection.close)
        body = json.dumps(chat(model, text, stream=True)).encode()
        connection.send(wire.request_bytes("POST", CHAT, body, authorization()))
        self.assertEqual(connection.read_head().status, 200)
        return connection


class Reload(LifecycleCase):
    def reload(self, config):
        self.sandbox.write_config(config, self.name)
        self.gateway.signal(signal.SIGHUP)

    def models(self):
        reply = self.gateway.call("GET", "/v1/models", b"", authorization())
        return {each["id"] for each in reply.json()["data"]}

    def wait_for_log(self, *parts):
        harness.wait_for(
            f"{parts} in the log", lambda: all(part in self.gateway.log() for part in parts), 5)

    def test_good_configuration_is_taken_over(self):
        before = self.models()
        self.settings["models"]["fresh"] = dict(ON_LAB)
        del self.settings["models"]["lab-unpriced"]
        self.reload(self.settings)
        wanted = before - {"lab-unpriced"} | {"fresh"}
        harness.wait_for("new models", lambda: self.models() == wanted, 5)
        self.assertEqual(self.post(chat("fresh", "hello")).status, 200)
        self.assertEqual(self.post(chat("lab-unpriced", "hello")).status, 404)

    def test_bad_configuration_changes_nothing(self):
        before = self.models()
        self.settings["models"]["fresh"] = dict(ON_LAB)
        self.settings["models"]["lost"] = {"provider": "nowhere", "upstream_model": "x"}
        self.reload(self.settings)
        self.wait_for_log(f"{self.name}.yaml:", "models.lost.provider")
        self.assertEqual(self.models(), before, "half of a bad configuration was taken")
        self.assertEqual(self.post(chat("lab-plain", "hello")).status, 200)
        self.assertEqual(self.gateway.call("GET", "/readyz").status, 200)
        del self.settings["models"]["lost"]
        self.reload(self.settings)
        harness.wait_for("recovered", lambda: "fresh" in self.models(), 5)

    def test_unreadable_files_change_nothing(self):
        path = self.gateway.config_path
        for text in ("", "{", "models: [", "\x00", "- a\n- b\n"):
            with self.subTest(text=text):
                size = len(self.gateway.log())
                path.write_text(text)
                self.gateway.signal(signal.SIGHUP)
                harness.wait_for("a word in the log", lambda: len(self.gateway.log()) > size, 5)
                self.assertEqual(self.post(chat("lab-plain", "hello")).status, 200)
        path.unlink()
        self.gateway.signal(signal.SIGHUP)
        self.assertEqual(self.post(chat("lab-plain", "hello")).status, 200)

    def test_streams_in_flight_go_on(self):
        stream = self.start_stream()
        self.settings["models"]["fresh"] = dict(ON_LAB)
        del self.settings["models"]["lab-slow"]
        self.reload(self.settings)
        harness.wait_for("new models", lambda: "fresh" in self.models(), 5)
        text = b"".join(stream.chunks())
        self.assertIn(b"[DONE]", text)

    def test_many_reloads_under_load(self):
        errors = []
        stop = threading.Event()

        def work():
            while not stop.is_set():
                reply = self.post(chat("lab-plain", "under load"))
                if reply.status != 200:
                    errors.append(reply.body[:200])

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for number in range(20):
                name = f"fresh-{number}"
                self.settings["models"][name] = dict(ON_LAB)
                self.reload(self.settings)
                harness.wait_for("new model", lambda n=name: n in self.models(), 5)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(errors, [])

    def test_a_key_taken_out_is_refused(self):
        keys = self.settings["auth"]["keys"]
        self.sandbox.environment["HEADGATE_E2E_OTHER_KEY"] = "unused"
        keys[0]["models"] = ["lab-plain"]
        self.reload(self.settings)
        harness.wait_for("narrower key", lambda: self.models() == {"lab-plain"}, 5)
        self.assertIn(self.post(chat("lab-slow", "x")).status, (403, 404))


class Drain(LifecycleCase):
    def test_streams_finish_then_the_process_ends_with_0(self):
        stream = self.start_stream()
        next(stream.chunks())
        self.gateway.signal(signal.SIGTERM)
        harness.wait_for("no new connections", self.refuses, 5)
        self.assertTrue(self.gateway.alive(), "ended under a running stream")
        text = b"".join(stream.chunks())
        self.assertIn(b"[DONE]", text)
        self.assertIn(b'"finish_reason":"stop"', text.replace(b" ", b""))
        self.assertEqual(self.gateway.wait(10), 0)

    def refuses(self):
        try:
            return self.gateway.call("GET", "/readyz", timeout_s=2).status == 503
        except (ConnectionError, wire.Closed):
            return True

    def test_idle_connections_do_not_hold_it_up(self):
        connections = [wire.Wire(self.gateway.address) for _ in range(20)]
        for connection in connections:
            self.addCleanup(connection.close)
        connections[0].send(wire.request_bytes("GET", "/healthz"))
        self.assertEqual(connections[0].read_reply().status, 200)
        began = time.monotonic()
        self.gateway.signal(signal.SIGTERM)
        self.assertEqual(self.gateway.wait(10), 0)
        self.assertLess(time.monotonic() - began, 3)

    def test_a_request_in_flight_is_told_that_the_connection_ends(self):
        with wire.Wire(self.gateway.address) as connection:
            before = harness.lab_stats(self.lab)["requests"]
            body = json.dumps(chat("lab-slow", "count slowly")).encode()
            connection.send(wire.request_bytes("POST", CHAT, body, authorization()))
            harness.wait_for(
                "the request at the provider",
                lambda: harness.lab_stats(self.lab)["requests"] > before)
            self.gateway.signal(signal.SIGTERM)
            reply = connection.read_reply()
            self.assertEqual(reply.status, 200)
            self.assertTrue(connection.closed_within(5))
        self.assertEqual(self.gateway.wait(10), 0)

    def test_what_was_answered_is_stored(self):
        replies = [self.post(chat("lab-plain", f"kept {i}")) for i in range(50)]
        self.assertEqual(self.gateway.stop(), 0)
        ids = {each.header("x-headgate-trace-id") for each in replies}
        self.assertEqual({each["trace_id"] for each in self.trace_list(1000)}, ids)

    def test_sigint_ends_it_too(self):
        self.gateway.signal(signal.SIGINT)
        self.assertEqual(self.gateway.wait(10), 0)

    def test_a_second_sigterm_does_not_wait(self):
        self.start_stream()
        self.gateway.signal(signal.SIGTERM)
        harness.wait_for("no new connections", self.refuses, 5)
        self.gateway.signal(signal.SIGTERM)
        self.assertIsNotNone(self.gateway.wait(3))


class Start(GatewayCase):
    def test_two_servers_on_one_storage_are_refused(self):
        with self.assertRaisesRegex(AssertionError, "ended with"):
            self.sandbox.gateway(self.config(self.lab), name="second", timeout_s=10)

    def test_port_taken_is_said(self):
        """By a stranger, and by a process that shares its port among its own threads, too."""
        config = self.config(self.lab)
        config["storage"]["path"] = str(self.sandbox.folder / "taken-store")
        with socket.create_server(("127.0.0.1", 0)) as stranger:
            for address in ("127.0.0.1:%d" % stranger.getsockname()[1], self.lab.address):
                with self.subTest(address):
                    with self.assertRaisesRegex(AssertionError, address):
                        self.sandbox.gateway(config, name="taken", listen=address, timeout_s=10)

    def test_bad_configuration_does_not_start(self):
        config = self.config(self.lab)
        config["storage"]["path"] = str(self.sandbox.folder / "bad-store")
        config["models"]["x"] = {"provider": "nowhere", "upstream_model": "x"}
        with self.assertRaisesRegex(AssertionError, r"bad\.yaml:\d+:\d+: models\.x\.provider"):
            self.sandbox.gateway(config, name="bad", timeout_s=10)


FIVE_MISTAKES = """\
providers:
  main:
    kind: opanai
    base_url: "not a url"
    api_key: env:HEADGATE_E2E_LAB_KEY
models:
  support: {provider: mian, upstream_model: gpt-4o}
server:
  limits:
    head_timeout_ms: -5
storge:
  path: /tmp/x
"""


class Check(unittest.TestCase):
    def setUp(self):
        self.sandbox = harness.Sandbox()
        self.addCleanup(self.sandbox.close)

    def check(self, text):
        path = self.sandbox.folder / "headgate.yaml"
        path.write_text(text)
        return self.sandbox.command("check", "-c", path)

    def test_five_mistakes_are_five_located_errors(self):
        code, out, err = self.check(FIVE_MISTAKES)
        self.assertNotEqual(code, 0)
        lines = [line for line in (out + err).splitlines() if "headgate.yaml:" in line]
        places = [tuple(map(int, line.split("headgate.yaml:")[1].split(":")[:2])) for line in lines]
        self.assertEqual([line for line, _ in places], [3, 4, 7, 10, 11])
        for line, meant in zip(lines, ("openai", "", "main", "", "storage")):
            self.assertIn(meant, line)

    def test_a_good_file(self):
        config = harness.base_config("127.0.0.1:1", self.sandbox.folder)
        code, out, err = self.check(json.dumps(config))
        self.assertEqual(code, 0, out + err)

    def test_a_missing_secret_is_named_not_shown(self):
        config = harness.base_config("127.0.0.1:1", self.sandbox.folder)
        config["providers"]["lab"]["api_key"] = "env:HEADGATE_E2E_NOT_SET"
        code, out, err = self.check(json.dumps(config))
        self.assertNotEqual(code, 0)
        self.assertIn("HEADGATE_E2E_NOT_SET", out + err)

    def test_a_literal_secret_is_refused_and_not_repeated(self):
        config = harness.base_config("127.0.0.1:1", self.sandbox.folder)
        config["providers"]["lab"]["api_key"] = "sk-literal-0123456789"
        code, out, err = self.check(json.dumps(config))
        self.assertNotEqual(code, 0)
        self.assertNotIn("sk-literal-0123456789", out + err)


if __name__ == "__main__":
    unittest.main()
