// What if, computed: pure functions from the page's data and a setting to probabilities.
// A setting is {weights, chosen, dependence}: a number for each node, an option (-1: left out) for each indicator, and
// "none", "written" or "full".

const IMPOSSIBLE = -1e6;
const LEFT_OUT = -1;

function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 8 }, (_, n) => view.getFloat64(8 * n, true));
}

function prepared(data) {
  for (const tables of data.components) {
    tables.weights = tables.weights.map(decoded);
    for (const item of tables.items) item.table = decoded(item.table);
    tables.patterns = Math.max(...tables.patternOf) + 1;
  }
  for (const [name, places] of Object.entries(data.tables)) data.tables[name] = places.map((place) => data.components[place]);
  return data;
}

function asWritten(data) {
  return { weights: [...data.weights], chosen: data.indicators.map((i) => i.chosen), dependence: "written" };
}

function logSum(terms) {
  const top = terms.reduce((a, b) => Math.max(a, b), -Infinity);
  return top === -Infinity ? IMPOSSIBLE : top + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - top), 0));
}

function shares(data, weights) {
  const out = new Array(weights.length).fill(1);
  for (const children of data.branchings) {
    const total = children.reduce((sum, child) => sum + weights[child], 0);
    for (const child of children) out[child] = weights[child] / total;
  }
  return out;
}

// Which of an item's tables the setting asks for: the first member's options go slowest, left out comes last.
function outcomeOf(data, item, setting) {
  return item.members.reduce((place, member) => {
    const count = data.indicators[member].options.length;
    const option = setting.chosen[member];
    return place * (count + 1) + (option === LEFT_OUT ? count : option);
  }, 0);
}

// Items that share reliabilities: the product of their tables, summed over the nodes of all of these.
function componentLogs(data, tables, setting) {
  const total = tables.nodes.reduce((a, b) => a * b, 1);
  const grids = tables.items.map((item) => {
    const size = item.axes.reduce((product, axis) => product * tables.nodes[axis], 1);
    return { item, size, start: outcomeOf(data, item, setting) * tables.patterns * size };
  });
  return Array.from({ length: tables.patterns }, (_, pattern) => {
    const terms = new Float64Array(total);
    for (let node = 0; node < total; node++) {
      const at = [];
      for (let axis = tables.nodes.length - 1, left = node; axis >= 0; axis--) {
        at[axis] = left % tables.nodes[axis];
        left = Math.floor(left / tables.nodes[axis]);
      }
      let term = 0;
      at.forEach((place, axis) => (term += Math.log(tables.weights[axis][pattern * tables.nodes[axis] + place])));
      for (const { item, size, start } of grids) {
        const place = item.axes.reduce((sum, axis) => sum * tables.nodes[axis] + at[axis], 0);
        term += item.table[start + pattern * size + place];
      }
      terms[node] = term;
    }
    return logSum(terms);
  });
}

function logScores(data, setting) {
  const logShares = shares(data, setting.weights).map(Math.log);
  const scores = data.states.map((path, s) => path.reduce((sum, node) => sum + logShares[node], data.logRest[s]));
  data.fixed[setting.dependence].forEach((log, s) => (scores[s] += log));
  for (const tables of data.tables[setting.dependence]) {
    const logs = componentLogs(data, tables, setting);
    tables.patternOf.forEach((pattern, s) => (scores[s] += Math.max(logs[pattern], IMPOSSIBLE)));
  }
  return scores;
}

// Prior and posterior probability of every node, and the leaves (their places among the nodes), the most probable first;
// the posterior is NaN where no hypothesis makes what is set possible.
function answer(data, setting) {
  const scores = logScores(data, setting);
  const total = logSum(scores) > IMPOSSIBLE / 2 ? logSum(scores) : NaN;
  const posterior = new Array(data.nodes.length).fill(0);
  scores.forEach((score, s) => data.states[s].forEach((node) => (posterior[node] += Math.exp(score - total))));
  const share = shares(data, setting.weights);
  const above = (name) => data.nodes.reduce((product, node, v) => product * (name === node || name.startsWith(`${node}.`) ? share[v] : 1), 1);
  const leaves = [...new Set(data.states.map((path) => path.at(-1)))];
  return { prior: data.nodes.map(above), posterior, order: leaves.sort((a, b) => posterior[b] - posterior[a]) };
}

function changes(data, setting) {
  const count = (now, before) => now.filter((value, n) => value !== before[n]).length;
  const chosen = data.indicators.map((i) => i.chosen);
  const dependence = setting.dependence === "written" ? 0 : 1;
  return count(setting.weights, data.weights) + count(setting.chosen, chosen) + dependence;
}

function percent(probability) {
  if (Number.isNaN(probability)) return "?\u00a0%";
  if (probability < 0.0005) return "<0.1\u00a0%";
  if (probability >= 0.9995) return ">99.9\u00a0%";
  return `${(100 * probability + 1e-9).toFixed(probability < 0.0995 || probability >= 0.985 ? 1 : 0)}\u00a0%`;
}

// The term of the number that is shown: the two never contradict each other.
function words(data, probability) {
  const text = percent(probability);
  const shown = { "<": 0, ">": 1 }[text[0]] ?? Number.parseFloat(text) / 100;
  const terms = data.bands.filter(([, low]) => shown >= low);
  const term = (terms.at(-1) ?? data.bands[0])[0];
  if (terms.length === 0) return `${term} (below 1 %)`;
  return shown > data.highest ? `${term} (above 99 %)` : term;
}
