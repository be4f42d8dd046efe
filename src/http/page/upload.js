// Files are dropped or chosen, texts pasted; what became of each is told in place.
import { element, fetched } from "./events.js";

const form = document.getElementById("take");
const drop = form.querySelector(".drop");
const taken = document.getElementById("taken");

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  form.files.files = event.dataTransfer.files;
  form.requestSubmit();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  taken.replaceChildren(element("p", { class: "made" }, "Taking in…"));
  try {
    const results = await fetched("/upload", "#results", { method: "POST", body: new FormData(form) });
    taken.replaceChildren(...results.childNodes);
    form.reset();
  } catch (error) {
    taken.replaceChildren(element("p", { class: "finding" }, error.message));
  }
});
