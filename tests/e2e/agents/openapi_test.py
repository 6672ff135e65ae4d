"""Tools that are operations of an OpenAPI document: requests, rights, reloads, what is wrong."""

import json
import unittest

from agents_case import FOLDER, POOR_KEY, AgentsCase, config_of, harness, post, run

DOCUMENT = (FOLDER / "orders.openapi.yaml").read_text()
PETS = FOLDER.parents[1] / "corpus" / "agents_openapi_fuzz"
TOOLS = {
    "get_order": {
        "openapi": {"document": "orders", "operation": "getOrder", "check_output": True,
                    "fixed": {"tenant": "{principal.tenant}"}}},
    "refund_order": {
        "openapi": {"document": "orders", "operation": "POST /orders/{order_id}/refunds",
                    "fixed": {"by": "{principal.user}"}},
        "scopes": ["refunds"], "retry": {"attempts_max": 3, "pause_ms": 20}},
    "ship_order": {"openapi": {"document": "orders", "operation": "shipOrder"},
                   "approval": "always"},
}


class OpenApi(AgentsCase):
    has_own_lab = False

    @classmethod
    def config(cls, name="gateway"):
        """Each gateway with a document of its own, so that tests can change it."""
        if not cls.has_own_lab:
            cls.lab = cls.sandbox.lab(FOLDER / "openapi_lab.yaml", "openapi-lab")
            cls.has_own_lab = True
        (cls.sandbox.folder / f"{name}.openapi.yaml").write_text(DOCUMENT)
        config = config_of(cls.lab, cls.service, cls.sandbox.folder)
        del config["mcp"]
        config["storage"] = {"path": str(cls.sandbox.folder / f"{name}-store")}
        config["models"] = {"lab-agent": {"provider": "lab", "upstream_model": "lab-agent"}}
        config["openapi"] = {"orders": {
            "file": f"{name}.openapi.yaml", "url": cls.service.url,
            "headers": {"authorization": "env:HEADGATE_E2E_LAB_KEY"}}}
        config["tools"] = json.loads(json.dumps(TOOLS))
        config["agents"] = {"clerk": {"prompt": "You help.", "model": "lab-agent",
                                      "tools": list(TOOLS)}}
        return config

    def last(self, path):
        return self.service.seen(path)[-1]

    def begun(self, run_id, key=harness.CLIENT_KEY):
        return [d for _, n, d in self.events_of(run_id, key) if n == "step.tool_begun"]

    def check(self, config, name):
        path = self.sandbox.write_config(config, name)
        code, out, _ = self.sandbox.command("check", "--config", path, "--json")
        return code, json.loads(out)

    def test_arguments_go_where_the_document_says(self):
        body = self.run_ok("clerk", "two lines of ORD-11")
        self.assertEqual(body["output"], "Done.")
        seen = self.last("/orders/ORD-11")
        self.assertEqual(seen["method"], "GET")
        self.assertEqual(seen["path"], "/orders/ORD-11?fields=status&fields=a%26b&"
                                       "lines%5B%5D=1%2C2&tenant=acme")
        self.assertEqual(seen["headers"]["x-reason"], "asked for")
        self.assertEqual(seen["headers"]["authorization"], harness.LAB_KEY)
        self.assertEqual(self.begun(body["id"])[0]["effect"], "pure")

    def test_the_model_is_told_what_the_document_says(self):
        self.run_ok("clerk", "hello")
        request = [r["body"] for r in harness.lab_requests(self.lab)][-1]
        tools = {t["function"]["name"]: t["function"] for t in request["tools"]}
        self.assertEqual(tools["get_order"]["description"], "Looks an order up.")
        self.assertEqual(list(tools["get_order"]["parameters"]["properties"]),
                         ["order_id", "fields", "lines", "X-Reason"])
        refund = tools["refund_order"]["parameters"]
        self.assertEqual(refund["required"], ["order_id", "amount"])
        self.assertEqual(refund["properties"]["amount"],
                         {"type": "number", "examples": [5], "exclusiveMinimum": 0})
        self.assertEqual(refund["properties"]["note"], {"type": ["string", "null"]})
        self.assertNotIn("by", refund["properties"])

    def test_a_body_and_a_key(self):
        self.service.control("/orders/ORD-12/refunds", "drop_after")
        body = self.run_ok("clerk", "refund ORD-12")
        self.assertEqual(body["output"], "Done.")
        self.assertEqual(self.begun(body["id"])[0]["effect"], "idempotent")
        effects = self.effects("refunds", "ORD-12")
        self.assertEqual(len(effects), 1)
        self.assertEqual(json.loads(effects[0]["detail"]),
                         {"amount": 5, "note": None, "by": "ute"})
        self.assertEqual(len(self.service.seen("/orders/ORD-12/refunds")), 2)

    def test_scopes_hold(self):
        body = run(self.gateway, "clerk", "refund ORD-13", key=POOR_KEY).json()
        self.assertEqual(body["output"], "I may not do that.")
        self.assertEqual(self.effects("refunds", "ORD-13"), [])

    def test_what_does_not_fit_is_told_to_the_model(self):
        for text, output in (("refund badly ORD-14", "That did not fit."),
                             ("refund as somebody ORD-14", "That did not fit."),
                             ("split header of ORD-14", "It could not be called.")):
            self.assertEqual(self.run_ok("clerk", text)["output"], output, text)
        self.assertEqual(self.service.seen("/orders/ORD-14"), [])

    def test_a_result_is_held_against_the_document(self):
        self.service.control("/orders/ORD-15", "status", status=201)
        self.assertEqual(self.run_ok("clerk", "two lines of ORD-15")["output"],
                         "It answered nonsense.")

    def test_a_whole_body_waits_for_a_person(self):
        waiting = self.run_ok("clerk", "ship ORD-16", "waiting_for_approval")
        call = waiting["pending"][0]
        reply = post(self.gateway, waiting["id"], f"approvals/{call['call_id']}",
                     {"decision": "approve", "digest": call["digest"]})
        self.assertEqual(reply.status, 200, reply.body)
        self.settled(waiting["id"])
        self.assertEqual(self.last("/orders/ORD-16/shipments")["body"],
                         [{"weight": 2, "within": [{"weight": 1.5}]}])

    def test_a_reload_reads_the_document_again_and_runs_keep_theirs(self):
        gateway = self.sandbox.gateway(self.config("reloaded"), "reloaded")
        document = self.sandbox.folder / "reloaded.openapi.yaml"
        waiting = run(gateway, "clerk", "ship ORD-17").json()
        changed = DOCUMENT.replace("name: fields", "name: only").replace("/shipments", "/parcels")
        document.write_text(changed)
        gateway.signal(harness.signal.SIGHUP)
        gateway.wait_for_log('"reloaded"')
        body = run(gateway, "clerk", "new words ORD-17").json()
        self.assertEqual(body["output"], "Done.")
        self.assertNotEqual(body["definition"], waiting["definition"])
        self.assertEqual(self.last("/orders/ORD-17")["path"],
                         "/orders/ORD-17?only=status&tenant=acme")
        call = waiting["pending"][0]
        post(gateway, waiting["id"], f"approvals/{call['call_id']}",
             {"decision": "approve", "digest": call["digest"]})
        harness.wait_for("the shipment", lambda: self.effects("shipments", "ORD-17"))
        self.assertEqual(self.service.seen("/orders/ORD-17/parcels"), [])

        document.write_text(changed.replace("operationId: getOrder", "operationId: findOrder"))
        gateway.signal(harness.signal.SIGHUP)
        gateway.wait_for_log("no such operation in orders")
        self.assertEqual(run(gateway, "clerk", "new words ORD-18").json()["output"], "Done.")

    def test_says_everything_that_is_wrong(self):
        config = self.config("wrong")
        config["openapi"]["gone"] = {"file": "gone.yaml"}
        config["openapi"]["old"] = {"file": "old.json"}
        (self.sandbox.folder / "old.json").write_text('{"swagger": "2.0"}')
        config["openapi"]["nowhere"] = {"file": "nowhere.yaml"}
        (self.sandbox.folder / "nowhere.yaml").write_text(
            DOCUMENT.replace("http://orders.invalid", "/v1"))
        config["tools"] = {
            "photo": {"openapi": {"document": "orders", "operation": "putPhoto"}},
            "typo": {"openapi": {"document": "orders", "operation": "getOrders"}},
            "other": {"openapi": {"document": "order", "operation": "getOrder"}},
            "both": {"openapi": {"document": "orders", "operation": "getOrder"},
                     "builtin": "current_time"},
            "fixed": {"openapi": {"document": "orders", "operation": "getOrder",
                                  "fixed": {"tenants": "x"}}},
            "template": {"openapi": {"document": "orders", "operation": "getOrder",
                                     "fixed": {"tenant": "{nobody}"}}},
            "output": {"openapi": {"document": "orders", "operation": "shipOrder",
                                   "check_output": True}},
            "input": {"openapi": {"document": "orders", "operation": "getOrder",
                                  "fixed": {"tenant": "x"}},
                      "input": {"type": "object", "properties": {
                          "order_id": {"type": "string"}, "tenant": {}, "line": {}}}},
            "unread": {"openapi": {"document": "gone", "operation": "x"}},
            "relative": {"openapi": {"document": "nowhere", "operation": "getOrder"}},
            "rules": {"openapi": {"document": "orders", "operation": "getOrder"},
                      "authorise": [{"require": "args.order == principal.user"}]},
        }
        config["agents"] = {}
        code, report = self.check(config, "wrong")
        self.assertEqual(code, 1)
        found = {}
        for error in report["errors"]:
            self.assertGreater(error["line"], 1, error)
            found.setdefault(error["path"], []).append((error["message"], error["suggestion"]))
        for path, message, suggestion in (
                ("openapi.gone.file", "cannot be read: No such file", None),
                ("openapi.old.file", "is Swagger 2.0", None),
                ("tools.photo.openapi.operation", "#/paths/~1orders~1{order_id}~1photo/put/"
                 "requestBody (line 59): the body has no schema as application/json", None),
                ("tools.typo.openapi.operation", "no such operation in orders", "getOrder"),
                ("tools.other.openapi.document", "no such document", "orders"),
                ("tools.both", "needs one of http, openapi, mcp, builtin and native", None),
                ("tools.fixed.openapi.fixed.tenants", "no such argument", "tenant"),
                ("tools.template.http.query.tenant", "no such argument", None),
                ("tools.output.openapi.operation", "which check_output needs", None),
                ("tools.relative.openapi.operation", "`/v1` does not say where", None),
                ("tools.rules.authorise[0].require", "calls have no `args.order`",
                 "args.order_id")):
            with self.subTest(path=path):
                self.assertEqual(len(found[path]), 1, found[path])
                self.assertIn(message, found[path][0][0])
                self.assertEqual(found[path][0][1], suggestion)
            found.pop(path, None)
        self.assertEqual(sorted(found.pop("tools.input.input"), key=str), [
            ("has the argument tenant, which openapi.fixed gives", None),
            ("no such argument of the operation: line", "lines")])
        self.assertEqual(found, {})

    def test_warns_of_what_is_left_out(self):
        config = self.config("warned")
        config["tools"]["refund_order"]["effect"] = "at_most_once"
        del config["openapi"]["orders"]["headers"]
        code, report = self.check(config, "warned")
        self.assertEqual(code, 0, report)
        said = [w["message"] for w in report["warnings"] if w["path"].startswith("tools.")]
        self.assertEqual(len([m for m in said if "`theme` is in the cookie" in m]), 1, said)
        self.assertEqual(len([m for m in said if "wants Idempotency-Key" in m]), 1, said)
        self.assertEqual(len([m for m in said if "wants token (header authorization)" in m]), 3)

    def test_the_graph_shows_what_was_imported(self):
        code, out, err = self.sandbox.command("agents", "graph", "--config",
                                              self.gateway.config_path)
        self.assertEqual(code, 0, err)
        self.assertIn(f"get_order (pure, GET {self.service.url}/orders/{{order_id}})", out)

    def test_proposes_tools_that_check_accepts(self):
        for name, tools, left_out in (("pets_30.yaml", 9, ["application/octet-stream"]),
                                      ("pets_31.json", 5, []),
                                      ("orders.openapi.yaml", 3, ["image/png"])):
            with self.subTest(name=name):
                text = DOCUMENT if name.startswith("orders") else (PETS / name).read_text()
                (self.sandbox.folder / name).write_text(text)
                code, out, err = self.sandbox.command("tools", "import-openapi", name)
                self.assertEqual(code, 0, err)
                self.assertEqual(out.count("openapi: {document"), tools, out)
                for word in left_out:
                    self.assertIn(word, out)
                config = self.config("proposed")
                for section in ("openapi", "tools", "agents"):
                    config.pop(section)
                yaml = "\n".join(f"{key}: {json.dumps(value)}" for key, value in config.items())
                for line in out.splitlines():
                    if '"env:' in line:
                        variable = line.split('"env:')[1].rstrip('"')
                        self.sandbox.environment[variable] = "Bearer x"
                code, report = self.check(yaml + "\n" + out, "proposed")
                self.assertEqual(code, 0, report)

    def test_proposes_only_what_was_asked_for(self):
        path = self.sandbox.folder / "asked.openapi.yaml"
        path.write_text(DOCUMENT)
        code, out, _ = self.sandbox.command("tools", "import-openapi", path, "--name", "shop",
                                            "--operation", "refund*", "--operation", "GET *")
        self.assertEqual(code, 0)
        self.assertIn("  refund_order:  # Refunds an order.\n"
                      "    openapi: {document: shop, operation: \"refundOrder\"}\n"
                      "    effect: idempotent\n", out)
        self.assertIn("authorization: \"env:SHOP_AUTHORIZATION\"", out)
        self.assertEqual(out.count("openapi: {document"), 2)
        code, _, err = self.sandbox.command("tools", "import-openapi", path, "--operation", "no")
        self.assertEqual(code, 1)
        self.assertIn('no operation is called "no"', err)


del AgentsCase

if __name__ == "__main__":
    unittest.main()
