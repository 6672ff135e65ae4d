"""How providers are reached: over TLS with verification, and through the environment's proxies.

The TLS provider is a second Headgate in front of the lab; the proxy is a real one, but small.
"""

import select
import socket
import socketserver
import subprocess
import threading
import unittest

import harness
from harness import CHAT, CLIENT_KEY, authorization, chat


def make_certificate(folder, name):
    """A self-signed certificate for one address or host name; the paths (certificate, key)."""
    kind = "IP" if name[0].isdigit() else "DNS"
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}"],
        check=True, capture_output=True,
    )
    return certificate, key


class _Proxy(socketserver.StreamRequestHandler):
    """CONNECT as a tunnel, absolute-form requests forwarded; one request a connection."""

    def handle(self):
        line = self.rfile.readline().decode("latin-1").strip()
        headers = list(iter(lambda: self.rfile.readline().decode("latin-1").strip(), ""))
        self.server.seen.append((line, headers))
        method, target, _ = line.split(" ")
        if method == "CONNECT":
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host, int(port)), 5) as upstream:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._pump(upstream)
            return
        authority, _, path = target.removeprefix("http://").partition("/")
        host, port = authority.rsplit(":", 1)
        with socket.create_connection((host, int(port)), 5) as upstream:
            head = [f"{method} /{path} HTTP/1.1"] + headers
            upstream.sendall(("\r\n".join(head) + "\r\n\r\n").encode("latin-1"))
            length = next(int(each.split(":")[1]) for each in headers
                          if each.lower().startswith("content-length:"))
            upstream.sendall(self.rfile.read(length))
            self._pump(upstream)

    def _pump(self, upstream):
        """Both ways until one side closes. REQUIRES: nothing is left in rfile."""
        ends = {self.connection: upstream, upstream: self.connection}
        while True:
            for end in select.select(list(ends), [], [], 10)[0]:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)


class Upstreams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.lab = cls.sandbox.lab()
        folder = cls.sandbox.folder
        cls.ca, key = make_certificate(folder, "127.0.0.1")
        cls.other_ca, _ = make_certificate(folder, "elsewhere.invalid")
        inner = harness.base_config(cls.lab.address, folder / "inner")
        inner["server"] = {"tls": {"certificate": str(cls.ca), "key": str(key)}}
        cls.tls_provider = cls.sandbox.gateway(inner, "inner")

        cls.proxy = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Proxy)
        cls.proxy.daemon_threads = True
        cls.proxy.seen = []
        threading.Thread(target=cls.proxy.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.proxy.server_close)
        cls.addClassCleanup(cls.proxy.shutdown)

    def gateway(self, provider, environment=None):
        """A gateway in front of `provider`, started with `environment` beside the usual one."""
        name = self.id().rsplit(".", 1)[1]
        config = harness.base_config(self.lab.address, self.sandbox.folder / name)
        config["providers"]["lab"].update(provider)
        usual = self.sandbox.environment
        self.sandbox.environment = {**usual, **(environment or {})}
        try:
            return self.sandbox.gateway(config, name)
        finally:
            self.sandbox.environment = usual

    def through_tls(self, ca, host="127.0.0.1"):
        port = self.tls_provider.address.rsplit(":", 1)[1]
        return {"base_url": f"https://{host}:{port}/v1", "ca_file": str(ca),
                "api_key": "env:HEADGATE_E2E_CLIENT_KEY"}

    def post(self, gateway, **more):
        body = chat("lab-plain", "through", **more)
        return gateway.call("POST", CHAT, body, authorization(CLIENT_KEY))

    def test_a_provider_over_tls(self):
        gateway = self.gateway(self.through_tls(self.ca))
        for stream in (False, True, False):
            reply = self.post(gateway, stream=stream)
            self.assertEqual(reply.status, 200, reply.body)
            self.assertTrue(reply.complete)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        gateway = self.gateway(self.through_tls(self.other_ca))
        reply = self.post(gateway)
        code = reply.json()["error"]["code"]
        self.assertEqual((reply.status, code), (502, "upstream_tls_failed"))
        self.assertIn("self-signed certificate", reply.json()["error"]["message"])

    def test_a_certificate_for_another_name_is_refused(self):
        gateway = self.gateway(self.through_tls(self.ca, "localhost"))
        reply = self.post(gateway)
        code = reply.json()["error"]["code"]
        self.assertEqual((reply.status, code), (502, "upstream_tls_failed"))

    def proxy_environment(self, **more):
        address = "127.0.0.1:%d" % self.proxy.server_address[1]
        return {"http_proxy": f"http://user:word@{address}", "HTTPS_PROXY": address,
                "NO_PROXY": "", "no_proxy": "", **more}

    def test_plain_providers_through_a_proxy(self):
        del self.proxy.seen[:]
        gateway = self.gateway({}, self.proxy_environment())
        reply = self.post(gateway)
        self.assertEqual(reply.status, 200, reply.body)
        line, headers = self.proxy.seen[0]
        self.assertEqual(line, f"POST http://{self.lab.address}/v1/chat/completions HTTP/1.1")
        self.assertIn("proxy-authorization: Basic dXNlcjp3b3Jk", headers)

    def test_tls_providers_through_a_tunnel(self):
        del self.proxy.seen[:]
        gateway = self.gateway(self.through_tls(self.ca), self.proxy_environment())
        reply = self.post(gateway, stream=True)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertTrue(self.proxy.seen[0][0].startswith("CONNECT 127.0.0.1:"))

    def test_no_proxy_and_proxy_none_connect_directly(self):
        del self.proxy.seen[:]
        for provider, environment in (
            ({"proxy": "none"}, self.proxy_environment()),
            ({}, self.proxy_environment(NO_PROXY="127.0.0.0,127.0.0.1")),
        ):
            with self.subTest(provider=provider):
                gateway = self.gateway(provider, environment)
                self.assertEqual(self.post(gateway).status, 200)
                gateway.stop()
        self.assertEqual(self.proxy.seen, [])

    def test_a_dead_proxy_is_a_clear_error(self):
        dead = {"http_proxy": "http://127.0.0.1:1", "NO_PROXY": "", "no_proxy": ""}
        reply = self.post(self.gateway({}, dead))
        self.assertEqual(
            (reply.status, reply.json()["error"]["code"]), (502, "upstream_connect_failed"))


if __name__ == "__main__":
    unittest.main()
