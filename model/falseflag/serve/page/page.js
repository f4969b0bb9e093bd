// Shows what the server sends: numbers as soon as they are there, the report when it has been drawn. Text is only ever text.

const at = (id) => document.getElementById(id);
const AGAIN_AFTER = 1000;
let shownReport = "";

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function bdi(text) {
  return element("bdi", text);
}

function number(cell, { value, text }, className) {
  const data = element("data", text);
  data.value = value === null ? "" : String(value);
  cell.append(data);
  cell.className = `n ${className}`;
}

function exactCell(line) {
  const cell = document.createElement("td");
  number(cell, line.exact, "exact");
  if (line.was && line.was.text !== line.exact.text) cell.append(element("small", `was ${line.was.text}`));
  return cell;
}

function sampledCell(line) {
  const cell = document.createElement("td");
  if (line.sampled === null) return element("td", "…", "n sampled");
  number(cell, line.sampled, "sampled");
  cell.append(element("small", line.mcse));
  return cell;
}

function row(line, leader) {
  const made = document.createElement("tr");
  made.dataset.name = line.name;
  made.dataset.depth = line.depth;
  made.classList.toggle("deep", line.depth > 3);
  made.classList.toggle("leader", line.name === leader);
  made.classList.toggle("moved", Boolean(line.was) && line.was.text !== line.exact.text);
  const head = document.createElement("th");
  head.scope = "row";
  head.append(bdi(line.label));
  const prior = document.createElement("td");
  number(prior, line.prior, "prior");
  made.append(head, prior, exactCell(line), element("td", line.interval ?? "…", "n interval"));
  if (!at("sampled-heading").hidden) made.append(sampledCell(line));
  made.append(element("td", line.words));
  return made;
}

function samplingSaid({ phase, share, message }) {
  if (phase === "off") return "";
  if (phase === "waiting") return "Waiting for the sampler …";
  if (phase === "compiling the model") return "Compiling the sampler's model, once for this structure …";
  if (phase === "sampling") return `Sampling, ${Math.round(100 * share)} % …`;
  return phase === "done" ? "Sampled." : `No sampled answer: ${message}`;
}

function showAnswer(live) {
  const { edition, sampling } = live;
  at("answer").hidden = edition === null;
  if (edition === null) return;
  at("title").textContent = edition.title;
  document.title = edition.title;
  at("question").firstElementChild.textContent = edition.question;
  at("sampled-heading").hidden = sampling.phase === "off";
  at("said").textContent = `Exact answer of the file saved at ${edition.saved}. ${samplingSaid(sampling)}`;
  at("lines").replaceChildren(...edition.lines.map((line) => row(line, edition.leader)));
  at("unsound").hidden = edition.failed.length === 0;
  at("unsound-warning").textContent = edition.warning;
  at("unsound-list").replaceChildren(...edition.failed.map((text) => element("li", text)));
  const of = sampling.phase === "done" ? "the sampler" : "the exact engine";
  at("legend").textContent =
    `Exact: by quadrature, at every save. The interval is how far what the analyst is unsure of moves it, by draws of ${of}.`;
}

function errorItem({ file, line, path, message }) {
  const made = document.createElement("li");
  const text = document.createElement("bdi");
  text.append(element("span", `${file}:${line}`, "place"), path ? ` ${path}: ${message}` : ` ${message}`);
  made.append(text);
  return made;
}

function showErrors({ errors, omitted, refused_at, edition }) {
  const count = errors.length + omitted;
  at("errors").hidden = count === 0;
  document.body.classList.toggle("stale", count > 0);
  if (count === 0) return at("errors-list").replaceChildren();
  at("errors-heading").textContent = `${count === 1 ? "An error" : `${count} errors`} in the file (seen at ${refused_at})`;
  at("errors-list").replaceChildren(...errors.map(errorItem));
  if (omitted) at("errors-list").append(element("li", `… and ${omitted} more`));
  at("errors-stale").textContent = edition
    ? `What is shown below is the answer to the file as it was saved at ${edition.saved}.`
    : "There is no answer yet.";
}

function reportSaid({ edition, report, sampling, no_report }) {
  if (no_report) return no_report;
  if (!report) return edition ? "The report is being drawn …" : "";
  const engine = report.engine === "nuts" ? "sampled" : "exact";
  if (report.edition !== edition.number) return `Report of an earlier save (${engine}); the new one is being drawn …`;
  const waits = engine === "exact" && !["off", "failed"].includes(sampling.phase);
  return waits ? "Report of the exact answer; that of the sampled one follows." : `Report of the ${engine} answer.`;
}

function showReport(live) {
  at("report-note").textContent = reportSaid(live);
  const key = live.report ? `${live.report.edition}-${live.report.engine}` : "";
  if (!key || key === shownReport) return;
  shownReport = key;
  for (const frame of at("frames").querySelectorAll(".coming")) frame.remove();
  const before = at("frames").querySelector("iframe");
  const frame = element("iframe", "", "coming");
  frame.title = "Report";
  frame.dataset.report = key;
  frame.addEventListener("load", () => takePlace(frame, before), { once: true });
  frame.src = `report?of=${key}${before?.contentWindow.location.hash ?? ""}`;
  at("frames").append(frame);
}

// The reader stays where they are, in the place and with the setting of "what if" that they had.
function takePlace(frame, before) {
  if (!frame.isConnected) return;
  if (before) {
    for (const { id } of before.contentDocument.querySelectorAll("details[id][open]")) frame.contentDocument.getElementById(id).open = true;
    frame.contentWindow.scrollTo(0, before.contentWindow.scrollY);
  }
  frame.classList.remove("coming");
  before?.remove();
}

function show(live) {
  showErrors(live);
  showAnswer(live);
  showReport(live);
}

function connection(text, lost) {
  at("connection").textContent = text;
  at("connection").classList.toggle("lost", lost);
}

function listen() {
  const events = new EventSource("events");
  events.onopen = () => connection("· follows each save", false);
  events.onmessage = (event) => show(JSON.parse(event.data));
  events.onerror = () => {
    connection("· falseflag serve does not answer; trying again", true);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_AFTER); // else it reconnects by itself
  };
}

listen();
