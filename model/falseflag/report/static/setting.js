// A setting as text: the fragment of a link that keeps it, and the profile that makes it a case.

const REPORTS = new Map([["present", 1], ["absent", 0], ["unknown", -1]]);
const REPORT_WORDS = new Map([...REPORTS].map(([word, report]) => [report, word]));
const DEPENDENCES = ["none", "written", "full"];
const START = "#whatif";
const SMALLEST_WEIGHT = 1e-12;
const LARGEST_WEIGHT = 1e12;

function toFragment(data, setting) {
  const pairs = new URLSearchParams();
  data.nodes.forEach((name, v) => {
    if (setting.weights[v] !== data.weights[v]) pairs.set(`w.${name}`, String(setting.weights[v]));
  });
  data.indicators.forEach(({ name, report }, i) => {
    if (setting.reports[i] !== report) pairs.set(`i.${name}`, REPORT_WORDS.get(setting.reports[i]));
  });
  if (setting.dependence !== "written") pairs.set("dependence", setting.dependence);
  return pairs.size ? `${START}&${pairs}` : START;
}

// The setting that a link holds, or null if it holds none. What does not belong to this case is passed over.
function fromFragment(data, fragment) {
  if (fragment !== START && !fragment.startsWith(`${START}&`)) return null;
  const setting = asWritten(data);
  for (const [key, value] of new URLSearchParams(fragment.slice(START.length))) {
    if (key === "dependence" && DEPENDENCES.includes(value)) setting.dependence = value;
    const [kind, name] = [key.slice(0, 2), key.slice(2)];
    if (kind === "w.") putWeight(data, setting, name, value);
    if (kind === "i.") putReport(data, setting, name, value);
  }
  return setting;
}

function putWeight(data, setting, name, value) {
  const weight = Number(value);
  const place = data.nodes.indexOf(name);
  if (place >= 0 && weight >= SMALLEST_WEIGHT && weight <= LARGEST_WEIGHT) setting.weights[place] = weight;
}

function putReport(data, setting, name, value) {
  const place = data.indicators.findIndex((indicator) => indicator.name === name);
  if (place >= 0 && REPORTS.has(value) && !isHeld(data, place)) setting.reports[place] = REPORTS.get(value);
}

function isHeld(data, place) {
  const group = data.groups[data.indicators[place].group];
  return group !== undefined && group.full.fixed !== undefined;
}

// The profile: what it extends, and only what differs.
function toYaml(data, setting) {
  const tree = { extends: JSON.stringify(data.extends) };
  const put = (keys, value) => {
    const last = keys.pop();
    const place = keys.reduce((branch, key) => (branch[key] ??= {}), tree);
    place[last] = value;
  };
  data.nodes.forEach((name, v) => {
    const keys = name.split(".").flatMap((part, depth) => (depth ? ["children", part] : [part]));
    if (setting.weights[v] !== data.weights[v]) put(["hypotheses", ...keys, "prior"], String(setting.weights[v]));
  });
  data.indicators.forEach(({ name, report }, i) => {
    if (setting.reports[i] !== report) put(["indicators", name, "observed"], REPORT_WORDS.get(setting.reports[i]));
  });
  if (setting.dependence !== "written") {
    const correlation = setting.dependence === "none" ? "0" : String(data.fullCorrelation);
    for (const { name } of data.groups) put(["dependence", name, "correlation"], correlation);
  }
  return yamlLines(tree, "").join("\n") + "\n";
}

function yamlLines(tree, indent) {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [`${indent}${key}: ${value}`] : [`${indent}${key}:`, ...yamlLines(value, `${indent}  `)],
  );
}
