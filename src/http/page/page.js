// What every page has: the ask box by a key, times, citations, and lists that load on.
import { element, fetched, localise } from "./events.js";

localise(document);
regroup();
document.querySelector(".topics [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    const box = document.getElementById("q");
    box.focus();
    box.select();
  }
  if (event.key === "Escape") close();
});

// A citation opens beside its point; the same again closes it.
let opened = null;

function close() {
  if (!opened) return;
  const { link, aside, claim, plain } = opened;
  opened = null;
  const inside = aside.contains(document.activeElement);
  aside.remove();
  link.setAttribute("aria-expanded", "false");
  claim.replaceChildren(...plain);
  if (inside) link.focus();
}

document.addEventListener("click", async (event) => {
  if (event.target.closest(".source .close")) return close();
  const link = event.target.closest("a.cite");
  if (!link || !new URL(link.href).pathname.startsWith("/articles/") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const again = opened?.link === link;
  close();
  if (again) return;
  const point = link.closest(".point, .claimed");
  const address = new URL(link.href);
  address.pathname += "/source";
  address.hash = "";
  let aside;
  try {
    aside = await fetched(address, "aside");
  } catch (error) {
    aside = element("aside", { class: "source", tabindex: "-1" }, element("header", {}, element("p", { class: "finding" }, error.message), element("button", { class: "close", type: "button", "aria-label": "Close" }, "×")));
  }
  close();
  localise(aside);
  const claim = point.querySelector(".claim");
  opened = { link, aside, claim, plain: [...claim.childNodes] };
  const said = aside.querySelector(".said");
  if (said?.childNodes.length) claim.replaceChildren(...said.childNodes);
  said?.remove();
  point.append(aside);
  link.setAttribute("aria-expanded", "true");
  aside.focus({ preventScroll: true });
  aside.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("cited", { detail: { paragraph: address.searchParams.get("paragraph") } }));
});

// A quote in English, written where the link to it stands.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a.in-english");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const place = link.parentElement;
  const told = element("span", { class: "made", role: "status" }, "Putting it into English…");
  place.replaceChildren(told);
  try {
    const address = new URL(link.href);
    const written = await fetched(address, `${address.hash} .english`);
    place.replaceChildren(...written.childNodes);
    place.focus({ preventScroll: true });
  } catch (error) {
    told.textContent = `${error.message} `;
    place.append(link);
  }
});

// Lists load on as they scroll.
const feed = document.getElementById("feed");
const more = document.querySelector(".next");

// Articles under the reader's own days.
function regroup() {
  const feed = document.getElementById("feed");
  const format = (date, zone) => new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: zone }).format(date).replace(/^(\w+) /, "$1, ");
  const days = [];
  for (const item of feed?.querySelectorAll(".item") ?? []) {
    const time = item.querySelector(".byline time");
    const name = !time ? "Undated" : "day" in time.dataset ? format(new Date(time.dateTime.slice(0, 10)), "UTC") : format(new Date(time.dateTime));
    if (days.at(-1)?.name !== name) days.push({ name, items: [] });
    days.at(-1).items.push(item);
  }
  if (days.length) feed.replaceChildren(...days.map(({ name, items }) => element("section", { class: "day" }, element("h2", { class: "divider" }, element("span", {}, name)), ...items)));
}

if (feed && more) {
  let loading = false;
  const watch = new IntersectionObserver(async (entries) => {
    const link = more.querySelector("a");
    if (loading || !link || !entries.some((entry) => entry.isIntersecting)) return;
    loading = true;
    try {
      const main = await fetched(link.href, "main");
      const next = main.querySelector(".next");
      localise(main);
      feed.append(...main.querySelectorAll(".item"));
      regroup();
      if (next) more.replaceChildren(...next.childNodes);
      else more.remove();
    } catch {
      link.textContent = "Older articles could not be loaded; try again";
      return;
    }
    loading = false;
    // It tells of changes alone, and the end may still be near.
    watch.unobserve(more);
    watch.observe(more);
  }, { rootMargin: "1200px" });
  watch.observe(more);
}

// Search as one types.
const search = document.getElementById("search");
if (search) {
  let waiting;
  let asking;
  const now = async () => {
    asking?.abort();
    asking = new AbortController();
    const address = `/search?${new URLSearchParams(new FormData(search))}`;
    try {
      const results = await fetched(address, "#results", { signal: asking.signal });
      localise(results);
      document.getElementById("results").replaceChildren(...results.childNodes);
      history.replaceState(null, "", address);
      document.title = `${search.q.value || "Search"} · dragoman`;
    } catch (error) {
      if (error.name !== "AbortError") document.getElementById("results").replaceChildren(element("p", { class: "nothing" }, error.message));
    }
  };
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(now, 250);
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    now();
  });
}

document.querySelector("form.remove")?.addEventListener("submit", (event) => {
  if (!confirm("Remove this topic? Its articles stay.")) event.preventDefault();
});
