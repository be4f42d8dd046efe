// The reader's pages in Chromium. Usage: node run.mjs BINARY OUTPUT-FOLDER
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { PLANTED, browser, dragoman, model } from "./stage.mjs";

const [binary, output] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const QUESTION = "How large is the area planted with gourds in Dongchangfu District?";
const WIDTHS = [[1440, 900], [820, 1100], [320, 640]];
let server, scripted, chrome;

before(async () => {
  mkdirSync(output, { recursive: true });
  scripted = await model();
  server = await dragoman(binary, scripted.url);
  for (const topic of [{ id: "education", name: "Industry and education", query: "产教融合 OR 职业学校" }, { name: "台风 · Typhoons", query: "台风" }]) await server.post("/v1/topics", topic);
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.close();
  scripted?.close();
});

// A page; whatever it logs as an error, or asks of another host, fails the test.
async function opened(path, options = {}) {
  const context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "Asia/Shanghai", ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  page.on("request", (request) => request.url().startsWith(server.address) || page.faults.push(`asked for ${request.url()}`));
  await page.goto(server.address + path);
  page.done = async () => {
    assert.deepEqual(page.faults, []);
    await context.close();
  };
  return page;
}

const text = (page, selector) => page.locator(selector).first().innerText();

test("a topic is read", async () => {
  const page = await opened("/");
  await page.click("nav.topics >> text=Industry and education");
  assert.equal(await text(page, "h1"), "Industry and education");
  assert.match(await text(page, ".item"), /小葫芦串起大产业/);
  assert.match(await text(page, ".byline"), /Xin Zhijiao Zhoubao · 28 October 2025, 05:25/);
  assert.equal(await page.locator(".divider").first().innerText(), "Tuesday, 28 October 2025");
  await page.done();
});

test("times are the reader's own", async () => {
  const page = await opened("/", { timezoneId: "America/New_York" });
  const item = page.locator(".day", { hasText: "小葫芦串起大产业" });
  assert.match(await item.locator(".byline").first().innerText(), /27 October 2025, 17:25/);
  assert.equal(await item.locator(".divider").innerText(), "Monday, 27 October 2025");
  await page.done();
});

test("a citation opens beside its point, with the right sentence", async () => {
  const page = await opened("/topics/education");
  const point = page.locator(".item", { hasText: "小葫芦" }).locator("[data-point='2']");
  await point.locator("a.cite").click();
  const aside = point.locator("aside.source");
  assert.equal(await aside.locator("mark.quote").innerText(), "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。");
  assert.equal(await aside.locator(".differs").innerText(), "3万余亩");
  assert.equal(await point.locator(".claim .differs").innerText(), "30,000 acres");
  assert.match(await point.innerText(), /3万余亩 \(about 4,900 acres\)/);
  // What both say has one colour on both sides.
  const colour = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
  const [claim, source] = [point.locator(".claim .number").last(), aside.locator(".number").last()];
  assert.deepEqual([await claim.innerText(), await source.innerText()], ["1.6 billion yuan", "16亿元"]);
  assert.equal(await colour(claim), await colour(source));
  const [left, right] = [await point.boundingBox(), await aside.boundingBox()];
  assert.ok(right.x >= left.x + left.width, "it stands beside the point");
  await page.keyboard.press("Escape");
  assert.equal(await aside.count(), 0);
  assert.equal(await point.locator(".claim .same").count(), 0);
  await page.done();
});

test("a cited sentence is had in English, and checked", async () => {
  const page = await opened("/topics/education");
  const point = page.locator(".item", { hasText: "小葫芦" }).locator("[data-point='2']");
  await point.locator("a.cite").click();
  await point.locator("aside a.in-english").click();
  await page.waitForSelector("aside .english .finding");
  assert.match(await text(page, "aside .english"), /more than 30,000 mu[\s\S]*put into English by scripted[\s\S]*Differs from the source/);
  assert.equal(await text(page, "aside .english .differs"), "57%");
  await page.screenshot({ path: `${output}/english.png` });
  await page.done();
});

test("everything is reached by keyboard", async () => {
  const page = await opened("/topics/education");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  await page.locator("a.cite").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("aside.source");
  assert.equal(await page.evaluate(() => document.activeElement.className), "source");
  await page.keyboard.press("Escape");
  assert.match(await page.evaluate(() => document.activeElement.className), /cite/);
  await page.goto(`${server.address}/articles/sample-gourd`);
  await page.locator("#p2 button.n").focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#gloss:not([hidden])");
  await page.keyboard.press("ArrowRight");
  assert.match(await text(page, "#gloss"), /húlu[\s\S]*gourd/);
  await page.done();
});

test("words are looked up where the mouse points", async () => {
  const page = await opened("/articles/sample-gourd");
  await page.locator("#p2 .words").hover();
  await page.locator("#p2 .w", { hasText: "面积" }).hover();
  assert.match(await text(page, "#gloss"), /miànjī[\s\S]*area/);
  assert.equal(await text(page, "#p2 .words"), await page.evaluate(async () => (await (await fetch("/v1/articles/sample-gourd")).json()).paragraphs[1].text));
  await page.done();
});

test("an answer is streamed with its citations and verdicts, and asked on", async () => {
  const page = await opened("/");
  await page.fill("#q", QUESTION);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".sources");
  const claims = page.locator(".claimed");
  assert.equal(await claims.count(), 2);
  assert.match(await claims.nth(0).innerText(), /Differs from the source[\s\S]*3万余亩/);
  assert.equal(await claims.nth(1).locator(".finding").count(), 0);
  assert.match(await text(page, ".sources"), /新职教周报[\s\S]*东昌府区葫芦种植面积/);
  assert.match(await text(page, ".turn .made"), /written by scripted/);
  await claims.nth(1).locator("a.cite").click();
  assert.match(await text(page, "aside.source mark.quote"), /^东昌府区葫芦种植面积3万余亩/);
  await page.keyboard.press("Escape");
  await page.fill("#again", "And what share of the market do they have?");
  await page.click("#followup button");
  await page.waitForSelector(".turn:nth-child(2) .sources");
  assert.ok(/q=How[+]large|q=How%20large/.test(page.url()), "the address asks the first question again");
  await page.screenshot({ path: `${output}/answer.png` });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = async (name) => {
    const button = await page.locator(".turn").first().getByText(name).elementHandle();
    await button.click();
    await page.waitForFunction((told) => told.textContent === "Copied", button);
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.match(await copied("Copy with sources"), /\[1\][\s\S]*\[1\] 小葫芦[\s\S]*新职教周报, 2025-10-28, https:\/\/example\.org[\s\S]*3万余亩/);
  assert.equal(await copied("Copy link"), `${server.address}/ask?q=${encodeURIComponent(QUESTION)}`);
  await page.done();
});

test("an answer is stopped", async () => {
  const page = await opened(`/ask?q=${encodeURIComponent(`Tell me slowly: ${QUESTION}`)}`);
  await page.waitForSelector(".claimed");
  await page.click(".doing button");
  await page.waitForSelector("text=Stopped.");
  assert.equal(await page.locator(".claimed").count(), 1, "what was told stays");
  await page.done();
});

test("what the sources do not say is said", async () => {
  const page = await opened(`/ask?q=${encodeURIComponent("Who won the chess Olympiad of 1972?")}`);
  await page.waitForSelector(".abstained");
  await page.done();
});

test("a search finds as one types, and becomes a topic", async () => {
  const page = await opened("/search");
  await page.locator("#s-q").pressSequentially("gourd");
  await page.waitForSelector(".hits .found");
  assert.equal(await text(page, ".hits .found"), "葫芦");
  assert.ok(page.url().includes("q=gourd"));
  await page.fill("#s-from", "2025-10-29");
  await page.waitForSelector("text=Nothing was found within these filters");
  await page.fill("#s-from", "");
  await page.waitForSelector(".hits .found");
  await page.fill("#f-name", "Gourds");
  await page.click("text=Keep it");
  await page.waitForSelector('h1:has-text("Gourds")');
  assert.match(await text(page, ".item"), /小葫芦/);
  page.on("dialog", (dialog) => dialog.accept());
  await page.click("text=Remove this topic");
  await page.waitForSelector('h1:has-text("All articles")');
  await page.done();
});

test("files are dropped and a text pasted", async () => {
  const page = await opened("/status");
  assert.match(await text(page, ".state"), /12 articles[\s\S]*scripted/);
  await page.setInputFiles("#files", [
    { name: "new.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ id: "browser-1", title: "新馆开放", text: "北岸新馆今日开放。" })) },
    { name: "bad.ndjson", mimeType: "text/plain", buffer: Buffer.from("no json\n") },
  ]);
  await page.fill("#text", "粘贴的标题\n\n粘贴的正文在此。");
  await page.click("#take button");
  await page.waitForSelector("#taken .file");
  const taken = await text(page, "#taken");
  for (const said of ["新馆开放: taken in", "bad.ndjson line 1", "粘贴的标题: taken in"]) assert.ok(taken.includes(said), taken);
  await fetch(`${server.address}/v1/articles/browser-1`, { method: "DELETE" });
  await page.done();
});

test("a brief is written again and streamed in", async () => {
  const page = await opened("/articles/sample-tea");
  assert.match(await text(page, "#brief"), /There is no brief of it yet/);
  await page.click("#rewrite button");
  await page.waitForSelector("#brief .made >> text=written by scripted", { timeout: 20000 });
  assert.equal(await text(page, "#rewrite button"), "Write it again");
  await page.done();
});

test("what is planted never runs", async () => {
  await server.post("/v1/articles", {
    id: "planted", language: "zh-Hans", title: PLANTED, source: PLANTED, text: `${PLANTED}茄子种植面积3万余亩。`, published_at: "2025-10-29",
    url: "https://example.org/?q=%3Cscript%3E", brief: { title_en: PLANTED, lead: { label: PLANTED, points: [{ text: `${PLANTED} 30,000 acres of aubergines`, citations: [1] }] }, groups: [{ title: PLANTED, points: [{ text: PLANTED, citations: [1] }] }] },
  });
  await server.post("/v1/topics", { id: "planted", name: PLANTED, query: "茄子" });
  const encoded = encodeURIComponent(`${PLANTED}茄子`);
  for (const path of ["/", "/topics/planted", "/articles/planted?point=1", `/ask?q=${encoded}`, `/ask?whole=1&q=${encoded}`, `/search?q=${encoded}&source=${encoded}`, `/search?q=${encodeURIComponent("茄子")}`]) {
    const page = await opened(path);
    const cite = page.locator(".point a.cite").first();
    if (await cite.count()) {
      await cite.click();
      await page.waitForSelector("aside.source");
    }
    if (path.startsWith("/articles/")) {
      await page.locator("#p1 .words").hover();
      await page.waitForSelector("#p1 .w");
    }
    if (path.startsWith("/ask?q")) await page.waitForSelector(".turn .made, .turn .finding, .abstained");
    assert.equal(await page.evaluate(() => window.planted), undefined, path);
    assert.equal(await page.locator("main img, main svg, main script").count(), 0, path);
    await page.done();
  }
  await fetch(`${server.address}/v1/articles/planted`, { method: "DELETE" });
  await fetch(`${server.address}/v1/topics/planted`, { method: "DELETE" });
});

test("all works without JavaScript", async () => {
  const page = await opened("/topics/education", { javaScriptEnabled: false });
  await page.locator("[data-point='2'] a.cite").first().click();
  assert.equal(await text(page, "#p2 mark.quote"), "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。");
  await page.goto(`${server.address}/?limit=5`);
  // By keyboard: what is laid out only once it is scrolled to moves the link from under a pointer.
  await page.locator("text=Older articles").press("Enter");
  await page.waitForURL(/cursor=/);
  assert.equal(await page.locator(".item").count(), 5);
  await page.fill("#q", QUESTION);
  await page.click(".askbox button >> text=Ask");
  await page.waitForSelector(".sources");
  assert.match(await text(page, ".claimed"), /30,000/);
  await page.fill("#q", "葫芦");
  await page.click(".askbox button >> text=Search");
  assert.equal(await text(page, ".hits .found"), "葫芦");
  await page.goto(`${server.address}/status`);
  await page.fill("#text", "无脚本\n\n无脚本的正文。");
  await page.click("#take button");
  assert.match(await text(page, "#results"), /无脚本: taken in/);
  await page.done();
});

test("a list loads on as it scrolls", async () => {
  const page = await opened("/?limit=5");
  assert.equal(await page.locator(".item").count() >= 5, true);
  for (const count of [10, 12]) {
    await page.mouse.wheel(0, 50000);
    await page.waitForSelector(`.item >> nth=${count - 1}`);
  }
  await page.waitForSelector(".next", { state: "detached" });
  await page.done();
});

test("touch opens a citation, at 320 pixels and at 200 %", async () => {
  for (const viewport of [{ width: 320, height: 640 }, { width: 640, height: 450 }]) {
    const page = await opened("/topics/education", { viewport, hasTouch: true, deviceScaleFactor: 2 });
    const point = page.locator("[data-point='2']").first();
    await point.locator("a.cite").tap();
    await page.waitForSelector("aside.source mark.quote");
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} pixels too wide`);
    await page.done();
  }
});

const PAGES = {
  home: "/", topic: "/topics/education", article: "/articles/sample-gourd?point=2&paragraph=2", ask: `/ask?q=${encodeURIComponent(QUESTION)}`,
  whole: `/ask?whole=1&q=${encodeURIComponent(QUESTION)}`, search: `/search?q=${encodeURIComponent("葫芦")}`, status: "/status", problem: "/articles/none",
  digest: "/topics/education/digest?from=2025-10-01&to=2025-10-31&write=1",
};

test("axe finds nothing, in light and in dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, path] of Object.entries(PAGES)) {
      const page = await opened(path, { colorScheme });
      if (name === "ask") await page.waitForSelector(".sources");
      const cite = page.locator(".point a.cite, .claimed a.cite").first();
      if (["topic", "ask"].includes(name)) {
        await cite.click();
        await page.waitForSelector("aside.source");
      }
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      const told = violations.map(({ id, nodes }) => `${name} ${colorScheme} ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
      assert.deepEqual(told, []);
      if (name === "problem") page.faults = [];
      await page.done();
    }
  }
});

test("pages are legible at three widths, in the dark and on paper", async () => {
  for (const [name, path] of Object.entries(PAGES)) {
    for (const [width, height] of WIDTHS) {
      const page = await opened(path, { viewport: { width, height } });
      if (name === "ask") await page.waitForSelector(".sources");
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${output}/${name}-${width}-${colorScheme}.png` });
      }
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${name} at ${width}: ${over} pixels too wide`);
      await page.context().close();
    }
  }
  const page = await opened("/topics/education", { colorScheme: "dark" });
  await page.screenshot({ path: `${output}/topic-dark.png` });
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(background, "rgb(23, 22, 20)");
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  for (const gone of [".top", "nav.topics", ".remove"]) assert.equal(await page.locator(gone).isVisible(), false, gone);
  assert.equal(await page.locator(".brief").first().isVisible(), true);
  await page.screenshot({ path: `${output}/topic-print.png` });
  await page.done();
});
