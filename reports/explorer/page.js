// The explorer's page: what has been played, as a tree of steps, and what can be done from each state of it.
(() => {
  "use strict";
  const { System, rowOf, valueText } = ENGINE;
  const main = MODELS.map((written, i) => ({ system: new System(written), texts: TEXTS.models[i] }));
  const { system, texts } = main[0];
  const { lines } = texts;
  const $ = (id) => document.getElementById(id);

  // -- words -----------------------------------------------------------------------------------------------------------------
  let code = TEXTS.language;
  const say = (id, values = {}) =>
    (TEXTS.words[code][id] ?? id).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? `${values[name]}` : whole));
  const told = (of) => (of === undefined ? "" : (of[code] ?? of.en ?? Object.values(of)[0] ?? ""));
  const counted = (id, number) => say(number === 1 ? `${id}-one` : id, { number });

  function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value === true) node.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  // -- what has been played --------------------------------------------------------------------------------------------------
  const nodes = [];
  /** The ends of the branches, with their numbers: those that are played later come later. */
  const leaves = new Map();
  let leavesEver = 0;

  function newNode(parent, step) {
    const here = step ? step.state : system.initial;
    const before = parent ? nodes[parent.number].state : null;
    const node = {
      number: nodes.length,
      parent,
      step,
      state: here,
      depth: parent ? parent.depth + 1 : 0,
      children: [],
      last: null,
      roles: system.views.map((view) => system.stateOf(view, here)),
      decides: system.checks.map((c) => (step ? system.met(c, step, before) : system.atStart(c))),
      sent: step ? system.sent(step, before) : [],
      passed: step ? system.passed(step, before) : [],
    };
    node.decided = node.decides.map((now, i) => now || (parent ? parent.decided[i] : false));
    node.owed = system.checks.map((c, i) => owes(c, here, parent ? parent.owed[i] : null, node.depth));
    node.newly = node.decides.map((now, i) => now && !(parent && parent.decides[i]));
    node.shows = system.checks.map((c, i) => [texts.claims[c.name], c.name, i]).filter(([about, , i]) => node.newly[i] && about.asserted);
    node.old = outdated(node);
    [node.ended, node.open] = journeys(node);
    node.place = placed(node);
    nodes.push(node);
    if (parent) {
      leaves.delete(parent);
      parent.children.push(node);
      parent.last = node;
      leaves.set(node, ++leavesEver);
    }
    return node;
  }

  /** Return since which step a claim of liveness waits, null where it does not. */
  function owes(check, state, since, depth) {
    if (!check.owes) return null;
    const [premise, goal] = check.owes.map((f) => system.f[f](state, []) === true);
    return goal ? null : (since ?? (premise ? depth : null));
  }

  /** Return which segments in flight are of a connection that their sender has ended. */
  function outdated(node) {
    if (!node.step || system.network < 0) return new Set();
    const column = system.format ? system.columns.indexOf(system.format.source) : -1;
    const { leaves: ends } = system.actions[node.step.action];
    return new Set(node.state[system.network].rows.filter((row) => !node.sent.includes(row)
      && (node.parent.old.has(row) || (column >= 0 && ends.includes(row[column])))));
  }

  /** Return the journeys of segments that end with a step, and those that are open after it, by segment. */
  function journeys(node) {
    const open = new Map(node.parent?.open);
    const { network } = system;
    if (!node.step) {
      for (const row of network < 0 ? [] : node.state[network].rows) open.set(row, { row, from: node, role: system.cell(row, system.format.source) });
      return [[], open];
    }
    const { by } = system.actions[node.step.action];
    const lost = system.lost(node.step);
    const ended = [system.received(node.step), lost].filter(Boolean).map((row) => {
      const journey = open.get(row) ?? { row, from: node, role: system.cell(row, system.format.source) };
      if (network >= 0 && node.state[network].rows.includes(row)) open.set(row, { ...journey, again: true });
      else open.delete(row);
      return { ...journey, to: node, fate: row === lost ? "lost" : "arrives", end: by || system.cell(row, system.format.destination), old: node.parent.old.has(row) };
    });
    for (const row of node.sent) open.set(row, { row, from: node, role: system.cell(row, system.format.source) || by });
    const passed = node.passed.map((row) => ({ row, from: node, role: by, to: node, fate: "arrives", end: system.cell(row, system.format.destination) }));
    return [[...ended, ...passed], open];
  }

  let root = null;
  let at = null;
  const held = new Set();
  const hidden = new Set();
  /** The nodes where the cycle of the run that was opened begins and ends. */
  let lasso = null;
  /** The node after which nothing happens any more, of a run that goes on like that for ever. */
  let stuck = null;
  /** Where the run ends that the page was opened at. */
  let given = null;

  const possible = (node) => (node.steps ??= system.steps(node.state));
  const sameStep = (one, other) => one.action === other.action && one.chosen.every((value, i) => value === other.chosen[i]);
  const tip = (node) => {
    let end = node;
    while (end.last) end = end.last;
    return end;
  };
  function path(node = tip(at)) {
    const found = [];
    for (let here = node; here; here = here.parent) found.push(here);
    return found.reverse();
  }

  /** Make a run the one that redo follows. */
  function follows(end) {
    for (let here = end; here.parent; here = here.parent) here.parent.last = here;
  }

  function extend(node, step) {
    const known = node.children.find((child) => sameStep(child.step, step));
    if (known) node.last = known;
    return known ?? newNode(node, step);
  }

  // -- names of things -------------------------------------------------------------------------------------------------------
  const plain = (value) =>
    typeof value === "bigint" ? { "#bigint": `${value}` } : typeof value !== "object" ? value
      : value.rows ? value.rows.map((row) => row.map(plain)) : value.map(plain);
  function back(value, sort) {
    if (value !== null && typeof value === "object" && "#bigint" in value) return back(value["#bigint"], sort);
    if (sort && sort.is === "large") return BigInt(value);
    return sort && sort.is === "number" ? Number(value) : value;
  }
  const argumentText = (value) => (Array.isArray(value) ? `⟨${value.map(valueText).join(", ")}⟩` : valueText(value));

  function received(step) {
    return system.received(step) ?? system.lost(step);
  }

  /** Return what a step chose besides the segment, as text. */
  function choice(step) {
    const action = system.actions[step.action];
    return action.parameters
      .map((p, i) => (p.kept || p.name === action.receives || (action.loses && i === 0) ? "" : `${p.name} = ${argumentText(step.chosen[i])}`))
      .filter(Boolean)
      .join(", ");
  }

  const way = (row) => {
    const [from, to] = [system.cell(row, system.format.source), system.cell(row, system.format.destination)];
    return from && to ? `${from} → ${to}` : "";
  };
  const nameOf = (step) => system.actions[step.action].name;

  // -- playing ---------------------------------------------------------------------------------------------------------------
  let asked = null;

  /** Go to the node that a step leads to; who wants to predict is asked first what it makes of the endpoint that acts. */
  function reveal(step, node) {
    const role = system.views.findIndex((view) => view.role === system.actions[step.action].by);
    if ($("predict").checked && role >= 0 && !asked) predict(step, role);
    else go(node());
  }
  const play = (step) => reveal(step, () => extend(at, step));

  function go(node) {
    at = node;
    asked = null;
    for (const row of held) if (system.network < 0 || !at.state[system.network].rows.includes(row)) held.delete(row);
    render();
    announce();
    remember();
  }

  const undo = () => at.parent && go(at.parent);
  function redo() {
    if (at.last) reveal(at.last.step, () => at.last);
    else if (at === lasso?.end) go(path()[lasso.begin.depth + 1]);
  }

  function predict(step, role) {
    asked = { step, role };
    render();
    $("asked")?.querySelector("button")?.focus();
    tell(say("which-state", { role: system.views[role].role }));
  }

  const score = { right: 0, of: 0 };
  function answer(value) {
    const { step, role } = asked;
    const node = extend(at, step);
    const right = node.roles[role] === value;
    score.of++;
    if (right) score.right++;
    go(node);
    tell(`${say(right ? "right" : "wrong", { role: system.views[role].role, state: node.roles[role] })} ${say("score", score)}`);
  }

  // -- what is said ----------------------------------------------------------------------------------------------------------
  const tell = (text) => {
    $("said").textContent = text;
  };
  function where(node) {
    if (!node.step) return say("initial");
    const of = tip(node).depth;
    return `${of > node.depth ? say("step-of", { number: node.depth, of }) : say("step", { number: node.depth })}${say("colon")}${nameOf(node.step)}`;
  }

  const TRUTHS = {
    safety: ["violated-now", "violated-before", "not-violated"],
    reachability: ["reached-now", "reached-before", "not-reached"],
  };
  function truth(node, i) {
    const check = system.checks[i];
    if (check.owes) return node.owed[i] === null ? say("nothing-owed") : say("owed-since", { number: node.owed[i] });
    const [now, before, never] = TRUTHS[texts.claims[check.name].kind];
    return say(node.decides[i] ? now : node.decided[i] ? before : never);
  }

  function announce() {
    const states = at.roles.map((state, i) => `${system.views[i].role} ${state}`).join(", ");
    const claims = system.checks
      .map((c, i) => (at.newly[i] && texts.claims[c.name].asserted ? `${c.name} ${truth(at, i)}` : ""))
      .filter(Boolean);
    tell([where(at), states, ...claims].filter(Boolean).join(say("full-stop")));
  }

  const reasonText = (reason) => {
    const read = reason.values.map(([name, value]) => `${name} = ${valueText(value)}`).join(", ");
    return say(reason.holds ? "is-true" : "is-false", { formula: reason.text }) + (read ? ` (${read})` : "");
  };

  /** Return why the step that led to a node decides a claim. */
  function because(node, i) {
    const check = system.checks[i];
    if (check.start) return system.reasons(check.start[1], node.state, []);
    const why = node.step ? check.whys[node.step.action] : undefined;
    return why === undefined ? [] : system.reasons(why, node.parent.state, node.step.p);
  }

  // -- drawing ---------------------------------------------------------------------------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";
  const TOP = 34; // of the names of the endpoints
  const NEAR = 40; // how many steps before and after the one at hand are drawn: of hundreds, each step would take too long
  const LINE = 15; // of text
  const WAY = 26; // between two steps, where segments are on their way
  const CHIP = 20;
  const CHARACTER = 7.23;
  const LEGIBLE = 0.75; // of its own size: a drawing is made no smaller
  function shape(name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  const ROLES = system.views.map((view) => view.role);
  const { margin: MARGIN, lane: LANE, width: WIDTH, scale: SCALE, asked: SIZED } = TEXTS.drawing;
  const lifeline = (role) => (ROLES.includes(role) ? MARGIN + LANE * ROLES.indexOf(role) : WIDTH / 2);
  /** On which side of its lifeline what an endpoint does is written: towards the others. */
  const sideOf = (role) => (!ROLES.includes(role) ? "middle" : role === ROLES.at(-1) && ROLES.length > 1 ? "end" : "start");
  const BESIDE = { start: 1, end: -1, middle: 0 };
  const chipWidth = (state) => 12 + 7 * state.length;
  const columns = (text) => [...text].reduce((sum, sign) => sum + (/[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(sign) ? 2 : 1), 0);

  /** Return text in lines that fit into the drawing; between the characters of Chinese a line may end everywhere. */
  function wrapped(text) {
    const room = Math.floor((WIDTH - 16) / CHARACTER);
    const lines = [""];
    for (const word of text.match(/[\u2e80-\uffff][，。；：、）]*|[^\s\u2e80-\uffff]+\s*|\s+/g) ?? []) {
      if (lines.at(-1) && columns(lines.at(-1) + word.trimEnd()) > room) lines.push("");
      lines[lines.length - 1] += word;
    }
    return lines.map((line) => line.trimEnd());
  }

  const actor = (node) => (node.step ? system.actions[node.step.action].by : "");
  /** Return what the drawing says at a step, from the top: what arrives if it was long on its way, the action, what it shows. */
  function saidAt(node) {
    if (!node.step) return [];
    const arrives = node.ended.filter((j) => j.fate === "arrives").map((j) => {
      const marks = [j.old && say("old-duplicate"), j.again && !j.old && say("duplicate"), system.kept(node.step) && say("copy-stays")].filter(Boolean);
      const text = [j.from === node.parent && !j.again ? "" : system.segmentText(j.row), ...marks.map((mark, i) => (i ? `, ${mark}` : mark))].filter(Boolean).join(" ");
      return { text, kind: `label${j.old ? " old" : ""}` };
    });
    const shows = node.shows.filter(([about]) => about.kind !== "liveness")
      .map(([about, name]) => (about.kind === "safety" ? { text: `✗ ${name}`, kind: "wrong" } : { text: `✓ ${name}`, kind: "good" }));
    const changed = system.network >= 0 ? [] : system.variables.map((v, i) => (v.of || node.state[i] === node.parent.state[i] ? null : { text: `${v.name} = ${valueText(node.state[i])}`, kind: "change" }));
    return [...arrives.filter(({ text }) => text), { text: `${node.depth}. ${nameOf(node.step)}`, kind: "action" }, ...changed.filter(Boolean), ...shows];
  }

  /** Return where a step is drawn: heights, from that of its band on down. */
  function placed(node) {
    const top = node.parent ? node.parent.place.bottom : 0;
    const remarks = node.before ? wrapped(inWords(node.before)) : [];
    const after = node.after ? wrapped(inWords(node.after)) : [];
    const arrives = top + (remarks.length ? remarks.length * LINE + 6 : 0) + (node.step ? WAY : 4);
    const said = saidAt(node);
    const text = arrives + (node.step && system.lost(node.step) ? 6 : 0); // below the cross
    const below = text + said.length * LINE + (said.length ? 4 : 0);
    const labels = node.step ? [...node.sent, ...node.passed] : [...node.open.keys()];
    const chips = ROLES.some((role, r) => !node.step || node.roles[r] !== node.parent.roles[r]);
    const middle = below + CHIP / 2;
    const leaves = below + (chips || labels.length ? CHIP + LINE * Math.max(0, labels.length - 1) : 0);
    return { top, remarks, arrives, text, said, middle, labels, leaves, after, bottom: leaves + 3 + (after.length ? 24 + LINE * after.length : 0) };
  }

  /** Return the lines of a segment's journey to the height `y2`; of those that do not arrive, `nth` is which of its step's. */
  function journeyDrawn(j, y2, nth = 0) {
    const kinds = ["segment", j.old ? "old" : "", j.again ? "again" : "", j.fate].filter(Boolean).join(" ");
    const from = lifeline(j.role);
    const other = j.end && j.fate === "arrives" ? j.end : system.cell(j.row, system.format.destination) || ROLES.find((r) => r !== j.role) || "";
    const whole = lifeline(other) - from;
    const to = from + whole * { arrives: 1, lost: 0.5, pending: 0.2 }[j.fate];
    const y1 = j.from.place.leaves;
    const end = j.fate === "pending" ? y1 + 9 + 6 * nth : j.from === j.to ? y1 : y2;
    const drawn = [shape("line", { class: kinds, x1: from, y1, x2: to, y2: end })];
    if (j.fate === "arrives") {
      const angle = (Math.atan2(end - y1, to - from) * 180) / Math.PI;
      drawn.push(shape("polygon", { class: `head${j.old ? " old" : ""}`, points: "0,0 -10,-4 -10,4", transform: `translate(${to} ${end}) rotate(${angle})` }));
    } else if (j.fate === "lost") {
      drawn.push(shape("path", { class: "cross", d: `M${to - 6} ${end - 6}l12 12m0 -12l-12 12` }));
    } else {
      for (let dot = 0; dot < 3; dot++) drawn.push(shape("circle", { class: "dot", cx: to + Math.sign(whole || 1) * (6 + 6 * dot), cy: end, r: 1.6 }));
    }
    return drawn;
  }

  /** Return the drawing of a step, which is the same in every run that has it: what lies below, and what lies above. */
  function stepDrawn(node) {
    const { top, remarks, arrives, text: first, said, middle, labels, leaves, after, bottom } = node.place;
    const band = shape("rect", { class: "band", "data-step": node.depth, y: top, width: WIDTH, height: bottom - top });
    band.addEventListener("click", () => go(node));
    const lines = node.ended.flatMap((j) => journeyDrawn(j, arrives));
    const by = actor(node);
    const side = sideOf(by);
    const edge = lifeline(by) + 9 * BESIDE[side];
    const marks = [];
    if (ROLES.includes(by) && leaves > arrives) lines.push(shape("rect", { class: "bar", x: lifeline(by) - 2.5, y: arrives, width: 5, height: leaves - arrives }));
    remarks.forEach((text, k) => marks.push(shape("text", { class: "remark", x: 8, y: top + LINE * (k + 1) }, text)));
    after.forEach((text, k) => marks.push(shape("text", { class: "remark", x: 8, y: leaves + 24 + LINE * (k + 1) }, text)));
    said.forEach(({ text, kind }, k) => marks.push(shape("text", { class: kind, x: edge, y: first + LINE * (k + 1) - 1, "text-anchor": side }, text)));
    ROLES.forEach((role, r) => {
      const state = node.roles[r];
      if (node.step && state === node.parent.roles[r]) return;
      const wide = chipWidth(state);
      marks.push(shape("rect", { class: `chip${state === "ESTABLISHED" ? " established" : ""}`, x: lifeline(role) - wide / 2, y: middle - CHIP / 2, width: wide, height: CHIP, rx: 5 }),
        shape("text", { class: "state", x: lifeline(role), y: middle + 4, "text-anchor": "middle" }, state));
    });
    labels.forEach((row, k) => {
      const role = (node.step ? node.open.get(row)?.role : system.cell(row, system.format.source)) || by;
      const beside = sideOf(role);
      const chip = ROLES.includes(role) && (!node.step || node.roles[ROLES.indexOf(role)] !== node.parent.roles[ROLES.indexOf(role)]);
      const clear = chip ? chipWidth(node.roles[ROLES.indexOf(role)]) / 2 + 6 : 9;
      marks.push(shape("text", { class: "label", x: lifeline(role) + BESIDE[beside] * clear, y: middle + 4 + LINE * k, "text-anchor": beside }, system.segmentText(row)));
    });
    return { bands: [band], lines, marks };
  }

  /** Put children into a node in this order, and touch none that stands there already. */
  function arrange(node, wanted) {
    const stay = new Set(wanted);
    for (const child of [...node.childNodes]) if (!stay.has(child)) child.remove();
    let here = node.firstChild;
    for (const child of wanted) {
      if (child === here) here = here.nextSibling;
      else node.insertBefore(child, here);
    }
  }

  const named = (top) => ROLES.map((role) => shape("text", { class: "role", x: lifeline(role), y: top + 22, "text-anchor": "middle" }, role));
  function sized(drawn, top, width, height) {
    for (const [name, value] of Object.entries({ viewBox: `0 ${top} ${width} ${height}`, width: width * SCALE, height: height * SCALE })) drawn.setAttribute(name, value);
    // of many endpoints the text would be too small to read: then the drawing scrolls in its box
    drawn.style.maxWidth = SIZED ? "none" : `max(100%, ${Math.round(LEGIBLE * width)}px)`;
  }

  /** Return a picture that shows runs: it keeps what it has drawn of each step, and draws what is new. */
  function picture() {
    const drawn = shape("svg", { xmlns: SVG, role: "img", class: "run" });
    const title = shape("title", {});
    const paper = shape("rect", { class: "paper", x: 0, width: "100%", height: "100%" });
    const [bands, lives, lines, marks, above] = Array.from({ length: 5 }, () => shape("g", {}));
    drawn.append(title, paper, bands, lives, lines, marks, above);
    const kept = new Map();
    const part = (node) => {
      if (!kept.has(node)) kept.set(node, stepDrawn(node));
      return kept.get(node);
    };
    /** Show a run, or of it the steps from `first` to `last`. */
    return (run, first = 0, last = run.length - 1) => {
      const shown = run.slice(first, last + 1);
      const { top } = shown[0].place;
      const end = shown.at(-1).place.bottom;
      const pending = [...shown.at(-1).open.values()].filter((j) => !j.again);
      const bottom = end + (pending.length ? 18 : 6);
      const cycle = lasso && run.at(-1) === lasso.end;
      sized(drawn, top, WIDTH + (cycle ? 24 : 0), bottom - top + (cycle ? 18 : 0));
      title.textContent = `${texts.name}: ${counted("steps", run.length - 1)}`;
      paper.setAttribute("y", top);
      const parts = shown.map(part);
      // what is in flight where the drawing ends: it arrives farther down, or is in flight still
      const later = new Map(run.slice(last + 1).flatMap((node) => node.ended).reverse().map((j) => [j.row, j]));
      const nth = new Map();
      const open = [...shown.at(-1).open.values()].flatMap((journey) => {
        const j = later.get(journey.row);
        if (j) return journeyDrawn({ ...j, ...journey }, bottom);
        if (journey.again) return [];
        nth.set(journey.from, (nth.get(journey.from) ?? -1) + 1);
        return journeyDrawn({ ...journey, fate: "pending", old: shown.at(-1).old.has(journey.row) }, 0, nth.get(journey.from));
      });
      arrange(bands, parts.flatMap((p) => p.bands));
      for (const node of shown) part(node).bands[0].classList.toggle("current", node === at);
      lives.replaceChildren(...ROLES.map((role) => shape("line", { class: "life", x1: lifeline(role), y1: top, x2: lifeline(role), y2: bottom - 4 })));
      arrange(lines, [...parts.flatMap((p) => p.lines), ...open]);
      arrange(marks, parts.flatMap((p) => p.marks));
      above.replaceChildren(...(cycle ? cycleDrawn(first, last, top, bottom - 12) : []));
      return drawn;
    };
  }

  /** Return the names of the endpoints, as a picture that stands above that of the run. */
  function heading() {
    const drawn = shape("svg", { class: "run", "aria-hidden": "true" });
    drawn.append(shape("rect", { class: "paper", width: "100%", height: "100%" }), ...named(0));
    sized(drawn, 0, WIDTH + (lasso && tip(at) === lasso.end ? 24 : 0), TOP - 4);
    return drawn;
  }

  /** Return the line from the last step of a lasso back to where its cycle begins, as far as the drawing shows it. */
  function cycleDrawn(first, last, top, bottom) {
    const { begin, end } = lasso;
    const x = WIDTH + 12;
    const goesOn = begin.depth < first ? top : begin.place.bottom + 8;
    const comesFrom = end.depth > last ? bottom : end.place.bottom - 4;
    return [shape("path", { class: "cycle", d: `M${end.depth > last ? x : x - 14} ${comesFrom}H${x}V${goesOn}${begin.depth < first ? "" : "h-14"}` }),
      ...(begin.depth < first ? [] : [shape("polygon", { class: "cycle-head", points: "0,0 8,-4 8,4", transform: `translate(${x - 14} ${goesOn})` })]),
      shape("text", { class: "cycle", x: x + 6, y: bottom + 22, "text-anchor": "end" }, say("cycle", { begin: begin.depth + 1, end: end.depth }))];
  }

  // -- the parts of the page -------------------------------------------------------------------------------------------------
  let numbered = [];

  function stepButton(step, label, described) {
    numbered.push(step);
    const number = numbered.length;
    return el(
      "button",
      { type: "button", class: "step", "data-key": `step-${nameOf(step)}-${step.chosen.map(argumentText).join()}`, title: described, onclick: () => play(step) },
      number <= 9 ? el("kbd", { "aria-hidden": "true" }, `${number}`) : "",
      label,
    );
  }

  function stepLabel(step) {
    const chosen = choice(step);
    return nameOf(step) + (chosen ? ` (${chosen})` : "");
  }

  const describe = (step) => told(texts.actions[nameOf(step)]?.doc);

  function endpointPanels() {
    const by = new Map(system.views.map((view) => [view.role, []]));
    for (const step of possible(at)) {
      if (system.received(step) || system.lost(step)) continue;
      const who = system.actions[step.action].by;
      if (!by.has(who)) by.set(who, []);
      by.get(who).push(step);
    }
    for (const action of system.actions) if (!action.loses && !by.has(action.by)) by.set(action.by, []);
    return [...by].map(([role, steps]) => {
      const view = system.views.findIndex((v) => v.role === role);
      const state = view < 0 ? "" : el("span", { class: "chip" }, at.roles[view]);
      return el(
        "section",
        { class: "endpoint", "aria-label": role || say("system") },
        el("h3", {}, role || say("system"), " ", state),
        steps.length ? el("div", { class: "buttons" }, steps.map((s) => stepButton(s, stepLabel(s), describe(s)))) : el("p", { class: "faint" }, say("nothing-by-itself")),
        refused(role),
      );
    });
  }

  const opened = new Set();
  /** Return the actions of an endpoint that are not possible; why is worked out when somebody looks. */
  function refused(role) {
    const can = new Set(possible(at).map((step) => step.action));
    const cannot = system.actions.map((a, i) => [a, i]).filter(([a, i]) => a.by === role && !a.loses && !can.has(i));
    if (!cannot.length) return null;
    return details(`refused-${role}`, counted("refused", cannot.length), () => el("ul", { class: "refusals" }, cannot.map(([action, i]) => {
      const [first, ...others] = system.refusals(i, at.state);
      return el("li", {}, el("b", {}, action.name), " ", el("small", {}, told(texts.actions[action.name]?.doc)),
        first ? el("ul", {}, refusalLines(action, first)) : "",
        others.length ? el("small", {}, say("other-choices", { number: others.length })) : "");
    })));
  }

  function refusalLines(action, refusal) {
    if (refusal.missing) {
      const [source, name] = refusal.missing;
      return el("li", {}, source ? say("is-empty", { source, name }) : say("nothing-to-choose"));
    }
    const given = action.parameters
      .map((p, i) => (p.kept ? "" : `${p.name} = ${p.name === action.receives && system.format ? system.segmentText(refusal.chosen[i]) : argumentText(refusal.chosen[i])}`))
      .filter(Boolean)
      .join(", ");
    return [given ? el("li", { class: "faint" }, say("with", { given })) : "", refusal.reasons.map((r) => el("li", {}, reasonText(r)))];
  }

  function segmentCards() {
    if (system.network < 0) return null;
    const rows = at.state[system.network].rows;
    const cards = rows.map((row) => {
      const mine = possible(at).filter((step) => received(step) === row);
      const isHeld = held.has(row);
      const text = system.segmentText(row);
      const buttons = mine.filter((step) => !isHeld || system.lost(step)).map((step) => {
        const what = system.lost(step) ? say("lose") : say(system.kept(step) ? "deliver-keep" : "deliver");
        const chosen = choice(step);
        const name = system.lost(step) ? "" : `: ${nameOf(step)}${chosen ? ` (${chosen})` : ""}`;
        return stepButton(step, el("span", {}, what, el("small", {}, name)), describe(step));
      });
      const fresh = at.parent && !at.parent.state[system.network].rows.includes(row);
      return el(
        "li",
        { class: `card${at.old.has(row) ? " old" : ""}${isHeld ? " held" : ""}` },
        el("p", {}, el("b", {}, way(row)), " ", fresh ? el("mark", {}, text) : el("span", {}, text),
          at.old.has(row) ? el("small", {}, ` ${say("old")}`) : "", isHeld ? el("small", {}, ` ${say("held")}`) : ""),
        el("div", { class: "buttons" }, buttons,
          el("button", { type: "button", class: "hold", "data-key": `hold-${row.id}`, "aria-pressed": `${isHeld}`, onclick: () => {
            if (isHeld) held.delete(row); else held.add(row);
            render();
            tell(say(isHeld ? "released" : "is-held", { segment: text }));
          } }, say("hold"))),
        mine.some((step) => !system.lost(step)) || isHeld ? "" : el("p", { class: "faint" }, say("nobody-takes")),
      );
    });
    return el("section", { "aria-labelledby": "flight" }, el("h2", { id: "flight" }, say("in-flight")),
      rows.length ? el("ul", { class: "cards" }, cards) : el("p", { class: "faint" }, say("no-segment")));
  }

  function split(name) {
    const dot = name.lastIndexOf(".");
    return dot < 0 ? ["", name] : [name.slice(0, dot), name.slice(dot + 1)];
  }

  function stateTable() {
    const shown = system.variables.map((v, i) => ({ ...v, i })).filter((v) => !v.of && v.i !== system.network && !hidden.has(v.name));
    const columns = [...new Set(shown.map((v) => split(v.name)[0]))];
    const rows = [...new Set(shown.map((v) => split(v.name)[1]))];
    const by = new Map(shown.map((v) => [v.name, v]));
    const cell = (column, row) => {
      const v = by.get(column ? `${column}.${row}` : row);
      if (!v) return el("td", {});
      const now = valueText(at.state[v.i]);
      if (!at.parent || at.parent.state[v.i] === at.state[v.i]) return el("td", {}, now);
      return el("td", {}, el("mark", {}, now), " ", el("small", {}, say("was", { value: valueText(at.parent.state[v.i]) })));
    };
    const all = system.variables.filter((v, i) => !v.of && i !== system.network);
    return el("section", { "aria-labelledby": "state" }, el("h2", { id: "state" }, say("state")),
      el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": say("state") }, el("table", { "aria-label": say("state") },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("variable")), columns.map((c) => el("th", { scope: "col" }, c || say("value"))))),
        el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row), columns.map((c) => cell(c, row))))))),
      details("hide", say("hide-variables"), () => el("div", { class: "boxes" }, all.map((v) => el("label", {},
        el("input", { type: "checkbox", "data-key": `hide-${v.name}`, checked: hidden.has(v.name), onchange: (event) => {
          if (event.target.checked) hidden.add(v.name); else hidden.delete(v.name);
          render();
        } }), v.name)))),
      remembered());
  }

  function remembered() {
    const own = system.variables.map((v, i) => [v, i]).filter(([v]) => v.of);
    if (!own.length) return null;
    return details("memories", say("memories"), () => el("ul", {}, own.map(([v, i]) =>
      el("li", {}, `${v.name} = ${valueText(at.state[i])}`, at.parent && at.parent.state[i] !== at.state[i] ? el("mark", {}, ` ${say("was", { value: valueText(at.parent.state[i]) })}`) : ""))));
  }

  /** Return what opens when it is asked for: what is in it is made then. */
  function details(key, summary, content) {
    const shown = el("details", { open: opened.has(key) || (printing && key === "listing"), ontoggle: (event) => {
      if (printing) return;
      if (event.target.open) opened.add(key); else opened.delete(key);
      fill();
    } }, el("summary", { "data-key": key }, summary));
    const fill = () => {
      if ((opened.has(key) || (printing && key === "listing")) && shown.childElementCount === 1) shown.append(...[content()].flat());
    };
    fill();
    return shown;
  }

  function claimRow(check, i) {
    const about = texts.claims[check.name];
    const shown = el("span", { class: at.decided[i] && about.kind === "safety" ? "bad" : "" }, truth(at, i));
    return el("tr", {}, el("th", { scope: "row" },
      el("span", { title: told(about.statement) }, check.name), about.asserted ? "" : el("small", {}, ` ${say("not-asserted")}`),
      el("br"), el("small", {}, told(about.brief))), el("td", {}, at.newly[i] ? el("mark", {}, shown) : shown));
  }

  /** Return the claims: those that are decided or waited for first; the others fold, for they are many and say little. */
  function claimsTable() {
    if (!system.checks.length) return null;
    const telling = (i) => at.decided[i] || at.newly[i] || (at.owed[i] ?? null) !== null;
    const numbered = system.checks.map((check, i) => [check, i]);
    const [first, others] = [numbered.filter(([, i]) => telling(i)), numbered.filter(([, i]) => !telling(i))];
    const table = (rows) => el("table", { "aria-label": say("claims") }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("claim")), el("th", { scope: "col" }, say("truth")))),
      el("tbody", {}, rows.map(([check, i]) => claimRow(check, i))));
    return el("section", { "aria-labelledby": "claims" }, el("h2", { id: "claims" }, say("claims")), fallen(),
      first.length ? table(first) : "",
      others.length ? details("other-claims", counted("other-claims", others.length), () => table(others)) : "");
  }

  /** Return what is said of the claims that this very step decides. */
  function fallen() {
    return system.checks.map((check, i) => {
      const about = texts.claims[check.name];
      if (!at.newly[i] || about.kind === "liveness" || !about.asserted) return null;
      const why = because(at, i);
      return el("div", { class: about.kind === "safety" ? "fell" : "reached" },
        el("p", {}, el("b", {}, `${check.name}${say("colon")}${truth(at, i)}${say("full-stop")}`), told(about.shows)),
        why.length ? details(`why-${check.name}`, say("why"), () => el("ul", {}, why.map((r) => el("li", {}, reasonText(r))))) : "");
    });
  }

  /** Keep with each node of a run what is said of it: before the step that led there, and, at the end, after it. */
  function remark(end, remarks) {
    for (const node of path(end)) [node.before, node.after] = [remarks[node.depth - 1], node === end ? remarks[node.depth] : undefined];
    drawAnew();
  }
  /** Draw all steps anew: what is said before them has changed, or the language. */
  function drawAnew() {
    for (const node of nodes) node.place = placed(node); // after those before them
    draw = picture();
  }
  const inWords = (text) => (text === undefined || typeof text === "string" ? (text ?? "") : told(text));
  /** Return what is said at a step: before it, after it, and where it stands in a run that goes on for ever. */
  function remarked(node) {
    const goes = [];
    if (lasso && node.depth > lasso.begin.depth && path(lasso.end).includes(node)) goes.push(say("in-the-cycle", { number: lasso.begin.depth + 1 }));
    if (lasso && node === lasso.end) goes.push(say("cycle-ends", { number: lasso.begin.depth + 1 }));
    if (node === stuck) goes.push(say("nothing-more"));
    return [inWords(node.before), ...goes, inWords(node.after)].filter(Boolean);
  }

  /** Return what becomes of the segments of a step, and what else it chose. */
  function traffic(node) {
    const { step } = node;
    const line = (row, old, what) => `${[way(row), system.segmentText(row)].filter(Boolean).join(": ")}${old ? ` ${say("old")}` : ""} ${say(what)}`;
    const [row, lost] = [system.received(step), system.lost(step)];
    const old = (one) => node.parent.old.has(one);
    const chosen = choice(step);
    return [
      ...(row ? [line(row, old(row), system.kept(step) ? "arrives-copy-stays" : "arrives")] : []),
      ...(lost ? [line(lost, old(lost), "is-lost")] : []),
      ...node.sent.map((one) => line(one, false, "leaves")),
      ...node.passed.map((one) => line(one, false, "passes")),
      ...(chosen ? [say("chosen", { chosen })] : []),
    ];
  }

  /** Return the paragraphs about a step: what is said of it, what it does, and its segments. */
  function stepTold(node) {
    const remarks = remarked(node).map((text) => el("p", { class: "remark" }, text));
    if (!node.step) return [...remarks, el("p", {}, told(texts.summary))];
    const action = texts.actions[nameOf(node.step)];
    const lines = traffic(node);
    return [
      ...remarks,
      el("p", {}, told(action?.doc), action?.section ? ` (${action.section})` : ""),
      lines.length ? el("ul", { class: "traffic" }, lines.map((text) => el("li", {}, text))) : "",
    ];
  }

  function modelText() {
    if (!at.step) return el("section", {}, el("h2", {}, say("initial")), stepTold(at));
    const action = texts.actions[nameOf(at.step)];
    return el("section", { "aria-labelledby": "model" },
      el("h2", { id: "model" }, where(at)),
      stepTold(at),
      action ? details("rule", say("rule", { action: nameOf(at.step) }), () => el("pre", { tabindex: "0", role: "group", "aria-label": say("rule", { action: nameOf(at.step) }) }, told(action.text).map((n) => lines[n]).join("\n"))) : "");
  }

  /** Return the run in words, step by step: what is printed, and what can be read where the drawing cannot. */
  function listing() {
    const entry = (node) => {
      const before = node.parent?.state;
      const changed = system.variables.map((v, i) => (v.of || i === system.network || !before || before[i] === node.state[i] ? "" : `${v.name} = ${valueText(node.state[i])}`)).filter(Boolean);
      const rows = system.network < 0 ? [] : node.state[system.network].rows;
      const flight = rows.map((row) => [way(row), system.segmentText(row)].filter(Boolean).join(": "));
      return el("section", { class: "entry" }, el("h3", {}, where(node)), stepTold(node),
        el("ul", {}, el("li", {}, node.roles.map((state, i) => `${system.views[i].role} ${state}`).join(", ")),
          changed.length ? el("li", {}, `${say("state")}${say("colon")}${changed.join("; ")}`) : "",
          system.network < 0 ? "" : el("li", {}, flight.length ? `${say("in-flight")}${say("colon")}${flight.join("; ")}` : say("no-segment")),
          node.shows.filter(([about]) => about.kind !== "liveness").map(([about, name, i]) => el("li", { class: about.kind === "safety" ? "bad" : "" }, `${name}${say("colon")}${truth(node, i)}${say("full-stop")}${told(about.shows)}`))));
    };
    return path().map(entry);
  }
  const runInWords = () => details("listing", say("listing"), listing);

  function predictPanel() {
    if (!asked) return null;
    const view = system.views[asked.role];
    const values = view.values.length ? view.values : ["true", "false"];
    return el("section", { id: "asked", class: "asked", "aria-labelledby": "asked-what" },
      el("h2", { id: "asked-what" }, nameOf(asked.step)), el("p", {}, say("which-state", { role: view.role })),
      el("div", { class: "buttons" }, values.map((value) => el("button", { type: "button", onclick: () => answer(value) }, value))));
  }

  const BRANCHES = 8; // how many are shown: those played last
  function branches() {
    if (leaves.size < 2) return null;
    const current = tip(at);
    const shown = [...leaves].slice(-BRANCHES);
    if (!shown.some(([leaf]) => leaf === current)) shown.unshift([current, leaves.get(current)]);
    return el("section", { "aria-labelledby": "branches" }, el("h2", { id: "branches" }, say("branches")),
      el("div", { class: "buttons" }, shown.map(([leaf, number]) => el("button", { type: "button", "data-key": `branch-${leaf.number}`, "aria-pressed": `${leaf === current}`, onclick: () => {
        follows(leaf);
        go(leaf);
      } }, say("branch", { number, steps: counted("steps", leaf.depth) })))),
      shown.length < leaves.size ? el("p", { class: "faint" }, say("part-branches", { shown: shown.length, of: leaves.size })) : "");
  }

  // -- side by side ----------------------------------------------------------------------------------------------------------
  /** Return what another handshake does with the same schedule up to a node, which keeps it: `missing` where it has no such step. */
  function beside(other, node) {
    if (node.beside) return node.beside;
    const before = node.parent ? beside(other, node.parent).state : other.system.initial;
    const step = node.step ? tied(other.system, before, node) : null;
    const state = step ? step.state : before;
    node.beside = {
      state,
      name: step ? other.system.actions[step.action].name : "",
      missing: node.step !== null && !step,
      roles: other.system.views.map((v) => other.system.stateOf(v, state)),
      decided: step ? other.system.checks.filter((c) => c.start === null && other.system.met(c, step, before)).map((c) => c.name)
        .filter((name) => other.texts.claims[name].asserted && other.texts.claims[name].kind === "safety") : [],
    };
    return node.beside;
  }

  /** Return the step of another system that does the same: the same arguments, or else the same segment, or one alike. */
  function tied(other, state, node) {
    const steps = other.steps(state);
    const name = nameOf(node.step);
    const row = system.received(node.step);
    const kept = system.kept(node.step);
    const alike = (one) => ["source", "destination"].every((c) => system.cell(row, system.format[c]) === other.cell(one, other.format[c]))
      && system.cell(row, "ctl") === other.cell(one, "ctl");
    const lost = system.lost(node.step);
    if (lost) return steps.find((s) => other.lost(s) === lost) ?? null;
    if (!row) {
      const same = steps.filter((s) => other.actions[s.action].name === name && !other.received(s));
      return same.find((s) => s.chosen.join() === node.step.chosen.join()) ?? same[0] ?? null;
    }
    const takes = steps.filter((s) => other.received(s) && other.kept(s) === kept);
    return takes.find((s) => other.received(s) === row) ?? takes.find((s) => alike(other.received(s))) ?? null;
  }

  function besidePanel() {
    const other = main[1];
    if (!other) return null;
    const run = path(at);
    run.forEach((node) => beside(other, node)); // from the first on, so that each finds its parent's
    const first = Math.max(0, run.length - 1 - NEAR);
    const cell = (name, roles, fallen, missing) => el("td", { class: missing ? "faint" : "" }, name, el("br"), el("small", {}, roles.join(" / ")),
      fallen.length ? el("div", { class: "bad" }, `✗ ${fallen.join(", ")}`) : "");
    const row = (node) => {
      const their = node.beside;
      return el("tr", {}, el("th", { scope: "row" }, `${node.depth}`),
        cell(node.step ? nameOf(node.step) : say("initial"), node.roles, system.checks.filter((c, k) => node.decides[k] && texts.claims[c.name].asserted && texts.claims[c.name].kind === "safety").map((c) => c.name), false),
        cell(!node.step ? say("initial") : their.missing ? say("not-possible") : their.name, their.roles, their.decided, their.missing));
    };
    return el("section", { "aria-labelledby": "beside" }, el("h2", { id: "beside" }, say("beside")),
      el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": say("beside") }, el("table", { class: "beside", "aria-label": say("beside") },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "#"), el("th", { scope: "col" }, texts.name), el("th", { scope: "col" }, other.texts.name))),
        el("tbody", {}, run.slice(first).map((node) => (node.row?.code === code ? node.row : (node.row = { code, cells: row(node) })).cells)))),
      first ? el("p", { class: "faint" }, say("part-listed", { first, last: at.depth })) : "");
  }

  // -- all of it -------------------------------------------------------------------------------------------------------------
  const put = (id, ...content) => $(id).replaceChildren(...content.flat(Infinity).filter(Boolean));

  let draw = picture();
  let printing = matchMedia("print").matches;
  let following = 0;
  /** Scroll the drawing to the step at hand, when the browser draws: what it lays out until then, it lays out once. */
  function follow() {
    following ||= requestAnimationFrame(() => {
      following = 0;
      const [box, band] = [$("drawing"), $("drawing").querySelector(".band.current")];
      if (!band) return;
      const [inner, outer] = [band.getBoundingClientRect(), box.getBoundingClientRect()];
      const above = outer.top + box.firstChild.offsetHeight; // the names of the endpoints stay where they are
      if (inner.top < above) box.scrollTop -= above - inner.top + 8;
      else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 24;
    });
  }

  function render() {
    const focused = document.activeElement?.dataset?.key;
    const within = document.activeElement?.closest?.("[data-panel]")?.id;
    numbered = [];
    const run = $("predict").checked ? path(at) : path(); // what is to be predicted is not drawn
    const near = (from, to) => [Math.max(0, from), Math.min(run.length - 1, to)];
    const [first, last] = printing ? [0, run.length - 1] : near(at.depth - NEAR, at.depth + NEAR);
    put("drawing", el("div", { class: "heading" }, heading()), draw(run, first, last), last - first < run.length - 1 ? el("p", { class: "faint" }, say("part-drawn", { first, last, of: run.length - 1 })) : "");
    follow();
    put("play", predictPanel() ?? [el("h2", { id: "possible" }, say("possible")), el("div", { class: "endpoints" }, endpointPanels()), segmentCards()]);
    put("model-panel", modelText());
    put("claims-panel", claimsTable());
    put("state-panel", stateTable());
    put("tree-panel", branches());
    put("beside-panel", besidePanel());
    put("listing", runInWords());
    $("undo").setAttribute("aria-disabled", `${!at.parent}`);
    $("first").setAttribute("aria-disabled", `${!at.parent}`);
    $("redo").setAttribute("aria-disabled", `${!at.last && at !== lasso?.end}`);
    $("last").setAttribute("aria-disabled", `${!at.last}`);
    const again = focused && document.querySelector(`[data-key="${CSS.escape(focused)}"]`);
    if (again) again.focus({ preventScroll: true });
    else if (focused && within) $(within).querySelector("button, summary")?.focus({ preventScroll: true });
    challengeState();
  }

  /** Put the words of the language that is chosen where the page has them. */
  function speak() {
    document.documentElement.lang = TEXTS.tags[code];
    for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
    for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
    $("title").textContent = told(TEXTS.titles);
    document.title = told(TEXTS.titles);
    $("setting").replaceChildren(...told(TEXTS.setting).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
    $("says").replaceChildren(...(told(TEXTS.says) || []).map((text) => el("p", {}, text)));
    $("ends").replaceChildren(...(told(TEXTS.ends) || []).map((text) => el("p", {}, text)));
    for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", `${button.dataset.language === code}`);
    goals();
    challenges();
    drawAnew();
  }

  // -- the run as a fragment, and as files -----------------------------------------------------------------------------------
  const schedule = (node) => path(node).slice(1).map((n) => [nameOf(n.step), ...n.step.chosen.map(plain)]);
  let waiting = 0;
  let written = "";
  function remember() {
    clearTimeout(waiting);
    waiting = setTimeout(writeFragment, 300); // a browser complains of an address that changes much more often
  }
  function writeFragment() {
    const end = tip(at);
    written = end === given ? `#at-${at.depth}` // the page has the run itself
      : end.step ? `#at=${at.depth}&run=${encodeURIComponent(JSON.stringify(schedule(end)))}` : "";
    if (location.hash !== written) history.replaceState(null, "", written || location.pathname + location.search);
  }

  /** Return the step of a node that has this name and these arguments; those that are not given are chosen as they come. */
  function find(node, name, given) {
    const number = system.action.get(name);
    if (number === undefined) throw new Error(say("no-action", { name }));
    const { parameters } = system.actions[number];
    const wanted = parameters.map((p) => (p.name in given ? readArgument(p, given[p.name]) : undefined));
    const step = possible(node).find((s) => s.action === number && wanted.every((w, i) => w === undefined || w === s.chosen[i]))
      ?? (wanted.includes(undefined) ? null : system.take(node.state, number, wanted));
    if (step) return step;
    const [why] = system.refusals(number, node.state);
    const reason = why ? why.reasons.map(reasonText).join("; ") : "";
    throw new Error(say("cannot-take", { name, why: reason || (why?.missing?.[0] ? say("is-empty", { source: why.missing[0], name: why.missing[1] }) : "–") }));
  }

  function readArgument(p, value) {
    if (p.source === undefined) {
      return back(value, p.sort);
    }
    return rowOf(value.map((cell, i) => back(cell, p.cells[i])));
  }

  /** Play steps from the initial state; nothing changes where one of them is not possible. */
  function playAll(steps, from = root) {
    let node = from;
    steps.forEach(([name, given], i) => {
      try {
        node = extend(node, find(node, name, Array.isArray(given) ? namedArguments(name, given) : given));
      } catch (error) {
        throw new Error(say("step-wrong", { number: i + 1, why: error.message }));
      }
    });
    return node;
  }

  const namedArguments = (name, values) => {
    const number = system.action.get(name);
    if (number === undefined) throw new Error(say("no-action", { name }));
    return Object.fromEntries(system.actions[number].parameters.map((p, i) => [p.name, values[i]]).filter(([, v]) => v !== undefined));
  };

  function readFragment() {
    if (location.hash === written && written) return;
    const asked = /^#at=(\d+)&run=(.*)$/.exec(location.hash);
    const only = /^#at[-=](\d+)$/.exec(location.hash);
    try {
      if (asked) {
        const run = JSON.parse(decodeURIComponent(asked[2])).map(([name, ...values]) => [name, values]);
        const end = playAll(run);
        follows(end);
        go(path(end)[Math.min(Number(asked[1]), end.depth)]);
      } else if (only) {
        if (given) follows(given);
        const run = path(given ?? tip(at));
        go(run[Math.min(Number(only[1]), run.length - 1)]);
      }
    } catch (error) {
      tell(say("bad-run", { why: error.message }));
    }
  }

  /** Return the steps of a scenario, of a record of a run, or of an ITF file; raise what is wrong with it, in words. */
  function importRun(text) {
    let content;
    try {
      content = JSON.parse(text);
    } catch {
      throw new Error(say("not-json"));
    }
    if (content.format === "synproof-trace") return playAll(content.steps.map((s) => [s.action, s.arguments]));
    if (Array.isArray(content.states) && content.vars) {
      const metas = content.states.slice(1).map((s) => s["#meta"] ?? {});
      if (metas.some((m) => !m.action)) throw new Error(say("itf-no-actions"));
      return playAll(metas.map((m) => [m.action, m.arguments ?? {}]));
    }
    if (Array.isArray(content.steps)) return playScenario(content);
    throw new Error(say("not-a-run"));
  }

  const MOST_TIMES = 8; // of a repeat, as in synproof
  /** Play a scenario: what it leaves open is chosen so that as little as possible happens, as synproof does. */
  function playScenario(content) {
    let node = root;
    const kept = new Set();
    const queue = [];
    const own = {};
    const catchUp = () => {
      if (system.network < 0) return;
      const now = node.state[system.network].rows;
      for (let i = queue.length - 1; i >= 0; i--) if (!now.includes(queue[i])) queue.splice(i, 1);
      for (const row of now) if (!queue.includes(row)) queue.push(row);
      for (const row of kept) if (!now.includes(row)) kept.delete(row);
    };
    const take = (step) => {
      node = extend(node, step);
      catchUp();
      const row = system.received(step);
      if (row && queue.includes(row)) kept.add(row);
    };
    const matching = (pattern) => queue.filter((row) => Object.entries(pattern).every(([c, v]) => row[system.columns.indexOf(c)] === v));
    const one = (pattern) => {
      const [found] = matching(pattern);
      if (!found) throw new Error(say("no-such-segment", { pattern: JSON.stringify(pattern) }));
      return found;
    };
    const arrive = (row, given) => {
      const fits = (step) => system.received(step) === row && system.actions[step.action].parameters
        .every((p, i) => !(p.name in given) || readArgument(p, given[p.name]) === step.chosen[i]);
      const step = possible(node).find(fits);
      if (!step) throw new Error(`${system.segmentText(row)}: ${say("nobody-takes")}`);
      take(step);
    };
    const numbers = content.numbers ?? {};
    const each = (entry) => {
      const { says, action, deliver, lose, hold, absent, repeat, if_possible, ...given } = entry;
      if (repeat !== undefined) {
        const times = typeof repeat === "string" ? numbers[repeat] : repeat;
        if (!Number.isInteger(times) || times < 0 || times > MOST_TIMES || !Array.isArray(given.steps)) throw new Error(say("no-times", { repeat: JSON.stringify(repeat), most: MOST_TIMES }));
        for (let n = 0; n < times; n++) given.steps.forEach(step);
      } else if (says !== undefined) own[node.depth] = says;
      else if (action !== undefined) take(find(node, action, given));
      else if (deliver === "all") {
        for (let n = 0; n < 100; n++) {
          const next = queue.find((row) => !kept.has(row));
          if (!next) break;
          arrive(next, given);
        }
      } else if (deliver !== undefined) arrive(one(deliver), given);
      else if (lose !== undefined) {
        const row = one(lose);
        const step = possible(node).find((s) => system.lost(s) === row);
        if (!step) throw new Error(say("not-possible"));
        take(step);
      } else if (hold !== undefined) {
        one(hold);
        matching(hold).forEach((row) => kept.add(row));
      } else if (absent !== undefined) {
        if (matching(absent).length) throw new Error(say("not-possible"));
      } else if (entry.line === undefined) throw new Error(say("not-here", { kind: Object.keys(entry)[0] ?? "" }));
    };
    const step = (entry) => {
      try {
        each(entry);
      } catch (error) {
        if (!entry.if_possible) throw error;
      }
    };
    catchUp();
    content.steps.forEach((entry, i) => {
      try {
        step(entry);
      } catch (error) {
        throw new Error(say("step-wrong", { number: i + 1, why: error.message }));
      }
    });
    remark(node, own);
    return node;
  }

  function open(text) {
    try {
      const end = importRun(text);
      [lasso, stuck] = [null, null];
      follows(end);
      go(end);
      tell(say("played", { steps: counted("steps", end.depth) }));
    } catch (error) {
      tell(say("bad-run", { why: error.message }));
    }
  }

  function scenario() {
    const run = path().slice(1);
    const steps = run.map((n) => ({ action: nameOf(n.step), ...Object.fromEntries(system.actions[n.step.action].parameters.map((p, i) => [p.name, plain(n.step.chosen[i])])) }));
    const isns = {};
    ["A", "B"].forEach((side, i) => {
      const role = system.views[i]?.role;
      const chosen = steps.filter((s, k) => system.actions[run[k].step.action].by === role && "isn" in s).map((s) => s.isn);
      if (chosen.length) isns[side] = chosen;
    });
    return `${JSON.stringify({ summary: say("exported-summary", { system: texts.name }), models: [texts.reference],
      ...(Object.keys(isns).length ? { isns } : {}), ...(texts.octets === 1 ? {} : { octets: texts.octets }), steps }, null, 2)}\n`;
  }

  function itf() {
    const value = (v) => (typeof v === "boolean" || typeof v === "string" ? v : typeof v !== "object" ? { "#bigint": `${v}` }
      : { "#set": v.rows.map((row) => ({ "#tup": row.map(value) })) });
    const spelt = texts.itf;
    const states = path().map((node, index) => ({
      "#meta": node.step ? { index, action: nameOf(node.step), arguments: Object.fromEntries(system.actions[node.step.action].parameters.map((p, i) => [p.name, plain(node.step.chosen[i])])) } : { index },
      ...Object.fromEntries(system.variables.map((v, i) => [spelt[v.name], value(node.state[i])])),
    }));
    const renamed = Object.fromEntries(Object.entries(spelt).filter(([old, now]) => old !== now).map(([old, now]) => [now, old]));
    return `${JSON.stringify({ "#meta": { format: "ITF", "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html", source: system.name, description: texts.name, variables: renamed },
      params: [], vars: Object.values(spelt), states }, null, 2)}\n`;
  }

  function mermaid() {
    const ids = new Map(system.views.map((v, i) => [v.role, `p${i}`]));
    const all = [...ids.values()];
    const over = all.length > 1 ? `${all[0]},${all[all.length - 1]}` : (all[0] ?? "p0");
    const clean = (text) => text.replaceAll("#", "#35;").replaceAll(";", "#59;").replaceAll("<", "#lt;").replaceAll(">", "#gt;");
    const lines = ["sequenceDiagram"];
    if (!ids.size) lines.push(`  participant p0 as ${clean(texts.name)}`);
    for (const [role, id] of ids) lines.push(`  participant ${id} as ${clean(role)}`);
    system.views.forEach((v, i) => lines.push(`  Note over ${ids.get(v.role)}: ${clean(root.roles[i])}`));
    for (const node of path().slice(1)) {
      const { by } = system.actions[node.step.action];
      const row = system.received(node.step);
      const lost = system.lost(node.step);
      const name = clean(nameOf(node.step));
      if (row || lost) {
        const segment = row ?? lost;
        const from = ids.get(system.cell(segment, system.format.source) || [...ids.keys()].find((r) => r !== by)) ?? over.split(",")[0];
        const to = ids.get(by || system.cell(segment, system.format.destination)) ?? over.split(",").at(-1);
        lines.push(`  ${from}${lost ? "-x" : "->>"}${to}: ${clean(system.segmentText(segment))} ${name}`);
      } else lines.push(`  Note over ${ids.get(by) ?? over}: ${name}`);
      node.roles.forEach((state, i) => {
        if (state !== node.parent.roles[i]) lines.push(`  Note over ${ids.get(system.views[i].role)}: ${clean(state)}`);
      });
    }
    return `${lines.join("\n")}\n`;
  }

  function svg() {
    const drawn = picture()(path());
    for (const band of drawn.querySelectorAll(".band")) band.remove();
    const [, , width, height] = drawn.getAttribute("viewBox").split(" ").map(Number);
    sized(drawn, -TOP, width, height + TOP);
    drawn.querySelector(".paper").setAttribute("y", -TOP);
    drawn.append(...named(-TOP));
    drawn.prepend(shape("style", {}, $("drawing-style").textContent));
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(drawn)}\n`;
  }

  const WRITERS = { "scenario.json": scenario, "itf.json": itf, svg, mmd: mermaid };

  function download(kind) {
    const text = WRITERS[kind]();
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    el("a", { href: address, download: `${texts.name.replaceAll("/", "-")}.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  async function copy(kind) {
    const text = WRITERS[kind]();
    $("pasted").value = text;
    $("pasted").select();
    try {
      await navigator.clipboard.writeText(text);
      tell(say("copied", { kind }));
    } catch {
      tell(say("copy-below"));
    }
  }

  // -- show me ---------------------------------------------------------------------------------------------------------------
  let worker = null;
  function ask(goal, limits, done) {
    worker?.terminate();
    const source = `${$("engine").textContent}\n${$("written").textContent}\nconst s = new ENGINE.System(MODELS[0]);
onmessage = ({ data }) => {
  let from = s.initial;
  for (const [action, chosen] of data.schedule) from = s.take(from, action, chosen).state;
  const found = s.search({ from, goal: data.goal ? s.goal(data.goal) : null, limits: data.limits, told: (n) => postMessage({ told: n }) });
  postMessage({ found });
};`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(address);
    worker.onmessage = ({ data }) => {
      if (data.told) {
        $("searching").textContent = say("searching", { states: data.told.states.toLocaleString("en"), depth: data.told.depth });
        return;
      }
      stop();
      done(data.found);
    };
    worker.onerror = (event) => {
      stop();
      tell(say("bad-run", { why: event.message }));
    };
    $("stop").hidden = false;
    worker.address = address;
    worker.postMessage({ goal, limits, schedule: path(at).slice(1).map((n) => [n.step.action, n.step.chosen.map((v) => (Array.isArray(v) ? [...v] : v))]) });
  }

  function stop() {
    if (!worker) return;
    worker.terminate();
    URL.revokeObjectURL(worker.address);
    worker = null;
    $("stop").hidden = true;
    $("searching").textContent = "";
  }

  const chosenGoal = () => {
    const value = $("goal").value;
    if (value.startsWith("claim:")) return { kind: "claim", name: value.slice(6) };
    if (value.startsWith("both:")) return { kind: "states", states: Object.fromEntries(system.views.map((v) => [v.role, value.slice(5)])) };
    return { kind: "states", states: Object.fromEntries(system.views.map((v) => [v.role, $(`pair-${v.role}`)?.value ?? ""])) };
  };

  function goals() {
    const before = $("goal").value;
    const each = system.checks.filter((c) => Object.keys(c.stop).length).map((c) =>
      el("option", { value: `claim:${c.name}` }, say(texts.claims[c.name].kind === "safety" ? "goal-violated" : "goal-reached", { claim: c.name })));
    const common = system.views.length ? system.views[0].values.filter((v) => system.views.every((w) => w.values.includes(v))) : [];
    const all = common.includes("ESTABLISHED") ? [el("option", { value: "both:ESTABLISHED" }, say("goal-all", { state: "ESTABLISHED" }))] : [];
    const pair = system.views.some((v) => v.values.length) ? [el("option", { value: "pair" }, say("goal-pair"))] : [];
    $("goal").replaceChildren(...all, ...each, ...pair);
    if (before) $("goal").value = before;
    const chosen = Object.fromEntries(system.views.map((v) => [v.role, $(`pair-${v.role}`)?.value ?? ""]));
    $("pair").replaceChildren(...system.views.filter((v) => v.values.length).map((v) => {
      const select = el("select", { id: `pair-${v.role}` }, el("option", { value: "" }, say("any-state")), v.values.map((value) => el("option", { value }, value)));
      select.value = chosen[v.role];
      return el("label", {}, v.role, " ", select);
    }));
    $("pair").hidden = $("goal").value !== "pair";
    $("show-me").hidden = !$("goal").options.length;
  }

  function showMe() {
    ask(chosenGoal(), { states: Number($("bound").value) }, (found) => {
      if (!found.path) {
        tell(say(found.complete ? "no-way" : "no-way-so-far", { states: found.states.toLocaleString("en"), depth: found.levels.length - 1 }));
        $("searching").textContent = $("said").textContent;
        return;
      }
      let node = at;
      for (const [action, chosen] of found.path) node = extend(node, system.take(node.state, action, chosen));
      go(node);
      tell(say("shown", { steps: counted("steps", found.path.length) }));
    });
  }

  // -- challenges ------------------------------------------------------------------------------------------------------------
  let challenge = "";
  function challenges() {
    const before = $("challenge").value;
    const known = TEXTS.known;
    $("challenge").replaceChildren(el("option", { value: "" }, say("no-challenge")),
      ...Object.entries(known).map(([name]) => el("option", { value: name }, say(texts.claims[name].kind === "safety" ? "challenge-violate" : "challenge-reach", { claim: name }))));
    $("challenge").value = before;
    $("challenges").hidden = !Object.keys(known).length;
    challengeState();
  }

  function challengeState() {
    challenge = $("challenge").value;
    $("hint").hidden = !challenge;
    if (!challenge) {
      put("challenge-said");
      return;
    }
    const i = system.checks.findIndex((c) => c.name === challenge);
    const about = texts.claims[challenge];
    const best = TEXTS.known[challenge].length;
    const done = at.decided[i];
    put("challenge-said", el("p", {}, `${told(about.statement)} ${say("shortest-known", { steps: counted("steps", best) })}`),
      el("p", { class: done ? "reached" : "" }, done ? say("challenge-done", { number: path(at).findIndex((n) => n.decides[i]), best }) : say("challenge-open", { number: at.depth })));
  }

  function hint() {
    const known = TEXTS.known[challenge].map(([name, given]) => [name, given]);
    const mine = path(at).slice(1);
    const on = mine.length < known.length && mine.every((n, i) => nameOf(n.step) === known[i][0]
      && system.actions[n.step.action].parameters.every((p, k) => JSON.stringify(plain(n.step.chosen[k])) === JSON.stringify(known[i][1][p.name])));
    if (on) {
      tell(say("hint", { action: known[mine.length][0] }));
      return;
    }
    ask({ kind: "claim", name: challenge }, { states: Number($("bound").value) }, (found) => {
      tell(found.path ? say("hint", { action: system.actions[found.path[0][0]].name }) : say("hint-none"));
    });
  }

  // -- what is clicked and pressed -------------------------------------------------------------------------------------------
  const click = (id, what) => $(id).addEventListener("click", what);
  click("undo", undo);
  click("redo", redo);
  click("first", () => go(root));
  click("last", () => go(tip(at)));
  click("again", () => {
    nodes.length = 0;
    held.clear();
    leaves.clear();
    leavesEver = 0;
    [lasso, stuck, given] = [null, null, null];
    root = newNode(null, null);
    go(root);
  });
  click("search", showMe);
  click("stop", stop);
  click("hint", hint);
  click("large", () => {
    const large = document.documentElement.classList.toggle("large");
    $("large").setAttribute("aria-pressed", `${large}`);
    follow();
  });
  $("theme").addEventListener("change", () => {
    document.documentElement.dataset.theme = $("theme").value;
  });
  $("goal").addEventListener("change", () => {
    $("pair").hidden = $("goal").value !== "pair";
  });
  $("challenge").addEventListener("change", render);
  $("predict").addEventListener("change", () => {
    asked = null;
    render();
  });
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      code = button.dataset.language;
      speak();
      render();
      announce();
    });
  }
  for (const button of document.querySelectorAll("[data-download]")) button.addEventListener("click", () => download(button.dataset.download));
  for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(button.dataset.copy));
  click("play-pasted", () => open($("pasted").value));
  $("file").addEventListener("change", async () => {
    const [file] = $("file").files;
    if (file) open(await file.text());
    $("file").value = "";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) open(await file.text());
  });

  const KEYS = { ArrowLeft: undo, ArrowRight: redo, Home: () => go(root), End: () => go(tip(at)), u: undo, r: redo };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const writes = event.target.closest?.("input, select, textarea");
    const scrolls = event.target.closest?.("[tabindex]");
    if (writes || (scrolls && scrolls.scrollWidth > scrolls.clientWidth)) return; // its own keys
    if (/^[1-9]$/.test(event.key)) {
      const step = numbered[Number(event.key) - 1];
      if (step && !asked) play(step);
    } else if (event.key in KEYS) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  // -- begin -----------------------------------------------------------------------------------------------------------------
  document.documentElement.classList.add("js");
  root = at = newNode(null, null);
  speak();
  if (TEXTS.run) {
    const end = playAll(TEXTS.run.schedule);
    const { loop } = TEXTS.run;
    if (loop !== null && loop < end.depth) lasso = { begin: path(end)[loop], end };
    else if (loop !== null) stuck = end;
    given = end;
    remark(end, TEXTS.run.remarks);
    follows(end);
    at = TEXTS.run.opens === "end" ? end : root;
  }
  addEventListener("hashchange", readFragment);
  addEventListener("resize", follow);
  // paper has no room to scroll and nothing to open: all of the run is drawn on it, and all of it is said in words
  matchMedia("print").addEventListener("change", ({ matches }) => {
    printing = matches;
    render();
  });
  render();
  announce();
  readFragment();
  // what tests and curious people ask: the same functions that the buttons call
  globalThis.explorer = { system, open, writers: WRITERS, ask, steps: () => possible(at), play, go, undo, redo, at: () => at, path, writeFragment };
})();
