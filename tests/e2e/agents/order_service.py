#!/usr/bin/env python3
"""A small order service over HTTP, a process of its own with its own SQLite, that tools are at.

Writes count their effects: each accepted one is a row. A refund honours Idempotency-Key, an
order's cancellation and a shipment do not. `--port 0` takes a free port; the ready file says which.
What it may be told to do wrong, it is told by POST /control: {"path": …, "act": …, "times": n} with
the acts `status` (an answer of that status), `answer` (with members of `more` instead), `hang`,
`drop_before` (closes without doing it), `drop_after` (does it, then closes without an answer),
`slow`, and `kill` and `kill_after`, which kill the process `pid` with SIGKILL before or after the
effect.
"""

import argparse
import http.server
import json
import os
import pathlib
import signal
import sqlite3
import threading
import time

SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
  n INTEGER PRIMARY KEY, kind TEXT, order_id TEXT, detail TEXT, key TEXT, trace TEXT);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body TEXT);
"""
ORDERS = {"ORD-1": "delivered", "ORD-2": "in_transit", "ORD-3": "delivered"}


def owner(order):
    """ORD-901 to ORD-999 are another user's."""
    return "vera" if order.startswith("ORD-9") and len(order) == 7 else "ute"


class Store:
    def __init__(self, path):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.executescript(SCHEMA)

    def effect(self, kind, order_id, detail, key, trace):
        """The answer; done once for a key."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            if key:
                known = self.db.execute("SELECT body FROM answers WHERE key = ?", (key,)).fetchone()
                if known:
                    self.db.execute("COMMIT")
                    return json.loads(known[0])
            cursor = self.db.execute(
                "INSERT INTO effects (kind, order_id, detail, key, trace) VALUES (?,?,?,?,?)",
                (kind, order_id, json.dumps(detail), key, trace))
            body = {"id": f"{kind}-{cursor.lastrowid}", "order_id": order_id}
            if key:
                self.db.execute("INSERT INTO answers VALUES (?, ?)", (key, json.dumps(body)))
            self.db.execute("COMMIT")
            return body

    def effects(self):
        with self.lock:
            names = ("kind", "order_id", "detail", "key", "trace")
            rows = self.db.execute(f"SELECT {', '.join(names)} FROM effects ORDER BY n")
            return [dict(zip(names, row)) for row in rows]


class Control:
    """What goes wrong with the next requests to a path."""

    def __init__(self):
        self.lock = threading.Lock()
        self.plans = {}

    def set(self, plan):
        with self.lock:
            self.plans[plan["path"]] = dict(plan)

    def take(self, path):
        with self.lock:
            for prefix, plan in self.plans.items():
                if path.startswith(prefix) and plan.get("times", 1) > 0:
                    plan["times"] = plan.get("times", 1) - 1
                    return dict(plan)
        return {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")

    def do_GET(self):
        self.serve("GET")

    def do_POST(self):
        self.serve("POST")

    def serve(self, method):
        body = self.body() if method == "POST" else {}
        if self.path == "/control":
            self.server.control.set(body)
            return self.reply(200, {})
        if self.path == "/effects":
            return self.reply(200, self.server.store.effects())
        if self.path == "/seen":
            return self.reply(200, self.server.seen)
        self.server.seen.append({"method": method, "path": self.path, "body": body,
                                 "headers": {k.lower(): v for k, v in self.headers.items()}})
        plan = self.server.control.take(self.path)
        if not self.before(plan):
            return None
        status, answer = self.act(method, body)
        answer.update(plan.get("more", {}))
        if not self.after(plan):
            return None
        return self.reply(status, answer)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(2)

    def before(self, plan):
        act = plan.get("act")
        if act == "status":
            self.reply(plan["status"], {"error": "as told"})
            return False
        if act == "hang":
            time.sleep(plan.get("seconds", 30))
            return False
        if act == "slow":
            time.sleep(plan["seconds"])
        if act == "drop_before":
            self.drop()
            return False
        if act == "kill":
            os.kill(plan["pid"], signal.SIGKILL)
            self.drop()
            return False
        return True

    def after(self, plan):
        act = plan.get("act")
        if act == "drop_after":
            self.drop()
            return False
        if act == "kill_after":
            os.kill(plan["pid"], signal.SIGKILL)
            self.drop()
            return False
        return True

    def act(self, method, body):
        parts = self.path.split("?")[0].strip("/").split("/")
        trace = self.headers.get("traceparent", "")
        if parts[0] != "orders" or len(parts) < 2:
            return 404, {"error": "no such path"}
        order = parts[1]
        if method == "GET":
            if order == "ORD-404":
                return 404, {"error": f"no order {order}"}
            return 200, {"order_id": order, "status": ORDERS.get(order, "delivered"),
                         "user_id": owner(order),
                         "date": "2026-06-01"}
        kind = parts[2] if len(parts) > 2 else "?"
        key = self.headers.get("idempotency-key", "") if kind == "refunds" else ""
        return 200, self.server.store.effect(kind, order, body, key, trace)


class Service(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that was killed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--database", required=True)
    parser.add_argument("--ready-file", required=True)
    options = parser.parse_args()
    server = Service(("127.0.0.1", options.port), Handler)
    server.store = Store(options.database)
    server.control = Control()
    server.seen = []
    ready = pathlib.Path(options.ready_file)
    fresh = ready.with_suffix(".new")
    fresh.write_text(str(server.server_address[1]))
    fresh.replace(ready)
    server.serve_forever()


if __name__ == "__main__":
    main()
