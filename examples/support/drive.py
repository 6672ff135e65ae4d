#!/usr/bin/env python3
"""Answers the support tickets through a running gateway and prints what happened.

For each ticket: the triage agent sorts it (JSON, not streamed), the reply agent drafts the answer
(streamed) and looks up the order or starts the return where the model asks for it. All calls of one
ticket share a trace. Needs nothing but Python; the key comes from $DEMO_AGENT_KEY.

Usage: drive.py --gateway URL [--headgate BINARY --storage DIR] [--tickets FILE] [--limit N]
                [--concurrency N]
Exit code 0 when every request succeeded and the trace of a ticket could be shown.
"""

import argparse
import collections
import concurrent.futures
import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.parse

FOLDER = os.path.dirname(os.path.abspath(__file__))
TOOL_ROUNDS_MAX = 4

TRIAGE_FORMAT = {
    "type": "json_schema",
    "json_schema": {
        "name": "triage",
        "strict": True,
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["category", "urgency", "order_id", "needs_human"],
            "properties": {
                "category": {"type": "string",
                             "enum": ["billing", "technical", "returns", "other"]},
                "urgency": {"type": "string", "enum": ["normal", "high"]},
                "order_id": {"type": "string"},
                "needs_human": {"type": "boolean"},
            },
        },
    },
}

ORDER_PARAMETERS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["order_id"],
    "properties": {"order_id": {"type": "string"}},
}
RETURN_PARAMETERS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["order_id", "reason"],
    "properties": {"order_id": {"type": "string"}, "reason": {"type": "string"}},
}
TOOLS = [
    {"type": "function", "function": {"name": name, "description": text, "parameters": parameters}}
    for name, text, parameters in (
        ("get_order", "Looks up an order of the customer who wrote.", ORDER_PARAMETERS),
        ("create_return", "Starts the return of a delivered order.", RETURN_PARAMETERS),
    )
]


class Shop:
    """The shop's back end, as far as the tools need it. Knows whose order is whose."""

    def __init__(self, tickets):
        self.owner = {t["order"]: t["user"] for t in tickets if t["order"] and not t["hostile"]}

    def call(self, ticket, name, arguments):
        order = arguments.get("order_id")
        if self.owner.get(order) != ticket["user"]:
            return {"error": "not_found", "order_id": order}
        if name == "get_order":
            status = "in transit" if "before it ships" in ticket["subject"] else "delivered"
            return {"order_id": order, "status": status}
        if name == "create_return":
            return {"return_id": "RET-" + order.removeprefix("ORD-"), "label": "sent by email"}
        return {"error": "unknown tool"}


class Failure(Exception):
    """A request that did not get its answer."""


class Answer:
    def __init__(self):
        self.content = ""
        self.refusal = ""
        self.calls = []
        self.finish_reason = None
        self.usage = None
        self.cost = None
        self.first_token_s = None

    def message(self):
        message = {"role": "assistant", "content": self.content or None}
        if self.refusal:
            message["refusal"] = self.refusal
        if self.calls:
            message["tool_calls"] = self.calls
        return message


def dollars(text):
    """What a cost header says; None for "unpriced"."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


class Client:
    """One keep-alive connection to the gateway; one a thread."""

    def __init__(self, gateway, key):
        url = urllib.parse.urlsplit(gateway)
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        self.key = key

    def chat(self, body, headers):
        """Sends one request; returns its Answer. Raises Failure."""
        headers = dict(headers)
        headers.update({"authorization": "Bearer " + self.key, "content-type": "application/json",
                        "te": "trailers"})
        begin = time.monotonic()
        try:
            self.connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
            response = self.connection.getresponse()
            if response.status != 200:
                text = response.read().decode(errors="replace")
                raise Failure(f"status {response.status}: {text[:300]}")
            if body.get("stream"):
                return self._stream(response, begin)
            return self._whole(response)
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            self.connection.close()
            raise Failure(f"{type(error).__name__}: {error}") from error

    @staticmethod
    def _whole(response):
        cost = dollars(response.getheader("x-headgate-cost-usd"))
        body = json.loads(response.read())
        choice = body["choices"][0]
        answer = Answer()
        answer.cost = cost
        answer.content = choice["message"].get("content") or ""
        answer.refusal = choice["message"].get("refusal") or ""
        answer.calls = choice["message"].get("tool_calls") or []
        answer.finish_reason = choice["finish_reason"]
        answer.usage = body["usage"]
        return answer

    def _stream(self, response, begin):
        answer = Answer()
        ended = False
        trailers = {}
        for event in self._events(response, trailers):
            if event == "[DONE]":
                ended = True
                continue
            chunk = json.loads(event)
            if "error" in chunk:
                raise Failure("error in the stream: " + chunk["error"]["message"])
            answer.usage = chunk.get("usage") or answer.usage
            for choice in chunk["choices"]:
                self._add(answer, choice, begin)
        if not ended or answer.finish_reason is None:
            raise Failure("the stream broke off")
        answer.cost = dollars(trailers.get("x-headgate-cost-usd"))
        return answer

    @staticmethod
    def _add(answer, choice, begin):
        delta = choice["delta"]
        calls = delta.get("tool_calls") or []
        if answer.first_token_s is None and (delta.get("content") or delta.get("refusal") or calls):
            answer.first_token_s = time.monotonic() - begin
        answer.content += delta.get("content") or ""
        answer.refusal += delta.get("refusal") or ""
        for call in calls:
            if call["index"] == len(answer.calls):
                answer.calls.append({"id": call["id"], "type": "function",
                                     "function": dict(call["function"])})
            else:
                function = answer.calls[call["index"]]["function"]
                function["arguments"] += call["function"]["arguments"]
        answer.finish_reason = choice.get("finish_reason") or answer.finish_reason

    def _events(self, response, trailers):
        """The data of each event; fills `trailers`, which http.client would throw away."""
        pending = b""
        for piece in self._chunks(response, trailers):
            pending += piece
            while b"\n\n" in pending:
                event, pending = pending.split(b"\n\n", 1)
                if event.startswith(b"data: "):
                    yield event[6:].decode()

    def _chunks(self, response, trailers):
        if not response.chunked:
            raise Failure("a stream without chunks")
        while True:
            line = response.fp.readline()
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            yield response.fp.read(size)
            response.fp.readline()
        while (line := response.fp.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            trailers[name.strip().lower()] = value.strip()
        # http.client has not seen the end of the body: hand the connection back by hand.
        response.chunk_left = None
        response.chunked = False
        response.length = 0
        response.read()


class Record:
    """One request as the summary counts it."""

    def __init__(self, ticket, kind, latency_s, answer, error):
        self.ticket = ticket
        self.kind = kind
        self.latency_s = latency_s
        self.answer = answer
        self.error = error


class Desk:
    """Works on tickets in threads and gathers the records."""

    def __init__(self, options, tickets):
        self.options = options
        self.shop = Shop(tickets)
        self.key = os.environ["DEMO_AGENT_KEY"]
        self.local = threading.local()
        self.lock = threading.Lock()
        self.records = []
        self.triage = {}
        self.traces = {}  # ticket id → trace id
        self.done = 0
        with open(os.path.join(FOLDER, "prompts", "triage.md"), encoding="utf-8") as file:
            self.triage_prompt = file.read()
        with open(os.path.join(FOLDER, "prompts", "reply.md"), encoding="utf-8") as file:
            self.reply_prompt = file.read()

    def ask(self, ticket, kind, body):
        """One request of the ticket, recorded; None when it failed."""
        if not hasattr(self.local, "client"):
            self.local.client = Client(self.options.gateway, self.key)
        headers = {
            "traceparent": f"00-{self.traces[ticket['id']]}-{random.getrandbits(64) | 1:016x}-01",
            "x-user-id": ticket["user"],
            "x-session-id": ticket["id"],
            "x-workflow-id": "support-" + kind,
        }
        begin = time.monotonic()
        answer, error = None, None
        try:
            answer = self.local.client.chat(body, headers)
        except Failure as failure:
            error = str(failure)
        with self.lock:
            latency_s = time.monotonic() - begin
            self.records.append(Record(ticket, kind, latency_s, answer, error))
        return answer

    def work_on(self, ticket):
        self.traces[ticket["id"]] = f"{random.getrandbits(128) | 1:032x}"
        triage = self.sort(ticket)
        if triage is not None:
            self.triage[ticket["id"]] = triage
            self.reply(ticket, triage)
        with self.lock:
            self.done += 1

    def sort(self, ticket):
        answer = self.ask(ticket, "triage", {
            "model": "support-triage",
            "messages": [{"role": "system", "content": self.triage_prompt},
                         {"role": "user", "content":
                          f"Subject: {ticket['subject']}\n\n{ticket['text']}"}],
            "response_format": TRIAGE_FORMAT,
        })
        return None if answer is None else json.loads(answer.content)

    def reply(self, ticket, triage):
        human = "yes" if triage["needs_human"] else "no"
        messages = [
            {"role": "system", "content": self.reply_prompt},
            {"role": "user", "content":
             f"Customer: {ticket['user']} ({ticket['tier']})\nChannel: {ticket['channel']}\n"
             f"Locale: {ticket['language']}\nCategory: {triage['category']}\n"
             f"Needs human: {human}\nSubject: {ticket['subject']}\n\n{ticket['text']}"},
        ]
        for _ in range(TOOL_ROUNDS_MAX):
            answer = self.ask(ticket, "reply", {
                "model": "support-reply", "messages": messages, "tools": TOOLS,
                "stream": True, "stream_options": {"include_usage": True},
            })
            if answer is None or not answer.calls:
                return
            messages.append(answer.message())
            for call in answer.calls:
                arguments = json.loads(call["function"]["arguments"])
                result = self.shop.call(ticket, call["function"]["name"], arguments)
                text = json.dumps(result, separators=(",", ":"))
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": text})

    def progress(self, total, begin, end="\r"):
        with self.lock:
            count, errors = len(self.records), sum(r.error is not None for r in self.records)
            done = self.done
        rate = count / max(time.monotonic() - begin, 0.001)
        print(f"  {done:4} of {total} tickets  {count:5} requests  {rate:6.1f}/s  "
              f"{errors} failed ", end=end, flush=True)

    def run(self, tickets):
        begin = time.monotonic()
        live = sys.stdout.isatty()
        with concurrent.futures.ThreadPoolExecutor(self.options.concurrency) as pool:
            waiting = {pool.submit(self.work_on, ticket) for ticket in tickets}
            while waiting:
                finished, waiting = concurrent.futures.wait(waiting, timeout=0.5)
                for future in finished:
                    future.result()
                if live:
                    self.progress(len(tickets), begin)
        self.progress(len(tickets), begin, end="\n")
        return time.monotonic() - begin


def percentile(values, share):
    """Nearest rank; None of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None


def ms(seconds):
    return "-" if seconds is None else f"{seconds * 1000:.0f} ms"


def money(value):
    return f"${value:.6f}"


def print_table(rows):
    """First column left, the others right aligned; the first row is the head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def summary_row(name, records):
    good = [r for r in records if r.answer is not None]
    latencies = [r.latency_s for r in good]
    first = [r.answer.first_token_s for r in good if r.answer.first_token_s is not None]
    costs = [r.answer.cost for r in good if r.answer.cost is not None]
    tokens_in = sum(r.answer.usage["prompt_tokens"] for r in good)
    tokens_out = sum(r.answer.usage["completion_tokens"] for r in good)
    return [name, str(len(records)), f"{100 * len(good) / max(len(records), 1):.1f} %",
            ms(percentile(latencies, 0.5)), ms(percentile(latencies, 0.95)),
            ms(percentile(first, 0.5)), ms(percentile(first, 0.95)),
            str(tokens_in), str(tokens_out), money(sum(costs)),
            money(sum(costs) / len(costs)) if costs else "-"]


def print_summary(desk, tickets):
    head = ["", "requests", "success", "p50", "p95", "first p50", "first p95", "tokens in",
            "out", "cost", "each"]
    rows = [head]
    for category in ("billing", "technical", "returns", "other"):
        chosen = [r for r in desk.records
                  if desk.triage.get(r.ticket["id"], {}).get("category") == category]
        rows.append(summary_row(category, chosen))
    for kind, name in (("triage", "triage (whole)"), ("reply", "reply (streamed)")):
        rows.append(summary_row(name, [r for r in desk.records if r.kind == kind]))
    rows.append(summary_row("all", desk.records))
    print()
    print_table(rows)

    friendly = [t for t in tickets if not t["hostile"] and t["id"] in desk.triage]
    same = sum(desk.triage[t["id"]]["category"] == t["category"] for t in friendly)
    hostile = [t for t in tickets if t["hostile"] and t["id"] in desk.triage]
    flagged = sum(desk.triage[t["id"]]["needs_human"] for t in hostile)
    finishes = collections.Counter(c["function"]["name"] for r in desk.records if r.answer
                                   for c in r.answer.calls)
    calls = ", ".join(f"{name} {count}" for name, count in sorted(finishes.items())) or "none"
    print(f"\n  sorted as expected: {same} of {len(friendly)} tickets; "
          f"hostile ones handed to a person: {flagged} of {len(hostile)}")
    print(f"  tool calls: {calls}")
    unpriced = sum(r.answer is not None and r.answer.cost is None for r in desk.records)
    if unpriced:
        print(f"  {unpriced} requests came without a price")


def print_errors(desk):
    failed = [r for r in desk.records if r.error is not None]
    for record in failed[:5]:
        print(f"  failed: {record.ticket['id']} {record.kind}: {record.error}", file=sys.stderr)
    return len(failed)


def interesting_trace(desk, tickets):
    """A ticket whose return was started, and its trace; in English for most readers."""
    returned = {r.ticket["id"] for r in desk.records if r.answer and any(
        call["function"]["name"] == "create_return" for call in r.answer.calls)}
    ticket = next((t for t in tickets if t["id"] in returned and t["language"] == "en"), tickets[0])
    return ticket, desk.traces[ticket["id"]]


def show_trace(desk, tickets, options):
    """Prints the tree; the server stores traces shortly after the answer, so this may try again."""
    ticket, trace = interesting_trace(desk, tickets)
    print(f"\nThe trace of ticket {ticket['id']}, \"{ticket['subject']}\":\n", flush=True)
    command = [options.headgate, "trace", "show", trace, "--storage", options.storage]
    wanted = sum(desk.traces[r.ticket["id"]] == trace for r in desk.records)
    for _ in range(50):
        stored = subprocess.run(command + ["--json"], capture_output=True, text=True, check=False)
        if stored.returncode == 0 and len(json.loads(stored.stdout)["exchanges"]) >= wanted:
            return subprocess.run(command, check=False).returncode == 0
        time.sleep(0.1)
    print(stored.stderr, file=sys.stderr)
    return False


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gateway", required=True, help="http://HOST:PORT")
    parser.add_argument("--headgate", help="the binary, to show a trace")
    parser.add_argument("--storage", help="the gateway's storage folder, likewise")
    parser.add_argument("--tickets", default=os.path.join(FOLDER, "tickets.jsonl"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--concurrency", type=int, default=8)
    return parser.parse_args()


def main():
    options = parse_options()
    with open(options.tickets, encoding="utf-8") as file:
        tickets = [json.loads(line) for line in file][:options.limit]
    desk = Desk(options, tickets)
    print(f"Answering {len(tickets)} tickets, {options.concurrency} at a time, through "
          f"{options.gateway}")
    desk.run(tickets)
    print_summary(desk, tickets)
    good = print_errors(desk) == 0
    if options.headgate and not show_trace(desk, tickets, options):
        good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
