#!/usr/bin/env python3
"""Writes the Grafana dashboards of deploy/grafana from the short descriptions below.

  tools/grafana.py            write them
  tools/grafana.py --check    fail if they are not what this would write
"""

import argparse
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "deploy/grafana"
WIDTH = 24  # Grafana's columns
SECONDS, SHARE, DOLLARS = "s", "percentunit", "currencyUSD"
COUNT, BYTES, RATE = "short", "bytes", "reqps"

# Title, unit, and what is drawn: legend -> query. A dashboard is rows of panels.
DASHBOARDS = {
    "developer": ("Headgate: for developers", [
        ("Agents", [
            ("Success by workflow", SHARE, {"{{workflow}}": "agent_success_rate"}),
            ("p50 by workflow", SECONDS, {"{{workflow}}": "headgate:latency:p50_5m"}),
            ("p95 by workflow", SECONDS, {"{{workflow}}": "headgate:latency:p95_5m"}),
            ("p99 by workflow", SECONDS, {"{{workflow}}": "headgate:latency:p99_5m"}),
        ]),
        ("Models", [
            ("Calls by model", RATE, {
                "{{model}}": "sum by (model) (rate(headgate_requests_total[5m]))"}),
            ("First token, p95", SECONDS, {"{{model}}": "headgate:first_token:p95_5m"}),
            ("Tokens a call", COUNT, {"{{model}}": "headgate:tokens_per_request:avg5m"}),
            ("Seconds a token, p95", SECONDS, {
                "{{gen_ai_request_model}}":
                    "histogram_quantile(0.95, sum by (le, gen_ai_request_model) "
                    "(rate(gen_ai_server_time_per_output_token_seconds_bucket[5m])))"}),
        ]),
        ("Tools", [
            ("Errors by tool", SHARE, {"{{tool}}": "tool_error_rate"}),
            ("Calls by tool", RATE, {
                "{{tool}} {{outcome}}":
                    "sum by (tool, outcome) (rate(headgate_tool_calls_total[5m]))"}),
            ("Tool time, p95", SECONDS, {
                "{{tool}}": "histogram_quantile(0.95, sum by (le, tool) "
                            "(rate(headgate_tool_duration_seconds_bucket[5m])))"}),
        ]),
    ]),
    "operations": ("Headgate: for operations", [
        ("Calls", [
            ("Calls by status", RATE, {
                "{{status}}": "sum by (status) (rate(headgate_requests_total[5m]))"}),
            ("Errors by reason", RATE, {
                "{{error}}": "sum by (error) (rate(headgate_errors_total[5m]))"}),
            ("Server errors", SHARE, {"of all": "headgate:errors:ratio5m"}),
            ("HTTP, p95 by path", SECONDS, {
                "{{http_route}}": "histogram_quantile(0.95, sum by (le, http_route) "
                                  "(rate(http_server_request_duration_seconds_bucket[5m])))"}),
        ]),
        ("Providers", [
            ("Attempts by outcome", RATE, {
                "{{provider}} {{outcome}}":
                    "sum by (provider, outcome) (rate(headgate_attempts_total[5m]))"}),
            ("Breakers (1: open)", COUNT, {
                "{{provider}}/{{model}}": "max by (provider, model) (headgate_breaker_state)"}),
            ("Retries a call", COUNT, {"{{route}}": "retry_rate"}),
            ("Attempt time, p95", SECONDS, {
                "{{gen_ai_provider_name}}":
                    "histogram_quantile(0.95, sum by (le, gen_ai_provider_name) "
                    "(rate(gen_ai_client_operation_duration_seconds_bucket[5m])))"}),
        ]),
        ("Limits", [
            ("Under way", COUNT, {"{{scope}} {{name}}": "headgate_concurrency_in_use"}),
            ("Waiting", COUNT, {"{{scope}} {{name}}": "headgate_concurrency_queued"}),
            ("Refused", RATE, {
                "{{scope}} {{name}}": "rate(headgate_concurrency_refused_total[5m])"}),
        ]),
        ("Process", [
            ("CPU", COUNT, {"cores": "rate(process_cpu_seconds_total[5m])"}),
            ("Memory", BYTES, {"resident": "process_resident_memory_bytes"}),
            ("Event loops late", SECONDS, {"loop {{loop}}": "headgate_event_loop_lag_seconds"}),
            ("Connections", COUNT, {
                "open": "headgate_connections", "requests": "headgate_requests_active",
                "at {{provider}}": "headgate_upstream_requests_active",
                "idle to {{provider}}": "headgate_upstream_connections_idle"}),
        ]),
        ("Traces", [
            ("Stored", RATE, {"calls": "rate(headgate_traces_stored_total[5m])"}),
            ("Waiting for the database", BYTES, {"bytes": "headgate_journal_pending_bytes"}),
            ("Lost", RATE, {
                "no room": "rate(headgate_journal_dropped_total[5m])",
                "damaged": "rate(headgate_journal_damaged_total[5m])",
                "failures": "rate(headgate_storage_failures_total[5m])"}),
        ]),
    ]),
    "business": ("Headgate: for the business", [
        ("Cost", [
            ("Dollars an hour", DOLLARS, {
                "{{model}} at {{provider}}": "headgate:cost_usd:per_hour"}),
            ("Dollars a call", DOLLARS, {"{{model}}": "headgate:cost_per_request:avg5m"}),
            ("Today", DOLLARS, {"all models": "sum(increase(headgate_cost_usd_total[24h]))"}),
            ("Calls without a price", COUNT, {
                "{{model}}": "sum by (model) (increase(headgate_unpriced_total[24h]))"}),
        ]),
        ("Use", [
            ("Tokens a second", COUNT, {
                "{{model}} {{type}}": "sum by (model, type) (rate(headgate_tokens_total[5m]))"}),
            ("Calls by workflow", RATE, {
                "{{workflow}}": "sum by (workflow) (rate(agent_latency_count[5m]))"}),
            ("Success by workflow", SHARE, {"{{workflow}}": "agent_success_rate"}),
            ("Read from prompt caches", SHARE, {
                "{{model}}":
                    "sum by (model) (rate(headgate_prompt_cache_read_tokens_total[5m])) / "
                    "sum by (model) (rate(headgate_prompt_cache_expected_tokens_total[5m]))"}),
        ]),
    ]),
}


def panel(number, title, unit, queries, x, y, width):
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"x": x, "y": y, "w": width, "h": 8},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"},
                    "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + i), "expr": query, "legendFormat": legend, "exemplar": True}
            for i, (legend, query) in enumerate(queries.items())
        ],
    }


def dashboard(name, title, rows):
    panels, y = [], 0
    for row_title, row in rows:
        panels.append({"id": len(panels) + 1, "type": "row", "title": row_title,
                       "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        width = WIDTH // len(row)
        for i, (panel_title, unit, queries) in enumerate(row):
            number = len(panels) + 1
            panels.append(panel(number, panel_title, unit, queries, i * width, y + 1, width))
        y += 9
    return {
        "uid": f"headgate-{name}",
        "title": title,
        "tags": ["headgate"],
        "schemaVersion": 38,
        "version": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus",
                                 "label": "Data source"}]},
        "panels": panels,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    wrong = 0
    for name, (title, rows) in DASHBOARDS.items():
        text = json.dumps(dashboard(name, title, rows), indent=1) + "\n"
        path = FOLDER / f"{name}.json"
        if not arguments.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.name}: not what tools/grafana.py writes; run it")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
