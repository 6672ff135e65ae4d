"""The ground of the abuse tests: a gateway with short timeouts, and what must hold afterwards."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import harness  # noqa: E402
import wire  # noqa: E402

MIB = harness.MIB
RSS_GROWTH_MAX = 20 * MIB  # by one test
RSS_GROWTH_IN_ALL_MAX = 64 * MIB
BODY_BYTES_MAX = 4 * MIB
HEAD_TIMEOUT_S = 2.0
BODY_IDLE_TIMEOUT_S = 2.0
IDLE_TIMEOUT_S = 30.0
SLACK_S = 4.0  # two busy cores


class AbuseCase(harness.GatewayCase):
    """After every test: the process lives, answers well, holds no sockets and has not grown."""

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        config["server"] = {
            "limits": {
                "head_timeout_ms": int(HEAD_TIMEOUT_S * 1000),
                "body_idle_timeout_ms": int(BODY_IDLE_TIMEOUT_S * 1000),
                "idle_timeout_ms": int(IDLE_TIMEOUT_S * 1000),
                "body_timeout_ms": 20_000,
                "write_timeout_ms": 3_000,
                "body_bytes_max": BODY_BYTES_MAX,
            }
        }
        return config

    @classmethod
    def setUpClass(cls):
        cls.open_files_max = harness.raise_open_files()
        super().setUpClass()
        for _ in range(200):  # code, pools and databases warm: what comes now is growth
            cls.assert_serves(cls)
        cls.rss_at_first = cls.gateway.memory()
        cls.files_before = cls.gateway.open_files()

    def setUp(self):
        self.rss_before = self.gateway.memory()
        self.rss_growth_max = RSS_GROWTH_MAX
        self.gateway.reset_peak_memory()

    def assert_serves(self):
        body = harness.chat("lab-plain", "hello")
        reply = self.gateway.call("POST", harness.CHAT, body, harness.authorization())
        if reply.status != 200:
            raise AssertionError(f"a good request got {reply.status}: {reply.body[:300]!r}")

    def tearDown(self):
        self.assertTrue(self.gateway.alive(), f"server ended\n{self.gateway.log()[-3000:]}")
        self.assert_serves()
        harness.wait_for(
            "connections gone",
            lambda: self.gateway.open_files() <= self.files_before + 20,
            timeout_s=IDLE_TIMEOUT_S,
        )
        if harness.SANITIZED:
            return
        rss = self.gateway.memory()
        grown = rss - self.rss_before
        self.assertLess(grown, self.rss_growth_max, f"RSS grew by {grown / MIB:.1f} MiB")
        self.assertLess(rss - self.rss_at_first, RSS_GROWTH_IN_ALL_MAX, "RSS grows test by test")

    def assert_peak_flat(self):
        if not harness.SANITIZED:
            grown = self.gateway.memory("VmHWM") - self.rss_before
            self.assertLess(grown, RSS_GROWTH_MAX, f"peak RSS grew by {grown / MIB:.1f} MiB")

    def assert_refused(self, connection, statuses, deadline_s=SLACK_S):
        """One JSON error of `statuses` and then the end, or just the end."""
        reply = self.read_one(connection, deadline_s)
        if reply is not None:
            self.assertIn(reply.status, statuses, reply.body[:300])
            self.assertTrue(reply.json()["error"]["message"])
        self.assertTrue(connection.closed_within(deadline_s), "connection left open")
        self.assertEqual(connection.pending, b"", "bytes after the refusal")
        return reply

    def read_one(self, connection, deadline_s=SLACK_S):
        """The next reply, or None when the connection ended without one."""
        try:
            return connection.read_reply(deadline=time.monotonic() + deadline_s)
        except wire.Closed as error:
            self.assertEqual(connection.pending, b"", error)
            return None

    def connect(self, timeout_s=20.0):
        connection = wire.Wire(self.gateway.address, timeout_s)
        self.addCleanup(connection.close)
        return connection


def post_head(*lines):
    """The head of a POST with exactly these further lines."""
    first = ["POST /v1/chat/completions HTTP/1.1", "Host: headgate.test"]
    first += [f"Authorization: Bearer {harness.CLIENT_KEY}", "Content-Type: application/json"]
    return "\r\n".join([*first, *lines]).encode("latin-1") + b"\r\n\r\n"
