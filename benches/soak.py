"""How searches fare while many articles come in, and what a long mixed load leaves behind.

    python3 benches/soak.py PROGRAM [--minutes 30] [--articles 4000] [--embed MODEL]

Starts `PROGRAM serve` with a scripted model in this process. First searches by one
client, calm and then during a bulk ingest. Then all at once: searches, streamed
questions, lists, briefs, replacements and deletions, readers who leave and readers who
read slowly; first as fast as it goes, to learn what it can do, then at 80 % of that for
so many minutes. Prints memory, open files, threads, open responses and times as it
goes. Needs nothing but Python and Linux.
"""

import argparse
import asyncio
import json
import os
import random
import re
import resource
import statistics
import subprocess
import tempfile
import time

from streams import Model, memory, pieces

WORDS = "葫芦 小麦 水稻 苹果 茶叶 棉花 大豆 玉米 花生 土豆 黄河 长江 济南 聊城 青岛 上海 产业 市场 出口 学校 医院 铁路 机场 港口".split()


def article(n, version):
    """The nth article in a version: a dozen sentences, about a thousand characters."""
    chance = random.Random(n * 1000 + version)
    text = "".join(
        f"{chance.choice(WORDS)}的{chance.choice(WORDS)}今年达到{chance.randint(1, 9999)}万吨，比去年增长{chance.randint(1, 99)}%，"
        f"{chance.choice(WORDS)}与{chance.choice(WORDS)}的负责人在会上介绍了第{version}期的情况，当地居民表示满意。"
        for _ in range(12)
    )
    day = f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    return {"id": f"n{n}", "title": f"{chance.choice(WORDS)}消息", "source": f"{n % 7}号报", "text": text, "published_at": day}


class Writer(Model):
    """Writes briefs too; they say little, and that of any article."""

    def tokens(self, asked):
        if "sections" not in asked:
            return self.reply
        point = {"text": "Local residents said that they were satisfied.", "paragraph": 1}
        brief = {"headline": "News", "lead": point, "sections": [{"heading": "What people said", "points": [point]}]}
        return pieces([dump(brief).decode()])


class Http:
    """One connection; each call is timed."""

    def __init__(self, port):
        self.port, self.reader, self.writer = port, None, None

    async def call(self, method, path, body=b"", kind="application/json"):
        if self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
        started = time.perf_counter()
        self.writer.write(head.encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        status = int(head.split(" ", 2)[1])
        text = await self.body(head)
        return status, text, 1000 * (time.perf_counter() - started)

    async def body(self, head):
        length = re.search(r"content-length: (\d+)", head)
        if length:
            return await self.reader.readexactly(int(length[1]))
        text = b""
        while "transfer-encoding: chunked" in head:
            size = int(await self.reader.readline(), 16)
            text += (await self.reader.readexactly(size + 2))[:-2]
            if size == 0:
                break
        return text


def dump(value):
    return json.dumps(value, ensure_ascii=False).encode()


def times(values):
    values = sorted(values)
    if not values:
        return "none"
    at = lambda share: values[min(len(values) - 1, int(share * len(values)))]
    return f"p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms, most {values[-1]:.0f} ms ({len(values)})"


async def search(http):
    query = {"query": " ".join(random.sample(WORDS, 2)), "limit": 10}
    return await http.call("POST", "/v1/search", dump(query))


async def searches(port, until):
    http, took = Http(port), []
    while not until():
        status, _, ms = await search(http)
        assert status == 200, status
        took.append(ms)
    return took


async def ingest(port, lines):
    """Articles as one stream, in as many as fit; how many were taken."""
    status, text, _ = await Http(port).call("POST", "/v1/articles", b"".join(dump(line) + b"\n" for line in lines), "application/x-ndjson")
    return text.count(b'"status":"')


async def bulk(port, count):
    end = time.perf_counter() + 5
    calm = await searches(port, lambda: time.perf_counter() > end)
    started = time.perf_counter()
    task = asyncio.create_task(ingest(port, [article(n, 1) for n in range(count // 2, count)]))
    during = await searches(port, task.done)
    took = time.perf_counter() - started
    print(f"searches, calm: {times(calm)}")
    print(f"searches while {task.result()} articles came in ({task.result() / took:.0f} a second): {times(during)}", flush=True)


class Load:
    """Steps of a mixed load, and what came of them."""

    def __init__(self, port, count):
        self.port, self.count = port, count
        self.done, self.took, self.wrong = 0, [], {}

    async def step(self, http):
        n = random.randrange(self.count)
        what = random.choices(["search", "ask", "list", "show", "put", "delete", "brief", "leave"], [50, 12, 8, 10, 12, 2, 3, 3])[0]
        ok = (200, 201)
        if what == "search":
            status, _, ms = await search(http)
            self.took.append(ms)
        elif what == "ask":
            status, text, _ = await http.call("POST", "/v1/ask", dump({"question": f"{random.choice(WORDS)}今年达到多少万吨？", "stream": True}))
            ok = (200,) if b"event: done" in text else ()
        elif what == "list":
            status, _, _ = await http.call("GET", f"/v1/articles?limit=20&source={n % 7}%E5%8F%B7%E6%8A%A5")
        elif what == "put":
            status, _, _ = await http.call("POST", "/v1/articles", dump(article(n, random.randrange(1000))))
        elif what == "leave":
            return await self.leave()
        else:
            method = {"show": "GET", "delete": "DELETE", "brief": "POST"}[what]
            status, _, _ = await http.call(method, f"/v1/articles/n{n}" + ("/brief?force=true" if what == "brief" else ""))
            ok = (200, 204, 404) if what != "brief" else (200, 404, 409)
        if status not in ok:
            self.wrong[(what, status)] = self.wrong.get((what, status), 0) + 1

    async def leave(self):
        """Asks, and is gone after the first bytes of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = dump({"question": "葫芦今年达到多少万吨？", "stream": True})
        writer.write(f"POST /v1/ask HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await reader.read(64)
        writer.close()

    async def slow(self, until):
        """Reads an answer a few bytes at a time."""
        while not until():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /v1/articles?limit=200 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            while not until() and await reader.read(2048):
                await asyncio.sleep(0.5)
            writer.close()

    async def worker(self, until, pace):
        http = Http(self.port)
        while not until():
            begun = time.perf_counter()
            try:
                await self.step(http)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.wrong[("connection", str(error))] = self.wrong.get(("connection", str(error)), 0) + 1
                http = Http(self.port)
            self.done += 1
            if pace:
                await asyncio.sleep(max(0, pace - (time.perf_counter() - begun)))


async def state(port, process):
    _, text, _ = await Http(port).call("GET", "/metrics")
    gauge = re.search(r"^dragoman_http_responses_open (\S+)", text.decode(), re.M)
    files = len(os.listdir(f"/proc/{process.pid}/fd"))
    threads = len(os.listdir(f"/proc/{process.pid}/task"))
    return memory(process) // 1024, files, threads, gauge and gauge[1]


async def soak(port, process, count, minutes, workers):
    load = Load(port, count)
    end = time.perf_counter() + 20
    await asyncio.gather(*(load.worker(lambda: time.perf_counter() > end, 0) for _ in range(workers)))
    most = load.done / 20
    rate = 0.8 * most
    print(f"as fast as it goes: {most:.0f} calls a second, searches {times(load.took)}; now {rate:.0f} a second", flush=True)
    load = Load(port, count)
    start = time.perf_counter()
    over = lambda: time.perf_counter() > start + 60 * minutes
    tasks = [asyncio.create_task(load.worker(over, workers / rate)) for _ in range(workers)]
    tasks += [asyncio.create_task(load.slow(over)) for _ in range(3)]
    sizes = []
    while not over():
        await asyncio.sleep(min(60, max(1, start + 60 * minutes - time.perf_counter())))
        size, files, threads, held = await state(port, process)
        sizes.append(size)
        print(f"{(time.perf_counter() - start) / 60:.0f} min: {load.done} calls, {size} MiB, {files} files, {threads} threads, {held} open; searches {times(load.took)}", flush=True)
        load.took = []
    await asyncio.gather(*tasks)
    await asyncio.sleep(5)
    size, files, threads, held = await state(port, process)
    third = max(1, len(sizes) // 3)
    print(f"at rest: {size} MiB, {files} files, {threads} threads, {held} open; wrong: {load.wrong or 'nothing'}")
    print(f"memory, middle third to last: {statistics.mean(sizes[third:2 * third] or sizes):.0f} to {statistics.mean(sizes[-third:]):.0f} MiB")


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--articles", type=int, default=4000)
    arguments.add_argument("--workers", type=int, default=8)
    arguments.add_argument("--embed", default="off")
    arguments = arguments.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    model = Writer(first=0.02, gap=0.002)
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0, backlog=4096)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    with tempfile.TemporaryDirectory() as folder:
        own = {"DRAGOMAN_ADDR": "127.0.0.1:0", "DRAGOMAN_DATA_DIR": folder, "DRAGOMAN_EMBED_MODEL": arguments.embed, "OPENAI_BASE_URL": address, "OPENAI_MODEL": "scripted", "DRAGOMAN_CONTEXT_TOKENS": "8192", "RUST_LOG": "dragoman=warn,dragoman::cli=info"}
        with open(f"{folder}/log", "w+") as log:
            process = subprocess.Popen([arguments.program, "serve"], env={**os.environ, **own}, stderr=log)
            try:
                port = None
                while port is None:
                    await asyncio.sleep(0.1)
                    found = re.search(r"listening on http://127.0.0.1:(\d+)", open(log.name).read())
                    port = int(found[1]) if found else None
                await ingest(port, [article(n, 0) for n in range(arguments.articles // 2)])
                await bulk(port, arguments.articles)
                print("at rest: %d MiB, %d files, %d threads, %s open" % await state(port, process), flush=True)
                if arguments.minutes:
                    await soak(port, process, arguments.articles, arguments.minutes, arguments.workers)
            finally:
                process.terminate()
                print("it ended with", process.wait(60))


if __name__ == "__main__":
    asyncio.run(main())
