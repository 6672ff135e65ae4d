"""Calls that wait for a person: bound to their arguments, over restarts, in any order."""

import unittest

from agents_case import ApprovalsCase, get_run, harness, post


class Approvals(ApprovalsCase):
    def test_approved_once(self):
        run_id, call = self.waiting("ORD-1")
        self.assertEqual(self.decide(run_id, call, decision="approve", reason="fine").status, 200)
        ended = self.settled(run_id)
        self.assertEqual((ended["status"], ended["output"]), ("finished", "Cancelled."))
        self.assertEqual(len(self.effects("cancellations", "ORD-1")), 1)
        self.error(self.decide(run_id, call, decision="approve"), 404)
        names = [name for _, name, _ in self.events_of(run_id)]
        self.assertLess(names.index("approval.requested"), names.index("run.paused"))
        self.assertLess(names.index("approval.decided"), names.index("step.tool_begun"))
        requested = [d for _, n, d in self.events_of(run_id) if n == "approval.requested"][0]
        self.assertRegex(requested["digest"], "^sha256:[0-9a-f]{64}$")

    def test_denied_never_happens(self):
        run_id, call = self.waiting("ORD-2")
        self.assertEqual(self.decide(run_id, call, decision="deny", reason="no").status, 200)
        self.assertEqual(self.settled(run_id)["output"], "I may not do that.")
        self.error(self.decide(run_id, call, decision="approve"), 404)
        self.assertEqual(self.effects("cancellations", "ORD-2"), [])

    def test_changed_arguments_are_checked(self):
        run_id, call = self.waiting("ORD-3")
        wrong = self.decide(run_id, call, decision="edit", arguments={"order": 5})
        self.assertEqual(self.error(wrong, 400)["param"], "arguments")
        both = self.decide(run_id, call, decision="approve", arguments={"order_id": "ORD-33"})
        self.assertEqual(self.error(both, 400)["param"], "arguments")
        old = get_run(self.gateway, run_id).json()["pending"][0]["digest"]
        done = self.decide(run_id, call, decision="edit", arguments={"order_id": "ORD-33"})
        self.assertEqual(done.status, 200)
        body = harness.wait_for("the new question",
                                lambda: self.settled(run_id)["pending"] and self.settled(run_id))
        self.assertIn("ORD-33", body["pending"][0]["arguments"])
        self.error(self.decide(run_id, call, decision="approve", digest=old), 409)
        self.assertEqual(self.effects("cancellations", "ORD-33"), [])
        self.assertEqual(self.decide(run_id, call, decision="approve").status, 200)
        self.settled(run_id)
        self.assertEqual(self.effects("cancellations", "ORD-3"), [])
        self.assertEqual(len(self.effects("cancellations", "ORD-33")), 1)

    def test_who_may(self):
        run_id, call = self.waiting("ORD-4")
        self.error(self.decide(run_id, call, key=harness.CLIENT_KEY, decision="approve"), 403)
        self.error(self.decide(run_id, "c9_9", decision="approve"), 404)
        self.error(self.decide(run_id, call, decision="perhaps"), 400)
        self.error(self.decide(run_id, call), 400)
        self.error(self.decide(run_id, call, decision="approve", digest=""), 400)
        self.error(post(self.gateway, run_id, f"approvals/{call}", {"decision": "approve"}), 400)
        self.error(self.decide(run_id, call, decision="approve", digest="sha256:00"), 409)
        self.assertEqual(get_run(self.gateway, run_id).json()["status"], "waiting_for_approval")

    def test_answered_in_reverse(self):
        first, first_call = self.waiting("ORD-5")
        second, second_call = self.waiting("ORD-6")
        self.assertEqual(self.decide(second, second_call, decision="deny").status, 200)
        self.assertEqual(self.decide(first, first_call, decision="approve").status, 200)
        self.settled(first)
        self.settled(second)
        self.assertEqual(len(self.effects("cancellations", "ORD-5")), 1)
        self.assertEqual(self.effects("cancellations", "ORD-6"), [])

    def test_waits_over_a_kill(self):
        store = {"storage": {"path": str(self.sandbox.folder / "waiting")}}
        gateway = self.sandbox.gateway(self.config() | store, "waiting")
        run_id, call = self.waiting("ORD-7", gateway)
        gateway.kill()
        gateway = self.sandbox.gateway(self.config() | store, "waiting")
        body = get_run(gateway, run_id).json()
        self.assertEqual((body["status"], body["pending"][0]["call_id"]),
                         ("waiting_for_approval", call))
        self.assertEqual(self.decide(run_id, call, gateway, decision="approve").status, 200)
        harness.wait_for("the end", lambda: get_run(gateway, run_id).json()["status"] == "finished")
        self.assertEqual(len(self.effects("cancellations", "ORD-7")), 1)

    def test_cancelled_while_it_waits(self):
        run_id, call = self.waiting("ORD-8")
        self.assertEqual(post(self.gateway, run_id, "cancel", key=harness.CLIENT_KEY).status, 200)
        self.assertEqual(get_run(self.gateway, run_id).json()["status"], "cancelled")
        self.decide(run_id, call, decision="approve")
        self.assertEqual(get_run(self.gateway, run_id).json()["status"], "cancelled")
        self.assertEqual(self.effects("cancellations", "ORD-8"), [])


del ApprovalsCase

if __name__ == "__main__":
    unittest.main()
