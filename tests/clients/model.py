"""A scripted OpenAI-compatible model server for the tests with real clients.

It rewrites every follow-up question to the same one, and answers every question
with the same two claims, of which the second is wrong.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REWRITTEN = "东昌府区的葫芦种植面积有多大？"
EVIDENCE = "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。"
RIGHT = "东昌府区的葫芦种植面积超过3万亩。"
WRONG = "东昌府区葫芦的年综合效益达160亿元。"


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def do_GET(self):
        self.send(200, {"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Model.seen.append(body)
        text = json.dumps(reply(body), ensure_ascii=False)
        usage = {"prompt_tokens": 100, "completion_tokens": len(text), "total_tokens": 100 + len(text)}
        if not body.get("stream"):
            message = {"role": "assistant", "content": text}
            self.send(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage})
            return
        pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
        events = [{"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in pieces]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        events.append({"choices": [], "usage": usage})
        data = [json.dumps(event, ensure_ascii=False) for event in events] + ["[DONE]"]
        page = "".join(f"data: {line}\n\n" for line in data).encode()
        self.head(200, "text/event-stream", len(page))
        self.wfile.write(page)

    def send(self, status, value):
        page = json.dumps(value, ensure_ascii=False).encode()
        self.head(status, "application/json", len(page))
        self.wfile.write(page)

    def head(self, status, kind, length):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(length))
        self.end_headers()

    def log_message(self, *_):
        pass


def reply(body):
    name = body.get("response_format", {}).get("json_schema", {}).get("name")
    if name == "question":
        return {"question": REWRITTEN}
    if name not in (None, "answer"):
        point = {"paragraph": 1, "text": "It is reported."}
        return {"headline": "A report", "lead": point, "sections": [{"heading": "Report", "points": [point]}]}
    return {
        "claims": [
            {"cited": 1, "evidence": EVIDENCE, "statement": RIGHT},
            {"cited": 1, "evidence": EVIDENCE, "statement": WRONG},
        ]
    }


def start():
    """Starts the server on a free port; returns its address up to and with /v1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"
