"""A shop: users, orders, and what can be done to them. Over HTTP, over MCP, or called.

  shop.py --http --database FILE --ready-file FILE
  shop.py --mcp --database FILE

All state is in one SQLite file, so that both see the same shop; `digest` says what it has come to,
whoever did it and in which order. Who may do what is not asked here: that is the gateway's to do.
What cannot be done is answered with a reason and changes nothing. A write with an idempotency key
(a header over HTTP, `_meta` over MCP) is done once and answered the same again.
"""

import argparse
import hashlib
import http.server
import json
import pathlib
import sqlite3
import sys
import threading

import tools

USERS = {
    "ute": {"name": "Ute Falk", "tier": "gold", "orders": range(101, 125)},
    "vera": {"name": "Vera Holm", "tier": "standard", "orders": range(201, 209)},
}
# sku: (family, price in cents)
PRODUCTS = {
    "MUG-RED": ("mug", 1250), "MUG-BLUE": ("mug", 1250), "MUG-XL": ("mug", 1890),
    "LAMP-S": ("lamp", 4900), "LAMP-L": ("lamp", 12900), "CHAIR-OAK": ("chair", 18900),
    "CHAIR-ASH": ("chair", 17900), "RUG-2M": ("rug", 32900),
}
STATUSES = ("pending", "delivered", "in_transit", "delivered")
SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


def first_orders():
    """The shop on its first day: the same for everybody who asks."""
    skus = sorted(PRODUCTS)
    for user, about in USERS.items():
        for number in about["orders"]:
            bought = [skus[(number + k) % len(skus)] for k in range(1 + number % 3)]
            yield {"order_id": f"ORD-{number}", "user_id": user,
                   "status": STATUSES[number % len(STATUSES)],
                   "items": [{"sku": sku, "state": "kept"} for sku in bought],
                   "address": f"Elm Road {number}, Springfield", "refunded_cents": 0}


class Refused(Exception):
    """Nothing was changed."""


def price(order):
    return sum(PRODUCTS[item["sku"]][1] for item in order["items"])


def require(holds, why):
    if not holds:
        raise Refused(why)


def cancel_order(order, reason):
    require(order["status"] == "pending", f"an order that is {order['status']} cannot be cancelled")
    order["status"] = "cancelled"
    order["reason"] = reason
    order["refunded_cents"] = price(order)


def change_address(order, address):
    require(order["status"] == "pending", f"an order that is {order['status']} has its address")
    order["address"] = address


def item_of(order, sku):
    require(order["status"] == "delivered", f"an order that is {order['status']} cannot come back")
    kept = [item for item in order["items"] if item["sku"] == sku and item["state"] == "kept"]
    require(kept, f"there is no {sku} to come back")
    return kept[0]


def exchange_item(order, sku, new_sku):
    require(new_sku in PRODUCTS, f"there is no {new_sku}")
    item = item_of(order, sku)
    require(PRODUCTS[sku][0] == PRODUCTS[new_sku][0], f"{new_sku} is another kind of thing")
    require(sku != new_sku, "that is the same thing")
    item.update(state="exchanged", new_sku=new_sku)


def return_item(order, sku):
    item = item_of(order, sku)
    item["state"] = "returned"
    order["refunded_cents"] += PRODUCTS[sku][1]


def refund_order(order, amount):
    cents = round(amount * 100)
    require(cents > 0, "nothing to refund")
    left = price(order) - order["refunded_cents"]
    require(cents <= left, f"only {left / 100:.2f} is left")
    order["refunded_cents"] += cents


WRITES = {write.__name__: write for write in
          (cancel_order, change_address, exchange_item, return_item, refund_order)}


class Shop:
    def __init__(self, path):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.executescript(SCHEMA)
        self.db.executemany("INSERT OR IGNORE INTO orders VALUES (?, ?)", (
            (order["order_id"], json.dumps(order)) for order in first_orders()))

    def call(self, name, arguments, key=""):
        """What the tool says. Refused: it cannot be done."""
        with self.lock:
            if name in WRITES:
                return self.write(WRITES[name], dict(arguments), key)
            return getattr(self, name)(**arguments)

    def order(self, order_id):
        row = self.db.execute("SELECT body FROM orders WHERE id = ?", (order_id,)).fetchone()
        require(row, f"there is no order {order_id}")
        return json.loads(row[0])

    def get_order(self, order_id):
        order = self.order(order_id)
        return {**order, "total": price(order) / 100}

    def list_orders(self, user_id):
        rows = self.db.execute("SELECT body FROM orders ORDER BY id")
        orders = [json.loads(row[0]) for row in rows]
        return {"orders": [{"order_id": o["order_id"], "status": o["status"]}
                           for o in orders if o["user_id"] == user_id]}

    def get_product(self, sku):
        require(sku in PRODUCTS, f"there is no {sku}")
        family, cents = PRODUCTS[sku]
        return {"sku": sku, "family": family, "price": cents / 100}

    def write(self, write, arguments, key):
        self.db.execute("BEGIN IMMEDIATE")
        try:
            known = key and self.db.execute("SELECT body FROM answers WHERE key = ?",
                                            (key,)).fetchone()
            if known:
                return json.loads(known[0])
            order = self.order(arguments.pop("order_id"))
            write(order, **arguments)
            body = json.dumps(order)
            self.db.execute("UPDATE orders SET body = ? WHERE id = ?", (body, order["order_id"]))
            if key:
                self.db.execute("INSERT INTO answers VALUES (?, ?)", (key, body))
            return order
        finally:
            self.db.execute("COMMIT")

    def state(self):
        with self.lock:
            rows = self.db.execute("SELECT body FROM orders ORDER BY id").fetchall()
        return [json.loads(row[0]) for row in rows]

    def digest(self):
        return digest_of(self.state())


def digest_of(state):
    text = json.dumps(state, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """POST /tools/NAME with the arguments; GET /state."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.reply(200, self.server.shop.state())

    def do_POST(self):
        arguments = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        name = self.path.removeprefix("/tools/")
        lose = self.server.lose.pop(name, 0)
        if lose:
            self.server.lose[name] = lose - 1
        try:
            if name == "lose":  # the next answers of a tool get lost when it has been done
                self.server.lose.update(arguments)
                return self.reply(200, {})
            done = self.server.shop.call(name, arguments, self.headers.get("idempotency-key", ""))
        except Refused as refused:
            return self.reply(409, {"error": str(refused)})
        if lose:
            self.close_connection = True
            return self.connection.shutdown(2)
        return self.reply(200, done)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that has gone


def serve_http(shop, ready_file):
    server = Server(("127.0.0.1", 0), Handler)
    server.shop = shop
    server.lose = {}
    ready = pathlib.Path(ready_file)
    fresh = ready.with_suffix(".new")
    fresh.write_text(str(server.server_address[1]))
    fresh.replace(ready)
    server.serve_forever()


def answer_mcp(shop, message):
    method, params = message["method"], message.get("params", {})
    if method == "initialize":
        return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                "serverInfo": {"name": "shop", "version": "1.0.0"}}
    if method == "tools/list":
        return {"tools": [{"name": name, "description": name, "inputSchema": schema}
                          for name, schema in tools.INPUTS.items()]}
    if method != "tools/call":
        return {}
    try:
        key = params.get("_meta", {}).get("headgate/idempotencyKey", "")
        done = shop.call(params["name"], params.get("arguments", {}), key)
    except Refused as refused:
        return {"content": [{"type": "text", "text": str(refused)}], "isError": True}
    return {"content": [{"type": "text", "text": json.dumps(done)}], "structuredContent": done}


def serve_mcp(shop):
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            reply = {"jsonrpc": "2.0", "id": message["id"], "result": answer_mcp(shop, message)}
            print(json.dumps(reply), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", required=True)
    parser.add_argument("--ready-file")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--http", action="store_true")
    way.add_argument("--mcp", action="store_true")
    options = parser.parse_args()
    shop = Shop(options.database)
    if options.http:
        serve_http(shop, options.ready_file)
    else:
        serve_mcp(shop)


if __name__ == "__main__":
    main()
