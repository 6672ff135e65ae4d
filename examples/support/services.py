#!/usr/bin/env python3
"""The shop behind the support desk: orders, returns and tickets, one process with its own SQLite.

  GET  /orders/{id}                     an order, with what the books owe its customer
  GET  /orders?user=U                   a customer's orders
  POST /orders/{id}/refunds             {"amount", "reason"}: never more than is owed, once a reason
  POST /orders/{id}/address             {"address"}: until it ships
  POST /orders/{id}/cancellation        {}: until it ships
  POST /returns                         {"order_id", "reason"}: one for an order
  GET  /tickets[?status=]               and /tickets/{id}
  POST /tickets/{id}/reply              {"text", "user"}
  POST /tickets/{id}/escalation         {"reason", "user"}
  GET  /effects                         every change that was made, in order
  GET  /digest                          {"digest", "counts"}: of the whole end state, in any order
  GET  /stats                           requests by method, and how many tickets there are

A POST with an Idempotency-Key is done once: the answer is stored in the same transaction as the
effect, and a repeated key gets it again; with another body it is 422. It needs nothing but Python.
One thread: what is done to the books is done one after the other anyway.
"""

import argparse
import asyncio
import hashlib
import json
import os
import pathlib
import signal
import sqlite3
import urllib.parse

HEAD_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 1024 * 1024
REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large",
           422: "Unprocessable Content"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  id TEXT PRIMARY KEY, user TEXT NOT NULL, status TEXT NOT NULL, total INTEGER NOT NULL,
  items TEXT NOT NULL, owed INTEGER NOT NULL, owed_for TEXT, address TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_by_user ON orders (user);
CREATE TABLE IF NOT EXISTS refunds (
  order_id TEXT, reason TEXT, amount INTEGER NOT NULL,
  PRIMARY KEY (order_id, reason)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS returns (order_id TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tickets (
  id TEXT PRIMARY KEY, user TEXT, status TEXT NOT NULL, reply TEXT, reason TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS effects (
  n INTEGER PRIMARY KEY, kind TEXT, subject TEXT, detail TEXT, key TEXT, trace TEXT);
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL)
  WITHOUT ROWID;
"""
# What the end state is made of; ids of effects and keys are not part of it.
STATE = {
    "orders": "SELECT id, user, status, address FROM orders",
    "refunds": "SELECT order_id, reason, amount FROM refunds",
    "returns": "SELECT order_id, reason FROM returns",
    "tickets": "SELECT id, user, status, reply, reason FROM tickets",
}


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def cents(amount):
    """Of a JSON number; money is never a float in the books."""
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        raise Refused(422, "amount must be a number")
    value = round(amount * 100)
    if value <= 0 or abs(value - amount * 100) > 1e-6:
        raise Refused(422, "amount must be positive, with two decimals at most")
    return value


def text_of(body, name):
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(422, f"{name} must be a text")
    return value


class Books:
    """The SQLite behind all of it. Every change is one transaction, with its answer."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None, cached_statements=64)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(SCHEMA)

    def load(self, path):
        """Orders of a JSON Lines file; those that are there already stay as they are."""
        with open(path, encoding="utf-8") as lines:
            orders = [json.loads(line) for line in lines if line.strip()]
        self.db.execute("BEGIN IMMEDIATE")
        for each in orders:
            owed = each.get("owed") or {"amount": 0, "reason": None}
            self.db.execute(
                "INSERT OR IGNORE INTO orders VALUES (?,?,?,?,?,?,?,?)",
                (each["order_id"], each["user_id"], each["status"], round(each["total"] * 100),
                 json.dumps(each["items"]), round(owed["amount"] * 100), owed["reason"], None))
        self.db.execute("COMMIT")

    def row(self, sql, *values):
        return self.db.execute(sql, values).fetchone()

    def order(self, order_id):
        row = self.row("SELECT * FROM orders WHERE id = ?", order_id)
        if row is None:
            raise Refused(404, f"there is no order {order_id}")
        return dict(zip(("id", "user", "status", "total", "items", "owed", "owed_for", "address"),
                        row))

    def order_json(self, order_id):
        order = self.order(order_id)
        paid = self.row("SELECT coalesce(sum(amount), 0) FROM refunds WHERE order_id = ?",
                        order_id)[0]
        out = {"order_id": order_id, "user_id": order["user"], "status": order["status"],
               "items": json.loads(order["items"]), "total": order["total"] / 100,
               "currency": "EUR", "refunded": paid / 100, "owed": None}
        if order["owed"] > paid:
            out["owed"] = {"amount": (order["owed"] - paid) / 100, "reason": order["owed_for"]}
        if order["address"]:
            out["address"] = order["address"]
        return out

    def once(self, key, request, trace, act):
        """The answer to a change; of one with a key, always the same."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            known = key and self.row("SELECT request, status, body FROM answers WHERE key = ?", key)
            if known:
                if known[0] != request:
                    raise Refused(422, "this Idempotency-Key came with another request")
                status, text = known[1], known[2]
            else:
                try:
                    status, body = act(lambda kind, subject, detail: self.db.execute(
                        "INSERT INTO effects (kind, subject, detail, key, trace)"
                        " VALUES (?,?,?,?,?)",
                        (kind, subject, json.dumps(detail), key, trace)))
                except Refused as refused:
                    status, body = refused.status, {"error": refused.message}
                text = dumps(body)
                if key:
                    self.db.execute("INSERT INTO answers VALUES (?,?,?,?)",
                                    (key, request, status, text))
            self.db.execute("COMMIT")
            return status, text
        except BaseException:
            self.db.execute("ROLLBACK")
            raise

    def refund(self, order_id, body, effect):
        amount, reason = cents(body.get("amount")), text_of(body, "reason")
        order = self.order(order_id)
        number = "REF-" + order_id.removeprefix("ORD-")
        answer = {"refund_id": number, "order_id": order_id, "amount": amount / 100,
                  "reason": reason}
        made = self.row("SELECT amount FROM refunds WHERE order_id = ? AND reason = ?", order_id,
                        reason)
        if made:
            if made[0] != amount:
                raise Refused(409, f"{made[0] / 100:.2f} have been refunded for {reason} already")
            return 200, {**answer, "already": True}
        paid = self.row("SELECT coalesce(sum(amount), 0) FROM refunds WHERE order_id = ?",
                        order_id)[0]
        if paid + amount > order["owed"]:
            raise Refused(409, f"the books owe {(order['owed'] - paid) / 100:.2f}")
        self.db.execute("INSERT INTO refunds VALUES (?,?,?)", (order_id, reason, amount))
        effect("refund", order_id, {"amount": amount / 100, "reason": reason})
        return 201, answer

    def start_return(self, body, effect):
        order_id, reason = text_of(body, "order_id"), text_of(body, "reason")
        order = self.order(order_id)
        answer = {"return_id": "RET-" + order_id.removeprefix("ORD-"), "order_id": order_id,
                  "label": "sent by email"}
        if self.row("SELECT 1 FROM returns WHERE order_id = ?", order_id):
            return 200, {**answer, "already": True}
        if order["status"] != "delivered":
            raise Refused(409, f"{order_id} is {order['status']}, there is nothing to send back")
        self.db.execute("INSERT INTO returns VALUES (?,?)", (order_id, reason))
        effect("return", order_id, {"reason": reason})
        return 201, answer

    def change_order(self, order_id, kind, value, effect):
        order = self.order(order_id)
        wanted = {"address": value} if kind == "address" else {"status": "cancelled"}
        if all(order[name] == each for name, each in wanted.items()):
            return 200, {"order_id": order_id, **wanted, "already": True}
        if order["status"] != "processing":
            raise Refused(409, f"{order_id} is {order['status']}, it cannot be changed any more")
        name, each = next(iter(wanted.items()))
        self.db.execute(f"UPDATE orders SET {name} = ? WHERE id = ?", (each, order_id))
        effect(kind, order_id, wanted)
        return 200, {"order_id": order_id, **wanted}

    def ticket(self, ticket_id, kind, body, effect):
        user = body.get("user")
        row = self.row("SELECT status, reply, reason FROM tickets WHERE id = ?", ticket_id)
        status, reply, reason = row or ("open", None, None)
        if kind == "reply":
            reply, status = text_of(body, "text"), "escalated" if reason else "answered"
        else:
            reason, status = text_of(body, "reason"), "escalated"
        fresh = (status, reply, reason)
        if row != fresh:
            self.db.execute("INSERT OR REPLACE INTO tickets VALUES (?,?,?,?,?)",
                            (ticket_id, user, *fresh))
            effect(kind, ticket_id, {"user": user})
        return 200, {"ticket_id": ticket_id, "ticket_status": status, kind: "stored"}

    def tickets(self, status):
        rows = self.db.execute("SELECT id, user, status, reply, reason FROM tickets"
                               " WHERE ? IS NULL OR status = ? ORDER BY id", (status, status))
        return [dict(zip(("ticket_id", "user", "status", "reply", "reason"), row)) for row in rows]

    def effects(self):
        names = ("kind", "subject", "detail", "key", "trace")
        rows = self.db.execute(f"SELECT {', '.join(names)} FROM effects ORDER BY n")
        return [{**dict(zip(names, row)), "detail": json.loads(row[2])} for row in rows]

    def digest(self):
        whole, counts = hashlib.sha256(), {}
        for name, sql in STATE.items():
            rows = sorted(dumps(row) for row in self.db.execute(sql))
            counts[name] = len(rows)
            for row in rows:
                whole.update(f"{name} {row}\n".encode())
        for kind, count in self.db.execute("SELECT kind, count(*) FROM effects GROUP BY kind"):
            counts["effect." + kind] = count
        return {"digest": "sha256:" + whole.hexdigest(), "counts": counts}


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Services:
    """Requests to the books: (status, JSON text) of each."""

    def __init__(self, books):
        self.books = books
        self.stats = {"GET": 0, "POST": 0}

    def answer(self, method, target, headers, body):
        self.stats[method] = self.stats.get(method, 0) + 1
        path, _, query = target.partition("?")
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        try:
            if method == "GET":
                return 200, dumps(self.read(parts, urllib.parse.parse_qs(query)))
            if method == "POST":
                return self.write(parts, headers, body)
            raise Refused(405, f"{method} is not for {path}")
        except Refused as refused:
            return refused.status, dumps({"error": refused.message})

    def read(self, parts, query):
        books = self.books
        first = {name: values[0] for name, values in query.items()}
        match parts:
            case ["orders", order_id]:
                return books.order_json(order_id)
            case ["orders"]:
                rows = books.db.execute("SELECT id FROM orders WHERE user = ? ORDER BY id LIMIT 50",
                                        (first.get("user", ""),)).fetchall()
                return {"orders": [books.order_json(row[0]) for row in rows]}
            case ["tickets"]:
                return {"tickets": books.tickets(first.get("status"))}
            case ["tickets", ticket_id]:
                found = [t for t in books.tickets(None) if t["ticket_id"] == ticket_id]
                if found:
                    return found[0]
                raise Refused(404, f"there is no ticket {ticket_id}")
            case ["effects"]:
                return {"effects": books.effects()}
            case ["digest"]:
                return books.digest()
            case ["stats"]:
                count = books.row("SELECT count(*) FROM tickets")[0]
                return {**self.stats, "tickets": count}
        raise Refused(404, "there is no such path")

    def write(self, parts, headers, raw):
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            raise Refused(400, "the body is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "the body is not a JSON object")
        books = self.books
        match parts:
            case ["orders", order_id, "refunds"]:
                act = lambda effect: books.refund(order_id, body, effect)  # noqa: E731
            case ["orders", order_id, "address"]:
                act = lambda effect: books.change_order(  # noqa: E731
                    order_id, "address", text_of(body, "address"), effect)
            case ["orders", order_id, "cancellation"]:
                act = lambda effect: books.change_order(  # noqa: E731
                    order_id, "cancellation", None, effect)
            case ["returns"]:
                act = lambda effect: books.start_return(body, effect)  # noqa: E731
            case ["tickets", ticket_id, ("reply" | "escalation") as kind]:
                act = lambda effect: books.ticket(ticket_id, kind, body, effect)  # noqa: E731
            case _:
                raise Refused(404, "there is no such path")
        request = "/".join(parts) + " " + dumps(body)
        return books.once(headers.get("idempotency-key"), request, headers.get("traceparent"), act)


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, Content-Length bodies only."""

    def __init__(self, services):
        self.services = services
        self.buffer = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while self.buffer and self.one():
            pass

    def one(self):
        """Answers the request at the front; False: it is not all there."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > HEAD_BYTES_MAX:
                self.transport.close()
            return False
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "0")
        words = lines[0].split(" ")
        if len(words) != 3 or not length.isdigit() or "transfer-encoding" in headers:
            self.reply(400, dumps({"error": "not a request that is understood here"}), False)
            return False
        if int(length) > BODY_BYTES_MAX:
            self.reply(413, dumps({"error": "the body is too large"}), False)
            return False
        whole = end + 4 + int(length)
        if len(self.buffer) < whole:
            return False
        body = self.buffer[end + 4:whole]
        self.buffer = self.buffer[whole:]
        keep = headers.get("connection", "").lower() != "close"
        status, text = self.services.answer(words[0], words[1], headers, body)
        self.reply(status, text, keep)
        return keep

    def reply(self, status, text, keep):
        body = text.encode()
        head = (f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\n"
                + ("" if keep else "connection: close\r\n") + "\r\n")
        self.transport.write(head.encode() + body)
        if not keep:
            self.transport.close()


def write_ready(path, server):
    host, port = server.sockets[0].getsockname()[:2]
    fresh = pathlib.Path(path + ".new")
    fresh.write_text(json.dumps({"listeners": [{"name": "services",
                                                "address": f"{host}:{port}"}]}))
    os.replace(fresh, path)


async def serve(options):
    books = Books(options.database)
    for path in options.orders:
        books.load(path)
    services = Services(books)
    host, _, port = options.listen.rpartition(":")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(services), host, int(port), backlog=1024)
    done = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, done.set)
    if options.ready_file:
        write_ready(options.ready_file, server)
    await done.wait()
    server.close()
    books.db.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--listen", default="127.0.0.1:8795", help="HOST:PORT; port 0: any free")
    parser.add_argument("--ready-file", help="gets the address as JSON once it accepts")
    parser.add_argument("--database", required=True, help="SQLite file; made when not there")
    parser.add_argument("--orders", action="append", default=[], help="JSON Lines; may be repeated")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
