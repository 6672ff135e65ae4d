"""Approval policies: who decides what, how many of them, until when, and over which way."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import unittest

from agents_case import OPERATOR_KEY, POOR_KEY, AgentsCase, get_run, harness, post, run

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
KEYS = {name: f"hg-e2e-{name}-0123456789abcdefghijkl"
        for name in ("anna", "annaphone", "bert", "cleo")}


def signed(body, secret=SECRET, at=None, message="msg_1"):
    at = int(time.time()) if at is None else at
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    return [("webhook-id", message), ("webhook-timestamp", str(at)),
            ("webhook-signature", "v1," + base64.b64encode(mac).decode()),
            ("content-type", "application/json")]


class Listener:
    """Where webhooks go; the first one about ORD-63 is answered 503."""

    def __init__(self):
        outer = self
        self.received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.received.append((dict(self.headers), body))
                about = [b for _, b in outer.received if b"ORD-63" in b]
                self.send_response(503 if body in about and len(about) == 1 else 204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def about(self, run_id):
        return [(h, json.loads(b)) for h, b in self.received if run_id.encode() in b]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Policies(AgentsCase):
    @classmethod
    def setUpClass(cls):
        cls.hooks = Listener()
        cls.addClassCleanup(cls.hooks.close)
        super().setUpClass()

    @classmethod
    def config(cls):
        for name, key in KEYS.items():
            cls.sandbox.environment["HEADGATE_E2E_" + name.upper()] = key
        cls.sandbox.environment["HEADGATE_E2E_WEBHOOK"] = SECRET
        config = super().config()
        for name in KEYS:
            config["auth"]["keys"].append(
                {"id": name, "secret": "env:HEADGATE_E2E_" + name.upper(),
                 "user": name.removesuffix("phone"), "tenant": "acme",
                 "scopes": ["boss"] if name == "cleo" else ["refund_approver"]})
        config["auth"]["keys"][0]["scopes"] = ["refunds", "refund_approver"]
        config["tools"]["cancel_order"]["approval"] = "never"
        config["tools"]["ship_order"]["scopes"] = ["warehouse"]
        config["approvals"] = {
            "refunds": {"when": 'tool.name == "refund_order" and args.amount > 5.00',
                        "approvers": {"scopes": ["refund_approver"], "count": 2},
                        "reason": "a refund over 5.00"},
            "hurry": {"when": 'tool.name == "cancel_order" and args.order_id in '
                              '["ORD-41", "ORD-42"]',
                      "approvers": {"scopes": ["refund_approver"]}, "timeout_s": 1,
                      "on_timeout": "escalate",
                      "escalate_to": {"approvers": {"scopes": ["boss"]}, "timeout_s": 2}},
            "hooked": {"when": 'tool.name == "cancel_order"',
                       "approvers": {"keys": ["operator"]},
                       "webhook": {"url": cls.hooks.url, "secret": "env:HEADGATE_E2E_WEBHOOK"}},
            "ships": {"when": 'tool.name == "ship_order"', "grants": ["warehouse"]},
        }
        return config

    def waiting(self, text, agent="triage", key=harness.CLIENT_KEY, gateway=None):
        body = run(gateway or self.gateway, agent, text, key=key).json()
        self.assertEqual(body["status"], "waiting_for_approval", body)
        return body["id"], body["pending"]

    def decide(self, run_id, pending, key=OPERATOR_KEY, decision="approve", gateway=None, **more):
        body = {"decision": decision, "digest": pending["digest"], **more}
        return post(gateway or self.gateway, run_id, f"approvals/{pending['call_id']}", body,
                    key=KEYS.get(key, key))

    def test_two_different_people_and_not_the_requester(self):
        run_id, (pending,) = self.waiting("refund my ORD-51", "billing")
        self.assertEqual((pending["policy"], pending["needed"], pending["reason"]),
                         ("refunds", 2, "a refund over 5.00"))
        # Who asked has the scope, and may not.
        error = self.error(self.decide(run_id, pending, harness.CLIENT_KEY), 403)
        self.assertIn("own behalf", error["message"])
        self.error(self.decide(run_id, pending, OPERATOR_KEY), 403)
        self.error(self.decide(run_id, pending, "cleo"), 404)
        self.assertEqual(self.decide(run_id, pending, "anna").status, 200)
        self.error(self.decide(run_id, pending, "anna"), 409)
        self.error(self.decide(run_id, pending, "annaphone"), 409)
        body = harness.wait_for("one approval", lambda: self.settled(run_id)["pending"]
                                and self.settled(run_id))
        self.assertEqual(body["pending"][0]["approved_by"], ["anna (anna)"])
        self.assertEqual(self.effects("refunds", "ORD-51"), [])
        self.assertEqual(self.decide(run_id, pending, "bert").status, 200)
        self.assertEqual(self.settled(run_id)["output"], "Refunded.")
        self.assertEqual(len(self.effects("refunds", "ORD-51")), 1)

    def test_one_denial_is_enough(self):
        run_id, (pending,) = self.waiting("refund my ORD-52", "billing")
        self.assertEqual(self.decide(run_id, pending, "anna").status, 200)
        denied = self.decide(run_id, pending, "bert", "deny", reason="too late")
        self.assertEqual(denied.status, 200)
        self.assertEqual(self.settled(run_id)["output"], "I may not do that.")
        self.assertEqual(self.effects("refunds", "ORD-52"), [])
        self.error(self.decide(run_id, pending, "anna"), 404)

    def test_changed_arguments_are_judged_anew(self):
        run_id, (pending,) = self.waiting("refund my ORD-53", "billing")
        self.assertEqual(self.decide(run_id, pending, "anna").status, 200)
        more = {"order_id": "ORD-53", "amount": 500}
        self.assertEqual(self.decide(run_id, pending, "bert", "edit", arguments=more).status, 200)

        def asked_again():
            now = get_run(self.gateway, run_id).json()["pending"]
            return now if now and now[0]["digest"] != pending["digest"] else None

        (changed,) = harness.wait_for("the changed call", asked_again)
        self.assertEqual(changed["approved_by"], [])
        self.error(self.decide(run_id, pending, "anna"), 409)
        less = {"order_id": "ORD-53", "amount": 4.99}
        self.assertEqual(self.decide(run_id, changed, "bert", "edit", arguments=less).status, 200)
        self.assertEqual(self.settled(run_id)["output"], "Refunded.")  # the policy lets it pass
        (effect,) = self.effects("refunds", "ORD-53")
        self.assertEqual(json.loads(effect["detail"]), {"amount": 4.99})

    def test_two_calls_of_a_run_answered_in_reverse(self):
        run_id, (first, second) = self.waiting("cancel two")
        self.assertNotEqual(first["digest"], second["digest"])
        crossed = {"digest": second["digest"], "decision": "approve"}
        self.error(post(self.gateway, run_id, f"approvals/{first['call_id']}", crossed), 409)
        self.assertEqual(self.decide(run_id, second, decision="deny").status, 200)
        self.assertEqual(self.decide(run_id, first).status, 200)
        self.settled(run_id)
        self.assertEqual(len(self.effects("cancellations", "ORD-31")), 1)
        self.assertEqual(self.effects("cancellations", "ORD-32"), [])

    def test_approval_raises_scopes_for_one_call(self):
        run_id, (pending,) = self.waiting("ship ORD-54")
        self.assertEqual(self.effects("shipments", "ORD-54"), [])
        self.assertEqual(self.decide(run_id, pending).status, 200)
        self.assertEqual(self.settled(run_id)["output"], "Shipped.")
        self.assertEqual(len(self.effects("shipments", "ORD-54")), 1)
        self.waiting("ship ORD-54")  # another call has to ask again

    def test_timeout_escalates_then_denies(self):
        run_id, (pending,) = self.waiting("cancel ORD-41")
        self.assertIn("due_at", pending)

        def escalated():
            now = get_run(self.gateway, run_id).json()["pending"]
            return now if now and now[0].get("escalated") else None

        (later,) = harness.wait_for("the escalation", escalated)
        self.error(self.decide(run_id, later, "anna"), 404)
        body = harness.wait_for("the end", lambda: self.settled(run_id)["status"] == "finished"
                                and self.settled(run_id))
        self.assertEqual(body["output"], "I may not do that.")
        names = [name for _, name, _ in self.events_of(run_id)]
        self.assertLess(names.index("approval.escalated"), names.index("approval.expired"))
        self.assertEqual(self.effects("cancellations", "ORD-41"), [])
        actions = [e["action"] for e in self.audit() if e["subject"].startswith(run_id)]
        self.assertEqual(actions, ["approval.escalated", "approval.expired"])

    def test_times_and_votes_outlive_a_kill(self):
        config = self.config() | {"storage": {"path": str(self.sandbox.folder / "killed")}}
        gateway = self.sandbox.gateway(config, "killed")
        refund, (pending,) = self.waiting("refund my ORD-55", "billing", gateway=gateway)
        self.assertEqual(self.decide(refund, pending, "anna", gateway=gateway).status, 200)
        cancel, _ = self.waiting("cancel ORD-42", gateway=gateway)
        gateway.kill()
        gateway = self.sandbox.gateway(config, "killed")

        def boss_asked():
            now = get_run(gateway, cancel).json()["pending"]
            return now if now and now[0].get("escalated") else None

        (later,) = harness.wait_for("the escalation", boss_asked)
        self.assertEqual(self.decide(cancel, later, "cleo", gateway=gateway).status, 200)
        self.error(self.decide(refund, pending, "annaphone", gateway=gateway), 409)
        self.assertEqual(self.decide(refund, pending, "bert", gateway=gateway).status, 200)
        for run_id in (cancel, refund):
            harness.wait_for("the end", lambda each=run_id: get_run(gateway, each).json()["status"]
                             == "finished")
        self.assertEqual(len(self.effects("cancellations", "ORD-42")), 1)
        self.assertEqual(len(self.effects("refunds", "ORD-55")), 1)

    def test_lists_what_the_caller_may_decide(self):
        run_id, (pending,) = self.waiting("refund my ORD-56", "billing")

        def listed(key):
            reply = self.gateway.call("GET", "/v1/approvals?status=pending", b"",
                                      harness.authorization(KEYS.get(key, key)))
            return [a for a in reply.json()["data"] if a["run_id"] == run_id]

        (one,) = listed("anna")
        self.assertEqual((one["digest"], one["user"], one["tool"]),
                         (pending["digest"], "ute", "refund_order"))
        for key in (harness.CLIENT_KEY, OPERATOR_KEY, "cleo", POOR_KEY):
            self.assertEqual(listed(key), [], key)
        self.error(self.gateway.call("GET", "/v1/approvals?status=done", b"",
                                     harness.authorization()), 400)

    def command(self, verb, *arguments, key="anna"):
        return self.sandbox.command("approvals", verb, "--url", "http://" + self.gateway.address,
                                    "--key", "env:HEADGATE_E2E_" + key.upper(), *arguments)

    def test_commands(self):
        run_id, (pending,) = self.waiting("refund my ORD-57", "billing")
        call = pending["call_id"]
        code, out, err = self.command("ls")
        self.assertEqual(code, 0, err)
        self.assertIn(f"{run_id}  {call}  refunds", out)
        code, out, _ = self.command("show", run_id, call)
        self.assertIn(pending["digest"], out)
        code, _, err = self.command("approve", run_id, call, "--digest", "sha256:00")
        self.assertEqual(code, 1)
        self.assertIn("not the one that you saw", err)
        self.assertEqual(self.command("approve", run_id, call)[0], 0)
        code, _, err = self.command("edit", run_id, call, "--arguments", "{", key="bert")
        self.assertIn("not JSON", err)
        code, out, err = self.command("edit", run_id, call, "--arguments",
                                      '{"order_id": "ORD-57", "amount": 1}', key="bert")
        self.assertEqual(code, 0, err)
        self.assertEqual(self.settled(run_id)["output"], "Refunded.")
        run_id, (pending,) = self.waiting("refund my ORD-58", "billing")
        self.assertEqual(self.command("deny", run_id, pending["call_id"], "--reason", "no")[0], 0)
        self.assertEqual(self.settled(run_id)["output"], "I may not do that.")

    def audit(self):
        code, out, err = self.sandbox.command("audit", "ls", "--json", "--limit", "1000",
                                              "--config", self.gateway.config_path)
        self.assertEqual(code, 0, err)
        return [json.loads(line) for line in out.splitlines()]

    def test_decisions_are_audited_before_they_are_made(self):
        run_id, (pending,) = self.waiting("refund my ORD-59", "billing")
        self.error(self.decide(run_id, pending, harness.CLIENT_KEY), 403)
        self.decide(run_id, pending, "bert", "deny", reason="not now")
        (entry,) = [e for e in self.audit() if e["subject"].startswith(run_id)]
        self.assertEqual((entry["action"], entry["actor"]["user"], entry["subject"]),
                         ("approval.deny", "bert", f"{run_id}/{pending['call_id']}"))
        self.assertEqual((entry["detail"]["digest"], entry["detail"]["reason"]),
                         (pending["digest"], "not now"))

    def hook(self, decision, headers=None, policy="hooked", **sign):
        body = json.dumps(decision).encode()
        return self.gateway.call("POST", f"/v1/approvals/webhook/{policy}", body,
                                 headers or signed(body, **sign))

    def test_webhook_is_told_and_answers(self):
        run_id, (pending,) = self.waiting("cancel ORD-61")
        told = harness.wait_for("the webhook", lambda: self.hooks.about(run_id))
        headers, event = told[-1]
        self.assertEqual((event["type"], event["data"]["digest"]),
                         ("approval.requested", pending["digest"]))
        raw = [b for _, b in self.hooks.received if run_id.encode() in b][-1]
        lower = {k.lower(): v for k, v in headers.items()}
        at = int(lower["webhook-timestamp"])
        expected = dict(signed(raw, at=at, message=lower["webhook-id"]))
        self.assertEqual(lower["webhook-signature"], expected["webhook-signature"])
        decision = {"run_id": run_id, "call_id": pending["call_id"], "digest": pending["digest"],
                    "decision": "approve", "by": "hanna"}
        wrong = "whsec_" + base64.b64encode(b"another secret, as long as that").decode()
        self.error(self.hook(decision, secret=wrong), 401)
        self.error(self.hook(decision, at=int(time.time()) - 301), 401)
        self.error(self.hook(decision, at=int(time.time()) + 330), 401)
        self.error(self.hook(decision, headers=[("content-type", "application/json")]), 401)
        self.error(self.hook(decision, policy="refunds"), 404)
        self.error(self.hook({**decision, "by": "ute"}), 403)  # the requester
        self.error(self.hook({**decision, "digest": "sha256:00"}), 409)
        self.error(self.hook({**decision, "more": 1}), 400)
        other, (refund,) = self.waiting("refund my ORD-62", "billing")
        self.error(self.hook({**decision, "run_id": other, "call_id": refund["call_id"],
                              "digest": refund["digest"]}), 404)  # of another policy
        self.assertEqual(self.effects("cancellations", "ORD-61"), [])
        self.assertEqual(self.hook(decision).status, 200)
        self.error(self.hook(decision), 409)  # the same id again
        self.assertEqual(self.settled(run_id)["output"], "Cancelled.")
        decided = [d for _, n, d in self.events_of(run_id) if n == "approval.decided"]
        self.assertEqual(decided[0]["by"], "hanna (webhook hooked)")
        (entry,) = [e for e in self.audit() if e["subject"].startswith(run_id)]
        self.assertEqual(entry["actor"], {"key_id": "webhook hooked", "user": "hanna",
                                          "tenant": "acme"})

    def test_webhook_is_told_again(self):
        run_id, _ = self.waiting("cancel ORD-63")
        told = harness.wait_for("the second", lambda: len(self.hooks.about(run_id)) > 1
                                and self.hooks.about(run_id))
        ids = {{k.lower(): v for k, v in h.items()}["webhook-id"] for h, _ in told}
        self.assertEqual(len(ids), 1)


del AgentsCase

if __name__ == "__main__":
    unittest.main()
