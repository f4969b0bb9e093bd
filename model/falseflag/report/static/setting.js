// A setting as text: the fragment of a link that keeps it, and the profile that makes it a case.

const UNKNOWN = "unknown";
const DEPENDENCES = ["none", "written", "full"];
const HOME = "whatif";
const SMALLEST_WEIGHT = 1e-12;
const LARGEST_WEIGHT = 1e12;

// The fragment that leads to a section of the page and keeps the setting.
function toFragment(data, setting, section = HOME) {
  const pairs = new URLSearchParams();
  data.nodes.forEach((name, v) => {
    if (setting.weights[v] !== data.weights[v]) pairs.set(`w.${name}`, String(setting.weights[v]));
  });
  data.indicators.forEach((indicator, i) => {
    if (setting.chosen[i] !== indicator.chosen) pairs.set(`i.${indicator.name}`, optionWord(indicator, setting.chosen[i]));
  });
  if (setting.dependence !== "written") pairs.set("dependence", setting.dependence);
  return pairs.size ? `#${section}&${pairs}` : `#${section}`;
}

function optionWord(indicator, option) {
  return option === LEFT_OUT ? UNKNOWN : indicator.options[option];
}

function optionOf(indicator, word) {
  return word === UNKNOWN ? LEFT_OUT : indicator.options.indexOf(word);
}

function sectionOf(fragment) {
  return fragment.slice(1).split("&", 1)[0];
}

// The setting that a link holds, or null if it holds none. What does not belong to this case is passed over.
function fromFragment(data, fragment) {
  const start = fragment.indexOf("&");
  if (start < 0) return null;
  const setting = asWritten(data);
  for (const [key, value] of new URLSearchParams(fragment.slice(start))) {
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
  const indicator = data.indicators[place];
  if (place < 0 || indicator.held || (value !== UNKNOWN && !indicator.options.includes(value))) return;
  setting.chosen[place] = optionOf(indicator, value);
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
  data.indicators.forEach((indicator, i) => {
    const option = setting.chosen[i];
    if (option === indicator.chosen) return;
    if (option !== LEFT_OUT) return put(["indicators", indicator.name, ...indicator.says], optionWord(indicator, option));
    if (indicator.removes.includes("ratios")) return put(["indicators", indicator.name], "null");
    put(["indicators", indicator.name, "observed"], UNKNOWN);
    for (const key of indicator.removes) put(["indicators", indicator.name, key], "null");
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
