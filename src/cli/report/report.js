"use strict";
// The page of `metaxy report`. All text comes from #data and is set as text, never as HTML. The
// address after # names a feature that is open.
const report = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const list = byId("features");
const search = byId("search");
const drawing = byId("drawing");
const drawn = new Map([...drawing.querySelectorAll(".feature")].map((node) => [node.dataset.key, node]));
const children = new Map(report.features.map((feature) => [feature.key, []]));
for (const feature of report.features) for (const parent of feature.parents) children.get(parent)?.push(feature.key);

// ---- text and elements

function element(name, text, style) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (style) made.className = style;
  return made;
}
// What is between backticks is code.
function sentence(text, style) {
  const made = element("p", null, style);
  text.split("`").forEach((part, i) => made.append(i % 2 === 0 ? part : element("code", part)));
  return made;
}
const number = (value) => value.toLocaleString("en");
const counted = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;
const moment = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 16);
function size(bytes) {
  let amount = bytes, unit = 0;
  while (amount >= 1024 && unit < 4) { amount /= 1024; unit += 1; }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
}
const sizeOf = (feature) => feature.table?.disk_bytes ?? feature.table?.bytes ?? null;
function link(key) {
  const made = element("a", key, "mono");
  made.href = "#" + encodeURIComponent(key);
  return made;
}
function links(keys, otherwise) {
  const span = element("span", keys.length === 0 ? otherwise : null);
  keys.forEach((key, i) => span.append(...(i > 0 ? [", "] : []), cards.has(key) ? link(key) : element("span", key, "mono")));
  return span;
}
function facts(rows) {
  const made = element("dl");
  for (const [name, value] of rows) {
    if (value === null || value === undefined || value === "") continue;
    const definition = element("dd");
    definition.append(value);
    made.append(element("dt", name), definition);
  }
  return made;
}
// Columns whose title ends with # hold numbers.
function table(titles, rows) {
  const made = element("table");
  const head = element("tr");
  const styles = titles.map((title) => (title.endsWith("#") ? "number" : ""));
  titles.forEach((title, i) => {
    const cell = element("th", title.replace(/#$/, ""), styles[i]);
    cell.scope = "col";
    head.append(cell);
  });
  made.append(head);
  for (const row of rows) {
    const line = element("tr");
    row.forEach((value, i) => {
      const cell = element("td", null, styles[i]);
      cell.append(value ?? "");
      line.append(cell);
    });
    made.append(line);
  }
  const scroll = element("div", null, "scroll");
  scroll.append(made);
  return scroll;
}

// ---- the state of a feature

function stateOf(feature) {
  const counts = feature.counts;
  if (!counts) return { text: "", style: "dim" };
  if (counts.error) return { text: "unknown", style: "bad" };
  if (counts.waits_for.length > 0) return { text: `waits for ${counts.waits_for.join(", ")}`, style: "dim" };
  if (counts.is_root && !counts.exists) return { text: "waits for rows", style: "dim" };
  if (counts.is_root) return { text: `${number(counts.stored)} stored`, style: "dim" };
  const pending = ["new", "stale", "orphaned"].filter((name) => counts[name] > 0).map((name) => `${number(counts[name])} ${name}`);
  if (counts.failed > 0) pending.push(`${number(counts.failed)} failed`);
  if (pending.length === 0) return counts.exists ? { text: `${number(counts.stored)} stored, up to date`, style: "good" } : { text: "nothing stored", style: "dim" };
  return { text: pending.join(", "), style: counts.failed > 0 ? "bad" : "warn" };
}
const isPending = (feature) => !!feature.counts && feature.counts.new + feature.counts.stale + feature.counts.orphaned > 0;
const isFailed = (feature) => (feature.counts?.failed ?? 0) > 0 || feature.failures !== null && feature.failures !== undefined;
const hasProblem = (feature) => !!feature.counts?.error || (feature.problems ?? []).length > 0 || (feature.table?.advice ?? []).length > 0;

// ---- charts

function svg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function bars(series, width, height, widest) {
  const most = Math.max(...series.counts, 1);
  const step = Math.min(width / series.counts.length, widest);
  return series.counts.map((count, i) => {
    const tall = count === 0 ? 0 : Math.max(1.5, (height * count) / most);
    return svg("rect", { x: (i * step).toFixed(2), y: (height - tall).toFixed(2), width: Math.max(step - 1, 0.6).toFixed(2), height: tall.toFixed(2) });
  });
}
function sparkline(history) {
  const made = svg("svg", { class: "spark", viewBox: "0 0 90 22", "aria-hidden": "true", preserveAspectRatio: "none" });
  if (history?.over_time) made.append(...bars(history.over_time, 90, 22, 9));
  return made;
}
function steps(seconds) {
  for (const [unit, name] of [[86400, "day"], [3600, "hour"], [60, "minute"]])
    if (seconds % unit === 0) return counted(seconds / unit, name);
  return counted(seconds, "second");
}
function chart(series) {
  const made = svg("svg", { class: "bars", viewBox: "0 0 720 90", role: "img", "aria-label": `Rows written per ${steps(series.step)}` });
  bars(series, 720, 90, 36).forEach((bar, i) => {
    const title = svg("title", {});
    title.textContent = `${moment(series.start + i * series.step)}: ${counted(series.counts[i], "row")}`;
    bar.append(title);
    made.append(bar);
  });
  const last = moment(series.start + (series.counts.length - 1) * series.step);
  const span = series.counts.length === 1 ? last : `${moment(series.start)} to ${last}`;
  return [made, element("p", `${span} UTC, in steps of ${steps(series.step)}; at most ${counted(Math.max(...series.counts), "row")}`, "dim")];
}

// ---- the parts of an open feature

const heading = (text) => element("h3", text);
const short = (version) => element("code", version ? version.slice(0, 12) : "nothing");
const idText = (id) => Object.entries(id).map(([name, value]) => `${name} = ${value}`).join(", ");

function whySample(sample) {
  const line = element("li");
  line.append(element("b", idText(sample.id)), ` is ${sample.state}`);
  if (sample.state === "new") line.append(sample.other_feature_version ? ": stored for version " : ": never stored");
  if (sample.state === "new" && sample.other_feature_version) line.append(short(sample.other_feature_version), " of the definition");
  if (sample.state === "orphaned") line.append(": no parent row produces it any more");
  if (sample.fields.length === 0) return line;
  const fields = element("ul");
  for (const reason of sample.fields) {
    const field = element("li");
    field.append("field ", element("b", reason.field), " (code version ", element("code", reason.code_version), ")");
    for (const cause of reason.causes) {
      const from = element("div");
      from.append("because ", link(cause.feature), ".", element("b", cause.field), " changed: ", short(cause.old_version), " → ", short(cause.new_version));
      field.append(from);
    }
    fields.append(field);
  }
  line.append(fields);
  return line;
}
function why(feature) {
  const reasons = feature.why;
  if (!reasons) return [];
  const made = [heading("why")];
  if (reasons.stale_fields.length > 0)
    made.push(table(["field", "stale samples#"], reasons.stale_fields.map(({ field, samples }) => [element("code", field), number(samples)])));
  if (reasons.stored_for_other_versions > 0)
    made.push(element("p", `${counted(reasons.stored_for_other_versions, "new sample")} stored for another version of the definition: its code version or dependencies have changed.`));
  const examples = element("ul", null, "why");
  examples.append(...reasons.samples.map(whySample));
  return reasons.samples.length > 0 ? [...made, examples] : made;
}
function history(feature) {
  const past = feature.history;
  if (!past) return [];
  const made = [];
  if (past.over_time) made.push(heading("rows over time"), ...chart(past.over_time));
  if (past.versions.length > 0)
    made.push(heading("versions"), table(["version", "rows#", "first row", "last row"], past.versions.map((version) => {
      const name = element("span");
      name.append(element("code", version.version), version.version === feature.version ? " current" : "");
      return [name, number(version.rows), moment(version.first), moment(version.last)];
    })));
  return made;
}
function failures(feature) {
  if (!feature.failures) return [];
  return [heading("failures"), sentence(`${counted(feature.failures.count, "failure")}; \`metaxy metadata failures ${feature.key}\` lists them.`),
    table(["sample", "kind", "attempts#", "last", "message"], feature.failures.latest.map((row) => [element("code", row.ids), element("span", row.kind, "bad"), row.attempts, row.last.slice(0, 16).replace("T", " "), row.message]))];
}
function health(feature) {
  const known = feature.table;
  if (!known) return [];
  const show = (value, text) => (value === null || value === undefined ? null : text(value));
  const made = [heading("table"), facts([["name", element("code", known.table)], ["rows, history included", show(known.rows, number)],
    ["size", show(known.bytes, size)], ["on disk", show(known.disk_bytes, size)], ["fragments", show(known.fragments, number)],
    ["small fragments", show(known.small_fragments, number)], ["table versions", show(known.versions, number)], ["versions by field are", known.layout ? `a ${known.layout}` : null]])];
  for (const advice of known.advice) made.push(sentence(advice, "warn"));
  return made;
}
function cell(value) {
  const made = element("td", null, "cell");
  if (value === null) made.append(element("span", "null", "dim"));
  else if (typeof value === "string") made.textContent = value;
  else {
    if (value.picture) {
      const picture = element("img");
      picture.src = value.picture;
      picture.alt = value.text;
      picture.loading = "lazy";
      made.append(picture);
    }
    made.append(element("span", value.text, "dim"));
    if (!value.picture) made.append(element("div", "picture too large for this page", "dim"));
  }
  return made;
}
function samples(feature) {
  const rows = feature.samples;
  if (!rows) return [];
  const made = table(rows.columns, []);
  for (const row of rows.rows) {
    const line = element("tr");
    line.append(...row.map(cell));
    made.firstChild.append(line);
  }
  made.classList.add("samples");
  return [heading("some rows"), made];
}
function bodyOf(feature) {
  const body = element("div", null, "body");
  if (feature.description) body.append(element("p", feature.description));
  for (const problem of [feature.counts?.error, ...(feature.problems ?? [])]) if (problem) body.append(element("p", problem, "bad"));
  const state = stateOf(feature);
  body.append(facts([["state", element("span", state.text, state.style)], ["stored", feature.counts && !feature.counts.error ? number(feature.counts.stored) : null],
    ["of its input done", typeof feature.progress === "number" ? `${feature.progress.toFixed(1)} %` : null], ["version", element("code", feature.version)], ["project", feature.project],
    ["id columns", feature.id_columns.join(", ")], ["depends on", links(feature.parents, "nothing: its samples come from outside")], ["used by", links(children.get(feature.key), "nothing")]]));
  body.append(heading("fields"), table(["field", "version", "code version", "made from"],
    feature.fields.map((field) => [element("b", field.key), element("code", field.version), element("code", field.code_version), field.parents.join(", ")])));
  body.append(...why(feature), ...failures(feature), ...history(feature), ...samples(feature), ...health(feature));
  return body;
}

// ---- the list

const cards = new Map();
function setOpen(card, open) {
  if (open && !card.body) {
    card.body = bodyOf(card.feature);
    card.node.append(card.body);
  }
  card.button.ariaExpanded = String(open);
  if (card.body) card.body.hidden = !open;
}
const isOpen = (card) => card.button.ariaExpanded === "true";
for (const feature of report.features) {
  const node = element("article", null, "feature-card");
  const title = element("h2");
  const button = element("button");
  button.type = "button";
  const state = stateOf(feature);
  button.append(element("span", feature.key, "key"), element("span", state.text, `state ${state.style}`), sparkline(feature.history));
  title.append(button);
  node.append(title);
  list.append(node);
  const card = { feature, node, button, body: null, text: null };
  cards.set(feature.key, card);
  setOpen(card, false);
  button.addEventListener("click", () => setOpen(card, !isOpen(card)));
}
function reveal(key) {
  const card = cards.get(key);
  if (!card) return;
  if (card.node.hidden) { search.value = ""; filter = "all"; update(); }
  setOpen(card, true);
  card.node.scrollIntoView({ block: "start" });
  card.button.focus({ preventScroll: true });
}
function revealByAddress() {
  let key = location.hash.slice(1);
  try { key = decodeURIComponent(key); } catch { /* as it is */ }
  reveal(key);
}
window.addEventListener("hashchange", revealByAddress);

// ---- search and filters

let filter = "all";
const filters = [["all", "All", () => true], ["pending", "To do", isPending], ["failed", "Failed", isFailed], ["problems", "Problems", hasProblem]];
// What can be read of a feature: strings, but neither names of members nor pictures.
function texts(value) {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, member]) => (name === "picture" ? [] : texts(member)));
}
const textOf = (card) => (card.text ??= texts(card.feature).join("\n").toLowerCase());
function update() {
  const words = search.value.trim().toLowerCase().split(/\s+/).filter((word) => word !== "");
  const passes = filters.find(([name]) => name === filter)[2];
  let shown = 0;
  for (const [key, card] of cards) {
    const matches = passes(card.feature) && words.every((word) => textOf(card).includes(word));
    card.node.hidden = !matches;
    drawn.get(key)?.classList.toggle("far", !matches);
    if (matches) shown += 1;
  }
  const all = words.length === 0 && filter === "all";
  byId("found").textContent = all ? "" : `${shown} of ${cards.size}`;
  byId("nothing").hidden = shown > 0;
  for (const button of byId("filters").children) button.ariaPressed = String(button.dataset.filter === filter);
}
for (const [name, title, passes] of filters) {
  const count = report.features.filter(passes).length;
  const button = element("button", name === "all" ? title : `${title} ${number(count)}`);
  button.type = "button";
  button.dataset.filter = name;
  button.addEventListener("click", () => { filter = name; update(); });
  byId("filters").append(button);
}
search.addEventListener("input", update);
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { search.value = ""; update(); search.blur(); }
  if (event.key === "Enter") { const first = visible()[0]; if (first) reveal(first.feature.key); }
});

// ---- totals and graph

function total(text, value, style) {
  const made = element("div", null, "total");
  made.append(element("b", value, style), element("span", text, "dim"));
  byId("totals").append(made);
}
const sum = (of) => report.features.reduce((all, feature) => all + (of(feature) ?? 0), 0);
total("features", number(report.features.length));
total("samples stored", number(sum((feature) => feature.counts?.stored)));
for (const name of ["new", "stale", "orphaned", "failed"]) {
  const count = sum((feature) => feature.counts?.[name]);
  total(name, number(count), count === 0 ? "good" : name === "failed" ? "bad" : "warn");
}
const bytes = sum(sizeOf);
if (bytes > 0) total("in tables", size(bytes));
byId("about").textContent = [report.project, report.store, `${moment(report.made_at)} UTC`, `metaxy ${report.version}`].filter((part) => part).join(" · ");
for (const [key, node] of drawn) {
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "button");
  node.setAttribute("aria-label", key);
  node.addEventListener("click", () => reveal(key));
  node.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); reveal(key); } });
}
byId("size").addEventListener("click", () => {
  const actual = drawing.classList.toggle("actual");
  byId("size").textContent = actual ? "Fit" : "Actual size";
});

// ---- colours, keys, paper

const visible = () => [...cards.values()].filter((card) => !card.node.hidden);
function expandAll() {
  const open = visible().some((card) => !isOpen(card));
  for (const card of visible()) setOpen(card, open);
  byId("expand").textContent = open ? "Collapse all" : "Expand all";
}
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function changeColours() {
  const now = document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
}
function showKeys() {
  byId("help").hidden = !byId("help").hidden;
  byId("keys").ariaExpanded = String(!byId("help").hidden);
}
function move(step) {
  const shown = visible();
  if (shown.length === 0) return;
  const at = shown.findIndex((card) => card.button === document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : shown.length - 1) : Math.min(Math.max(at + step, 0), shown.length - 1);
  shown[next].button.focus({ preventScroll: true });
  shown[next].node.scrollIntoView({ block: "nearest" });
}
byId("expand").addEventListener("click", expandAll);
byId("theme").addEventListener("click", changeColours);
byId("keys").addEventListener("click", showKeys);
const keys = { "/": () => search.focus(), j: () => move(1), k: () => move(-1), e: expandAll, g: () => drawing.focus(), t: changeColours, "?": showKeys };
document.addEventListener("keydown", (event) => {
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && !byId("help").hidden) showKeys();
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
let closedForPaper = [];
window.addEventListener("beforeprint", () => {
  closedForPaper = visible().filter((card) => !isOpen(card));
  for (const card of closedForPaper) setOpen(card, true);
});
window.addEventListener("afterprint", () => {
  for (const card of closedForPaper) setOpen(card, false);
  closedForPaper = [];
});

update();
if (location.hash) revealByAddress();
