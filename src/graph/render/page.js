"use strict";
// The page of `metaxy graph render --format html`: panning, search, and the details of a feature
// or a field. The address after # names the selection: #video/crop, #video/crop.audio.
const graph = JSON.parse(document.getElementById("data").textContent);
const byKey = new Map(graph.features.map((feature) => [feature.key, feature]));
const drawing = document.getElementById("drawing");
const panel = document.getElementById("panel");
const search = document.getElementById("search");
const svg = drawing.querySelector("svg");
const view = svg.querySelector(".view");
// Arrows of selected lines have heads of the same colour.
const head = svg.querySelector("#head").cloneNode(true);
head.id = "line-head";
svg.querySelector("defs").append(head);
for (const name of ["viewBox", "width", "height"]) svg.removeAttribute(name);

const features = new Map([...svg.querySelectorAll(".feature")].map((element) => [element.dataset.key, element]));
const edges = [...svg.querySelectorAll(".edge")];
const fieldElement = (feature, field) =>
  [...(features.get(feature)?.querySelectorAll(".field") ?? [])].find((element) => element.dataset.field === field);
const children = new Map(graph.features.map((feature) => [feature.key, []]));
for (const feature of graph.features) for (const parent of feature.parents) children.get(parent)?.push(feature.key);
const fieldId = (feature, field) => `${feature}.${field}`;
const fields = new Map();
for (const feature of graph.features)
  for (const field of feature.fields) fields.set(fieldId(feature.key, field.key), { feature, field, children: [] });
for (const [id, { field }] of fields) for (const parent of field.parents) fields.get(parent)?.children.push(id);

// ---- moving and zooming

const place = { x: 0, y: 0, scale: 1 };
let fitted = true;  // not moved or zoomed since it was fitted
function show() {
  view.setAttribute("transform", `translate(${place.x} ${place.y}) scale(${place.scale})`);
  document.getElementById("zoom").textContent = `${Math.round(place.scale * 100)} %`;
}
function fit() {
  const margin = 16;
  const { width, height } = drawing.getBoundingClientRect();
  const box = view.getBBox();
  const scale = Math.min((width - 2 * margin) / box.width, (height - 2 * margin) / box.height);
  place.scale = Math.min(1.25, Math.max(0.05, scale));
  place.x = (width - box.width * place.scale) / 2 - box.x * place.scale;
  place.y = (height - box.height * place.scale) / 2 - box.y * place.scale;
  fitted = true;
  show();
}
function zoomAt(x, y, factor) {
  fitted = false;
  const scale = Math.min(6, Math.max(0.05, place.scale * factor));
  place.x = x - ((x - place.x) * scale) / place.scale;
  place.y = y - ((y - place.y) * scale) / place.scale;
  place.scale = scale;
  show();
}
function zoom(factor) {
  const { width, height } = drawing.getBoundingClientRect();
  zoomAt(width / 2, height / 2, factor);
}
function center(key) {
  const box = features.get(key)?.getBoundingClientRect();
  const around = drawing.getBoundingClientRect();
  if (!box) return;
  const outside = box.left < around.left || box.right > around.right || box.top < around.top || box.bottom > around.bottom;
  if (!outside) return;
  place.x += around.left + around.width / 2 - (box.left + box.width / 2);
  place.y += around.top + around.height / 2 - (box.top + box.height / 2);
  show();
}
drawing.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { left, top } = drawing.getBoundingClientRect();
  zoomAt(event.clientX - left, event.clientY - top, Math.exp(-event.deltaY * 0.0015));
}, { passive: false });

const pointers = new Map();
let travelled = 0;
drawing.addEventListener("pointerdown", (event) => {
  if (pointers.size === 0) travelled = 0;
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
window.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const step = { x: event.clientX - last.x, y: event.clientY - last.y };
  travelled += Math.abs(step.x) + Math.abs(step.y);
  if (travelled < 4) return;
  drawing.classList.add("moving");
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {  // two fingers
    const before = Math.hypot(last.x - other.x, last.y - other.y);
    const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    const { left, top } = drawing.getBoundingClientRect();
    if (before > 0) zoomAt((event.clientX + other.x) / 2 - left, (event.clientY + other.y) / 2 - top, after / before);
  } else {
    place.x += step.x;
    place.y += step.y;
    fitted = false;
    show();
  }
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
for (const name of ["pointerup", "pointercancel"])
  window.addEventListener(name, (event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) drawing.classList.remove("moving");
  });

// ---- selection

function reach(start, next) {
  const found = new Set();
  const open = [start];
  while (open.length > 0)
    for (const other of next(open.pop())) if (!found.has(other)) { found.add(other); open.push(other); }
  return found;
}
const upFeatures = (key) => reach(key, (k) => (byKey.get(k)?.parents ?? []).filter((p) => byKey.has(p)));
const downFeatures = (key) => reach(key, (k) => children.get(k) ?? []);
const upFields = (id) => reach(id, (i) => fields.get(i)?.field.parents.filter((p) => fields.has(p)) ?? []);
const downFields = (id) => reach(id, (i) => fields.get(i)?.children ?? []);

function mark(shown, isLine) {
  for (const [key, element] of features) element.classList.toggle("far", !shown.has(key));
  for (const edge of edges) {
    const line = isLine(edge.dataset.from, edge.dataset.to);
    edge.classList.toggle("line", line);
    edge.classList.toggle("far", !line);
  }
}
function unmark() {
  for (const element of svg.querySelectorAll(".far, .line, .chosen")) element.classList.remove("far", "line", "chosen");
}

function element(name, text, ...classes) {
  const result = document.createElement(name);
  if (text !== undefined && text !== null) result.textContent = text;
  result.classList.add(...classes);
  return result;
}
function link(target, text = target) {
  const result = element("a", text, "key");
  result.href = "#" + encodeURI(target);
  return result;
}
// Everything reachable, if that is more than the direct neighbours already listed.
function listAll(title, targets, next) {
  if (targets.size > next.length) list(title, [...targets].sort());
}
function list(title, targets, empty) {
  panel.append(element("h3", title));
  const items = element("ul");
  for (const target of targets) {
    const item = element("li");
    item.append(fields.has(target) || byKey.has(target) ? link(target) : element("code", target));
    items.append(item);
  }
  if (targets.length === 0) items.append(element("li", empty, "dim"));
  panel.append(items);
}
function facts(rows) {
  const result = element("dl");
  for (const [name, value, ...classes] of rows) {
    if (value === null || value === undefined || value === "") continue;
    const cell = element("dd", null, ...classes);
    cell.append(value instanceof Node ? value : element("code", value));
    result.append(element("dt", name), cell);
  }
  panel.append(result);
}
function versions(thing) {
  const changed = thing.old_version && thing.old_version !== thing.version;
  return [[changed ? "new version" : "version", thing.version], ["old version", changed ? thing.old_version : null], ["change", thing.status]];
}
function open(title) {
  panel.replaceChildren();
  panel.hidden = false;
  const close = element("button", "×");
  close.id = "close";
  close.ariaLabel = "Close";
  close.addEventListener("click", () => choose(""));
  panel.append(close, element("h2", title));
}
function countRows(counts) {
  if (!counts) return [];
  if (counts.error) return [["status", counts.error, "failed"]];
  if (counts.waits_for.length > 0) return [["status", `waits for ${counts.waits_for.join(", ")}`]];
  if (counts.is_root && !counts.exists) return [["status", "root: waits for rows"]];
  if (counts.is_root) return [["stored", String(counts.stored)], ["status", "root: its samples come from outside"]];
  const row = (name) => [name, String(counts[name]), counts[name] > 0 ? "todo" : "done"];
  const failed = counts.failed > 0 ? [["failed", String(counts.failed), "failed"]] : [];
  return [["stored", String(counts.stored)], row("new"), row("stale"), row("orphaned"), ...failed];
}

function markFeature(feature, up, down) {
  const inUp = (key) => up.has(key) || key === feature.key;
  const inDown = (key) => down.has(key) || key === feature.key;
  mark(new Set([feature.key, ...up, ...down]), (from, to) => (inUp(from) && inUp(to)) || (inDown(from) && inDown(to)));
  features.get(feature.key).classList.add("chosen");
}

function showFeature(feature) {
  const up = upFeatures(feature.key);
  const down = downFeatures(feature.key);
  markFeature(feature, up, down);
  open(feature.key);
  if (feature.description) panel.append(element("p", feature.description));
  facts([...versions(feature), ["project", feature.project], ["id columns", feature.id_columns.join(", ")], ...countRows(feature.counts)]);
  panel.append(element("h3", "fields"));
  const table = element("table");
  for (const field of feature.fields) {
    const row = element("tr");
    const name = element("td");
    name.append(link(fieldId(feature.key, field.key), field.key));
    const version = element("td");
    version.append(element("code", field.version ?? field.old_version, "dim"));
    row.append(name, version, element("td", field.code_version ? `code ${field.code_version}` : "", "dim"));
    table.append(row);
  }
  panel.append(table);
  list("depends on", feature.parents, "nothing: a root");
  listAll("all above", up, feature.parents);
  list("used by", children.get(feature.key), "nothing");
  listAll("all below", down, children.get(feature.key));
}

// In a comparison of two versions the dependencies of fields are unknown; their feature is shown instead.
const hasLineage = [...fields.values()].some(({ field }) => field.parents.length > 0) ||
  graph.features.every((feature) => feature.parents.length === 0);
function showFieldAlone(id) {
  const { feature, field } = fields.get(id);
  markFeature(feature, upFeatures(feature.key), downFeatures(feature.key));
  fieldElement(feature.key, field.key)?.classList.add("chosen");
  open(id);
  facts([["feature", link(feature.key)], ...versions(field), ["code version", field.code_version]]);
}

function showField(id) {
  const { feature, field } = fields.get(id);
  const up = upFields(id);
  const down = downFields(id);
  const chain = new Set([id, ...up, ...down]);
  const shown = new Set([...chain].map((other) => fields.get(other).feature.key));
  const pairs = new Set();
  for (const other of chain)
    for (const parent of fields.get(other).field.parents)
      if (chain.has(parent)) pairs.add(JSON.stringify([fields.get(parent).feature.key, fields.get(other).feature.key]));
  mark(shown, (from, to) => pairs.has(JSON.stringify([from, to])));
  for (const other of chain) {
    const { feature: owner, field: part } = fields.get(other);
    fieldElement(owner.key, part.key)?.classList.add(other === id ? "chosen" : "line");
  }
  features.get(feature.key).classList.add("chosen");
  open(id);
  const owner = link(feature.key);
  facts([["feature", owner], ...versions(field), ["code version", field.code_version]]);
  list("made from", field.parents, "nothing: given from outside");
  listAll("all above", up, field.parents);
  list("goes into", fields.get(id).children, "nothing");
  listAll("all below", down, fields.get(id).children);
}

function choose(target) {
  const hash = target === "" ? "" : "#" + encodeURI(target);
  if (location.hash !== hash) history.pushState(null, "", hash || location.pathname + location.search);
  unmark();
  if (byKey.has(target)) {
    showFeature(byKey.get(target));
    center(target);
  } else if (fields.has(target)) {
    if (hasLineage) showField(target);
    else showFieldAlone(target);
    center(fields.get(target).feature.key);
  } else {
    panel.hidden = true;
  }
}
const chosenByAddress = () => choose(decodeURI(location.hash.slice(1)));
window.addEventListener("hashchange", chosenByAddress);
window.addEventListener("popstate", chosenByAddress);
drawing.addEventListener("click", (event) => {
  if (travelled >= 4) return;  // it was moved, not clicked
  const feature = event.target.closest(".feature")?.dataset.key;
  const field = event.target.closest(".field")?.dataset.field;
  choose(field !== undefined ? fieldId(feature, field) : feature ?? "");
});

// ---- search

let matches = [];
let current = -1;
function find() {
  const words = search.value.trim().toLowerCase().split(/\s+/).filter((word) => word !== "");
  const texts = (f) => [f.key, f.project ?? "", f.version ?? "", ...f.fields.map((field) => field.key)].join(" ").toLowerCase();
  matches = words.length === 0 ? [] : graph.features.filter((f) => words.every((word) => texts(f).includes(word))).map((f) => f.key);
  current = -1;
  for (const [key, node] of features) node.classList.toggle("match", matches.includes(key));
  document.getElementById("found").textContent = words.length === 0 ? "" : `${matches.length} of ${graph.features.length}`;
}
search.addEventListener("input", find);
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { search.value = ""; find(); search.blur(); }
  if (event.key !== "Enter" || matches.length === 0) return;
  current = (current + (event.shiftKey ? matches.length - 1 : 1)) % matches.length;
  choose(matches[current]);
});

// ---- keys and buttons

for (const [key, node] of features) {
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "button");
  node.setAttribute("aria-label", key);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(key); } });
}
document.addEventListener("keydown", (event) => {
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { event.preventDefault(); search.focus(); }
  if (event.key === "+" || event.key === "=") zoom(1.25);
  if (event.key === "-") zoom(0.8);
  if (event.key === "0") fit();
  if (event.key === "Escape") choose("");
});
document.getElementById("in").addEventListener("click", () => zoom(1.25));
document.getElementById("out").addEventListener("click", () => zoom(0.8));
document.getElementById("fit").addEventListener("click", fit);

// On a wide screen the drawing makes space for the panel; on a narrow one it would become too small.
new ResizeObserver(() => { if (fitted && window.innerWidth > 720) fit(); }).observe(drawing);
fit();
if (location.hash) chosenByAddress();
