// An article: words looked up, brief and text side by side, the brief written again.
import { element, events, fetched, localise } from "./events.js";

const whole = document.querySelector(".whole");
const path = `/articles/${whole.dataset.path}`;
const text = whole.querySelector(".text");
const brief = document.getElementById("brief");
const gloss = document.getElementById("gloss");

// Words: those of a paragraph are fetched when it is first pointed at or chosen.
const known = new Map();

function lookedUp(paragraph) {
  const n = paragraph.dataset.n;
  if (!known.has(n)) {
    known.set(n, fetch(`${path}/words?paragraph=${n}`)
      .then((response) => (response.ok ? response.json() : { words: [] }))
      .then(({ words }) => wrap(paragraph.querySelector(".words"), words))
      .catch(() => known.delete(n)));
  }
  return known.get(n);
}

// Sets each word in an element of its own; places are counted in characters.
function wrap(holder, words) {
  const walker = document.createTreeWalker(holder, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  let start = 0;
  for (const node of nodes) {
    const chars = [...node.data];
    const end = start + chars.length;
    const pieces = [];
    let at = start;
    for (const word of words.filter((one) => one.end > start && one.start < end)) {
      const from = Math.max(word.start, start);
      const to = Math.min(word.end, end);
      if (from > at) pieces.push(chars.slice(at - start, from - start).join(""));
      const made = element("span", { class: "w" }, chars.slice(from - start, to - start).join(""));
      made.readings = word.readings;
      pieces.push(made);
      at = to;
    }
    if (at < end) pieces.push(chars.slice(at - start).join(""));
    node.replaceWith(...pieces);
    start = end;
  }
}

function show(word) {
  text.querySelector(".w.on")?.classList.remove("on");
  gloss.hidden = !word;
  if (!word) return;
  word.classList.add("on");
  gloss.replaceChildren(element("dl", {}, ...word.readings.flatMap((one) => [element("dt", {}, one.pinyin), element("dd", {}, one.senses.join("; "))])));
  const at = word.getClientRects()[0];
  const left = Math.min(at.left, document.documentElement.clientWidth - gloss.offsetWidth - 8);
  const below = at.bottom + gloss.offsetHeight + 12 < innerHeight;
  gloss.style.left = `${Math.max(8, left) + scrollX}px`;
  gloss.style.top = `${scrollY + (below ? at.bottom + 6 : at.top - gloss.offsetHeight - 6)}px`;
}

if (document.getElementById("words-hint")) {
  text.addEventListener("pointerover", (event) => {
    const paragraph = event.target.closest("p[data-n]");
    if (paragraph) lookedUp(paragraph);
    const word = event.target.closest(".w");
    if (word) show(word);
    else if (event.pointerType === "mouse") show(null);
  });
  text.addEventListener("click", (event) => {
    const word = event.target.closest(".w");
    if (word) show(word);
  });
  text.addEventListener("pointerleave", () => show(null));
  text.addEventListener("click", async (event) => {
    const button = event.target.closest("button.n");
    if (!button) return;
    await lookedUp(button.parentElement);
    const pressed = button.getAttribute("aria-pressed") === "true";
    for (const other of text.querySelectorAll("button.n")) other.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", String(!pressed));
    show(pressed ? null : button.parentElement.querySelector(".w"));
  });
  text.addEventListener("keydown", (event) => {
    const button = event.target.closest("button.n[aria-pressed=true]");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!button || !step) return;
    event.preventDefault();
    const words = [...button.parentElement.querySelectorAll(".w")];
    const at = words.findIndex((word) => word.classList.contains("on"));
    show(words[Math.max(0, Math.min(words.length - 1, at + step))]);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && show(null));
}

// The points of what is being read stand out in the brief, which follows.
const visible = new Set();
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const n = entry.target.dataset.n;
    if (entry.isIntersecting) visible.add(n);
    else visible.delete(n);
  }
  const first = [...visible].map(Number).sort((a, b) => a - b)[0];
  let shown = false;
  for (const point of brief.querySelectorAll(".point")) {
    const current = first !== undefined && point.dataset.paragraphs.split(" ").includes(String(first));
    point.classList.toggle("current", current);
    if (current && !shown && brief.scrollHeight > brief.clientHeight && !brief.contains(document.activeElement)) {
      shown = true;
      brief.scrollTo({ top: point.offsetTop - brief.offsetTop - 40 });
    }
  }
}, { rootMargin: "-15% 0px -60% 0px" });
for (const paragraph of text.querySelectorAll("p[data-n]")) observer.observe(paragraph);

// A citation that is opened in the brief is shown in the text too.
document.addEventListener("cited", ({ detail }) => {
  text.querySelector(".cited")?.classList.remove("cited");
  const paragraph = document.getElementById(`p${detail.paragraph}`);
  paragraph?.classList.add("cited");
  if (matchMedia("(min-width: 55rem)").matches) paragraph?.scrollIntoView({ block: "center" });
});

// The brief is written again, point by point as they come.
document.getElementById("rewrite")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  const words = document.getElementById("brief-words");
  const list = element("ul", { class: "points" });
  const told = element("p", { class: "made", role: "status" }, "Reading the article…");
  const before = [...words.childNodes];
  words.replaceChildren(element("div", { class: "brief" }, list), told);
  button.disabled = true;
  try {
    const response = await fetch(`/v1${path}/brief?force=true`, { method: "POST", headers: { accept: "text/event-stream", "content-type": "application/json" }, body: "{}" });
    if (!response.ok) throw new Error((await response.json()).detail);
    for await (const { name, value } of events(response)) {
      if (name === "point") {
        const paragraphs = [...new Set(value.quotes.map((one) => one.paragraph))];
        list.append(element("li", { class: `point ${value.point.verdict}` }, element("span", { class: "claim" }, value.point.text), ...paragraphs.map((n) => element("a", { class: "cite", href: `#p${n}` }, `[${n}]`))));
        told.textContent = `${list.children.length} points so far…`;
      }
      if (name === "error") throw new Error(value.detail);
      if (name === "done") {
        const fresh = await fetched(path, "#brief-words");
        localise(fresh);
        words.replaceChildren(...fresh.childNodes);
        button.textContent = "Write it again";
      }
    }
  } catch (error) {
    words.replaceChildren(...before, element("p", { class: "finding", role: "alert" }, error.message));
  }
  button.disabled = false;
});
