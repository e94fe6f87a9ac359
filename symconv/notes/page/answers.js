"use strict";
/* Says whether a typed formula is right for this layer, without a server. Every entry of the output and of the gradients
   is a polynomial, made from the layer's read table; a formula is read, expanded and compared with it, coefficient by
   coefficient, in exact numbers. A formula with indices is compared at every entry. */
const answersOf = (table) => {
  const LEFT = { output: "output", weight: "grad_weight", input: "grad_input", bias: "grad_bias" };
  const kinds = ["input", "weight", "bias", "output", "grad_output"].filter((kind) => table.names[kind]);
  const TOO_MUCH = 200000;
  let work = 0;

  class Unreadable extends Error {}
  const refuse = (key, what) => { throw Object.assign(new Unreadable(key), { key, what: String(what ?? "") }); };

  /* -- exact numbers and polynomials: a map from a monomial, its names in order, to its coefficient ------------- */

  const gcd = (a, b) => { while (b) [a, b] = [b, a % b]; return a < 0n ? -a : a; };
  const ratio = (n, d = 1n) => {
    if (d === 0n) refuse("unreadable", "1/0");
    const g = gcd(n, d) || 1n, sign = d < 0n ? -1n : 1n;
    return [sign * n / g, sign * d / g];
  };
  const plus = (a, b) => ratio(a[0] * b[1] + b[0] * a[1], a[1] * b[1]);
  const times = (a, b) => ratio(a[0] * b[0], a[1] * b[1]);
  const shown = (a) => (a[1] === 1n ? `${a[0]}` : `${a[0]}/${a[1]}`);
  const number = (text) => {
    const [whole, decimals = ""] = text.split(".");
    return ratio(BigInt(whole + decimals || "0"), 10n ** BigInt(decimals.length));
  };

  const ZERO = new Map();
  const constant = (value) => (value[0] === 0n ? ZERO : new Map([["", value]]));
  function added(...all) {
    const sum = new Map();
    for (const one of all) {
      for (const [monomial, value] of one) {
        const total = plus(sum.get(monomial) ?? [0n, 1n], value);
        if (total[0] === 0n) sum.delete(monomial); else sum.set(monomial, total);
      }
    }
    return sum;
  }
  function multiplied(a, b) {
    if ((work += a.size * b.size) > TOO_MUCH) refuse("too_long");
    return added(...[...a].map(([one, x]) => new Map([...b].map(([other, y]) =>
      [[...one.split("*"), ...other.split("*")].filter(Boolean).sort().join("*"), times(x, y)]))));
  }
  const scaled = (a, value) => multiplied(a, constant(value));

  /* -- the layer ------------------------------------------------------------------------------------------------- */

  const coefficient = (value) => {
    const [over, under = "1"] = String(value).split("/");
    return ratio(BigInt(over), BigInt(under));
  };
  const variable = (kind, at) => table.names[kind][at];
  const entries = { output: {}, grad_weight: {}, grad_input: {}, grad_bias: {} };
  const put = (of, at, value, ...names) => {
    const one = new Map([[names.sort().join("*"), value]]);
    entries[of][at] = added(entries[of][at] ?? ZERO, one);
  };
  for (const [output, weight, input, , , , factor] of table.products) {
    const value = coefficient(factor), x = variable("input", input), delta = variable("grad_output", output);
    const w = weight < 0 ? [] : [variable("weight", weight)];
    put("output", output, value, x, ...w);
    put("grad_input", input, value, delta, ...w);
    if (weight >= 0) put("grad_weight", weight, value, delta, x);
  }
  table.bias.forEach((bias, output) => {
    put("output", output, [1n, 1n], variable("bias", bias));
    put("grad_bias", bias, [1n, 1n], variable("grad_output", output));
  });
  const entry = (of, at) => entries[of][at] ?? ZERO;

  /* -- reading --------------------------------------------------------------------------------------------------- */

  const SPACES = /\\[,;:! ]/g;
  const SKIPPED = /^(\s|~|\\(left|right|quad|qquad|displaystyle|bigl|bigr|thinspace|limits)(?![A-Za-z])|&)+/;
  const NAME = /^\\?[A-Za-z]+/;
  const ROOT = { X: "input" };
  for (const kind of kinds) ROOT[table.tensors[kind]] = kind;

  function reader(text) {
    let rest = text;
    const skip = () => { rest = rest.replace(SKIPPED, ""); };
    const peek = (pattern) => { skip(); return pattern.exec(rest); };
    const take = (pattern) => {
      const found = peek(pattern);
      if (found) rest = rest.slice(found[0].length);
      return found;
    };
    const need = (pattern) => take(pattern) ?? refuse("unreadable", rest || "..");
    const braced = (open, close) => {
      need(open);
      let depth = 1, at = 0;
      for (; at < rest.length && depth; at += 1) depth += "([{".includes(rest[at]) ? 1 : ")]}".includes(rest[at]) ? -1 : 0;
      if (depth) refuse("unreadable", rest);
      const inside = rest.slice(0, at - 1);
      rest = rest.slice(at - 1);
      need(close);
      return inside;
    };
    return { skip, peek, take, need, braced, get rest() { skip(); return rest; } };
  }

  /** An index: 2 i + k - 1, as a function of the letters; it may be 3/2, which is nowhere. */
  function index(text) {
    const r = reader(text);
    function factor() {
      if (r.peek(/^\(/)) return sum(index, r.braced(/^\(/, /^\)/));
      const digits = r.take(/^\d+/);
      if (digits) return () => Number(digits[0]);
      const letter = r.need(/^\\?[A-Za-z]+'*(_\{?\w+\}?)?/)[0].replace(/[{}\\]/g, "");
      return Object.assign((env) => env.get(letter) ?? refuse("letter", letter), { letter });
    }
    const sum = (read, inside) => read(inside);
    function product() {
      let all = [factor()];
      while (r.take(/^(\*|\\cdot)/) || r.peek(/^[A-Za-z(\\]/)) all.push(factor());
      return all.length === 1 ? all[0] : (env) => all.reduce((value, one) => value * one(env), 1);
    }
    const first = r.take(/^[-+]/)?.[0] === "-" ? -1 : 1;
    let parts = [[first, product()]], sign;
    while ((sign = r.take(/^[-+]/))) parts.push([sign[0] === "-" ? -1 : 1, product()]);
    if (r.rest) refuse("unreadable", r.rest);
    if (parts.length === 1 && first === 1) return parts[0][1];
    return (env) => parts.reduce((value, [s, one]) => value + s * one(env), 0);
  }

  const split = (text) => {
    const parts = [""];
    let depth = 0;
    for (const character of text) {
      depth += "([{".includes(character) ? 1 : ")]}".includes(character) ? -1 : 0;
      if (character === "," && depth === 0) parts.push(""); else parts[parts.length - 1] += character;
    }
    return parts;
  };

  /** A tensor's entry: {kind, at} of a label, or {kind, indices} with letters. */
  function access(r) {
    const root = r.need(NAME)[0].replace("\\", "");
    let kind = ROOT[root], name = root;
    if (!kind) refuse("name", root);
    const digits = r.take(/^\d+(_\d+)*/) ?? r.take(/^(_\d+)+/);
    let inside = digits ? null : r.peek(/^_\{/) ? (r.need(/^_/), r.braced(/^\{/, /^\}/)) : r.peek(/^\[/) ?
      r.braced(/^\[/, /^\]/) : r.take(/^_([A-Za-z])/)?.[1] ?? null;
    if (digits) return { kind, at: labelled(kind, name + digits[0]) };
    if (inside === null) return { kind, at: labelled(kind, name) };
    const parts = split(inside);
    if (parts.every((part) => /^\s*\d+\s*$/.test(part))) {
      const numbers = parts.map((part) => part.trim());
      return { kind, at: labelled(kind, `${name}${numbers.join("")}`, `${name}_${numbers.join("_")}`) };
    }
    const indices = parts.map(index);
    if (indices.length !== table.shapes[kind].length) refuse("indices", root);
    return { kind, indices };
  }

  function labelled(kind, ...labels) {
    const all = labels.flatMap((label) => [label, label.replaceAll("_", "")]);
    const at = table.names[kind].findIndex((one) => all.includes(one));
    return at < 0 ? refuse("entry", labels[0]) : at;
  }

  /** The flat place of indices that count from the base of formulas; -1 outside. */
  function place(kind, indices, env) {
    let at = 0;
    for (const [axis, size] of table.shapes[kind].entries()) {
      const one = indices[axis](env) - table.base;
      if (!Number.isInteger(one) || one < 0 || one >= size) return -1;
      at = at * size + one;
    }
    return at;
  }

  const DERIVATIVE = /^(d\s*L\s*\/\s*d\s*(?=[A-Za-z\\])|\\frac\s*\{\s*\\partial\s*L\s*\}\s*\{\s*\\partial\s*)/;

  /** dL/dw1, whose entry of the tensor follows: {of, at or indices}. */
  function derivative(r) {
    const start = r.need(DERIVATIVE)[0], found = access(r);
    if (start.startsWith("\\")) r.need(/^\}/);
    return { ...found, of: LEFT[found.kind] === "output" ? "grad_output" : LEFT[found.kind] ?? refuse("unreadable", start) };
  }

  function valued(found, of) {
    const value = (at) => (at < 0 ? ZERO : entries[of] ? entry(of, at) : new Map([[variable(of, at), [1n, 1n]]]));
    const read = (env) => value(found.indices ? place(found.kind, found.indices, env) : found.at);
    const inside = (found.indices ?? []).map((one, axis) => [one.letter, table.shapes[found.kind][axis]]);
    return Object.assign(read, { inside: inside.filter(([letter]) => letter) });  // elsewhere it is zero
  }

  function expression(r, end) {
    function factor() {
      const powered = (base) => {
        if (!r.take(/^(\^|\*\*)/)) return base;
        const exponent = Number((r.take(/^\{\s*(\d)\s*\}/) ?? r.need(/^(\d)/))[1]);
        return (env) => { let value = constant([1n, 1n]); for (let i = 0; i < exponent; i += 1) value = multiplied(value, base(env)); return value; };
      };
      if (r.peek(/^\(/)) { const inside = r.braced(/^\(/, /^\)/); return powered(whole(inside)); }
      if (r.peek(DERIVATIVE)) { const found = derivative(r); return valued(found, found.of); }
      const bracket = r.peek(/^\[/);
      if (bracket) return iverson(r.braced(/^\[/, /^\]/));
      if (r.take(/^\\t?frac/)) {
        const over = whole(r.braced(/^\{/, /^\}/)), under = whole(r.braced(/^\{/, /^\}/));
        return (env) => divided(over(env), under(env));
      }
      if (r.peek(/^(\\sum|sum)(?![A-Za-z])/)) return summed();
      const digits = r.take(/^(\d+(\.\d+)?)/);
      if (digits) { const value = constant(number(digits[1])); return powered(() => value); }
      if (r.peek(/^\{/)) return powered(whole(r.braced(/^\{/, /^\}/)));
      const word = r.peek(NAME)?.[0];
      if (word && table.constants[word]) { r.take(NAME); const value = constant(coefficient(table.constants[word])); return powered(() => value); }
      const found = access(r);
      return powered(valued(found, found.kind));
    }
    function summed() {
      r.need(/^(\\sum|sum)/);
      let letters;
      r.need(/^_/);
      letters = r.peek(/^\{/) ? split(r.braced(/^\{/, /^\}/)) : [r.need(/^[A-Za-z]/)[0]];
      let bounds = letters.map((one) => one.split("="));
      const top = r.take(/^\^/) ? (r.peek(/^\{/) ? r.braced(/^\{/, /^\}/) : r.need(/^\w/)[0]) : null;
      if ((top === null) !== bounds.every((one) => one.length === 1) || (top !== null && bounds.length > 1)) refuse("unreadable", "sum");
      const names = bounds.map((one) => one[0].replace(/[{}\s\\]/g, ""));
      const body = product(), low = top === null ? null : index(bounds[0][1]), high = top === null ? null : index(top);
      return (env) => {
        let total = [];
        const loop = (at, inner) => {
          if (at === names.length) { total.push(body(inner)); return; }
          const size = body.inside.get(names[at]);
          const [from, to] = low ? [low(env), high(env)] :
            size === undefined ? [-table.reach, table.reach] : [table.base, table.base + size - 1];
          for (let value = from; value <= to; value += 1) {
            if ((work += 1) > TOO_MUCH) refuse("too_long");
            loop(at + 1, new Map(inner).set(names[at], value));
          }
        };
        loop(0, env);
        return added(...total);
      };
    }
    function product() {
      let all = [[1, factor()]], sign;
      for (;;) {
        if ((sign = r.take(/^(\*(?!\*)|\\cdot|\\times|·|×)/))) all.push([1, factor()]);
        else if (r.take(/^\//)) all.push([-1, factor()]);
        else if (r.rest && !r.peek(/^[-+)\]},=]/)) all.push([1, factor()]);
        else break;
      }
      const inside = new Map();
      for (const [letter, size] of all.flatMap(([power, one]) => (power > 0 && one.inside) || [])) {
        inside.set(letter, Math.min(size, inside.get(letter) ?? size));
      }
      const read = (env) => {
        let value = constant([1n, 1n]);
        for (const [power, one] of all) {
          if (!value.size) break;  // nothing becomes something by a factor
          value = power > 0 ? multiplied(value, one(env)) : divided(value, one(env));
        }
        return value;
      };
      return Object.assign(read, { inside });
    }
    function sum() {
      let sign = r.take(/^[-+]/), parts = [[sign?.[0] === "-" ? [-1n, 1n] : [1n, 1n], product()]];
      while ((sign = r.take(/^[-+]/))) parts.push([sign[0] === "-" ? [-1n, 1n] : [1n, 1n], product()]);
      return (env) => added(...parts.map(([value, one]) => scaled(one(env), value)));
    }
    const read = sum();
    if (r.rest && !end?.test(r.rest)) refuse("unreadable", r.rest);
    return read;
  }
  const whole = (text) => expression(reader(text));

  function divided(over, under) {
    if (under.size !== 1 || !under.has("")) refuse("unreadable", "/");
    const [n, d] = under.get("");
    return scaled(over, ratio(d, n));
  }

  const RELATION = /(\\leq?(?![A-Za-z])|\\geq?(?![A-Za-z])|\\lt(?![A-Za-z])|\\gt(?![A-Za-z])|<=|>=|[=<>≤≥])/;
  const HOLDS = {
    "=": (a, b) => a === b, "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
  };
  const SIGN = { "\\le": "<=", "\\leq": "<=", "≤": "<=", "\\ge": ">=", "\\geq": ">=", "≥": ">=", "\\lt": "<", "\\gt": ">" };

  /** [a = b], or [0 \le k < n], is one where it holds. */
  function iverson(inside) {
    const parts = inside.split(RELATION);
    if (parts.length < 3) refuse("unreadable", inside);
    const sides = parts.filter((_, at) => at % 2 === 0).map(index);
    const relations = parts.filter((_, at) => at % 2).map((sign) => HOLDS[SIGN[sign] ?? sign]);
    return (env) => {
      const values = sides.map((one) => one(env));
      return relations.every((holds, at) => holds(values[at], values[at + 1])) ? constant([1n, 1n]) : ZERO;
    };
  }

  /* -- judging --------------------------------------------------------------------------------------------------- */

  /** "right", "wrong" with the entry and what is missing or too much there, or "unreadable" with the reason. */
  function judge(text) {
    work = 0;
    try {
      if (text.length > 4000) refuse("too_long");
      const r = reader(text.replace(SPACES, " ").trim().replace(/^\$+|\$+$/g, ""));
      const left = r.peek(DERIVATIVE) ? derivative(r) : { ...access(r) };
      const of = left.of ?? (left.kind === "output" ? "output" : refuse("left"));
      if (!entries[of]) refuse("left");
      if (!r.take(/^=/)) refuse("left");
      const right = expression(r);
      const letters = left.indices?.map((one) => one.letter ?? refuse("left")) ?? [];
      if (new Set(letters).size !== letters.length) refuse("left");
      const places = left.indices ? table.names[left.kind].map((_, at) => at) : [left.at];
      for (const at of places) {
        const env = new Map(letters.map((letter, axis) => [letter, coordinate(left.kind, at, axis)]));
        const difference = added(right(env), scaled(entry(of, at), [-1n, 1n]));
        if (difference.size) return wrong(of, left.kind, at, difference);
      }
      return { status: "right", entries: places.length };
    } catch (error) {
      if (error instanceof Unreadable) return { status: "unreadable", key: error.key, what: error.what };
      throw error;
    }
  }

  function coordinate(kind, at, axis) {
    const sizes = table.shapes[kind];
    const after = sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
    return Math.floor(at / after) % sizes[axis] + table.base;
  }

  function wrong(of, kind, at, difference) {
    const own = entry(of, at), label = of === "output" ? variable(kind, at) : `dL/d${variable(kind, at)}`;
    const written = (monomial) => monomial || "1", missing = [], surplus = [], factors = [];
    for (const [monomial, value] of difference) {
      const right = own.get(monomial), given = plus(right ?? [0n, 1n], value);
      if (!right) surplus.push(written(monomial));
      else if (given[0] === 0n) missing.push(written(monomial));
      else factors.push([written(monomial), shown(given), shown(right)]);
    }
    return { status: "wrong", entry: label, missing, surplus, factors };
  }

  return { judge, entry };
};
