"""The admin API: who may use it, breakers by hand, limits, and that every change is audited."""

import json
import re
import signal
import unittest

import harness
from harness import GatewayCase, authorization, chat, wait_for

ADMIN_KEY = "hg-e2e-admin-0123456789abcdefghij"
BREAKERS = "/admin/v1/breakers"


class AdminCase(GatewayCase):
    """A gateway whose providers have breakers, and a key that may administer it."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.sandbox.environment["HEADGATE_E2E_ADMIN_KEY"] = ADMIN_KEY
        cls.lab = cls.sandbox.lab()
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        lab_provider = config["providers"]["lab"]
        lab_provider["breaker"] = {"enabled": True}
        lab_provider["concurrency"] = {"max": 7, "queue_max": 3}
        config["providers"]["always"] = {**lab_provider, "breaker": {"enabled": False}}
        config["models"]["slashed"] = {"provider": "lab", "upstream_model": "meta/llama 3"}
        config["models"]["always"] = {"provider": "always", "upstream_model": "lab-plain"}
        config["auth"]["keys"].append(
            {"id": "ops", "secret": "env:HEADGATE_E2E_ADMIN_KEY", "user": "ada", "tenant": "house",
             "scopes": ["chat", "admin"]}
        )
        return config

    def admin(self, method, path, body=b"", key=ADMIN_KEY):
        return self.gateway.call(method, path, body, authorization(key))

    def breaker(self, model, provider="lab"):
        listed = self.admin("GET", BREAKERS).json()["data"]
        return next(b for b in listed if (b["provider"], b["model"]) == (provider, model))

    def force(self, model, state, provider="lab"):
        reply = self.admin("PUT", f"{BREAKERS}/{provider}/{model}", {"state": state})
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()

    def metric(self, name, **labels):
        """The one value of a metric with these labels; None when there is none."""
        for line in self.gateway.call("GET", "/metrics").body.decode().splitlines():
            if re.match(rf"{name}(\{{| )", line) and all(
                    f'{k}="{v}"' in line for k, v in labels.items()):
                return float(line.rsplit(" ", 1)[1])
        return None

    def reload(self, change):
        """The gateway with a changed configuration."""
        config = json.loads(self.gateway.config_path.read_text())
        change(config)
        before = self.gateway.log().count('"reloaded"')
        self.sandbox.write_config(config)
        self.gateway.signal(signal.SIGHUP)
        wait_for("reload", lambda: self.gateway.log().count('"reloaded"') > before)

    def audited(self, *arguments):
        out = self.headgate("audit", "ls", "--json", *arguments)
        return [json.loads(line) for line in out.splitlines()]


class Admin(AdminCase):
    def test_needs_a_key_with_its_scope(self):
        self.assert_error(self.gateway.call("GET", BREAKERS), 401, "invalid_api_key")
        self.assert_error(self.admin("GET", BREAKERS, key="wrong"), 401, "invalid_api_key")
        error = self.assert_error(self.admin("GET", BREAKERS, key=harness.CLIENT_KEY), 403,
                                  "insufficient_permissions")
        self.assertIn("--scope admin", error["message"])
        # Who may not look does not learn what there is.
        self.assert_error(self.admin("GET", "/admin/v1/x", key=harness.CLIENT_KEY), 403)
        self.assertEqual(self.admin("GET", BREAKERS).status, 200)

    def test_paths_and_methods(self):
        self.assert_error(self.admin("GET", "/admin/v1/nothing"), 404, "unknown_url")
        for method, path, allow in (("POST", BREAKERS, "GET, HEAD"), ("E", BREAKERS, "GET, HEAD"),
                                    ("GET", f"{BREAKERS}/lab/lab-plain", "PUT")):
            reply = self.admin(method, path)
            self.assert_error(reply, 405, "method_not_supported")
            self.assertEqual(reply.header("allow"), allow)

    def test_breakers_are_listed(self):
        self.assertEqual(self.post(chat("lab-plain", "hello")).status, 200)
        self.assertEqual(self.breaker("lab-plain"), {
            "provider": "lab", "model": "lab-plain", "state": "closed", "forced": False,
            "enabled": True, "reason": "", "retry_at": None, "asked_to_wait_until": None,
            "openings": 0, "probes": 0, "rejections": 0,
        })
        self.assertFalse(self.breaker("lab-plain", "always")["enabled"])

    def test_an_open_breaker_says_when_it_is_tried_again(self):
        self.reload(lambda config: config["providers"]["lab"].update(
            breaker={"consecutive": 1, "open_ms": 600_000, "open_max_ms": 600_000}))
        self.post(chat("lab-slow", "fault:500"))
        shown = self.breaker("lab-slow")
        self.assertEqual((shown["state"], shown["reason"]), ("open", "failures in a row"))
        self.assertRegex(shown["retry_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(shown["openings"], 1)

    def test_a_breaker_is_opened_and_closed_by_hand(self):
        shown = self.force("lab-unpriced", "open")
        self.assertEqual((shown["state"], shown["forced"]), ("open", True))
        self.assert_error(self.post(chat("lab-unpriced", "hello")), 503, "overloaded")
        self.assertEqual(self.metric("headgate_breaker_state", model="lab-unpriced"), 3)
        # A reload leaves it, also one that begins breakers anew.
        self.reload(lambda config: config["providers"]["lab"]["breaker"].update(probes=2))
        self.assert_error(self.post(chat("lab-unpriced", "hello")), 503, "overloaded")
        self.assertEqual(self.force("lab-unpriced", "closed")["state"], "closed")
        self.assertEqual(self.metric("headgate_breaker_state", model="lab-unpriced"), 4)
        self.assertEqual(self.post(chat("lab-unpriced", "hello")).status, 200)
        self.assertFalse(self.force("lab-unpriced", "auto")["forced"])

        states = [entry["detail"]["state"] for entry in self.audited("--action", "breaker")
                  if entry["subject"] == "lab/lab-unpriced"]
        self.assertEqual(states, ["open", "closed", "auto"])
        entry = self.audited("--actor", "ada", "--since-minutes", "5")[-1]
        self.assertEqual(entry["actor"], {"key_id": "ops", "user": "ada", "tenant": "house"})
        self.assertEqual(self.audited("--actor", "nobody"), [])
        self.assertIn("is whole", self.headgate("audit", "verify", "--head", entry["hash"]))
        self.gateway.wait_for_log(entry["hash"])

    def test_model_names_may_have_slashes(self):
        for written in ("meta%2Fllama%203", "meta/llama%203"):
            self.assertEqual(self.force(written, "open")["model"], "meta/llama 3")
            self.assertTrue(self.breaker("meta/llama 3")["forced"])
            self.force(written, "auto")

    def test_bodies_are_read_strictly(self):
        path = f"{BREAKERS}/lab/lab-plain"
        for body, param, words in (
            ({"sate": "open"}, "state", 'sate: unknown key; did you mean "state"?'),
            ({"state": "open", "note": "x"}, "note", "known here: state"),
            ({"state": "opne"}, "state", 'did you mean "open"?'),
            ({"state": True}, "state", "true"),
            ({}, "state", "required"),
            (b"", "state", "required"),
            (b"{", None, "invalid JSON"),
            (b'{"state": "open"} x', None, "invalid JSON"),
        ):
            error = self.assert_error(self.admin("PUT", path, body), 400)
            self.assertIn(words, error["message"])
            self.assertEqual(error["param"], param)
        self.assert_error(self.admin("PUT", path, b" " * 100_000), 413)
        self.assertFalse(self.breaker("lab-plain")["forced"])

    def test_what_cannot_be_forced_says_why(self):
        unknown = self.admin("PUT", f"{BREAKERS}/lab/nothing", {"state": "open"})
        self.assertIn("lab/nothing", self.assert_error(unknown, 404)["message"])
        off = self.admin("PUT", f"{BREAKERS}/always/lab-plain", {"state": "open"})
        self.assertIn("breaker.enabled", self.assert_error(off, 409)["message"])

    def test_limits_are_listed(self):
        listed = self.admin("GET", "/admin/v1/limits").json()["data"]
        lab = next(one for one in listed if (one["scope"], one["name"]) == ("provider", "lab"))
        self.assertEqual((lab["limit"], lab["in_use"], lab["queued"]), (7, 0, 0))
        self.assertEqual(set(lab), {"scope", "name", "limit", "in_use", "queued", "refused",
                                    "waited", "waited_ms"})


class Refused(AdminCase):
    """What cannot be audited is not done; what was forced does not outlive the process."""

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        config["auth"]["required"] = False
        return config

    def test_anonymous_callers_are_nobody(self):
        self.assertEqual(self.gateway.call("GET", "/v1/models").status, 200)
        error = self.assert_error(self.gateway.call("GET", BREAKERS), 401)
        self.assertIn("auth.required", error["message"])

    def test_what_cannot_be_audited_is_not_done(self):
        self.force("lab-plain", "auto")
        log = self.sandbox.folder / "store/audit.log"
        log.rename(log.with_suffix(".kept"))
        log.mkdir()  # nothing can be written there
        reply = self.admin("PUT", f"{BREAKERS}/lab/lab-plain", {"state": "open"})
        self.assertIn("nothing was done", self.assert_error(reply, 500)["message"])
        self.assertFalse(self.breaker("lab-plain")["forced"])
        self.assertGreaterEqual(self.metric("headgate_audit_refused_total"), 1)
        self.gateway.wait_for_log("audit_failed")
        log.rmdir()
        self.assertTrue(self.force("lab-plain", "open")["forced"])
        self.assertGreaterEqual(self.metric("headgate_audit_entries_total"), 2)

        self.gateway.stop()
        self.__class__.gateway = self.sandbox.gateway(self.config(self.lab))
        self.assertFalse(self.breaker("lab-plain")["forced"])

    def test_an_edited_trail_is_found_by_its_line(self):
        for state in ("open", "closed", "auto"):
            self.force("lab-slow", state)
        log = self.sandbox.folder / "store/audit.log"
        folder = self.sandbox.folder / "copied"
        folder.mkdir()
        lines = log.read_text().splitlines()
        at = next(i for i, line in enumerate(lines) if '"closed"' in line)
        lines[at] = lines[at].replace('"closed"', '"open"')
        (folder / "audit.log").write_text("\n".join(lines) + "\n")
        code, _, err = self.sandbox.command("audit", "verify", "--storage", folder)
        self.assertEqual(code, 1)
        self.assertIn(f"audit.log:{at + 1}: edited", err)
        code, out, _ = self.sandbox.command("audit", "verify", "--storage", folder, "--json")
        self.assertEqual((code, json.loads(out)["broken"]["line"]), (1, at + 1))


if __name__ == "__main__":
    unittest.main()
