// A topic page with 50 briefs, alone or amid the articles of CORPUS: Lighthouse's scores, bytes and time.
// Usage: node audit.mjs BINARY OUTPUT-FOLDER [CORPUS]
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { createServer } from "node:net";
import { once } from "node:events";
import lighthouse from "lighthouse";
import { browser, dragoman } from "./stage.mjs";

const [binary, output, corpus] = process.argv.slice(2);
mkdirSync(output, { recursive: true });
const server = await dragoman(binary);
const port = await free();
const chrome = await browser(port);
try {
  await fill();
  if (corpus) {
    execFileSync(binary, ["--server", server.address, "ingest", corpus], { stdio: "inherit" });
    // What the ingest leaves to be put in order is not what is measured.
    await server.post("/v1/compact", {});
  }
  const address = `${server.address}/topics/fifty?limit=50`;
  const { bytes, median, milliseconds, paint } = await measured(address);
  const { articles } = await (await fetch(`${server.address}/readyz`)).json();
  console.log(`topic page with 50 briefs amid ${articles} articles: ${(bytes / 1024).toFixed(1)} KiB, server time median ${median.toFixed(1)} ms, p95 ${milliseconds.toFixed(1)} ms, first paint ${paint.toFixed(0)} ms`);
  assert.ok(bytes <= 150 * 1024, "at most 150 KiB");
  const { lhr } = await lighthouse(address, { port, output: "json", logLevel: "error", onlyCategories: ["performance", "accessibility", "best-practices"], formFactor: "desktop", screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1 }, throttlingMethod: "provided" });
  writeFileSync(`${output}/lighthouse.json`, JSON.stringify(lhr, null, 1));
  for (const [name, { score }] of Object.entries(lhr.categories)) {
    console.log(`lighthouse ${name}: ${score}`);
    const failed = lhr.categories[name].auditRefs.filter(({ id }) => lhr.audits[id].score !== null && lhr.audits[id].score < 0.9).map(({ id }) => id);
    assert.ok(score >= 0.95, `${name}: ${failed.join(", ")}`);
  }
} finally {
  await chrome.close();
  await server.close();
}

// Fifty articles of sentences of the sample, each with one of its briefs.
async function fill() {
  const { articles } = await (await fetch(`${server.address}/v1/articles?limit=50`)).json();
  const whole = await Promise.all(articles.map(async ({ id }) => (await fetch(`${server.address}/v1/articles/${id}`)).json()));
  const sentences = whole.flatMap(({ text }) => text.split("。")).filter((one) => one.length > 12);
  const briefs = whole.map(({ brief }) => brief).filter(Boolean);
  let seed = 1;
  const made = Array.from({ length: 50 }, (_, n) => ({
    id: `fifty-${n}`, title: sentences[(n * 7) % sentences.length].slice(0, 28), source: "测试日报", published_at: `2025-09-${String((n % 28) + 1).padStart(2, "0")}T08:15:00+08:00`,
    paragraphs: Array.from({ length: 6 }, () => [0, 1, 2].map(() => sentences[(seed = (seed * 48271) % 2147483647) % sentences.length]).join("。") + "。"),
    topics: ["fifty"], brief: briefs[n % briefs.length],
  }));
  await server.post("/v1/articles", made);
  await server.post("/v1/topics", { id: "fifty", name: "Fifty briefs" });
}

// Bytes as sent compressed, the page with all that it asks for; the time to its HTML, compressed; the first paint.
async function measured(address) {
  assert.equal((await (await fetch(address)).text()).match(/class="brief"/g).length, 50);
  const agent = new Agent({ keepAlive: true });
  const times = [];
  for (let n = 0; n < 100; n++) {
    const start = performance.now();
    const [response] = await once(get(address, { agent, headers: { "accept-encoding": "gzip" } }), "response");
    await once(response.resume(), "end");
    times.push(performance.now() - start);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  const page = await chrome.newPage();
  const sizes = [];
  page.on("response", async (response) => sizes.push(response.request().sizes().then((size) => size.responseBodySize + size.responseHeadersSize)));
  await page.goto(address, { waitUntil: "networkidle" });
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  await page.close();
  return { bytes, median: times[Math.floor(times.length / 2)], milliseconds: times[Math.floor(times.length * 0.95)], paint };
}

async function free() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
