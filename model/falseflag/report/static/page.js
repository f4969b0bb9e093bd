// What if, on the page: controls in, numbers out.

const section = document.getElementById("whatif");
const data = prepared(JSON.parse(document.getElementById("whatif-data").textContent));
const form = document.getElementById("whatif-form");
const rows = [...section.querySelectorAll("tr[data-node]")];
const SAID_AFTER = 500;
const KEPT_AFTER = 300;
let setting = asWritten(data);
let saying = 0;
let keeping = 0;

// set apart for direction: the label may run from right to left
const label = (node) => `“\u2068${rows[node].dataset.name}\u2069”`;
const byName = (name, value) => form.querySelectorAll(`input[name="${name}"]${value ? `[value="${value}"]` : ""}`);

function weightAt(node, position) {
  const weight = Number((data.weights[node] * 10 ** position).toPrecision(4));
  return position === 0 ? data.weights[node] : Math.min(LARGEST_WEIGHT, Math.max(SMALLEST_WEIGHT, weight));
}

function positionOf(node, weight) {
  return Math.log10(weight / data.weights[node]);
}

function read(input) {
  const { kind, place } = input.dataset;
  if (kind === "weight") setting.weights[place] = weightAt(Number(place), Number(input.value));
  if (kind === "report") setting.chosen[place] = optionOf(data.indicators[place], input.value);
  if (kind === "group") for (const member of data.groups[place].members) putReport(data, setting, data.indicators[member].name, input.value);
  if (kind === "dependence") setting.dependence = input.value;
}

function showControls() {
  const share = shares(data, setting.weights);
  for (const input of form.querySelectorAll("input[data-kind='weight']")) {
    const node = Number(input.dataset.place);
    const text = `${Number(setting.weights[node].toPrecision(4))}, ${percent(share[node])} among its siblings`;
    input.value = positionOf(node, setting.weights[node]);
    input.setAttribute("aria-valuetext", text);
    input.closest(".weight").querySelector("output").textContent =
      `${Number(setting.weights[node].toPrecision(4))} · ${percent(share[node])}`;
    mark(input.closest(".weight"), setting.weights[node] !== data.weights[node]);
  }
  data.indicators.forEach((indicator, i) => {
    for (const input of byName(`i-${indicator.name}`)) input.checked = input.value === optionWord(indicator, setting.chosen[i]);
    mark(byName(`i-${indicator.name}`)[0].closest("fieldset"), setting.chosen[i] !== indicator.chosen);
  });
  for (const group of data.groups) {
    const words_ = new Set(group.members.map((member) => optionWord(data.indicators[member], setting.chosen[member])));
    for (const input of byName(`g-${group.name}`)) {
      input.checked = words_.size === 1 && words_.has(input.value);
    }
  }
  for (const input of byName("dependence")) {
    input.checked = input.value === setting.dependence;
    mark(input.closest("fieldset"), setting.dependence !== "written");
  }
}

function mark(element, changed) {
  element.classList.toggle("changed", changed);
  element.querySelector(".changed-mark").hidden = !changed;
}

function put(cell, probability) {
  const number = cell.querySelector("data");
  number.value = String(probability);
  number.textContent = percent(probability);
}

function points(change) {
  if (Number.isNaN(change)) return "?";
  const rounded = (100 * change).toFixed(1);
  return rounded === "0.0" || rounded === "-0.0" ? "0" : rounded.replace("-", "−").replace(/^(?=\d)/, "+");
}

function showAnswer() {
  const now = answer(data, setting);
  const before = answer(data, asWritten(data));
  for (const row of rows) {
    const node = Number(row.dataset.node);
    put(row.querySelector(".prior"), now.prior[node]);
    put(row.querySelector(".posterior"), now.posterior[node]);
    row.querySelector("rect").setAttribute("width", String(100 * (now.posterior[node] || 0)));
    row.querySelector(".change").textContent = points(now.posterior[node] - before.posterior[node]);
    row.classList.toggle("leader", node === now.order[0] && now.posterior[node] >= 0);
  }
  const count = changes(data, setting);
  section.classList.toggle("is-whatif", count > 0);
  document.getElementById("whatif-as-written").hidden = count > 0;
  document.getElementById("whatif-changed").hidden = count === 0;
  document.getElementById("whatif-count").textContent = `${count} ${count === 1 ? "setting differs" : "settings differ"}`;
  document.getElementById("whatif-yaml").value = toYaml(data, setting);
  document.getElementById("whatif-link").href = toFragment(data, setting);
  say(now, count);
}

function say(now, count) {
  clearTimeout(saying);
  const [first, second] = now.order;
  const probability = now.posterior[first];
  const text = Number.isNaN(probability)
    ? "What is set here cannot be: no hypothesis makes it possible."
    : `${label(first)} leads at ${percent(probability)} (${words(data, probability)}); next is ${label(second)} at ${percent(now.posterior[second])}.`;
  document.getElementById("whatif-leader").textContent = text;
  saying = setTimeout(() => (document.getElementById("whatif-said").textContent = (count ? "What if: " : "") + text), SAID_AFTER);
}

// Browsers refuse too many changes of the address in a short time.
function keep() {
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    try {
      history.replaceState(null, "", toFragment(data, setting, sectionOf(location.hash) || undefined));
    } catch {
      // in a frame that forbids it, the link still holds the setting
    }
  }, KEPT_AFTER);
}

function show() {
  showControls();
  showAnswer();
}

// A link without a setting leads to a place in the page and leaves the setting as it is.
function follow() {
  const linked = fromFragment(data, location.hash);
  if (linked !== null) setting = linked;
  show();
  if (linked === null && changes(data, setting)) keep();
  goTo(sectionOf(location.hash));
}

function goTo(name) {
  const target = name && document.getElementById(name);
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.scrollIntoView();
}

function reset() {
  setting = asWritten(data);
  show();
  keep();
}

async function copy() {
  const text = document.getElementById("whatif-yaml");
  const told = document.getElementById("whatif-copied");
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
    told.textContent = "Copied.";
  } catch {
    told.textContent = "Marked: copy it with your keyboard or menu.";
  }
}

form.addEventListener("input", (event) => {
  read(event.target);
  show();
  keep();
});
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("whatif-reset").addEventListener("click", reset);
document.getElementById("whatif-copy").addEventListener("click", copy);
addEventListener("hashchange", follow);
document.getElementById("whatif-off").hidden = true;
for (const one of document.querySelectorAll(".disagree")) one.hidden = false;
document.getElementById("whatif-live").hidden = false;
follow();
