// What if, computed: pure functions from the page's data and a setting to probabilities.
// A setting is {weights, reports, dependence}: a number for each node, 1 (present), 0 (absent) or -1 (unknown) for each
// indicator, and "none", "written" or "full".

const IMPOSSIBLE = -1e6;

function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 8 }, (_, n) => view.getFloat64(8 * n, true));
}

function prepared(data) {
  for (const group of data.groups) {
    for (const joint of [group.written, group.full]) {
      for (const key of ["table", "logWeight", "logOdds"]) {
        if (joint[key] !== undefined) joint[key] = decoded(joint[key]);
      }
    }
  }
  return data;
}

function asWritten(data) {
  return { weights: [...data.weights], reports: data.indicators.map((i) => i.report), dependence: "written" };
}

function logSum(terms) {
  const top = terms.reduce((a, b) => Math.max(a, b), -Infinity);
  return top === -Infinity ? IMPOSSIBLE : top + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - top), 0));
}

function logExpit(x) {
  return x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
}

function shares(data, weights) {
  const out = new Array(weights.length).fill(1);
  for (const children of data.branchings) {
    const total = children.reduce((sum, child) => sum + weights[child], 0);
    for (const child of children) out[child] = weights[child] / total;
  }
  return out;
}

function alone(data, place, report) {
  return report === 1 ? data.indicators[place].present : data.indicators[place].absent;
}

// Joint tables: a row for each complete report of the members; the rows that agree with what is known are added up.
function fromTable(joint, members, reports) {
  const patterns = joint.table.length / 2 ** members.length;
  const rows = [];
  for (let row = 0; row < 2 ** members.length; row++) {
    if (members.every((member, bit) => reports[member] < 0 || ((row >> bit) & 1) === reports[member])) rows.push(row);
  }
  return Array.from({ length: patterns }, (_, d) => logSum(rows.map((row) => joint.table[row * patterns + d])));
}

// Quadrature nodes: the exact engine's own sum over them, with the factors of the reported members.
function fromNodes(joint, members, reports) {
  const count = joint.logWeight.length;
  const reported = members.map((member, m) => [reports[member], joint.pattern[m]]).filter(([report]) => report >= 0);
  return joint.pattern[0].map((_, d) => {
    const terms = Float64Array.from(joint.logWeight);
    for (const [report, statements] of reported) {
      const start = statements[d] * count;
      for (let n = 0; n < count; n++) terms[n] += logExpit((report ? 1 : -1) * joint.logOdds[start + n]);
    }
    return logSum(terms);
  });
}

function groupLogs(data, group, setting) {
  const joint = group[setting.dependence];
  if (joint.fixed) return joint.fixed;
  const reported = group.members.filter((member) => setting.reports[member] >= 0);
  if (reported.length === 0) return null;
  if (reported.length === 1) return alone(data, reported[0], setting.reports[reported[0]]);
  const sum = joint.table ? fromTable : fromNodes;
  const byPattern = sum(joint, group.members, setting.reports);
  return joint.patternOf.map((d) => byPattern[d]);
}

function logScores(data, setting) {
  const logShares = shares(data, setting.weights).map(Math.log);
  const scores = data.paths.map((path) => path.reduce((sum, node) => sum + logShares[node], 0));
  const add = (logs) => logs && logs.forEach((log, h) => (scores[h] += Math.max(log, IMPOSSIBLE)));
  data.indicators.forEach((indicator, place) => {
    const stands = indicator.group < 0 || setting.dependence === "none";
    if (stands && setting.reports[place] >= 0) add(alone(data, place, setting.reports[place]));
  });
  if (setting.dependence !== "none") data.groups.forEach((group) => add(groupLogs(data, group, setting)));
  return scores;
}

// Prior and posterior probability of every node, and the leaves (their places among the nodes), the most probable first.
function answer(data, setting) {
  const scores = logScores(data, setting);
  const total = logSum(scores);
  const ofNode = (leaves) =>
    data.nodes.map((_, v) => data.paths.reduce((sum, path, h) => sum + (path.includes(v) ? leaves[h] : 0), 0));
  const leaves = scores.map((score) => Math.exp(score - total));
  const share = shares(data, setting.weights);
  const order = leaves.map((_, h) => h).sort((a, b) => leaves[b] - leaves[a]);
  return {
    prior: ofNode(data.paths.map((path) => path.reduce((product, node) => product * share[node], 1))),
    posterior: ofNode(leaves),
    order: order.map((h) => data.paths[h].at(-1)),
  };
}

function changes(data, setting) {
  const count = (now, before) => now.filter((value, n) => value !== before[n]).length;
  const reports = data.indicators.map((i) => i.report);
  const dependence = setting.dependence === "written" ? 0 : 1;
  return count(setting.weights, data.weights) + count(setting.reports, reports) + dependence;
}

function percent(probability) {
  if (probability < 0.0005) return "<0.1\u00a0%";
  if (probability >= 0.9995) return ">99.9\u00a0%";
  return `${(100 * probability).toFixed(probability < 0.0995 || probability >= 0.985 ? 1 : 0)}\u00a0%`;
}

function words(data, probability) {
  const terms = data.bands.filter(([, low]) => probability >= low);
  const term = (terms.at(-1) ?? data.bands[0])[0];
  if (terms.length === 0) return `${term} (below 1 %)`;
  return probability >= data.highest ? `${term} (above 99 %)` : term;
}
