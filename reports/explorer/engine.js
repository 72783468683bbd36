// What a system that was written as JavaScript (checker/export/javascript.py) runs on: relations, arithmetic, steps, reasons,
// and a search. It knows no page, so that the same text runs in the page, in its worker, and by itself.
const ENGINE = (() => {
  "use strict";

  // -- values ----------------------------------------------------------------------------------------------------------------
  // Rows and relations are interned: equal ones are one object, and a state is compared by its values' ids.
  const rowsByText = new Map();
  const relationsByText = new Map();
  const cellText = (cell) => (typeof cell === "string" ? JSON.stringify(cell) : `${cell}`);

  function rowOf(cells) {
    const text = cells.map(cellText).join();
    let row = rowsByText.get(text);
    if (!row) {
      row = cells.slice();
      row.id = rowsByText.size;
      rowsByText.set(text, Object.freeze(row));
    }
    return row;
  }

  const compare = (one, other) => {
    for (let i = 0; i < one.length; i++) {
      if (one[i] !== other[i]) return one[i] < other[i] ? -1 : 1;
    }
    return 0;
  };

  /** Return the relation of rows that are interned and in order. */
  function relationOf(rows) {
    const text = rows.map((row) => row.id).join();
    let relation = relationsByText.get(text);
    if (!relation) {
      relation = Object.freeze({ rows: Object.freeze(rows), id: `r${relationsByText.size}` });
      relationsByText.set(text, relation);
    }
    return relation;
  }

  const rel = (rows) => relationOf([...new Set(rows.map(rowOf))].sort(compare));
  const has = (relation, cells) => relation.rows.includes(rowOf(cells));

  function add(relation, cells) {
    const row = rowOf(cells);
    if (relation.rows.includes(row)) return relation;
    const at = relation.rows.findIndex((other) => compare(row, other) < 0);
    const rows = relation.rows.slice();
    rows.splice(at < 0 ? rows.length : at, 0, row);
    return relationOf(rows);
  }

  function remove(relation, cells) {
    const row = rowOf(cells);
    return relation.rows.includes(row) ? relationOf(relation.rows.filter((other) => other !== row)) : relation;
  }

  const mod = (n, modulus) => ((n % modulus) + modulus) % modulus;
  const most = (n, limit) => (n < limit ? n : limit);
  const clamp = (n, limit) => (n < 0 ? (typeof n === "bigint" ? 0n : 0) : most(n, limit));
  /** The rows that quantifiers speak of, by the level of the quantifier. */
  const b = [];
  const OPERATIONS = { rel, has, add, remove, mod, most, clamp, b };

  /** Return a value as text, as Python's value_text does. */
  function valueText(value) {
    if (typeof value === "object") return `{${value.rows.map((row) => `⟨${row.map(valueText).join(", ")}⟩`).join(", ")}}`;
    const misleads = typeof value === "string" && (value.includes(",") || /^$|^\s|\s$|[=;<>⟨⟩{}"\n]/.test(value));
    return misleads ? quoted(value) : `${value}`;
  }
  const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

  // -- a system --------------------------------------------------------------------------------------------------------------
  class System {
    constructor(written) {
      Object.assign(this, written(OPERATIONS));
      this.initial = this.variables.map((v) => this.f[v.initial]([], []));
      this.place = new Map(this.variables.map((v, i) => [v.name, i]));
      this.action = new Map(this.actions.map((a, i) => [a.name, i]));
      this.tree = this.actions.map((a) => {
        const levels = [...a.parameters, null].map(() => []);
        for (const [f, level] of a.guard) levels[level].push(this.f[f]);
        return levels;
      });
    }

    key(state) {
      let text = "";
      for (const value of state) text += (typeof value === "object" ? value.id : value) + "\n";
      return text;
    }

    /** Yield each choice of a parameter, in the order of the interpreter. */
    *choices(parameter, state, p) {
      if (parameter.source !== undefined) {
        yield* this.f[parameter.source](state, p).rows;
      } else if (parameter.candidates) {
        yield* new Set(parameter.candidates.map((f) => this.f[f](state, p)));
      } else if (parameter.sort.is === "truth") {
        yield* [false, true];
      } else if (parameter.sort.is === "name") {
        yield* parameter.sort.values;
      } else if (parameter.sort.is === "large") {
        for (let n = 0n; n < BigInt(parameter.sort.size); n++) yield n;
      } else {
        for (let n = 0; n < Number(parameter.sort.size); n++) yield n;
      }
    }

    set(parameter, value, p) {
      if (parameter.source !== undefined) parameter.slots.forEach((slot, i) => { p[slot] = value[i]; });
      else p[parameter.slots[0]] = value;
    }

    /** Call `each` with the arguments of every way in which an action may happen, which it has to copy. */
    ways(number, state, each) {
      const { parameters } = this.actions[number];
      const tree = this.tree[number];
      const p = new Array(this.slots);
      const chosen = [];
      const from = (level) => {
        for (const f of tree[level]) if (!f(state, p)) return;
        if (level === parameters.length) {
          each(p, chosen);
          return;
        }
        for (const value of this.choices(parameters[level], state, p)) {
          this.set(parameters[level], value, p);
          chosen[level] = value;
          from(level + 1);
        }
      };
      from(0);
    }

    /** Return every step of a state: which action, what it chose, and the state after it. */
    steps(state) {
      const found = [];
      for (let number = 0; number < this.actions.length; number++) {
        this.ways(number, state, (p, chosen) => found.push(this.step(number, state, p.slice(), chosen.slice())));
      }
      return found;
    }

    step(number, state, p, chosen) {
      const after = state.slice();
      for (const [place, f] of this.actions[number].updates) after[place] = this.f[f](state, p);
      return { action: number, chosen, p, state: after };
    }

    /** Return the step of an action with these arguments, or null where there is none. */
    take(state, number, chosen) {
      const action = this.actions[number];
      const p = new Array(this.slots);
      const given = action.parameters.map((parameter, i) => {
        const value = chosen[i];
        if (parameter.source === undefined) return value;
        const row = rowOf(value);
        return this.f[parameter.source](state, p).rows.includes(row) ? row : null;
      });
      if (given.includes(null) || given.includes(undefined)) return null;
      action.parameters.forEach((parameter, i) => this.set(parameter, given[i], p));
      return action.guard.every(([f]) => this.f[f](state, p)) ? this.step(number, state, p, given) : null;
    }

    /** Return the segments that a step sends, as rows. */
    sent(step, before) {
      return this.actions[step.action].sends.map((cells) => rowOf(cells.map((f) => this.f[f](before, step.p))));
    }

    /** Return what a step sends that arrives in it, as rows. */
    passed(step, before) {
      return this.actions[step.action].shown.map((cells) => rowOf(cells.map((f) => this.f[f](before, step.p))));
    }

    received(step) {
      const action = this.actions[step.action];
      const i = action.parameters.findIndex((p) => p.name === action.receives);
      return i < 0 || !this.columns.length ? null : step.chosen[i];
    }

    lost(step) {
      return this.actions[step.action].loses ? step.chosen[0] : null;
    }

    kept(step) {
      const i = this.actions[step.action].parameters.findIndex((p) => p.kept);
      return i >= 0 && step.chosen[i] === true;
    }

    stateOf(view, state) {
      return valueText(this.f[view.state](state, []));
    }

    /** Whether a step decides a check, or, with "trigger", is what it waits for. */
    met(check, step, before, part = "stop") {
      const f = check[part][step.action];
      return f !== undefined && this.f[f](before, step.p) === true;
    }

    atStart(check) {
      return check.start !== null && this.f[check.start[0]](this.initial, []) === true;
    }

    // -- segments ----------------------------------------------------------------------------------------------------------
    segmentText(row) {
      const text = (cell) => {
        const misleads = typeof cell === "string" && /^$|^\s|\s$|[=;<>⟨⟩{}"\n]|, /.test(cell);
        return misleads ? quoted(cell) : `${cell}`;
      };
      const told = Object.fromEntries(this.columns.map((name, i) => [name, text(row[i])]));
      const silent = this.format.silent[this.format.by.map((name) => told[name]).join("|")] ?? [];
      return this.columns
        .filter((name) => name !== this.format.source && name !== this.format.destination && !silent.includes(name))
        .map((name) => `<${name.toUpperCase()}=${told[name]}>`)
        .join("");
    }

    cell(row, name) {
      const i = this.columns.indexOf(name);
      return i < 0 ? "" : `${row[i]}`;
    }

    // -- reasons -----------------------------------------------------------------------------------------------------------
    /** Return what makes a condition true or false: parts, each with whether it is true and the values it reads. */
    reasons(why, state, p) {
      const found = [];
      const seen = new Set();
      const say = (leaf) => {
        if (leaf[0] === "t") return say(this.f[leaf[1]](state, p) ? leaf[2] : leaf[3]);
        const [, , texts, values] = leaf;
        let text = "";
        for (let i = 0; i < texts.length; i++) {
          if (i % 3 === 0) text += texts[i];
          else if (i % 3 === 1) text += valueText(b[texts[i]][texts[i + 1]]);
        }
        return [text, values.map(([name, chosen, i]) => [name, (chosen ? p : state)[i]])];
      };
      const leafFunction = (leaf) => (leaf[0] === "t" ? leafFunction(leaf[2]) : leaf[1]);
      const told = (leaf, negated) => {
        const [text, values] = say(leaf);
        const holds = (this.f[leafFunction(leaf)](state, p) === true) !== negated;
        const line = `${text}|${holds}|${values.map(([n, v]) => `${n}=${valueText(v)}`)}`;
        if (!seen.has(line)) found.push({ text, holds, values });
        seen.add(line);
      };
      const walk = (number, negated) => {
        const part = this.whys[number];
        if (part[0] === "~") walk(part[1], !negated);
        else if (part[0] === "&" || part[0] === "|") {
          const decides = part[0] === "|";
          const holds = this.f[part[1]](state, p) === true;
          for (const [f, below] of part[2]) {
            if (holds !== decides || (this.f[f](state, p) === true) === decides) walk(below, negated);
          }
        } else if (part[0] === "?") {
          walk(part[2], false);
          walk(this.f[part[1]](state, p) ? part[3] : part[4], negated);
        } else if (part[0] === "e") {
          const [, relation, level, body, below, leaf] = part;
          const row = this.f[relation](state, p).rows.find((r) => ((b[level] = r), this.f[body](state, p)));
          if (row === undefined) told(leaf, negated);
          else {
            b[level] = row;
            walk(below, negated);
          }
        } else if (part[0] !== "0") told(part, negated);
      };
      walk(why, false);
      return found;
    }

    /**
     * Return why an action may not happen, for each choice that it lacks, those that lack least first; at most so many.
     *
     * The reasons of one are worked out when they are asked for: a page shows one of many.
     */
    refusals(number, state, tried = 200) {
      const action = this.actions[number];
      const p = new Array(this.slots);
      const found = [];
      let choices = 0;
      const from = (level, chosen) => {
        if (choices >= tried) return;
        if (level < action.parameters.length) {
          for (const value of this.choices(action.parameters[level], state, p)) {
            if (choices >= tried) return;
            this.set(action.parameters[level], value, p);
            from(level + 1, [...chosen, value]);
          }
          return;
        }
        choices++;
        const wrong = action.guard.filter(([f]) => !this.f[f](state, p));
        if (!wrong.length) return;
        const [whys, own, system] = [wrong.map(([, , why]) => why), p.slice(), this];
        found.push({ lacks: wrong.length, chosen, missing: null, get reasons() { return system.allReasons(whys, state, own); } });
      };
      from(0, []);
      if (!choices) {
        const empty = action.parameters.find((q) => q.source !== undefined && !this.f[q.source](state, p).rows.length);
        return [{ lacks: 0, chosen: null, reasons: [], missing: empty ? [empty.text, empty.name] : ["", ""] }];
      }
      return found.sort((one, other) => one.lacks - other.lacks);
    }

    /** Return the reasons of several conditions, each once. */
    allReasons(whys, state, p) {
      const seen = new Set();
      return whys.flatMap((why) => this.reasons(why, state, p)).filter((reason) => {
        const line = `${reason.text}|${reason.holds}|${reason.values.map(([n, v]) => `${n}=${valueText(v)}`)}`;
        return !seen.has(line) && seen.add(line);
      });
    }

    // -- search ------------------------------------------------------------------------------------------------------------
    /**
     * Search breadth first, from the initial state or from one that is given.
     *
     * `goal(step, before, after)` ends it with the path there; without one the whole space is counted. `limits` has `states`
     * and `depth`, and `told` is called now and then with how far it is.
     */
    search({ from = this.initial, goal = null, limits = {}, told = null } = {}) {
      const { states = Infinity, depth = Infinity } = limits;
      const before = [null];
      const steps = [null];
      const known = new Map([[this.key(from), 0]]);
      const stored = [from];
      const levels = [1];
      const checks = Object.fromEntries(
        this.checks.map((c) => [c.name, { stops: 0, shortest: this.atStart(c) ? 0 : null, triggers: 0 }]),
      );
      let transitions = 0;
      let begin = 0;
      let complete = true;
      while (begin < stored.length) {
        if (levels.length > depth) {
          complete = false;
          break;
        }
        const end = stored.length;
        for (let at = begin; at < end; at++) {
          const here = stored[at];
          for (const step of this.steps(here)) {
            transitions++;
            const name = this.key(step.state);
            const fresh = !known.has(name);
            if (goal) {
              if (goal(step, here, step.state)) {
                const path = [[step.action, step.chosen]];
                for (let n = at; n > 0; n = before[n]) path.unshift(steps[n]);
                return { path, states: stored.length, transitions, levels, complete: false };
              }
            } else {
              for (const check of this.checks) {
                if (this.met(check, step, here)) {
                  checks[check.name].stops++;
                  checks[check.name].shortest ??= levels.length;
                }
                if (this.met(check, step, here, "trigger")) checks[check.name].triggers++;
              }
            }
            if (fresh) {
              if (stored.length >= states) return { path: null, states: stored.length, transitions, levels, complete: false };
              known.set(name, stored.length);
              stored.push(step.state);
              before.push(at);
              steps.push([step.action, step.chosen]);
            }
          }
          if (told && at % 500 === 0) told({ states: stored.length, depth: levels.length });
        }
        begin = end;
        if (stored.length > end) levels.push(stored.length - end);
      }
      return { path: null, states: stored.length, transitions, levels, complete, checks };
    }

    /** Return the condition that a search looks for, from data that can be sent to a worker. */
    goal({ kind, name, states }) {
      if (kind === "claim") {
        const check = this.checks.find((c) => c.name === name);
        return (step, before) => this.met(check, step, before);
      }
      return (step, before, after) => this.views.every((view) => !states[view.role] || states[view.role] === this.stateOf(view, after));
    }
  }

  return { System, rowOf, valueText, OPERATIONS };
})();
