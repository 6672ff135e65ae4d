"""A shop's support, whichever way its tools are reached: the same end of 42 tasks over HTTP, over
MCP and by C++ functions; and what may happen to each write: sent twice, for somebody else, changed
after it was approved, denied, approved in the other order."""

import copy
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import harness  # noqa: E402
import shop as domain  # noqa: E402
import tasks  # noqa: E402
import tools  # noqa: E402

NATIVE = os.environ.get(
    "HEADGATE_SHOP", harness.ROOT / "build/release/tests/e2e/retail/native/hg_shop")
VERA_KEY = "hg-e2e-vera-0123456789abcdefghijk"
OPERATOR_KEY = "hg-e2e-operator-0123456789abcdefgh"
# One call of each write that can be done, and another user's order.
CALLS = {
    "cancel_order": {"order_id": "ORD-104", "reason": "no longer needed"},
    "change_address": {"order_id": "ORD-104", "address": "Oak Lane 7, Shelbyville"},
    "exchange_item": dict(zip(("order_id", "sku", "new_sku"),
                              (lambda number, skus: (tasks.order(number), *skus))(
                                  *tasks.exchanges()[0]))),
    "return_item": {"order_id": "ORD-101", "sku": tasks.bought(101)[0]},
    "refund_order": {"order_id": "ORD-109", "amount": 12.5},
}
CHANGED = {"cancel_order": {"reason": "ordered by mistake"},
           "change_address": {"address": "Oak Lane 8, Shelbyville"},
           "exchange_item": {"order_id": "ORD-101"}, "return_item": {"order_id": "ORD-103"},
           "refund_order": {"amount": 13}}


class Way:
    """A shop of its own, and how its tools are reached."""

    def __init__(self, name, folder):
        self.name = name
        self.database = folder / f"{name}.db"
        self.shop = domain.Shop(str(self.database))
        self.process = None
        if name == "http":
            ready = folder / "shop.ready"
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "shop.py"), "--http", "--database",
                 str(self.database), "--ready-file", str(ready)])
            port = harness.wait_for("the shop", lambda: ready.exists() and ready.read_text())
            self.url = f"http://127.0.0.1:{port}"
            self.tools, self.servers = tools.over_http(self.url)
        elif name == "native":
            self.tools, self.servers = tools.native()
            self.first = folder / "first.json"
            self.state = folder / "state.json"
        else:
            self.tools, self.servers = tools.over_mcp(self.database)

    def digest(self):
        if self.name != "native":
            return self.shop.digest()
        return domain.digest_of(json.loads(self.state.read_text()))

    def start(self, sandbox, config):
        if self.name != "native":
            return sandbox.gateway(config)
        self.first.write_text(json.dumps({"orders": self.shop.state(),
                                          "products": domain.PRODUCTS}))
        config["server"] = {**config.get("server", {}), "listen": "127.0.0.1:0"}
        path = sandbox.write_config(config, "native")
        return sandbox.program(NATIVE, "native", path, self.first, self.state)

    def lose(self, name, times):
        """The next answers of a tool get lost when it has been done."""
        request = urllib.request.Request(self.url + "/tools/lose", method="POST",
                                         data=json.dumps({name: times}).encode())
        urllib.request.urlopen(request, timeout=10).close()

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()


def write_lab():
    """For the writes: `call NAME [JSON]` makes the call, `both NAME [JSON] [JSON]` two at once."""
    rules = [{"match": {"last_role": "tool"}, "answer": "So it is."}]
    for name, arguments in CALLS.items():
        theirs = {**arguments, "order_id": "ORD-204"}
        twice = [arguments, {**arguments, **SECOND[name]}]
        for word, calls in ((f"do {name}", [arguments]), (f"theirs {name}", [theirs]),
                            (f"both {name}", twice)):
            rules.append({"match": {"user_contains": [word]}, "answer": {"tool_calls": [
                {"name": name, "arguments": one} for one in calls]}})
    return rules


# The other one of two calls that are made at once: of another order, or another thing of it.
SECOND = {"cancel_order": {"order_id": "ORD-108"}, "change_address": {"order_id": "ORD-108"},
          "exchange_item": dict(zip(("order_id", "sku", "new_sku"),
                                    (lambda number, skus: (tasks.order(number), *skus))(
                                        *tasks.exchanges()[1]))),
          "return_item": {"order_id": "ORD-103", "sku": tasks.bought(103)[0]},
          "refund_order": {"order_id": "ORD-111"}}


class RetailCase(unittest.TestCase):
    way_name = None
    approval = "never"

    @classmethod
    def setUpClass(cls):
        if cls.way_name is None:
            raise unittest.SkipTest("of the ways that follow")
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.sandbox.environment.update(HEADGATE_E2E_VERA_KEY=VERA_KEY,
                                       HEADGATE_E2E_OPERATOR_KEY=OPERATOR_KEY)
        script = cls.sandbox.folder / "retail_lab.yaml"
        script.write_text(json.dumps(cls.script()))
        lab = cls.sandbox.lab(script)
        cls.way = Way(cls.way_name, cls.sandbox.folder)
        cls.addClassCleanup(cls.way.close)
        cls.gateway = cls.way.start(cls.sandbox, cls.config(lab))

    @classmethod
    def script(cls):
        return tasks.lab_script(["lab-agent"])

    @classmethod
    def config(cls, lab):
        config = harness.base_config(lab.address, cls.sandbox.folder)
        config["models"] = {"lab-agent": {"provider": "lab", "upstream_model": "lab-agent"}}
        config["auth"]["keys"] += [
            {"id": "vera", "secret": "env:HEADGATE_E2E_VERA_KEY", "user": "vera", "tenant": "acme"},
            {"id": "operator", "secret": "env:HEADGATE_E2E_OPERATOR_KEY", "user": "olga",
             "tenant": "acme", "scopes": ["operator"]}]
        config["tools"] = copy.deepcopy(cls.way.tools)
        for name in tools.WRITES:
            config["tools"][name]["approval"] = cls.approval
        config["agents"] = {"retail": {"prompt": "You help.", "model": "lab-agent",
                                       "tools": list(config["tools"])}}
        config["mcp"] = {"servers": cls.way.servers}
        cls.last_config = config
        return config

    def run_agent(self, messages, user="ute", status="finished", headers=()):
        key = VERA_KEY if user == "vera" else harness.CLIENT_KEY
        reply = self.gateway.call("POST", "/v1/agents/retail/runs", {"input": messages},
                                  [*harness.authorization(key), *headers], timeout_s=30)
        self.assertEqual(reply.status, 200, reply.body)
        body = reply.json()
        self.assertEqual(body["status"], status, body)
        return body

    def results(self, run_id, user="ute"):
        key = VERA_KEY if user == "vera" else harness.CLIENT_KEY
        reply = self.gateway.call("GET", f"/v1/runs/{run_id}/events", b"",
                                  harness.authorization(key))
        lines = [line[6:] for line in reply.body.decode().splitlines() if line.startswith("data: ")]
        events = map(json.loads, lines)
        return " ".join(e["result"] for e in events if e["type"] == "step.tool_finished")


class Tasks(RetailCase):
    def play(self, task):
        """The user's turns, each a run that is given what was said before."""
        messages, results = [], ""
        for number in range(len(task.turns)):
            messages.append({"role": "user", "content": task.say(number)})
            body = self.run_agent(messages, task.user)
            messages.append({"role": "assistant", "content": body["output"]})
            results += self.results(body["id"], task.user)
        return results

    def test_all_end_as_they_should(self):
        expected = domain.Shop(":memory:")
        self.assertGreaterEqual(len(tasks.TASKS), 40)
        for task in tasks.TASKS:
            with self.subTest(task=task.name):
                results = self.play(task)
                self.assertIn(task.told, results)
                for name, arguments in task.done:
                    expected.call(name, arguments)
                self.assertEqual(self.way.digest(), expected.digest())
        print(f"{self.way_name}: {len(tasks.TASKS)} tasks, digest {self.way.digest()}")


class TasksOverHttp(Tasks):
    way_name = "http"


class TasksOverMcp(Tasks):
    way_name = "mcp"


class TasksNative(Tasks):
    way_name = "native"


class WriteCase(RetailCase):
    @classmethod
    def script(cls):
        return {"models": ["lab-agent"], "keys": ["env:HEADGATE_E2E_LAB_KEY"],
                "prompt_cache": False, "rules": write_lab()}

    def setUp(self):
        # A shop on its first day for each test.
        if self.way_name == "native":
            type(self).restart()
            self.first = self.way.digest()
            return
        self.way.shop.db.execute("DELETE FROM orders")
        self.way.shop.db.execute("DELETE FROM answers")
        self.way.shop.db.executemany("INSERT INTO orders VALUES (?, ?)", (
            (order["order_id"], json.dumps(order)) for order in domain.first_orders()))
        self.first = self.way.digest()

    @classmethod
    def restart(cls):
        """The program's shop is in its memory."""
        cls.gateway.stop()
        cls.gateway = cls.way.start(cls.sandbox, cls.last_config)

    def after(self, *calls):
        """What the shop is to be after these calls on its first day."""
        shop = domain.Shop(":memory:")
        for name, arguments in calls:
            shop.call(name, arguments)
        return shop.digest()


class Writes(WriteCase):
    def test_once_though_it_is_sent_twice(self):
        for name, arguments in CALLS.items():
            with self.subTest(name=name):
                self.setUp()
                headers = [("idempotency-key", f"{self.way_name}-{name}")]
                ids = []
                both = [threading.Thread(target=lambda: ids.append(
                    self.run_agent(f"do {name}", headers=headers)["id"])) for _ in range(2)]
                for one in both:
                    one.start()
                for one in both:
                    one.join()
                self.assertEqual(ids[0], ids[1])
                self.assertEqual(self.way.digest(), self.after((name, arguments)))

    def test_nobody_elses(self):
        for name in CALLS:
            with self.subTest(name=name):
                body = self.run_agent(f"theirs {name}")
                self.assertIn("belongs to somebody else", self.results(body["id"]))
                self.assertEqual(self.way.digest(), self.first)


class WritesOverHttp(Writes):
    way_name = "http"

    def test_once_though_its_answer_is_lost(self):
        for name, arguments in CALLS.items():
            with self.subTest(name=name):
                self.setUp()
                self.way.lose(name, 2)
                self.run_agent(f"do {name}")
                self.assertEqual(self.way.digest(), self.after((name, arguments)))


class WritesOverMcp(Writes):
    way_name = "mcp"


class WritesNative(Writes):
    way_name = "native"


class Approved(WriteCase):
    approval = "always"

    def decide(self, run_id, call, decision, **more):
        return self.gateway.call("POST", f"/v1/runs/{run_id}/approvals/{call['call_id']}",
                                 {"decision": decision, "digest": call["digest"], **more},
                                 harness.authorization(OPERATOR_KEY))

    def settled(self, run_id):
        def probe():
            body = self.gateway.call("GET", f"/v1/runs/{run_id}", b"",
                                     harness.authorization(harness.CLIENT_KEY)).json()
            return body if body["status"] != "running" else None

        return harness.wait_for(f"the end of {run_id}", probe, 30)

    def waiting(self, text):
        body = self.run_agent(text, status="waiting_for_approval")
        self.assertEqual(self.way.digest(), self.first)
        return body["id"], body["pending"]

    def test_changed_arguments_are_approved_anew(self):
        for name, arguments in CALLS.items():
            with self.subTest(name=name):
                self.setUp()
                changed = {**arguments, **CHANGED[name]}
                if name == "exchange_item":
                    changed = {**arguments, **SECOND[name]}
                if name == "return_item":
                    changed = dict(SECOND[name])
                run_id, (call,) = self.waiting(f"do {name}")
                self.assertEqual(
                    self.decide(run_id, call, "edit", arguments=changed).status, 200)
                (again,) = harness.wait_for("the new question",
                                            lambda: self.settled(run_id)["pending"])
                self.assertEqual(self.decide(run_id, call, "approve").status, 409)
                self.assertEqual(self.way.digest(), self.first)
                self.assertEqual(self.decide(run_id, again, "approve").status, 200)
                self.assertEqual(self.settled(run_id)["status"], "finished")
                self.assertEqual(self.way.digest(), self.after((name, changed)))

    def test_denied_never_happens(self):
        for name in CALLS:
            with self.subTest(name=name):
                run_id, (call,) = self.waiting(f"do {name}")
                self.assertEqual(self.decide(run_id, call, "deny", reason="no").status, 200)
                self.assertEqual(self.settled(run_id)["status"], "finished")
                self.assertEqual(self.decide(run_id, call, "approve").status, 404)
                self.assertEqual(self.way.digest(), self.first)

    def test_two_in_the_other_order(self):
        for name, arguments in CALLS.items():
            with self.subTest(name=name):
                self.setUp()
                second = {**arguments, **SECOND[name]}
                run_id, calls = self.waiting(f"both {name}")
                self.assertEqual(len(calls), 2)
                for call in reversed(calls):
                    self.assertEqual(self.decide(run_id, call, "approve").status, 200)
                self.assertEqual(self.settled(run_id)["status"], "finished")
                self.assertEqual(self.way.digest(),
                                 self.after((name, arguments), (name, second)))


class ApprovedOverHttp(Approved):
    way_name = "http"


class ApprovedOverMcp(Approved):
    way_name = "mcp"


class ApprovedNative(Approved):
    way_name = "native"


def load_tests(loader, _tests, _pattern):
    """Only what has a way of its own."""
    suite = unittest.TestSuite()
    for case in (TasksOverHttp, TasksOverMcp, TasksNative, WritesOverHttp, WritesOverMcp,
                 WritesNative, ApprovedOverHttp, ApprovedOverMcp, ApprovedNative):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
