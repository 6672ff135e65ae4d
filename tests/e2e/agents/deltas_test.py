"""Text of answers as it is written: seen before the answer has ended, and in the end the same."""

import json
import threading
import unittest

import agents_case
from agents_case import get_run, harness, post, run
from deltas_case import DISCARDED, TEXT, DeltasCase, Follower


class Deltas(DeltasCase):
    def follow(self, agent, text, **more):
        return Follower(self.gateway, agent=agent, text=text, **more)

    def cancel(self, run_id):
        reply = post(self.gateway, run_id, "cancel", key=harness.CLIENT_KEY)
        self.assertEqual(reply.status, 200, reply.body)

    def asked_streams(self, model, text):
        bodies = [r["body"] for r in harness.lab_requests(self.lab)]
        return [b.get("stream", False) for b in bodies
                if isinstance(b, dict) and b.get("model") == model and text in json.dumps(b)]

    def test_text_is_seen_before_the_answer_has_ended(self):
        follower = self.follow("d-stalls", "early")
        seen = follower.until(TEXT)
        self.assertEqual(set(seen), {"type", "run_id", "step", "text"})
        self.assertEqual((seen["run_id"], seen["step"]), (follower.run_id, 1))
        self.assertTrue("You have said".startswith(seen["text"][:8]), seen)
        self.assertNotIn("step.model_finished", follower.names())
        self.assertEqual(get_run(self.gateway, follower.run_id).json()["status"], "running")
        self.cancel(follower.run_id)
        follower.end()
        self.assertEqual(follower.names()[-2:], [DISCARDED, "run.cancelled"])
        self.assertEqual(follower.numbers(), list(range(1, len(follower.numbers()) + 1)))
        self.assertEqual(follower.texts(), "")
        self.assertNotIn(TEXT, [n for _, n, _ in self.events_of(follower.run_id)])

    def test_pieces_are_the_answer_and_cost_the_same(self):
        for streamed, whole in (("d-plain", "whole"), ("anthropic", "anthropic-whole"),
                                ("gemini", "gemini-whole")):
            with self.subTest(streamed):
                follower = self.follow(streamed, "the same — 🙂").end()
                other = self.follow(whole, "the same — 🙂").end()
                self.assertNotIn(TEXT, other.names())
                self.assertEqual(follower.texts(), follower.finished()["text"])
                self.assertIn("🙂", follower.texts())
                mine, its = ({k: v for k, v in f.finished().items()
                              if k not in ("run_id", "at", "sequence_number")}
                             for f in (follower, other))
                self.assertEqual(mine, its)
                self.assertGreater(mine["usage"]["output"], 0)
                # The price book knows one of the providers only.
                self.assertEqual("cost_usd" in mine, streamed == "d-plain")
                ends = [get_run(self.gateway, f.run_id).json() for f in (follower, other)]
                self.assertEqual(*[(e["usage"], e["cost_usd"], e["output"]) for e in ends])

    def test_limits_hold_in_the_middle_of_an_answer(self):
        follower = self.follow("one-second", "for ever").end()
        self.assertEqual(follower.names()[-2:], [DISCARDED, "run.stopped"])
        self.assertIn(TEXT, follower.names())
        body = self.settled(follower.run_id)
        self.assertIn("1 seconds", body["status_detail"])
        self.assertLess(body["active_ms"], 5000)

    def test_an_answer_without_a_model_costs_the_same(self):
        streamed, whole = (self.follow(agent, "hello").end() for agent in ("canned",
                                                                           "canned-whole"))
        self.assertEqual(streamed.finished()["text"], "Not now.")
        for key in ("text", "usage", "finish_reason", "cost_usd"):
            self.assertEqual(streamed.finished()[key], whole.finished()[key], key)

    def test_text_beside_calls(self):
        follower = self.follow("looks", "where is it").end()
        self.assertEqual(follower.texts(1), "I look your order up, one moment please.")
        self.assertEqual(follower.finished(1)["calls"][0]["tool"], "get_order")
        self.assertEqual(follower.texts(2), follower.finished(2)["text"])
        self.assertEqual(self.settled(follower.run_id)["output"], follower.texts(2))

    def test_refusals_are_text_and_thoughts_are_not(self):
        follower = self.follow("d-refuses", "no").end()
        self.assertEqual(follower.texts(), "I would rather not talk about that.")
        self.assertEqual(follower.texts(), follower.finished()["text"])
        follower = self.follow("d-thinks", "think").end()
        self.assertEqual(follower.texts(), "Forty-two, of course.")
        self.assertNotIn("secret", json.dumps(follower.seen))

    def test_another_model_after_text_was_shown(self):
        for model in ("d-cut", "d-error", "d-idle"):
            with self.subTest(model):
                follower = self.follow(model, "break").end()
                self.assertIn(DISCARDED, follower.names())
                self.assertTrue(follower.finished()["text"].startswith("Somebody else"))
                self.assertEqual(follower.texts(), follower.finished()["text"])
                self.assertEqual(follower.finished()["model"], "d-other")
                self.assertEqual(self.settled(follower.run_id)["status"], "finished")

    def test_the_same_model_again_after_text_was_shown(self):
        follower = self.follow("d-cut-once", "again").end()
        self.assertIn(DISCARDED, follower.names())
        self.assertEqual(follower.texts(), follower.finished()["text"])
        self.assertIn("take a while.", follower.texts())

    def test_what_is_not_shown_as_it_is_written(self):
        for agent, model in (("judge", "d-json"), ("whole", "d-plain"), ("as-sent", "d-plain"),
                             ("enforced", "d-plain")):
            with self.subTest(agent):
                follower = self.follow(agent, f"quiet {agent}").end()
                self.assertNotIn(TEXT, follower.names())
                self.assertEqual(set(self.asked_streams(model, f"quiet {agent}")), {False})
        self.follow("d-plain", "quiet not").end()
        self.assertEqual(self.asked_streams("d-plain", "quiet not"), [True])

    def test_who_comes_late_gets_what_is_there(self):
        reply = run(self.gateway, "d-stalls", "late", background=True)
        run_id = reply.json()["id"]
        first = Follower(self.gateway, run_id)
        first.until(TEXT)
        harness.wait_for("six tokens", lambda: len(first.texts().split()) >= 5 or first.read())
        late = Follower(self.gateway, run_id)
        late.until(TEXT)
        self.assertEqual(late.texts(), first.texts())
        self.assertEqual(late.names().count(TEXT), 1)
        self.assertEqual(late.numbers(), first.numbers())
        behind = Follower(self.gateway, run_id, after=late.numbers()[-1])
        behind.until(TEXT)
        self.assertEqual(behind.names(), [TEXT])
        self.cancel(run_id)
        self.assertEqual(behind.end().names(), [TEXT, DISCARDED, "run.cancelled"])

    def test_many_listeners_one_of_them_slow(self):
        text = "long " + " ".join(f"word{i}" for i in range(60))
        reply = run(self.gateway, "d-pace", text, background=True)
        run_id = reply.json()["id"]
        slow = Follower(self.gateway, run_id)
        followers = [Follower(self.gateway, run_id) for _ in range(40)]
        threads = [threading.Thread(target=f.end) for f in followers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for follower in followers:
            self.assertEqual(follower.texts(), text)
            self.assertEqual(follower.finished()["text"], text)
            self.assertGreater(follower.names().count(TEXT), 3)
        self.assertEqual(self.settled(run_id)["output"], text)  # nobody waited for the slow one
        self.assertEqual(slow.end().texts(), text)

    def test_an_answer_of_many_bytes_for_one_who_does_not_read(self):
        text = "many bytes " + "x" * 700_000
        slow = self.follow("d-plain", text)
        body = self.settled(slow.run_id)
        self.assertEqual(body["output"], text)
        slow.end()
        self.assertEqual(slow.texts(), text if TEXT in slow.names() else "")
        self.assertEqual(slow.finished()["text"], text)

    def test_the_server_dies_in_the_middle_of_an_answer(self):
        follower = self.follow("d-stalls-once", "die")
        follower.until(TEXT)
        self.gateway.kill()
        with self.assertRaises(agents_case.wire.Closed):
            follower.end()
        type(self).gateway = self.sandbox.gateway(self.config())
        again = Follower(self.gateway, follower.run_id, after=follower.numbers()[-1]).end()
        self.assertEqual(again.names()[:2], ["run.recovered", "step.model_begun"])
        self.assertEqual(follower.numbers() + again.numbers(),
                         list(range(1, again.numbers()[-1] + 1)))
        self.assertEqual(again.finished(2)["text"][:3], "You")
        self.assertIn(again.texts(2), ("", again.finished(2)["text"]))
        self.assertEqual(self.settled(follower.run_id)["status"], "finished")


class Completions(DeltasCase):
    """Agents as models, streamed."""

    def stream(self, agent, text):
        body = json.dumps({**harness.chat(f"agent/{agent}", text), "stream": True,
                           "stream_options": {"include_usage": True}}).encode()
        connection = agents_case.wire.Wire(self.gateway.address, 30)
        self.addCleanup(connection.close)
        connection.send(agents_case.wire.request_bytes("POST", "/v1/chat/completions", body,
                                                       harness.authorization()))
        return connection

    def whole(self, agent, text):
        reply = self.stream(agent, text).read_reply()
        self.assertEqual(reply.status, 200, reply.body)
        events = reply.events()
        self.assertEqual(events[-1], "[DONE]")
        return [json.loads(event) for event in events[:-1]]

    def text_of(self, chunks):
        return "".join(c["choices"][0]["delta"].get("content", "") for c in chunks[:-1])

    def test_text_comes_as_it_is_written(self):
        connection = self.stream("d-stalls", "early")
        head = connection.read_head()
        self.assertEqual(head.status, 200)
        run_id = head.header("x-headgate-run-id")
        first = next(connection.chunks()).decode()
        self.assertTrue(first.startswith("data: "), first)
        self.assertEqual(get_run(self.gateway, run_id).json()["status"], "running")
        reply = post(self.gateway, run_id, "cancel", key=harness.CLIENT_KEY)
        self.assertEqual(reply.status, 200)
        rest = b"".join(connection.chunks()).decode()
        self.assertIn("error", rest.split("data: ")[-1])
        self.assertIn(run_id, rest)

    def test_the_pieces_are_the_answer(self):
        chunks = self.whole("d-pace", "the same")
        plain = self.gateway.call("POST", "/v1/chat/completions",
                                  harness.chat("agent/d-plain", "the same"),
                                  harness.authorization()).json()
        self.assertGreater(len(chunks), 5)
        self.assertEqual(self.text_of(chunks), plain["choices"][0]["message"]["content"])
        self.assertEqual(chunks[0]["choices"][0]["delta"]["role"], "assistant")
        self.assertEqual(sum("role" in c["choices"][0]["delta"] for c in chunks[:-1]), 1)
        self.assertEqual([c["choices"][0]["finish_reason"] for c in chunks[:-1]],
                         [None] * (len(chunks) - 2) + ["stop"])
        self.assertEqual((chunks[-1]["choices"], chunks[-1]["usage"]), ([], plain["usage"]))
        self.assertEqual(len({c["id"] for c in chunks}), 1)

    def test_one_that_may_call_tools_answers_in_one_piece(self):
        chunks = self.whole("looks", "where is it")
        self.assertEqual(self.text_of(chunks), "It was delivered, to the best of my knowledge.")
        self.assertEqual(len([c for c in chunks[:-1] if c["choices"][0]["delta"].get("content")]),
                         1)

    def test_a_silent_stream_is_kept_alive(self):
        reply = self.stream("looks", "where is it").read_reply()
        self.assertIn(b": keep-alive\n\n", reply.body)
        self.assertEqual(reply.events()[-1], "[DONE]")
        connection = self.stream("whole-stalls", "for ever")
        run_id = connection.read_head().header("x-headgate-run-id")
        self.assertEqual(next(connection.chunks()), b": keep-alive\n\n")
        post(self.gateway, run_id, "cancel", key=harness.CLIENT_KEY)
        rest = b"".join(connection.chunks()).decode()
        self.assertIn("is cancelled", json.loads(rest.split("data: ")[1])["error"]["message"])

    def test_what_was_sent_cannot_be_taken_back(self):
        reply = self.stream("d-cut", "break").read_reply()
        self.assertEqual(reply.status, 200)
        last = json.loads(reply.events()[-1])
        self.assertIn("begun anew", last["error"]["message"])
        self.assertIn(reply.header("x-headgate-run-id"), last["error"]["message"])
        self.assertNotIn("Somebody else", reply.body.decode())

    def test_what_fails_before_is_an_ordinary_error(self):
        reply = self.stream("d-fails", "fail").read_reply()
        self.assertEqual(reply.status, 502, reply.body)


if __name__ == "__main__":
    unittest.main()
