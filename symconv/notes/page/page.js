"use strict";
/* Lights up what belongs together, and computes the layer in each of its three views.
   A product is one row of the layer's read table: output += coefficient * weight * input. */
(() => {
  const source = document.getElementById("read-table");
  if (!source) return;
  const KINDS = ["output", "weight", "input", "dense", "position"];
  const table = JSON.parse(source.textContent);
  const fraction = (value) => String(value).split("/").map(Number).reduce((over, under) => over / under);
  const products = table.products.map(([output, weight, input, dense, position, slot, coefficient]) =>
    ({ output, weight, input, dense, position, slot, coefficient: fraction(coefficient) }));
  const explorer = document.getElementById("explorer");
  const find = (selector) => explorer.querySelector(selector);

  /* -- lighting up ------------------------------------------------------------------------------- */

  const SELECTOR = KINDS.map((kind) => `[data-${kind}]`).join(",");
  const marksOf = (element) => KINDS.filter((kind) => element.hasAttribute(`data-${kind}`))
    .map((kind) => [kind, new Set(element.getAttribute(`data-${kind}`).split(" ").map(Number))]);
  const agrees = (product, marks) => marks.every(([kind, places]) => places.has(product[kind]));
  const elements = [...document.querySelectorAll(SELECTOR)].map((element) => ({ element, marks: marksOf(element) }));
  let kept = null, numbers = null;

  function light(marks) {
    const lit = marks ? products.filter((product) => agrees(product, marks)) : [];
    for (const one of elements) {
      one.element.classList.toggle("lit", lit.some((product) => agrees(product, one.marks)));
    }
    document.body.classList.toggle("lighting", lit.length > 0);
    say(lit);
  }

  function say(lit) {
    line(lit);
    const status = find(".status");
    const named = ["output", "weight", "input"].map((kind) =>
      [...new Set(lit.map((product) => product[kind]))].filter((at) => at >= 0).sort((a, b) => a - b)
        .map((at) => table.names[kind][at]).join(", "));
    status.textContent = lit.length ? `${status.dataset.lit} ${named.filter(Boolean).join(" · ")}` : status.dataset.clear;
  }

  function keep(marks) {
    kept = marks;
    light(kept);
    remember();
  }

  const marked = (event) => event.target instanceof Element ? event.target.closest(SELECTOR) : null;

  function look(event) {
    const element = marked(event);
    if (element) light(marksOf(element));
  }

  const leave = () => light(kept);

  document.addEventListener("pointerover", (event) => (marked(event) ? look(event) : leave()));
  document.addEventListener("pointerleave", leave);
  document.addEventListener("focusin", look);
  document.addEventListener("focusout", leave);
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest(".controls")) return;
    const element = marked(event);
    keep(element ? marksOf(element) : null);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") keep(null);
    const element = event.key === "Enter" ? marked(event) : null;
    if (element) keep(marksOf(element));
  });

  /* -- positions and direction ------------------------------------------------------------------- */

  const slider = find(".slider input");
  const positions = Number(slider.max) + 1;

  function go(position) {
    const wrapped = (position + positions) % positions;
    slider.value = wrapped;
    find("output.position").textContent = wrapped + Number(slider.dataset.base);
    keep([["position", new Set([wrapped])]]);
  }

  slider.addEventListener("input", () => { play(false); go(Number(slider.value)); });
  find(".previous").addEventListener("click", () => { play(false); go(Number(slider.value) - 1); });
  find(".next").addEventListener("click", () => { play(false); go(Number(slider.value) + 1); });

  const SECONDS = 1.2;
  let playing = null;
  const player = find(".play"), words = { play: player.textContent, pause: player.dataset.pause };

  function play(on) {
    clearInterval(playing);
    playing = on ? setInterval(() => go(Number(slider.value) + 1), 1000 * SECONDS) : null;
    player.setAttribute("aria-pressed", String(on));
    player.textContent = on ? words.pause : words.play;
  }

  player.addEventListener("click", () => play(playing === null));

  function turn(direction) {
    for (const choice of explorer.querySelectorAll("[name=direction]")) choice.checked = choice.value === direction;
    explorer.classList.toggle("forward", direction === "forward");
    explorer.classList.toggle("backward", direction === "backward");
  }

  for (const choice of explorer.querySelectorAll("[name=direction]")) {
    choice.addEventListener("change", () => { turn(choice.value); remember(); });
  }

  /* -- one output in numbers ----------------------------------------------------------------------- */

  const MOST_LINES = Number(find(".line").dataset.lines);  // its height is fixed, so that nothing moves under the pointer
  const bracketed = (value) => (value < 0 ? `(${written(value)})` : written(value));

  /** h11 = 1·1 + 0·2 + 3·(−1) + 1·1 = −1, for what is lit. */
  function line(lit) {
    const shown = find(".line");
    shown.hidden = !numbers;
    const outputs = [...new Set(lit.map((product) => product.output))];
    if (!numbers || !outputs.length || outputs.length > MOST_LINES) { shown.textContent = shown.dataset.words; return; }
    shown.replaceChildren(shown.dataset.words, ...outputs.map((output) => {
      const terms = products.filter((product) => product.output === output).map((product) =>
        [...(product.coefficient === 1 ? [] : [product.coefficient]), ...(product.weight < 0 ? [] : [numbers.weight[product.weight]]),
          numbers.input[product.input]].map(bracketed).join("·"));
      if (table.bias.length) terms.push(bracketed(numbers.bias[table.bias[output]]));
      const span = document.createElement("span");
      const value = direct(numbers).output[output];
      span.textContent = `${table.names.output[output]} = ${terms.join(" + ") || "0"} = ${written(value)}`;
      return span;
    }));
  }

  /* -- a link that keeps the state ----------------------------------------------------------------- */

  const fields = () => [...explorer.querySelectorAll("[data-field]")];
  const START = fields().map((field) => field.value);

  function remember() {
    const state = new URLSearchParams();
    if (explorer.classList.contains("backward")) state.set("direction", "backward");
    if (kept && kept.length === 1 && kept[0][0] === "position") state.set("position", slider.value);
    const values = fields().map((field) => field.value);
    if (values.some((value, at) => value !== START[at])) state.set("numbers", values.join(";"));
    if (find(".claim").value) state.set("formula", find(".claim").value);
    find(".state").href = `#explorer?${state}`;
    return find(".state").hash;
  }

  function recall() {
    const state = new URLSearchParams(location.hash.split("?")[1] ?? "");
    const values = (state.get("numbers") ?? "").split(";"), all = fields();
    if (values.length === all.length) all.forEach((field, at) => { field.value = values[at].slice(0, 40); });
    turn(state.get("direction") === "backward" ? "backward" : "forward");
    if (state.has("formula")) { find(".claim").value = state.get("formula").slice(0, 4000); judge(); }
    compute();
    const position = Number(state.get("position"));
    if (state.has("position") && Number.isInteger(position) && position >= 0 && position < positions) go(position);
    light(kept);
    if (location.hash.startsWith("#explorer?")) explorer.scrollIntoView();
  }

  function set(values) {
    fields().forEach((field, at) => { field.value = values(at); });
    compute();
    light(kept);
    remember();
  }

  find(".random").addEventListener("click", () => set(() => String(Math.floor(Math.random() * 7) - 3)));
  find(".reset").addEventListener("click", () => {
    play(false);
    slider.value = 0;
    find("output.position").textContent = "";
    find(".claim").value = "";
    judge();
    turn("forward");
    set((at) => START[at]);
    keep(null);
  });
  find(".state").addEventListener("click", () => { find(".state").href = remember(); });

  /* -- a typed formula ------------------------------------------------------------------------------ */

  const answers = answersOf(table);
  const MOST_TERMS = 6;

  function judge() {
    const shown = find(".judged"), text = find(".claim").value;
    const said = (key, values = {}) =>
      Object.entries(values).reduce((sentence, [name, value]) => sentence.replaceAll(`<<${name}>>`, value), shown.dataset[key] ?? "");
    const listed = (terms) => [...terms.slice(0, MOST_TERMS), ...(terms.length > MOST_TERMS ? [".."] : [])].join(", ");
    const verdict = text.trim() ? answers.judge(text) : { status: "" };
    shown.className = `judged ${verdict.status}`;
    if (verdict.status === "right") {
      shown.textContent = verdict.entries > 1 ? said("rightAll", { count: verdict.entries }) : said("right");
    } else if (verdict.status === "wrong") {
      shown.textContent = [said("wrong", { entry: verdict.entry }),
        verdict.missing.length ? said("missing", { terms: listed(verdict.missing) }) : "",
        verdict.surplus.length ? said("surplus", { terms: listed(verdict.surplus) }) : "",
        ...verdict.factors.slice(0, MOST_TERMS).map(([term, given, right]) => said("factor", { term, given, right })),
      ].filter(Boolean).join(" ");
    } else {
      const key = (verdict.key ?? "").replace(/_(.)/g, (_, letter) => letter.toUpperCase());
      shown.textContent = verdict.status ? said(key, { what: verdict.what }) : "";
    }
  }

  find(".claim").addEventListener("input", () => { judge(); remember(); });

  /* -- the worked example ------------------------------------------------------------------------ */

  const zeros = (kind) => new Array((table.names[kind] || []).length).fill(0);
  const weightOf = (product, given) => product.coefficient * (product.weight < 0 ? 1 : given.weight[product.weight]);

  /** As a sliding sum: product by product. */
  function direct(given) {
    const output = biased(given), gradWeight = zeros("weight"), gradInput = zeros("input");
    for (const product of products) {
      output[product.output] += weightOf(product, given) * given.input[product.input];
      if (product.weight >= 0) {
        gradWeight[product.weight] += product.coefficient * given.grad_output[product.output] * given.input[product.input];
      }
      gradInput[product.input] += weightOf(product, given) * given.grad_output[product.output];
    }
    return { output, grad_weight: gradWeight, grad_input: gradInput, grad_bias: gradBias(given) };
  }

  /** As a matrix: built, multiplied, and differentiated with every entry free before weights are shared. */
  function fullyConnected(given) {
    const inputs = given.input.length, outputs = given.grad_output.length;
    const matrix = new Array(inputs * outputs).fill(0);
    for (const product of products) matrix[product.dense] += weightOf(product, given);
    const output = biased(given), gradMatrix = [], gradInput = zeros("input"), gradWeight = zeros("weight");
    for (let i = 0; i < inputs; i += 1) {
      for (let o = 0; o < outputs; o += 1) {
        output[o] += given.input[i] * matrix[i * outputs + o];
        gradInput[i] += matrix[i * outputs + o] * given.grad_output[o];
        gradMatrix.push(given.input[i] * given.grad_output[o]);
      }
    }
    for (const product of products) {
      if (product.weight >= 0) gradWeight[product.weight] += product.coefficient * gradMatrix[product.dense];
    }
    return {
      output, matrix, grad_matrix: gradMatrix, grad_weight: gradWeight, grad_input: gradInput, grad_bias: gradBias(given),
    };
  }

  /** As small networks: patch by patch, each with its own contribution to the gradients. */
  function patches(given) {
    const output = biased(given), gradWeight = zeros("weight"), gradInput = zeros("input"), all = [];
    table.patches.forEach((held, position) => {
      const patch = held.map((at) => (at < 0 ? 0 : given.input[at]));
      const gradPatch = patch.map(() => 0);
      for (const product of products.filter((one) => one.position === position)) {
        output[product.output] += weightOf(product, given) * patch[product.slot];
        if (product.weight >= 0) {
          gradWeight[product.weight] += product.coefficient * given.grad_output[product.output] * patch[product.slot];
        }
        gradPatch[product.slot] += weightOf(product, given) * given.grad_output[product.output];
      }
      held.forEach((at, slot) => { if (at >= 0) gradInput[at] += gradPatch[slot]; });
      all.push(...patch);
    });
    return { output, patch: all, grad_weight: gradWeight, grad_input: gradInput, grad_bias: gradBias(given) };
  }

  const biased = (given) => zeros("output").map((_, at) => (table.bias.length ? given.bias[table.bias[at]] : 0));

  function gradBias(given) {
    const sums = zeros("bias");
    table.bias.forEach((bias, output) => { sums[bias] += given.grad_output[output]; });
    return sums;
  }

  function written(value) {
    const text = value.toFixed(6).replace(/\.0+$|(\.\d*?)0+$/, "$1");
    return text === "-0" ? "0" : text.replace("-", "−");
  }

  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, MOST = 1e6;

  /** A field's number: 3, -0.5, 0,5 or 1/3; NaN where there is none, or one so large that nothing else would count. */
  function numberOf(field) {
    const parts = field.value.replace("−", "-").replaceAll(",", ".").split("/").map((part) => part.trim());
    const known = parts.length <= 2 && parts.every((part) => NUMBER.test(part));
    const number = known ? Number(parts[0]) / Number(parts[1] ?? 1) : NaN;
    const good = Math.abs(number) <= MOST;
    field.setAttribute("aria-invalid", String(!good));
    return good ? number : NaN;
  }

  const near = (a, b) => Math.abs(a - b) <= 1e-9 * (1 + Math.abs(a) + Math.abs(b));
  const same = (a, b) => a.every((value, at) => near(value, b[at]));

  function compute() {
    const given = {};
    for (const field of explorer.querySelectorAll("[data-field]")) {
      (given[field.dataset.field] ||= [])[Number(field.dataset.at)] = numberOf(field);
    }
    const verdict = find(".verdict");
    const complete = Object.values(given).every((numbers) => numbers.every(Number.isFinite));
    verdict.classList.toggle("bad", !complete);
    numbers = complete ? given : null;
    if (!complete) {
      verdict.textContent = verdict.dataset.bad;
      return;
    }
    const views = { direct: direct(given), fully_connected: fullyConnected(given), patches: patches(given) };
    for (const grid of explorer.querySelectorAll("[data-shows]")) {
      const [view, quantity] = grid.dataset.shows.split(".");
      const numbers = quantity === undefined ? given[view] : views[view][quantity];
      for (const shown of grid.querySelectorAll("[data-at]")) {
        shown.textContent = written(numbers[Number(shown.dataset.at)]);
      }
    }
    const agree = ["output", "grad_weight", "grad_input", "grad_bias"].every((quantity) =>
      same(views.direct[quantity], views.fully_connected[quantity]) && same(views.direct[quantity], views.patches[quantity]));
    verdict.textContent = agree ? verdict.dataset.agree : verdict.dataset.differ;
    verdict.classList.toggle("bad", !agree);
  }

  explorer.addEventListener("input", (event) => {
    if (!event.target.matches("[data-field]")) return;
    compute();
    light(kept);
    remember();
  });

  find(".controls").hidden = false;
  find(".answer").hidden = false;
  find(".scriptless").hidden = true;
  recall();
})();
