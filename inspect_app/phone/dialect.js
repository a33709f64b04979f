// The rule dialect, to the bit as inspect_app/rules/dialect.py: three values, unknown being null;
// numbers are integers scaled by a power of ten (BigInt); nothing is rounded and nothing is cast.
// Forms are checked when they are published, so here an expression is only built and run.

const PLACES = 6;
const DECIMAL = /^-?(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,6}))?$/;
const INSTANT =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,6}))?(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))$/;

export const TYPES = {
  string: { kind: "text" },
  text: { kind: "text" },
  select_one: { kind: "text" },
  select_many: { kind: "set" },
  integer: { kind: "number", places: 0 },
  decimal: { kind: "number", places: PLACES },
  datetime: { kind: "instant" },
  date: { kind: "date" },
};
const OPAQUE = { kind: "opaque" };
const BOOLEAN = { kind: "boolean" };
const INTEGER = TYPES.integer;

/** Digits of a decimal text at so many places, or null. */
export function decimal(text, places = PLACES) {
  const found = DECIMAL.exec(text);
  if (!found) return null;
  const behind = (found[2] || "").length;
  return BigInt(text.replace(".", "")) * 10n ** BigInt(places - behind);
}

/** Microseconds since 0000-03-01 UTC, or null for anything but an RFC 3339 time with offset. */
export function instant(text) {
  const found = INSTANT.exec(text.toUpperCase());
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) return null;
  // Years that begin in March end with the leap day.
  const from = month > 2 ? year : year - 1;
  const days =
    365 * from + Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400) +
    Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const sign = found[8] === "-" ? -1 : 1;
  const offset = sign * (Number(found[9] || 0) * 60 + Number(found[10] || 0)) * 60;
  const seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
  return BigInt(seconds) * 1000000n + BigInt((found[7] || "").padEnd(6, "0"));
}

/** How a stored answer becomes a value: what is absent or says "no answer" is unknown. */
function reader({ type, missing = [] }) {
  return (value) => {
    if (value === undefined || value === null) return null;
    if (typeof value === "string") {
      if (missing.includes(value) || type.kind === "number") return null;
      return type.kind === "instant" ? instant(value) : value;
    }
    if (type.kind === "number") {
      if (typeof value === "object") return decimal(value.dec, type.places);
      return BigInt(value) * 10n ** BigInt(type.places);
    }
    return value;
  };
}

const literal = (node) => {
  if (typeof node === "boolean") return { type: BOOLEAN, run: () => node };
  if (typeof node === "number") return { type: INTEGER, run: () => BigInt(node) };
  if (typeof node === "string") return { type: TYPES.string, run: () => node, text: node };
  if (node.dec !== undefined) {
    const places = (node.dec.split(".")[1] || "").length;
    return { type: { kind: "number", places }, run: () => decimal(node.dec, places) };
  }
  return null;
};

const known = (runs, work) => (...where) => {
  const values = [];
  for (const run of runs) {
    const value = run(...where);
    if (value === null) return null;
    values.push(value);
  }
  return work(...values);
};

/** The same number with more decimals; other kinds as they are. */
function scaled({ type, run }, places) {
  const factor = 10n ** BigInt(places - (type.places || 0));
  return type.kind !== "number" || factor === 1n ? run : known([run], (value) => value * factor);
}

const COMPARE = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};
const most = (built) => Math.max(...built.map((each) => each.type.places || 0));

function logic(decisive, runs) {
  return (...where) => {
    let result = !decisive;
    for (const run of runs) {
      const value = run(...where);
      if (value === decisive) return decisive;
      if (value === null) result = null;
    }
    return result;
  };
}

/** A whole-string test; the subset reads alike in every engine once it is anchored. */
export function pattern(text) {
  const body = text.replace(/^\^/, "").replace(/\$$/, "");
  const tester = new RegExp(`^(?:${body})$`, "u");
  return (value) => tester.test(value);
}

function operation(op, args, build) {
  if (op === "in") {
    const built = [build(args[0]), ...args[1].map(literal)];
    const places = most(built);
    const values = built.slice(1).map((each) => scaled(each, places)());
    return { type: BOOLEAN, run: known([scaled(built[0], places)], (one) => values.includes(one)) };
  }
  const built = args.map(build);
  const runs = built.map((each) => each.run);
  const boolean = (run) => ({ type: BOOLEAN, run });
  if (op === "and" || op === "or") return boolean(logic(op === "or", runs));
  if (op === "not") return boolean(known(runs, (value) => !value));
  if (op in COMPARE) {
    const places = most(built);
    return boolean(known(built.map((each) => scaled(each, places)), COMPARE[op]));
  }
  if (op === "has") return boolean(known(runs, (values, value) => values.includes(value)));
  if (op === "matches") return boolean(known([runs[0]], pattern(built[1].text)));
  if (op === "size") return { type: INTEGER, run: known(runs, (v) => BigInt([...v].length)) };
  if (op === "mul") {
    const places = built.reduce((sum, each) => sum + each.type.places, 0);
    return { type: { kind: "number", places }, run: known(runs, (a, b) => a * b) };
  }
  const places = most(built);
  const total = (...values) => values.reduce((sum, value) => sum + value);
  const work = op === "sub" ? (a, b) => a - b : total;
  return {
    type: { kind: "number", places },
    run: known(built.map((each) => scaled(each, places)), work),
  };
}

/** Looks through the rows of a repeated block: the Kleene "or", or the sum, of them. */
function rows(op, over, inner) {
  if (op === "sum") {
    const run = (reading, row, own) => {
      let total = 0n;
      for (const each of reading.rows[over] || []) {
        const value = inner.run(reading, each, own);
        if (value === null) return null;
        total += value;
      }
      return total;
    };
    return { type: inner.type, run };
  }
  const run = (reading, row, own) =>
    logic(true, (reading.rows[over] || []).map((each) => () => inner.run(reading, each, own)))();
  return { type: BOOLEAN, run };
}

/**
 * Prepare an expression. `scope` has `fields` {id: {type, missing, block}} and `context`
 * {name: {type}}; `own` is the field that {"self": true} means. The result has `type`, `names`
 * (fields it hangs on) and `run(reading, row, own)`, reading being {answers, rows, context}.
 */
export function compile(source, scope, own) {
  const names = new Set();
  const build = (node) => {
    const plain = literal(node);
    if (plain) return plain;
    if (node.field !== undefined) {
      const name = scope.fields[node.field];
      const read = reader(name);
      names.add(node.field);
      const run = name.block
        ? (reading, row) => read(row[node.field])
        : (reading) => read(reading.answers[node.field]);
      return { type: name.type, run };
    }
    if (node.context !== undefined) {
      const name = scope.context[node.context];
      const read = reader(name);
      return { type: name.type, run: (reading) => read(reading.context[node.context]) };
    }
    if (node.self) {
      const read = reader(own);
      return { type: own.type, run: (reading, row, value) => read(value) };
    }
    if (node.over !== undefined) return rows(node.op, node.over, build(node.where || node.of));
    return operation(node.op, node.args, build);
  };
  return { ...build(source), names };
}

export const typeOf = (name) => TYPES[name] || OPAQUE;
