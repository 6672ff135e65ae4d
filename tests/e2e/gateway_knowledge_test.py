"""Knowledge bases on the real binary: built from files, with vectors through the gateway, searched
by the command and over HTTP, each search a trace; tenants and scopes keep their documents apart."""

import json
import unittest

import harness

LAB = harness.ROOT / "tests/e2e/knowledge_lab.yaml"
KEYS = {
    "acme": "hg-knowledge-acme-0123456789abcdef",
    "globex": "hg-knowledge-globex-0123456789abcdef",
    "scopeless": "hg-knowledge-scopeless-0123456789",
}
RETURNS = """---
title: Returns
labels: {kind: policy}
---
# Returns

## Deadline
You can send goods back within 30 days of delivery.

## Refunds
Refunds reach your account within five business days.
"""
FILES = {
    "returns.md": RETURNS,
    "shipping.html": "<title>Shipping</title><h1>Shipping</h1><p>Parcels leave our warehouse "
                     "daily.</p><script>var refund = 1;</script>",
    "faq.jsonl": json.dumps({"id": "warranty", "title": "Warranty", "labels": {"kind": "faq"},
                             "text": "The warranty lasts two years."}) + "\n",
    "notes.txt": "Opening hours: Monday to Friday, nine to five.",
    "tenants/acme/contract.md": "# Acme contract\nAcme has a refund discount of 15 %.\n",
    "tenants/globex/contract.md": "# Globex contract\nGlobex has a refund discount of 40 %.\n",
    "logo.png": "no text",
}


class KnowledgeCase(harness.GatewayCase):
    """A gateway with one base, `support`, in a folder of the sandbox."""

    @classmethod
    def knowledge(cls):
        return {
            "path": str(cls.folder),
            "folders": [{"under": "tenants/acme", "tenant": "acme"},
                        {"under": "tenants/globex", "tenant": "globex"}],
            "embeddings": {"model": "lab-embed", "dimensions": 128, "batch": 2},
        }

    @classmethod
    def config(cls, lab):
        config = harness.base_config(lab.address, cls.sandbox.folder)
        config["models"]["lab-embed"] = {"provider": "lab", "upstream_model": "lab-embed"}
        config["auth"]["keys"] += [
            {"id": tenant, "secret": f"env:KEY_{tenant.upper()}", "user": f"u-{tenant}",
             "tenant": tenant, "scopes": [] if tenant == "scopeless" else ["knowledge"],
             "models": ["lab-plain"]}
            for tenant in KEYS
        ]
        config["knowledge"] = {"support": cls.knowledge()}
        return config

    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        for tenant, key in KEYS.items():
            cls.sandbox.environment[f"KEY_{tenant.upper()}"] = key
        cls.folder = cls.sandbox.folder / "kb"
        for name, text in FILES.items():
            cls.write(name, text)
        cls.lab = cls.sandbox.lab(LAB)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    @classmethod
    def write(cls, name, text):
        path = cls.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def kb(self, *arguments):
        """`headgate kb …`; (exit code, stdout, stderr)."""
        return self.sandbox.command("kb", *arguments, "-c", self.gateway.config_path)

    def build(self, *arguments, name="support"):
        code, out, err = self.kb("build", name, "--json", "--gateway",
                                 f"http://{self.gateway.address}", "--key",
                                 "env:HEADGATE_E2E_CLIENT_KEY", *arguments)
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def search(self, query, key="acme", headers=(), **more):
        return self.gateway.call("POST", "/v1/knowledge/support/search", {"query": query, **more},
                                 harness.authorization(KEYS[key]) + list(headers))

    def found(self, query, key="acme", **more):
        reply = self.search(query, key, **more)
        self.assertEqual(reply.status, 200, reply.body[:500])
        return reply.json()

    def exchanges(self, trace_id, count):
        """All stored exchanges of a trace, once there are that many."""
        arguments = ("trace", "show", trace_id, "--json", "--config", self.gateway.config_path)

        def probe():
            code, out, _ = self.sandbox.command(*arguments)
            found = json.loads(out)["exchanges"] if code == 0 else []
            return found if len(found) >= count else None

        return harness.wait_for(f"{count} exchanges of {trace_id}", probe, 10)


class SearchTest(KnowledgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.built = cls.build(cls())

    def test_a_build_says_what_it_read(self):
        built = self.built
        self.assertTrue(built["is_new"])
        self.assertEqual((built["files"], built["documents"], built["chunks"]), (6, 6, 7))
        self.assertEqual((built["vectors_made"], built["version"]), (7, 1))
        self.assertEqual(built["other_kinds"], {".png": 1})

    def test_both_rankings_find_and_carry_ranks_and_scores(self):
        found = self.found("when do I get my refund?", k=3)
        self.assertEqual(found["index_version"], self.built["index_version"])
        self.assertIsNone(found["without_vectors"])
        self.assertEqual(len(found["data"]), 3)
        refunds = [each for each in found["data"] if each["heading"] == "Returns > Refunds"]
        self.assertEqual(len(refunds), 1, found["data"])
        first = refunds[0]
        self.assertEqual((first["document"], first["title"]), ("returns.md", "Returns"))
        self.assertRegex(first["id"], r"^support/returns\.md#1-[0-9a-f]{8}$")
        self.assertEqual(first["text"], "Refunds reach your account within five business days.")
        self.assertGreater(first["words"]["score"], 0)
        self.assertGreater(first["vector"]["score"], 0)
        fused = sum(1 / (60 + first[each]["rank"]) for each in ("words", "vector"))
        self.assertAlmostEqual(first["score"], fused, places=9)

    def test_modes(self):
        by_words = self.found("warranty", mode="words")["data"]
        self.assertEqual([each["id"].split("-")[0] for each in by_words],
                         ["support/faq.jsonl#warranty#0"])
        self.assertIsNone(by_words[0]["vector"])
        by_vectors = self.found("warranty", mode="vectors", k=100)["data"]
        self.assertEqual(len(by_vectors), 6)  # all that acme may see
        self.assertIsNone(by_vectors[0]["words"])

    def test_a_tenant_sees_its_own_and_what_is_everybodys(self):
        for key, other in (("acme", "globex"), ("globex", "acme")):
            for mode in ("words", "vectors", "hybrid"):
                found = self.found("refund discount contract", key, k=100, mode=mode)
                documents = {each["document"] for each in found["data"]}
                self.assertIn(f"tenants/{key}/contract.md", documents)
                self.assertNotIn(f"tenants/{other}/contract.md", documents)

    def test_labels_are_a_filter_inside_the_search(self):
        found = self.found("refund", k=5, labels={"kind": "faq"})
        self.assertEqual([each["title"] for each in found["data"]], ["Warranty"])
        self.assertEqual(self.found("refund", labels={"kind": "no such"})["data"], [])

    def test_only_keys_with_the_scope_know_that_a_base_is_there(self):
        refused = self.search("refund", "scopeless")
        error = self.assert_error(refused, 404)
        self.assertIn("support", error["message"])
        missing = self.gateway.call("POST", "/v1/knowledge/nowhere/search", {"query": "x"},
                                    harness.authorization(KEYS["acme"]))
        self.assert_error(missing, 404)
        self.assert_error(self.gateway.call("POST", "/v1/knowledge/support/search", {"query": "x"}),
                          401)

    def test_mistakes_are_named(self):
        self.assertIn("query", self.assert_error(self.search(""), 400)["message"])
        self.assertIn("k", self.assert_error(self.search("x", k=0), 400)["message"])
        self.assertIn("kk", self.assert_error(self.search("x", kk=3), 400)["message"])
        self.assertIn("mode", self.assert_error(self.search("x", mode="magic"), 400)["message"])
        self.assertIn("there are: 1",
                      self.assert_error(self.search("x", version=9), 404)["message"])
        get = self.gateway.call("GET", "/v1/knowledge/support/search", b"",
                                harness.authorization(KEYS["acme"]))
        self.assert_error(get, 405)

    def test_operators_in_a_query_are_words(self):
        for query in ('"', "refund AND", "text:refund", "NEAR(a b)", "*", "'; DROP TABLE words; --",
                      'refund" OR "warranty', "(((", "-refund", "???", "a" * 8000):
            self.assertEqual(self.search(query, mode="words").status, 200, query)

    def test_a_search_is_a_trace_with_query_chunks_scores_and_version(self):
        reply = self.search("when do I get my refund? card 4111 1111 1111 1111", k=2)
        self.assertEqual(reply.status, 200, reply.body)
        trace_id = reply.header("x-headgate-trace-id")
        exchanges = self.exchanges(trace_id, 2)
        spans = {span["kind"]: span for one in exchanges for span in one["spans"]}
        span = spans["retrieval"]
        self.assertIn("when do I get my refund?", span["input"])
        self.assertNotIn("4111 1111", span["input"])
        documents = json.loads(span["output"])
        self.assertEqual([each["id"] for each in documents],
                         [each["id"] for each in reply.json()["data"]])
        self.assertEqual([each["score"] for each in documents],
                         [each["score"] for each in reply.json()["data"]])
        self.assertTrue(all(each["content"] for each in documents))
        attributes = span["attributes"]
        self.assertEqual(attributes["headgate.knowledge.index_version"],
                         self.built["index_version"])
        self.assertEqual(attributes["gen_ai.data_source.id"], "support")
        # The query's vector is a call of its own, below the search.
        self.assertEqual(spans["request"]["parent_id"], span["span_id"])
        self.assertEqual(spans["attempt"]["model_requested"], "lab-embed")
        record = next(one for one in exchanges if one["spans"][0]["kind"] == "retrieval")
        self.assertEqual((record["tenant"], record["user"], record["key_id"]),
                         ("acme", "u-acme", "acme"))

    def test_the_command_searches_as_the_server_does(self):
        query = "when do I get my refund?"
        code, out, err = self.kb("search", "support", query, "--tenant", "acme", "--json",
                                 "--gateway", f"http://{self.gateway.address}", "--key",
                                 "env:HEADGATE_E2E_CLIENT_KEY", "-k", 3)
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out), self.found(query, k=3))

    def test_the_command_without_a_gateway_goes_by_words_and_says_so(self):
        code, out, err = self.kb("search", "support", "refund", "--gateway", "http://127.0.0.1:1")
        self.assertEqual(code, 0, err)
        self.assertIn("support/returns.md#1", out)
        self.assertIn("by words alone", err)

    def test_ls(self):
        code, out, err = self.kb("ls")
        self.assertEqual(code, 0, err)
        self.assertIn(self.built["index_version"], out)

    def test_metrics_count_searches(self):
        self.found("refund")
        text = self.gateway.call("GET", "/metrics").body.decode()
        line = 'headgate_knowledge_searches_total{knowledge="support",outcome="done"}'
        self.assertRegex(text, line.replace("{", r"\{").replace("}", r"\}") + r" [1-9]")


class ChangeTest(KnowledgeCase):
    """What becomes of an index while its files, its provider and its configuration change."""

    def setUp(self):
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_file():
                path.unlink()
        for name, text in FILES.items():
            self.write(name, text)

    def test_a_running_server_searches_the_new_version_at_once(self):
        first = self.build()
        again = self.build()
        self.assertFalse(again["is_new"])
        self.assertEqual(again["index_version"], first["index_version"])
        self.assertEqual(again["files_same"], 6)
        self.write("returns.md", RETURNS.replace("30 days", "45 days"))
        (self.folder / "notes.txt").unlink()
        second = self.build()
        self.assertEqual((second["files_changed"], second["files_gone"]), (1, 1))
        self.assertEqual((second["vectors_made"], second["vectors_kept"]), (1, 1))
        found = self.found("deadline to send goods back", k=1)
        self.assertEqual(found["index_version"], second["index_version"])
        self.assertIn("45 days", found["data"][0]["text"])
        old = self.found("deadline to send goods back", k=1, version=first["version"])
        self.assertEqual(old["index_version"], first["index_version"])
        self.assertIn("30 days", old["data"][0]["text"])
        self.assertEqual(self.found("opening hours", mode="words")["data"], [])

    def test_an_index_that_was_deleted_and_built_again_is_opened_anew(self):
        self.build()
        self.found("refund")
        for path in (self.sandbox.folder / "store/knowledge/support").iterdir():
            path.unlink()
        self.assert_error(self.search("refund"), 404)
        self.assertEqual(self.build()["version"], 1)
        self.assertTrue(self.found("refund")["data"])

    def test_bad_files_fail_a_build_all_at_once_and_leave_what_was(self):
        before = self.build()
        self.write("bad.txt", b"ok\nab\xff")
        self.write("wrong.jsonl", '{"text": "a", "tenant": null}')
        self.write("unclosed.md", "---\ntenant: acme\n")
        arguments = ("build", "support", "--gateway", f"http://{self.gateway.address}", "--key",
                     "env:HEADGATE_E2E_CLIENT_KEY")
        code, _, err = self.kb(*arguments)
        self.assertEqual(code, 1)
        for place in ("bad.txt:2:3: ", "wrong.jsonl:1:", "unclosed.md:1:1: "):
            self.assertIn(place, err)
        self.assertEqual(self.found("refund")["index_version"], before["index_version"])
        left_out = self.build("--skip-bad")["left_out"]
        self.assertEqual(len(left_out), 3)

    def test_without_a_gateway_no_version_is_made(self):
        before = self.build()
        self.write("new.md", "# New\nSomething that has no vector yet.")
        code, _, err = self.kb("build", "support", "--gateway", "http://127.0.0.1:1")
        self.assertEqual(code, 1)
        self.assertIn("127.0.0.1:1: Connection refused", err)
        code, _, err = self.kb("build", "support", "--gateway", f"http://{self.gateway.address}",
                               "--key", "env:KEY_NOBODY_HAS")
        self.assertEqual(code, 1)
        self.assertIn("KEY_NOBODY_HAS", err)
        self.assertEqual(self.found("refund")["index_version"], before["index_version"])

    def test_when_the_model_fails_a_search_goes_by_words_and_says_so(self):
        self.build()
        reply = self.search("refund fault:500", k=2)
        self.assertEqual(reply.status, 200, reply.body)
        found = reply.json()
        self.assertTrue(found["without_vectors"])
        self.assertTrue(all(each["vector"] is None for each in found["data"]))
        self.assertEqual(found["data"][0]["document"], "returns.md")
        exchanges = self.exchanges(reply.header("x-headgate-trace-id"), 2)
        span = next(one["spans"][0] for one in exchanges if one["spans"][0]["kind"] == "retrieval")
        self.assertEqual(span["attributes"]["headgate.knowledge.without_vectors"],
                         found["without_vectors"])
        self.assert_error(self.search("refund fault:500", mode="vectors"), 400)

    def test_a_reload_brings_bases_and_takes_them_away(self):
        self.build()
        config = self.config(self.lab)
        config["knowledge"]["second"] = {"path": str(self.folder), "files": ["*.txt"], "scope": ""}
        self.sandbox.write_config(config)
        self.gateway.signal(harness.signal.SIGHUP)
        headers = harness.authorization(KEYS["scopeless"])
        target = "/v1/knowledge/second/search"

        def reply():
            return self.gateway.call("POST", target, {"query": "hours"}, headers)

        harness.wait_for("the new base", lambda: b"kb build" in reply().body)
        code, _, err = self.kb("build", "second")  # without vectors: needs no gateway
        self.assertEqual(code, 0, err)
        self.assertEqual([each["document"] for each in reply().json()["data"]], ["notes.txt"])
        self.sandbox.write_config(self.config(self.lab))
        self.gateway.signal(harness.signal.SIGHUP)
        harness.wait_for("the base gone", lambda: reply().status == 404)
        self.assertTrue(self.found("refund")["data"])

    def test_mistakes_in_the_configuration_have_their_place(self):
        config = self.config(self.lab)
        base = config["knowledge"]["support"]
        base["embeddings"] = {"model": "lab-embedd"}
        base["overlap_percent"] = 50
        config["knowledge"]["a/b"] = {"path": "."}
        path = self.sandbox.write_config(config, "wrong")
        code, out, _ = self.sandbox.command("check", "-c", path)
        self.assertEqual(code, 1)
        for words in ("lab-embed", "overlap_percent", "letters, digits"):
            self.assertIn(words, out)
        code, _, err = self.kb("build", "nowhere")
        self.assertEqual(code, 1)
        self.assertIn("there are: support", err)


if __name__ == "__main__":
    unittest.main()
