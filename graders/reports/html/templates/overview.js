"use strict";
// Sorts and filters the tables, and shows the details of one submission at a time.

// Rows of a part of a table, of which a browser lays out only those in sight; and
// submissions whose details are packed together.
const PART = 25;
const dialog = document.querySelector("dialog");
const collator = new Intl.Collator("en", { numeric: true });
const orders = {
  name: (a, b) => collator.compare(a.name, b.name),
  status: (a, b) => collator.compare(a.status, b.status) || b.score - a.score,
  score: (a, b) => a.score - b.score,
  time: (a, b) => a.time - b.time,
};

// One kata's submissions: their table and the form that filters it.
class Submissions {
  constructor(section) {
    this.title = section.querySelector("h2").textContent;
    this.form = section.querySelector("form");
    this.table = section.querySelector(".heat");
    this.told = section.querySelector("[role=status]");
    this.heads = [...section.querySelectorAll("[data-sort]")];
    for (const part of this.table.tBodies) size(part);
    this.all = [...this.table.querySelectorAll("tbody tr")].map(read);
    this.shown = this.all;
    this.form.addEventListener("input", () => this.filter());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    section.querySelector("[data-clear]").addEventListener("click", () => this.clear());
    for (const button of this.heads) {
      button.addEventListener("click", () => this.sort(button));
    }
    for (const button of section.querySelectorAll("[data-choose]")) {
      button.addEventListener("click", () => this.choose(button.dataset));
    }
    // A browser keeps what was typed before the page was loaded again.
    this.filter();
  }

  filter() {
    const wanted = Object.fromEntries(new FormData(this.form));
    const text = wanted.text.trim().toLowerCase();
    const shown = this.all.filter(
      (one) =>
        one.name.toLowerCase().includes(text) &&
        (!wanted.status ||
          (wanted.status === "!" ? one.flagged : one.status === wanted.status)) &&
        (!wanted.check || one.missed(Number(wanted.check))) &&
        (!wanted.mistake || one.mistakes.includes(wanted.mistake)),
    );
    const total = `${this.all.length} submission${this.all.length === 1 ? "" : "s"}`;
    const part = shown.length < this.all.length;
    this.told.textContent = part ? `${shown.length} of ${total}` : total;
    if (part || this.shown.length < this.all.length) this.arrange(shown);
  }

  sort(button) {
    const head = button.closest("th");
    const down = head.ariaSort === "ascending";
    for (const other of this.heads) other.closest("th").ariaSort = "none";
    head.ariaSort = down ? "descending" : "ascending";
    const order = orders[button.dataset.sort];
    // Equals stay in the order of the batch, whichever way the others go.
    const sorted = (a, b) => (down ? order(b, a) : order(a, b)) || a.place - b.place;
    this.all.sort(sorted);
    this.arrange([...this.shown].sort(sorted));
  }

  arrange(shown) {
    this.shown = shown;
    const parts = [];
    for (let first = 0; first < shown.length; first += PART) {
      const rows = shown.slice(first, first + PART).map((one) => one.row);
      const part = document.createElement("tbody");
      part.setAttribute("role", "rowgroup");
      part.append(...rows);
      size(part);
      parts.push(part);
    }
    for (const part of [...this.table.tBodies]) part.remove();
    this.table.append(...parts);
  }

  clear() {
    for (const field of this.form.querySelectorAll("input, select")) field.value = "";
    this.filter();
  }

  choose({ choose, value }) {
    this.clear();
    const field = this.form.elements[choose];
    field.value = value;
    this.filter();
    this.form.scrollIntoView();
    field.focus({ preventScroll: true });
  }
}

// How high a part is, for the time until it comes into sight.
function size(part) {
  part.style.containIntrinsicBlockSize = `auto ${part.rows.length * 1.8}rem`;
}

function read(row) {
  // The checks stand behind name, score and status.
  const missed = (check) => !row.cells[3 + check].classList.contains("good");
  return {
    row,
    missed,
    place: Number(row.id.slice(1)),
    link: row.querySelector("a"),
    name: row.querySelector("a").textContent,
    status: row.dataset.status,
    score: Number(row.dataset.score),
    time: Number(row.dataset.time),
    flagged: "flagged" in row.dataset,
    mistakes: (row.dataset.mistakes || "").split(" "),
  };
}

const groups = [...document.querySelectorAll(".kata")].map(
  (section) => new Submissions(section),
);

// The submission that the address names, and those beside it in its table.
function named() {
  const place = Number(/^#s(\d+)$/.exec(location.hash)?.[1]);
  for (const group of groups) {
    const one = group.all.find((each) => each.place === place);
    if (one) {
      const at = group.shown.indexOf(one);
      const beside = at < 0 ? [] : [group.shown[at - 1], group.shown[at + 1]];
      return { ...one, title: group.title, previous: beside[0], next: beside[1] };
    }
  }
  return null;
}

// Everything about a submission, as HTML.
async function detailsOf(place) {
  const packed = document.querySelectorAll("[data-details]");
  const text = packed[Math.floor((place - 1) / PART)].textContent;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const several = JSON.parse(await new Response(stream).text());
  return several[(place - 1) % PART];
}

async function show() {
  const one = named();
  if (!one) {
    if (dialog.open) dialog.close();
    return;
  }
  const html = await detailsOf(one.place);
  // Somebody may have gone on to the next one meanwhile.
  if (named()?.place !== one.place) return;
  // Parsed on its own: nothing in such a document is ever run.
  const parsed = new DOMParser().parseFromString(html, "text/html");
  dialog.querySelector("#who").textContent = one.name;
  dialog.querySelector("#where").textContent = one.title;
  dialog.querySelector("#details").replaceChildren(...parsed.body.childNodes);
  for (const button of dialog.querySelectorAll("[data-step]")) {
    button.disabled = !one[button.dataset.step];
  }
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  dialog.querySelector("#who").focus();
}

dialog.addEventListener("click", ({ target }) => {
  const beside = named()?.[target.dataset.step];
  if (beside) location.replace(`#s${beside.place}`);
  if (target === dialog || "close" in target.dataset) dialog.close();
});
dialog.addEventListener("close", () => {
  const one = named();
  if (!one || dialog.open) return;
  history.replaceState(null, "", location.pathname + location.search);
  one.link.focus();
});
addEventListener("hashchange", show);

// What lies above the page is cut at the end of the first sheet.
addEventListener("beforeprint", () => {
  if (!dialog.open) return;
  dialog.close();
  dialog.show();
});
addEventListener("afterprint", () => {
  if (!dialog.open) return;
  dialog.close();
  dialog.showModal();
});
show();
