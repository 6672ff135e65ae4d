"""Runs whose journal cannot be written for a while: they go on by themselves when it can."""

import resource
import unittest

from agents_case import AgentsCase, harness, run


class HaltedRuns(AgentsCase):
    def limit_files(self, size):
        """As if the disk were full: no file of the gateway grows beyond that."""
        _, hard = resource.prlimit(self.gateway.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.gateway.pid, resource.RLIMIT_FSIZE, (size, hard))

    def halted(self):
        return self.gateway.metric("headgate_runs_halted")

    def test_goes_on_when_the_disk_has_room_again(self):
        self.service.control("/orders/ORD-97/refunds", "slow", seconds=1)
        body = run(self.gateway, "billing", "refund my ORD-97", background=True).json()
        harness.wait_for("the call", lambda: self.service.seen("/orders/ORD-97/refunds"))
        self.limit_files(4096)
        self.addCleanup(self.limit_files, resource.RLIM_INFINITY)
        harness.wait_for("a halted run", lambda: self.halted() == 1)
        self.assertGreaterEqual(run(self.gateway, "billing", "refund my ORD-98").status, 500)
        self.assertEqual(self.gateway.call("GET", "/healthz").status, 200)
        self.limit_files(resource.RLIM_INFINITY)
        ended = self.settled(body["id"])
        self.assertEqual((ended["status"], ended["output"]), ("finished", "Refunded."))
        self.assertEqual(len(self.effects("refunds", "ORD-97")), 1)
        self.assertEqual(self.effects("refunds", "ORD-98"), [])
        harness.wait_for("nothing halted", lambda: self.halted() == 0)
        names = [name for _, name, _ in self.events_of(body["id"])]
        self.assertIn("run.recovered", names)
        self.assertEqual(self.run_ok("billing", "refund my ORD-99")["output"], "Refunded.")


if __name__ == "__main__":
    unittest.main()
