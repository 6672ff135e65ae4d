"""Runs of agents: their steps, their limits, their events, their trace, and what goes wrong."""

import concurrent.futures
import json
import threading
import unittest

import agents_case
from agents_case import AgentsCase, events, get_run, harness, post, run


class Runs(AgentsCase):
    def test_hands_over_and_calls_tools(self):
        body = self.run_ok("triage", "Please refund my ORD-1")
        self.assertEqual(body["output"], "Refunded.")
        self.assertEqual((body["acting_agent"], body["steps"], body["tool_calls"]),
                         ("billing", 4, 2))
        self.assertGreater(body["usage"]["input_tokens"], 0)
        effects = self.effects("refunds", "ORD-1")
        self.assertEqual(len(effects), 1)
        self.assertEqual(json.loads(effects[0]["detail"]), {"amount": 10})
        self.assertEqual(effects[0]["key"], body["id"] + "-c3_1")
        self.assertTrue(effects[0]["trace"].startswith("00-" + body["trace_id"]))
        seen = [s for s in self.service.seen("/orders/ORD-1") if s["method"] == "GET"][-1]
        self.assertEqual(seen["path"], "/orders/ORD-1?by=ute")
        self.assertIn("headgate.run.id=" + body["id"], seen["headers"]["baggage"])
        self.assertEqual(seen["headers"]["authorization"], harness.LAB_KEY)

    def test_is_one_trace(self):
        body = self.run_ok("triage", "Please refund my ORD-3")
        arguments = ("trace", "show", body["trace_id"], "--config", self.gateway.config_path)

        def probe():
            code, out, _ = self.sandbox.command(*arguments)
            return out if code == 0 and "Workflow" in out else None

        tree = harness.wait_for("the trace", probe)
        lines = tree.splitlines()
        self.assertEqual(lines[1], "Span 1: Workflow: triage")
        self.assertNotIn("Span 2", tree)
        order = [line.strip("│├└─ ") for line in lines
                 if any(w in line for w in ("Agent:", "Tool call:", "Handoff:", "LLM call:"))]
        self.assertEqual(order, [
            "Agent: triage", "LLM call: lab lab-agent, attempt 1", "Handoff: transfer_to_billing",
            "Agent: billing", "LLM call: lab lab-agent, attempt 1", "Tool call: get_order",
            "LLM call: lab lab-agent, attempt 1", "Tool call: refund_order",
            "LLM call: lab lab-agent, attempt 1"])
        for line in ('│  │  ├─ effect: "idempotent"', '│  │  ├─ authorised_by: "policy scopes"'):
            self.assertIn(line, lines)

    def test_streams_events_that_can_be_taken_up(self):
        reply = run(self.gateway, "triage", "where is ORD-1", stream=True)
        self.assertEqual(reply.status, 200)
        all_events = events(reply)
        self.assertEqual([n for n, _, _ in all_events], list(range(1, len(all_events) + 1)))
        names = [name for _, name, _ in all_events]
        self.assertEqual(names, [
            "run.created", "step.agent_started", "step.model_begun", "step.model_finished",
            "step.tool_decided", "step.tool_begun", "step.tool_finished", "step.model_begun",
            "step.model_finished", "run.finished"])
        run_id = all_events[0][2]["run_id"]
        self.assertNotIn("caller", all_events[0][2])
        rest = self.gateway.call("GET", f"/v1/runs/{run_id}/events", b"",
                                 harness.authorization() + [("Last-Event-ID", "6")])
        self.assertEqual(events(rest), all_events[6:])

    def test_follows_a_run_while_it_goes_on(self):
        self.service.control("/orders/ORD-55", "slow", seconds=0.5)
        body = run(self.gateway, "triage", "where is ORD-55", background=True)
        self.assertEqual(body.status, 202)
        followed = []
        threads = [threading.Thread(target=lambda: followed.append(
            self.events_of(body.json()["id"]))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(len(followed), 3)
        for each in followed:
            self.assertEqual(each[-1][1], "run.finished")
            self.assertEqual([n for n, _, _ in each], list(range(1, len(each) + 1)))

    def test_calls_pure_tools_at_the_same_time(self):
        self.service.control("/orders/ORD-1", "slow", seconds=0.4)
        self.service.control("/orders/ORD-2", "slow", seconds=0.4)
        body = self.run_ok("triage", "compare them")
        kinds = [(name, data.get("call_id")) for _, name, data in self.events_of(body["id"])]
        begun = [i for i, (name, _) in enumerate(kinds) if name == "step.tool_begun"]
        finished = [i for i, (name, _) in enumerate(kinds) if name == "step.tool_finished"]
        self.assertEqual((len(begun), len(finished)), (2, 2))
        self.assertLess(max(begun), min(finished))

    def test_agents_are_among_the_models(self):
        def get(path, key=harness.CLIENT_KEY, headers=()):
            return self.gateway.call("GET", path, b"", harness.authorization(key) + list(headers))

        for key in (harness.CLIENT_KEY, agents_case.POOR_KEY):
            models = {m["id"]: m for m in get("/v1/models", key).json()["data"]}
            agents = {a["id"] for a in get("/v1/agents", key).json()["data"]}
            self.assertEqual({m[6:] for m in models if m.startswith("agent/")}, agents)
            self.assertIn("lab-agent", models)
            self.assertEqual(models["agent/triage"]["owned_by"], "headgate")
        for path in ("/v1/models/agent/triage", "/v1/models/agent%2Ftriage"):
            self.assertEqual(get(path).json(), models["agent/triage"])
        self.error(get("/v1/models/agent/nobody"), 404)
        self.assertEqual(get("/v1/models", "hg-nobody").status, 401)
        for headers in ([("anthropic-version", "2023-06-01")], [("x-goog-api-key", "x")]):
            listed = get("/v1/models", headers=headers)
            self.assertEqual(listed.status, 200)
            self.assertIn(b"lab-agent", listed.body)
            self.assertIn(b"agent/triage", listed.body)
            self.assertIn(b"agent/triage", get("/v1/models/agent/triage", headers=headers).body)

    def test_stops_at_its_limit(self):
        body = self.run_ok("small", "loop forever", status="stopped")
        self.assertIn("3 calls of models", body["status_detail"])
        self.assertEqual(body["steps"], 3)

    def test_stops_at_each_limit(self):
        self.service.control("/orders/ORD-99", "slow", seconds=0.7, times=9)
        for agent, text, words in (
                ("few-calls", "loop forever", "2 calls of tools"),
                ("few-tokens", "loop forever", "300 tokens"),
                ("little-time", "loop slowly", "1 seconds"),
                ("little-money", "loop forever", "$0.0001")):
            body = self.run_ok(agent, text, status="stopped")
            self.assertIn(words, body["status_detail"])
            self.assertIsNone(body["output"])
            self.assertLess(body["active_ms"], 3000)
            if agent == "few-calls":
                self.assertEqual(body["tool_calls"], 2)
            if agent == "little-money":
                self.assertGreaterEqual(float(body["cost_usd"]), 0.0001)
                self.assertNotIn("unpriced", body)

    def test_tells_the_model_what_does_not_fit(self):
        body = self.run_ok("triage", "wrong arguments")
        self.assertEqual((body["output"], body["tool_calls"]), ("That did not work.", 0))
        result = [d for _, n, d in self.events_of(body["id"]) if n == "step.tool_finished"][0]
        self.assertEqual(result["outcome"], "refused")
        self.assertIn("order_id", result["result"])

    def test_arguments_stay_in_their_segment(self):
        before = len(self.service.seen())
        body = self.run_ok("triage", "escape")
        self.assertEqual(body["output"], "That did not work.")
        self.assertEqual(len(self.service.seen()), before)

    def test_sends_a_pure_call_again(self):
        self.service.control("/orders/ORD-61", "drop_before", times=2)
        self.run_ok("triage", "where is ORD-61")
        self.assertEqual(len(self.service.seen("/orders/ORD-61")), 3)

    def test_sends_an_idempotent_call_again_with_its_key(self):
        self.service.control("/orders/ORD-62/refunds", "drop_after", times=2)
        self.run_ok("triage", "refund my ORD-62")
        self.assertEqual(len(self.effects("refunds", "ORD-62")), 1)
        seen = self.service.seen("/orders/ORD-62/refunds")
        keys = {s["headers"]["idempotency-key"] for s in seen}
        self.assertEqual((len(seen), len(keys)), (3, 1))

    def test_never_repeats_what_may_happen_once(self):
        for act, happened in (("drop_before", False), ("drop_after", True)):
            order = "ORD-63" if happened else "ORD-64"
            self.service.control(f"/orders/{order}/shipments", act)
            body = self.run_ok("triage", f"ship {order}", status="needs_attention")
            self.assertEqual(len(self.service.seen(f"/orders/{order}/shipments")), 1)
            call = body["pending"][0]
            self.assertEqual((call["tool"], call["needs"]), ("ship_order", "outcome"))
            no_word = post(self.gateway, body["id"], "resume", {"call_id": call["call_id"]})
            self.assertIn("did_not_happen", self.error(no_word, 400)["message"])
            word = {"call_id": call["call_id"], "outcome": "did_not_happen"}
            if happened:
                word.update(outcome="happened", result={"id": "shipments-1"})
            self.assertEqual(post(self.gateway, body["id"], "resume", word).status, 200)
            ended = self.settled(body["id"])
            self.assertEqual((ended["status"], ended["output"]), ("finished", "Shipped."))
            self.assertEqual(len(self.effects("shipments", order)), 1)

    def test_a_gateway_between_says_nothing_of_the_service(self):
        self.service.control("/orders/ORD-65/shipments", "status", status=502)
        self.run_ok("triage", "ship ORD-65", status="needs_attention")
        self.service.control("/orders/ORD-66/shipments", "status", status=500)
        self.assertEqual(self.run_ok("triage", "ship ORD-66")["output"], "That did not work.")

    def test_mends_an_answer_that_does_not_fit(self):
        body = self.run_ok("judge", "judge it gently")
        self.assertEqual(json.loads(body["output"]), {"verdict": "refund", "amount": 5})
        self.assertEqual(body["steps"], 2)
        why = [d for _, n, d in self.events_of(body["id"]) if n == "step.output_rejected"]
        self.assertIn("verdict", why[0]["why"])

    def test_fails_when_an_answer_cannot_be_mended(self):
        body = self.run_ok("judge", "judge it", status="failed")
        self.assertEqual(body["steps"], 2)
        self.assertIsNone(body["output"])
        self.assertIn("schema", body["status_detail"])

    def test_goes_on_with_what_has_failed(self):
        reply = run(self.gateway, "broken", "hello")
        self.assertEqual(reply.json()["status"], "failed", reply.body)
        failed = reply.json()
        self.assertEqual(post(self.gateway, failed["id"], "resume").status, 200)
        ended = self.settled(failed["id"])
        self.assertEqual((ended["status"], ended["output"]), ("finished", "Well again."))

    def test_a_failed_tool_may_end_the_run(self):
        self.service.control("/orders/ORD-79", "status", status=400)
        body = self.run_ok("strict", "where is ORD-79", status="failed")
        self.assertIn("HTTP 400", body["status_detail"])

    def test_two_writes_go_one_after_the_other(self):
        body = self.run_ok("triage", "deliver both ORD-90")
        kinds = [n for _, n, d in self.events_of(body["id"]) if d.get("tool") == "ship_order"]
        self.assertEqual(kinds[2:], ["step.tool_begun", "step.tool_finished"] * 2)
        self.assertEqual(len(self.effects("shipments", "ORD-90")), 1)
        self.assertEqual(len(self.effects("shipments", "ORD-91")), 1)

    def test_begins_once_for_a_key(self):
        key = [("Idempotency-Key", "one-shipment")]
        first = run(self.gateway, "triage", "ship ORD-71", headers=key).json()
        again = run(self.gateway, "triage", "ship ORD-71", headers=key, background=True).json()
        self.assertEqual(first["id"], again["id"])
        self.assertEqual(len(self.effects("shipments", "ORD-71")), 1)
        other = run(self.gateway, "triage", "ship ORD-72", headers=key)
        self.assertEqual(self.error(other, 422)["code"], "idempotency_key_reused")

    def test_cancels(self):
        self.service.control("/orders/ORD-73", "slow", seconds=20)
        body = run(self.gateway, "triage", "where is ORD-73", background=True).json()
        harness.wait_for("the call", lambda: self.service.seen("/orders/ORD-73"))
        cancelled = post(self.gateway, body["id"], "cancel", key=harness.CLIENT_KEY)
        self.assertEqual(cancelled.status, 200)
        self.assertEqual(self.settled(body["id"])["status"], "cancelled")
        again = post(self.gateway, body["id"], "cancel", key=harness.CLIENT_KEY)
        self.error(again, 409)

    def test_lets_a_write_finish_before_it_cancels(self):
        self.service.control("/orders/ORD-74/shipments", "slow", seconds=0.7)
        body = run(self.gateway, "triage", "ship ORD-74", background=True).json()
        harness.wait_for("the call", lambda: self.service.seen("/orders/ORD-74/shipments"))
        cancelled = post(self.gateway, body["id"], "cancel", key=harness.CLIENT_KEY)
        self.assertEqual(cancelled.status, 200)
        self.assertEqual(self.settled(body["id"])["status"], "cancelled")
        finished = [d for _, n, d in self.events_of(body["id"]) if n == "step.tool_finished"]
        self.assertEqual(finished[0]["outcome"], "ok")
        self.assertEqual(len(self.effects("shipments", "ORD-74")), 1)

    def test_forks_from_a_step(self):
        first = self.run_ok("triage", "refund my ORD-75")
        reply = post(self.gateway, first["id"], "fork", {"from_step": 4}, key=harness.CLIENT_KEY)
        self.assertEqual(reply.status, 202, reply.body)
        forked = self.settled(reply.json()["id"])
        self.assertEqual((forked["status"], forked["output"]), ("finished", "Refunded."))
        self.assertNotEqual(forked["id"], first["id"])
        self.assertEqual(len(self.effects("refunds", "ORD-75")), 1)
        self.error(post(self.gateway, first["id"], "fork", {"from_step": 9},
                        key=harness.CLIENT_KEY), 400)

    def test_lists_runs(self):
        body = self.run_ok("small", "hello")
        reply = self.gateway.call("GET", "/v1/runs?agent=small&status=finished&limit=5", b"",
                                  harness.authorization())
        self.assertIn(body["id"], [r["id"] for r in reply.json()["data"]])

    def test_refuses_what_it_cannot_read(self):
        def ask(body):
            return self.gateway.call("POST", "/v1/agents/triage/runs", body,
                                     harness.authorization())

        for body, param in (({}, "input"), ({"input": 5}, "input"), ({"input": []}, "input"),
                            ({"input": [{"role": "system", "content": "x"}]}, "input"),
                            ({"input": "x", "background": "yes"}, "background")):
            self.assertEqual(self.error(ask(body), 400)["param"], param, body)
        self.error(run(self.gateway, "nobody", "x"), 404)
        self.error(self.gateway.call("GET", "/v1/agents/triage/runs", b"",
                                     harness.authorization()), 405)
        self.error(self.gateway.call("POST", "/v1/agents/triage/runs", {"input": "x"}), 401)

    def test_keeps_what_it_was_begun_with(self):
        gateway = self.sandbox.gateway(self.config() | {"storage": {
            "path": str(self.sandbox.folder / "pinned")}}, "pinned")
        self.service.control("/orders/ORD-81", "slow", seconds=1)
        body = run(gateway, "triage", "where is ORD-81", background=True).json()
        harness.wait_for("the call", lambda: self.service.seen("/orders/ORD-81"))
        config = self.config() | {"storage": {"path": str(self.sandbox.folder / "pinned")}}
        config["agents"]["triage"]["prompt"] = "Another prompt."
        self.sandbox.write_config(config, "pinned")
        gateway.signal(harness.signal.SIGHUP)
        gateway.wait_for_log('"reloaded"')

        def ended():
            now = get_run(gateway, body["id"]).json()
            return now if now["status"] != "running" else None

        first = harness.wait_for("the end", ended)
        second = run(gateway, "triage", "hello").json()
        self.assertNotEqual(first["definition"], second["definition"])
        prompts = {r["body"]["messages"][0]["content"] for r in harness.lab_requests(self.lab)
                   if "ORD-81" in json.dumps(r["body"])}
        self.assertEqual(prompts, {"You sort requests."})

    def test_goes_on_after_a_stop(self):
        store = {"storage": {"path": str(self.sandbox.folder / "stopped")}}
        gateway = self.sandbox.gateway(self.config() | store, "stopping")
        self.service.control("/orders/ORD-82/shipments", "slow", seconds=1)
        body = run(gateway, "triage", "ship ORD-82", background=True).json()
        harness.wait_for("the call", lambda: self.service.seen("/orders/ORD-82/shipments"))
        self.assertEqual(gateway.stop(), 0)
        self.assertEqual(len(self.effects("shipments", "ORD-82")), 1)
        gateway = self.sandbox.gateway(self.config() | store, "stopping")

        def ended():
            now = get_run(gateway, body["id"]).json()
            return now if now["status"] != "running" else None

        self.assertEqual(harness.wait_for("the end", ended)["output"], "Shipped.")
        self.assertEqual(len(self.effects("shipments", "ORD-82")), 1)

    def test_nobody_who_waits_at_a_stop_is_led_to_ask_again(self):
        store = {"storage": {"path": str(self.sandbox.folder / "left")}}
        gateway = self.sandbox.gateway(self.config() | store, "leaving")
        key = [("Idempotency-Key", "at-a-stop")]
        asks = {
            "ORD-84": lambda: run(gateway, "triage", "ship ORD-84"),
            "ORD-85": lambda: gateway.call("POST", harness.CHAT,
                                           harness.chat("agent/triage", "ship ORD-85"),
                                           harness.authorization(), timeout_s=15),
            "ORD-86": lambda: gateway.call("POST", harness.CHAT,
                                           harness.chat("agent/triage", "ship ORD-86"),
                                           harness.authorization() + key, timeout_s=15),
        }
        for order in asks:
            self.service.control(f"/orders/{order}/shipments", "slow", seconds=1)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = {order: pool.submit(ask) for order, ask in asks.items()}
            for order in asks:
                harness.wait_for("the call", lambda path=f"/orders/{order}/shipments":
                                 self.service.seen(path))
            self.assertEqual(gateway.stop(), 0)
            shown, model, keyed = (waiting[order].result() for order in asks)
        self.assertEqual(shown.status, 202, shown.body)
        self.assertEqual(shown.json()["status"], "running")
        run_id = model.header("x-headgate-run-id")
        self.assertIn(run_id, self.error(model, 503)["message"])
        self.assertEqual(model.header("x-should-retry"), "false")
        self.assertTrue(keyed.header("x-headgate-run-id"))
        self.error(keyed, 503)
        self.assertFalse(keyed.header("x-should-retry"))
        gateway = self.sandbox.gateway(self.config() | store, "leaving")
        for one in (shown.json()["id"], run_id):
            harness.wait_for("the end", lambda one=one: get_run(gateway, one).json()["status"]
                             == "finished")

    def test_an_agent_is_a_model(self):
        def ask(text, **more):
            body = harness.chat("agent/triage", text, **more)
            return self.gateway.call("POST", harness.CHAT, body, harness.authorization(),
                                     timeout_s=60)

        reply = ask("refund my ORD-76")
        self.assertEqual(reply.status, 200, reply.body)
        body = reply.json()
        self.assertEqual(body["choices"][0]["message"]["content"], "Refunded.")
        self.assertEqual(body["id"], reply.header("x-headgate-run-id"))
        shown = get_run(self.gateway, body["id"]).json()
        self.assertEqual(body["usage"]["total_tokens"], shown["usage"]["total_tokens"])
        streamed = ask("where is ORD-1", stream=True)
        chunks = streamed.events()
        self.assertEqual(chunks[-1], "[DONE]")
        text = "".join(json.loads(c)["choices"][0]["delta"].get("content", "")
                       for c in chunks[:-1])
        self.assertEqual(text, "I have looked.")
        self.assertIn("waiting_for_approval", self.error(ask("cancel ORD-77"), 409)["message"])
        self.error(self.gateway.call("POST", harness.CHAT, harness.chat("agent/nobody", "x"),
                                     harness.authorization()), 404)
        system = {"model": "agent/triage", "messages": [{"role": "system", "content": "x"}]}
        wrong = self.gateway.call("POST", harness.CHAT, system, harness.authorization())
        self.assertEqual(self.error(wrong, 400)["param"], "messages")

    def test_calls_tools_of_an_mcp_server(self):
        body = self.run_ok("clerk", "how much stock")
        finished = [d for _, n, d in self.events_of(body["id"]) if n == "step.tool_finished"]
        self.assertEqual(finished[0]["outcome"], "ok")
        self.assertEqual(json.loads(finished[0]["result"]), {"count": 7})
        asked = json.loads((self.sandbox.folder / "mcp.seen").read_text().splitlines()[-1])
        self.assertEqual(asked["params"]["arguments"], {"item": "chair"})
        traceparent = asked["params"]["_meta"]["traceparent"]
        self.assertTrue(traceparent.startswith("00-" + body["trace_id"]))
        model_saw = [r["body"]["tools"] for r in harness.lab_requests(self.lab)
                     if "how much stock" in json.dumps(r["body"]["messages"])][0]
        self.assertEqual(model_saw[0]["function"]["description"], "Counts what is there.")

    def test_one_process_has_the_journal(self):
        path = self.sandbox.write_config(self.config(), "second")
        code, _, err = self.sandbox.command("serve", "-c", path)
        self.assertEqual(code, 1)
        self.assertIn("another headgate uses this storage folder", err)


del AgentsCase

if __name__ == "__main__":
    unittest.main()
