/* A convolution of any size, seen through a window that can be moved: the part of the input around the kernel, the
   kernel, the part of the output around the entry, and that entry in numbers. Numbers are made from a seed, where they
   are looked at, so that a large layer costs no more than a small one. */
function playground(root, layer, words) {
  const VIEW = 9, MOST_TERMS = 12, SECONDS = 0.9;
  const start = { ...layer, seed: 1, at: 0, input: 0, output: 0 };
  let state = { ...start }, playing = null;
  const element = (tag, attributes = {}, ...children) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    one.append(...children);
    return one;
  };

  /* -- the layer --------------------------------------------------------------------------------------- */

  const axes = () => state.size.map((n, axis) => {
    const [k, s, p, d] = [state.kernel[axis], state.stride[axis], state.padding[axis], state.dilation[axis]];
    return { n, k, s, p, d, out: Math.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1 };
  });
  const fits = () => axes().every((axis) => axis.out >= 1);
  const hashed = (...parts) => {
    let value = 2166136261 ^ state.seed;
    for (const part of parts) value = Math.imul(value ^ (part + 0x9e37), 16777619) ^ (value >>> 13);
    return ((value >>> 0) % 7) - 3;
  };
  const inside = (place, sizes) => place.every((one, axis) => one >= 0 && one < sizes[axis].n);
  const input = (channel, place) => (inside(place, axes()) ? hashed(1, channel, ...place) : 0);
  const weight = (output, channel, place) => hashed(2, output, channel, ...place);
  const read = (at, offset) => axes().map((axis, number) => axis.s * at[number] + axis.d * offset[number] - axis.p);
  const offsets = () => {
    const [rows, columns] = axes();
    return Array.from({ length: rows.k * columns.k }, (_, flat) => [Math.floor(flat / columns.k), flat % columns.k]);
  };
  const perGroup = () => state.inChannels / state.groups;
  const channels = (output) => {
    const first = Math.floor(output / (state.outChannels / state.groups)) * perGroup();
    return Array.from({ length: perGroup() }, (_, at) => first + at);
  };
  const products = (output, at) => channels(output).flatMap((channel) => offsets().map((offset) =>
    [weight(output, channel - channels(output)[0], offset), input(channel, read(at, offset))]));
  const bias = (output) => (state.bias ? hashed(3, output) : 0);
  const value = (output, at) => products(output, at).reduce((sum, [w, x]) => sum + w * x, bias(output));
  const position = () => { const columns = axes()[1].out; return [Math.floor(state.at / columns), state.at % columns]; };

  /* -- what is seen ------------------------------------------------------------------------------------ */

  const shown = (number) => (number < 0 ? `−${-number}` : `${number}`);
  const bracketed = (number) => (number < 0 ? `(${shown(number)})` : shown(number));
  const label = (name, ...places) => `${name}[${places.join(", ")}]`;
  const spatial = (place) => (state.size[0] === 1 && state.flat ? [place[1] + 1] : [place[0] + 1, place[1] + 1]);

  /** Where a view of at most VIEW elements begins, so that what is looked at is in its middle. */
  const from = (first, length, low, high) => Math.max(low, Math.min(first - Math.floor((VIEW - length) / 2), high - VIEW + 1));

  function grid(title, rows, columns, cell) {
    const body = element("tbody");
    for (const row of rows) {
      const line = element("tr", {}, element("th", { scope: "row" }, shown(row + 1)));
      for (const column of columns) {
        const { text, kind } = cell([row, column]);
        line.append(element("td", { class: kind }, text));
      }
      body.append(line);
    }
    const head = element("tr", {}, element("td"), ...columns.map((column) => element("th", { scope: "col" }, shown(column + 1))));
    return element("div", { class: "playground-grid", tabindex: "0" },
      element("table", {}, element("caption", {}, title), element("thead", {}, head), body));
  }

  const range = (first, last) => Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);

  function around(first, last, low, high) {
    const begin = from(first, last - first + 1, low, high);
    return range(Math.max(low, Math.min(begin, first)), Math.min(high, begin + VIEW - 1));
  }

  function draw() {
    const all = axes(), at = position();
    state.at = Math.min(state.at, all[0].out * all[1].out - 1);
    const starts = read(at, [0, 0]);
    const seen = all.map((axis, number) =>
      around(starts[number], starts[number] + axis.d * (axis.k - 1), -axis.p, axis.n + axis.p - 1));
    const own = channels(state.output), channel = own.includes(state.input) ? state.input : own[0];
    state.input = channel;
    const touched = new Set(offsets().map((offset) => read(at, offset).join()));
    const stage = element("div", { class: "playground-stage" },
      grid(`${words.input} ${channel + 1}`, seen[0], seen[1], (place) => ({
        text: shown(input(channel, place)),
        kind: [inside(place, all) ? "pixel" : "padding", touched.has(place.join()) ? "lit" : ""].join(" "),
      })),
      grid(`${words.weight} ${state.output + 1}, ${channel + 1}`, range(0, all[0].k - 1), range(0, all[1].k - 1), (place) => ({
        text: shown(weight(state.output, channel - own[0], place)), kind: "kernel lit",
      })),
      grid(`${words.output} ${state.output + 1}`, around(at[0], at[0], 0, all[0].out - 1), around(at[1], at[1], 0, all[1].out - 1),
        (place) => ({ text: shown(value(state.output, place)), kind: `output ${place.join() === at.join() ? "lit" : ""}` })));
    const terms = products(state.output, at).map((pair) => pair.map(bracketed).join("·"));
    if (state.bias) terms.push(bracketed(bias(state.output)));
    const sum = terms.length > MOST_TERMS ? [...terms.slice(0, MOST_TERMS), `.. (${terms.length})`] : terms;
    const line = element("p", { class: "playground-line", role: "status" },
      `${label("h", ...(state.outChannels > 1 ? [state.output + 1] : []), ...spatial(at))} = ${sum.join(" + ")} = ` +
      shown(value(state.output, at)));
    view.replaceChildren(stage, line);
    sizes.textContent = `${all.map((axis) => axis.n).join(" × ")} → ${all.map((axis) => axis.out).join(" × ")}`;
    for (const one of inputs) one.refresh();
    root.dispatchEvent(new CustomEvent("playground", { detail: { ...state }, bubbles: true }));
  }

  /* -- controls ---------------------------------------------------------------------------------------- */

  const inputs = [];
  const LARGEST = { kernel: 11, stride: 8, padding: 5 };
  const used = (axis) => !(state.flat && axis === 0);

  /** A slider of a number of all axes; what would leave no output is not taken. */
  function slider(name, get, set, low, high) {
    const field = element("input", { type: "range", min: low, step: 1, "aria-label": words[name] }), said = element("output");
    field.addEventListener("input", () => {
      const before = { ...state };
      set(Number(field.value));
      if (!fits()) state = before;
      draw();
    });
    inputs.push({ refresh() { field.max = high(); field.value = get(); said.textContent = shown(get() + (low === 0 && name !== "padding" ? 1 : 0)); } });
    return element("label", { class: "playground-slider" }, words[name], field, said);
  }

  const everywhere = (name) => [name, () => state[name][1],
    (number) => { state = { ...state, [name]: state[name].map((one, axis) => (used(axis) ? number : one)), at: 0 }; }];
  const count = () => axes().reduce((product, axis) => product * axis.out, 1);
  const button = (name, act) => {
    const one = element("button", { type: "button" }, words[name]);
    one.addEventListener("click", () => act(one));
    return one;
  };
  function play(one, on) {
    clearInterval(playing);
    playing = on ? setInterval(() => { state.at = (state.at + 1) % count(); draw(); }, 1000 * SECONDS) : null;
    one.setAttribute("aria-pressed", String(on));
    one.textContent = on ? words.pause : words.play;
  }
  const player = button("play", (one) => play(one, playing === null));
  const sizes = element("span", { class: "playground-sizes" });
  const controls = element("div", { class: "playground-controls", role: "group", "aria-label": words.playground },
    slider(...everywhere("kernel"), 1, () => Math.min(LARGEST.kernel, state.size[1] + 2 * state.padding[1])),
    slider(...everywhere("stride"), 1, () => LARGEST.stride),
    slider(...everywhere("padding"), 0, () => LARGEST.padding),
    slider("position", () => state.at, (number) => { state.at = number; }, 0, () => count() - 1),
    ...(state.inChannels > 1 ? [slider("input_channel", () => state.input, (number) => { state.input = number; }, 0, () => state.inChannels - 1)] : []),
    ...(state.outChannels > 1 ? [slider("output_channel", () => state.output, (number) => { state.output = number; }, 0, () => state.outChannels - 1)] : []),
    player,
    button("random", () => { state.seed = (Math.imul(state.seed, 1103515245) + 12345) >>> 1; draw(); }),
    button("reset", () => { play(player, false); state = { ...start }; draw(); }), sizes);
  const view = element("div", { class: "playground-view" });
  root.replaceChildren(controls, view);

  /** Take over a state that was kept in a link, as far as it makes sense. */
  function recall(kept) {
    const whole = (number, low, high) => Number.isInteger(number) && number >= low && number <= high;
    const before = { ...state };
    for (const name of ["kernel", "stride", "padding"]) {
      const number = Number(kept[name] ?? NaN);
      if (whole(number, name === "padding" ? 0 : 1, LARGEST[name])) {
        state = { ...state, [name]: state[name].map((one, axis) => (used(axis) ? number : one)) };
      }
    }
    if (!fits()) state = before;
    for (const [name, high] of [["at", count() - 1], ["input", state.inChannels - 1], ["output", state.outChannels - 1], ["seed", 2 ** 31]]) {
      if (whole(Number(kept[name] ?? NaN), 0, high)) state[name] = Number(kept[name]);
    }
    draw();
  }

  const kept = () => ({ kernel: state.kernel[1], stride: state.stride[1], padding: state.padding[1], at: state.at,
    input: state.input, output: state.output, seed: state.seed });
  draw();
  return { recall, kept, value: (output, at) => value(output, at), input, weight, bias, axes, stop: () => play(player, false) };
}
