// One uPlot a lane on one time axis with one cursor. Measured marks are ink; limits are dotted with their number and stone beyond; a missed set is a gap.
(() => {
  const HEIGHTS = { line: 72, pressure: 112, bars: 58, steps: 52, due: 52, events: 70, scores: 150, spans: 70, model: 112 };
  const LOW = { line: 60, pressure: 96, bars: 48, steps: 46, due: 52, events: 52, model: 96 }; // at the chair, where nothing scrolls
  const PAD = 10, MARK = 6, DOT = 4, THIN = 1.25, LINE = 2, TEXT = 13, GAP = 5, DASH = [2, 3], RUNS = 3, CHAR = 6.4, FAINT = 0.55, HALO = 4, ROOM = 26, SIDE = 22;
  const FONT = TEXT + 'px "Source Sans 3", Arial, sans-serif', BOLD = "600 " + FONT;
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue("--" + name).trim();
  };
  const clock = (t, spec) => new Date((t + spec.offset) * 1000).toISOString().slice(11, 16);
  // A pressure told without its other half: 172/-.
  const number = (row, point) => (point.v === null && point.w === null ? "" : row.kind === "pressure" ? (point.v ?? "-") + "/" + (point.w ?? "-") : String(point.v));
  const say = (row, point) => (number(row, point) || point.words) + (row.unit && number(row, point) ? " " + row.unit : "") + (point.device ? " by the monitor" : "") + (row.kind === "model" ? " predicted" : "") + (point.unsure ? " " + point.unsure : "");

  const pen = (u, ink) => {
    const { ctx } = u, k = devicePixelRatio;
    const line = (points, colour, width, dash) => {
      ctx.beginPath();
      points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
      ctx.strokeStyle = ink(colour); ctx.lineWidth = width * k; ctx.lineJoin = "round"; ctx.setLineDash((dash || []).map((d) => d * k)); ctx.stroke(); ctx.setLineDash([]);
    };
    const text = (words, x, y, { colour = "ink-2", bold = false, align = "left", ground = "" } = {}) => {
      ctx.font = (bold ? BOLD : FONT).replace(TEXT + "px", TEXT * k + "px"); ctx.textAlign = align; ctx.lineJoin = "round";
      ctx.strokeStyle = ink(ground || "surface"); ctx.lineWidth = HALO * k; ctx.strokeText(words, x, y); ctx.fillStyle = ink(colour); ctx.fillText(words, x, y);
    };
    const dot = (x, y, { open = false, r = DOT, colour = "ink", width = 1.75 } = {}) => {
      ctx.beginPath(); ctx.arc(x, y, r * k, 0, Math.PI * 2);
      ctx.fillStyle = ink(open ? "surface" : colour); ctx.fill();
      if (open) { ctx.strokeStyle = ink(colour); ctx.lineWidth = width * k; ctx.stroke(); }
    };
    const square = (x, y, m) => { ctx.fillStyle = ink("surface"); ctx.fillRect(x - m, y - m, m * 2, m * 2); ctx.strokeStyle = ink("ink"); ctx.lineWidth = THIN * k; ctx.strokeRect(x - m, y - m, m * 2, m * 2); };
    const { left, top, width, height } = u.bbox;
    return { ctx, k, ink, line, text, dot, square, left, top, width, height, right: left + width, bottom: top + height, x: (t) => u.valToPos(t, "x", true), y: (v) => u.valToPos(v, "y", true) };
  };

  // uPlot remembers the state of the canvas it set itself: give it back untouched.
  const kept = (paint) => (u) => { u.ctx.save(); paint(pen(u, colours())); u.ctx.restore(); };
  // The outermost limit comes first, and words that would stand on others are left out: the lines stay.
  const outermost = (a, b) => (a.side === b.side ? (a.side === "above" ? b.at - a.at : a.at - b.at) : 0);
  // Bands of a score: each a shade of stone deeper than the one below, its word at the right.
  const shaded = (p, row) => row.bands.forEach((band, i) => {
    const low = p.y(band.low), next = row.bands[i + 1], high = next ? Math.max(p.y(next.low), p.top) : p.top;
    if (low <= p.top) return;
    p.ctx.globalAlpha = i / row.bands.length; p.ctx.fillStyle = p.ink("line"); p.ctx.fillRect(0, high, p.ctx.canvas.width, low - high); p.ctx.globalAlpha = 1;
    if (low - high > (TEXT - 2) * p.k) p.text(band.words, p.right + 2 * p.k, low - GAP * p.k, { colour: "ink-3", align: "right" });
  });
  const ground = (p, row, spec, first) => {
    const written = [];
    shaded(p, row);
    row.limits.forEach((limit) => {
      const y = p.y(limit.at);
      p.ctx.fillStyle = p.ink("sunk");
      if (limit.side === "above") p.ctx.fillRect(0, p.top, p.ctx.canvas.width, y - p.top);
      else p.ctx.fillRect(0, y, p.ctx.canvas.width, p.bottom - y);
    });
    row.limits.forEach((limit) => p.line([[0, p.y(limit.at)], [p.ctx.canvas.width, p.y(limit.at)]], "ink-3", THIN, DASH));
    [...row.limits].sort(outermost).forEach((limit) => {
      const y = p.y(limit.at), at = limit.side === "above" ? y + (TEXT + 1) * p.k : y - GAP * p.k;
      if (written.some((other) => Math.abs(other - at) < TEXT * p.k)) return;
      written.push(at);
      p.text(limit.words, p.right + 2 * p.k, at, { colour: "ink-3", align: "right", ground: "sunk" });
    });
    if (row.base !== null) { p.ctx.globalAlpha = FAINT; p.line([[0, p.y(row.base)], [p.ctx.canvas.width, p.y(row.base)]], "ink-3", 1); p.ctx.globalAlpha = 1; }
    row.gaps.forEach((t) => p.line([[p.x(t), p.top], [p.x(t), p.bottom]], "edge", 1, [1, 4]));
    p.line([[p.x(spec.now), 0], [p.x(spec.now), p.ctx.canvas.height]], "ink", LINE);
    if (first) p.text(spec.word + clock(spec.now, spec), p.x(spec.now), p.top - GAP * p.k, { align: "center", bold: true, colour: "ink" });
  };
  const runs = (row) => {
    const cut = (a, b) => row.gaps.some((gap) => gap > a.t && gap < b.t);
    return row.points.reduce((all, point) => {
      const run = all[all.length - 1];
      if (run && !cut(run[run.length - 1], point)) run.push(point); else all.push([point]);
      return all;
    }, []);
  };
  // Labels give way from the latest backwards: the newest number is always printed.
  // What a monitor sends every minute: small squares, no numbers but the newest, and nothing drawn across a silence.
  const machine = (p, row) => {
    const points = row.points.filter((point) => point.device), m = (DOT / 2) * p.k;
    const cut = (a, b) => row.silences.some((silence) => silence.from >= a.t && silence.to <= b.t);
    points.forEach((point, i) => {
      const x = p.x(point.t), y = p.y(point.v), before = points[i - 1];
      if (before && !cut(before, point)) p.line([[p.x(before.t), p.y(before.v)], [x, y]], "ink-3", THIN);
      p.square(x, y, m);
    });
    row.silences.forEach((silence) => {
      const from = Math.max(p.x(silence.from), 0), to = p.x(silence.to), words = "no data";
      p.ctx.fillStyle = p.ink("sunk"); p.ctx.fillRect(from, p.top, to - from, p.bottom - p.top);
      p.line([[from, p.bottom], [to, p.bottom]], "edge", LINE, DASH);
      if (to - from > words.length * CHAR * p.k) p.text(words, (from + to) / 2, p.bottom - GAP * p.k, { align: "center", ground: "sunk" });
    });
  };
  const byHand = (row) => ({ ...row, points: row.points.filter((point) => !point.device) });
  const newest = (row) => row.points[row.points.length - 1];
  const spaced = (p, row, room) => {
    let taken = Infinity;
    return new Set([...row.points].reverse().filter((point) => p.x(point.t) + room * p.k <= taken && ((taken = p.x(point.t)), true)));
  };
  // Words beside marks, on the first of a few lines that is free there.
  const shelf = (p, spec) => {
    const ends = [], now = p.x(spec.now);
    return (words, x) => {
      const width = words.length * CHAR * p.k, reach = x + width + PAD * 2 * p.k, back = reach > p.right || (x < now && reach > now && x - width > p.left);
      const from = back ? x - width - PAD * p.k : x - DOT * p.k, to = back ? x + PAD * p.k : x + width + PAD * 2 * p.k;
      const free = ends.findIndex((end) => end <= from), level = free < 0 && ends.length < RUNS ? ends.push(0) - 1 : Math.max(free, 0);
      ends[level] = to;
      return [back, p.top + (TEXT + level * (TEXT + GAP)) * p.k];
    };
  };
  const draw = {
    // A score that may show something else as well is a broken diamond, and no line is drawn to it.
    scores(p, row) {
      const told = spaced(p, row, ROOM), sure = row.points.filter((point) => !point.unsure), m = (MARK + 1) * p.k;
      p.line(sure.map((point) => [p.x(point.t), p.y(point.v)]), "ink-3", THIN);
      row.points.forEach((point, i) => {
        const x = p.x(point.t), y = p.y(point.v);
        if (point.unsure) {
          p.ctx.beginPath(); p.ctx.moveTo(x, y - m); p.ctx.lineTo(x + m, y); p.ctx.lineTo(x, y + m); p.ctx.lineTo(x - m, y); p.ctx.closePath(); p.ctx.fillStyle = p.ink("surface"); p.ctx.fill();
          p.line([[x, y - m], [x + m, y], [x, y + m], [x - m, y], [x, y - m]], "ink", LINE, [RUNS, 2]);
        } else p.dot(x, y, { open: point.late !== null, r: DOT + 1 });
        if (told.has(point)) p.text(String(point.v), x, y - (MARK + RUNS) * p.k, { align: "center", bold: i === row.points.length - 1 });
      });
    },
    // What is expected looks like a model: heather and dashed. What ran is ink.
    spans(p, row, spec) {
      const place = shelf(p, spec), y = p.bottom - PAD * p.k, tall = PAD * p.k;
      row.spans.forEach((span) => {
        const usual = span.kind === "usual", from = p.x(span.from), to = Math.max(p.x(span.to), from + 2 * p.k);
        if (to < 0 || from > p.ctx.canvas.width) return;
        p.ctx.fillStyle = p.ink(usual ? "tint" : span.kind === "ran" ? "ink-2" : "sunk"); p.ctx.fillRect(from, y - tall, to - from, tall);
        if (span.kind !== "ran") p.line([[from, y - tall], [to, y - tall], [to, y], [from, y], [from, y - tall]], usual ? "accent" : "edge", THIN, DASH);
        const [back, at] = place(span.words, Math.max(from, p.left));
        p.text(span.words, back ? to : Math.max(from, p.left), at, { align: back ? "right" : "left", colour: usual ? "accent" : "ink-2" });
      });
    },
    line(p, row) {
      const hand = byHand(row), told = spaced(p, { points: [...hand.points, newest(row)].filter((point, i, all) => point && all.indexOf(point) === i) }, ROOM);
      machine(p, row);
      runs(hand).forEach((run) => p.line(run.map((point) => [p.x(point.t), p.y(point.v)]), "ink-3", THIN));
      row.points.forEach((point) => {
        if (!point.device) p.dot(p.x(point.t), p.y(point.v), { open: point.late !== null });
        if (told.has(point)) p.text(String(point.v), p.x(point.t), p.y(point.v) - (MARK + 2) * p.k, { align: "center", bold: point === newest(row) });
      });
    },
    pressure(p, row) {
      const told = spaced(p, row, ROOM + SIDE);
      row.points.forEach((point, i) => {
        const x = p.x(point.t), m = MARK * p.k, bold = i === row.points.length - 1, late = point.late === null ? [] : DASH;
        const halves = [[point.v, -m, 0], [point.w, m, m]].filter(([value]) => value !== null).map(([value, ...rest]) => [value, p.y(value), ...rest]);
        // A pressure alone has a short stem, to where nobody knows.
        const ends = halves.map(([, y]) => y), [[, only, side]] = halves;
        p.line((ends.length > 1 ? ends : [only, only - side * 2]).map((y) => [x, y]), "ink-3", THIN, late);
        halves.forEach(([value, y, arm, below]) => {
          if (point.device) p.square(x, y, m / 2);
          else p.line([[x - m, y + arm], [x, y], [x + m, y + arm]], "ink", bold ? LINE * 1.25 : LINE);
          if (told.has(point)) p.text(String(value), x + m + GAP * p.k, y + below, { bold });
        });
      });
    },
    bars(p, row) {
      p.line([[0, p.bottom], [p.ctx.canvas.width, p.bottom]], "edge", 1);
      row.points.forEach((point) => {
        const x = p.x(point.t), y = p.y(point.v), half = MARK * p.k;
        p.ctx.fillStyle = p.ink("ink-2"); p.ctx.fillRect(x - half, y, half * 2, p.bottom - y);
        p.text(String(point.v), x, y - GAP * p.k, { align: "center" });
      });
    },
    steps(p, row, spec) {
      const path = row.points.flatMap((point, i) => [[p.x(point.t), i ? p.y(row.points[i - 1].v) : p.bottom], [p.x(point.t), p.y(point.v)]]);
      const final = row.points[row.points.length - 1];
      if (!final) return;
      p.line([...path, [p.x(spec.now), p.y(final.v)]], "ink", LINE);
      // Under its line; over it where nothing is left beneath, as at a rate of 0.
      row.points.forEach((point) => {
        const y = p.y(point.v), under = y + (TEXT + GAP) * p.k;
        p.text(say(row, point), p.x(point.t) + GAP * p.k, under > p.bottom ? y - GAP * p.k : under);
      });
    },
    // A model looks like a model: heather, the band about the line of the typical person, and never the ink of what was measured.
    model(p, row) {
      if (!row.points.length) return;
      const edge = (side) => row.points.map((point, i) => [p.x(point.t), p.y(row.spread[i][side])]), low = edge(0), high = edge(1);
      p.ctx.beginPath(); [...high, ...[...low].reverse()].forEach(([x, y]) => p.ctx.lineTo(x, y)); p.ctx.fillStyle = p.ink("tint"); p.ctx.fill();
      [low, high].forEach((line) => p.line(line, "accent", 1, DASH));
      p.line(row.points.map((point) => [p.x(point.t), p.y(point.v)]), "accent", LINE);
    },
    due(p, row, spec) {
      const y = p.bottom - PAD * 2 * p.k;
      let ahead = true, taken = -Infinity;
      row.points.forEach((point) => {
        const x = p.x(point.t), m = DOT * p.k, next = point.state === "due" && ahead;
        if (next) ahead = false;
        if (point.state === "missed") { p.line([[x - m, y - m], [x + m, y + m]], "ink", LINE); p.line([[x - m, y + m], [x + m, y - m]], "ink", LINE); }
        else if (point.state === "done") p.dot(x, y, { r: DOT + 1 });
        else { p.dot(x, y, { open: true, r: DOT + (next ? 2 : 1), colour: next ? "accent" : point.state === "late" ? "ink" : "edge", width: next ? RUNS : 1.75 }); }
        if (point.state === "refused") p.line([[x - m, y + m], [x + m, y - m]], "ink", LINE);
        if (point.state === "late") p.line([[x + m, y], [x + m * RUNS, y], [x + m * 2, y - m], [x + m * RUNS, y], [x + m * 2, y + m]], "ink", THIN);
        if (point.state === "done" || (point.state === "due" && !next) || x - taken < ROOM * 1.5 * p.k) return;
        taken = x;
        p.text(next ? "due" : point.state, x, p.bottom + 2 * p.k, { align: "center", bold: true, colour: next ? "accent" : "ink" });
      });
    },
    events(p, row, spec) {
      const place = shelf(p, spec);
      row.points.forEach((point) => {
        const x = p.x(point.t), [back, y] = place(point.words, x);
        p.dot(x, y - DOT * p.k, { r: DOT - 1 });
        p.text(point.words, back ? x - PAD * p.k : x + PAD * p.k, y, { align: back ? "right" : "left" });
      });
    },
  };

  const tall = (box) => (box.closest(".chair") && matchMedia("(min-width: 1000px)").matches ? LOW : HEIGHTS);
  const plot = (box, row, spec, first, key) => {
    const ink = colours();
    const flat = ["due", "events", "spans"].includes(row.kind);
    const times = row.points.map((point) => point.t);
    const stroke = () => ink("ink-3"), grid = { stroke: () => ink("line"), width: 1 };
    const near = (u, t) => Math.abs(u.valToPos(t, "x") - u.valToPos(spec.now, "x")) < ROOM * 2;
    // Over days, the marks of time are the midnights of the clinic, as many as there is room for.
    const midnights = (u) => spec.ticks.filter((tick, i) => i % Math.ceil(ROOM * 2 * spec.ticks.length / Math.max(u.width, 1)) === 0);
    const marks = spec.ticks ? { splits: (u) => midnights(u).map(([t]) => t), values: (u) => midnights(u).map(([t, words]) => (first && !near(u, t) ? words : "")) } : {};
    const axis = { stroke, grid, ticks: { show: false }, font: FONT, size: first ? TEXT + GAP : 0, gap: 2, side: 0, space: 64, values: (u, ts) => ts.map((t) => (!first || near(u, t) ? "" : clock(t, spec))), ...marks };
    const options = {
      width: box.clientWidth, height: tall(box)[row.kind], padding: [first ? GAP : row.kind === "line" ? TEXT + GAP : PAD, SIDE / 2, PAD / 2, SIDE], legend: { show: false },
      cursor: { sync: { key, setSeries: false, scales: ["x", null] }, y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { x: { time: false, range: [spec.from, spec.to] }, y: { range: flat ? [0, 1] : [row.low, row.high] } },
      axes: [{ ...axis, incrs: [60, 120, 300, 600, 900, 1800, 3600, 7200, 86400, 864000, 8640000] }, { show: false }],
      series: [{}, { show: true, paths: () => null, points: { show: false } }],
      hooks: { drawAxes: [kept((p) => ground(p, row, spec, first))], draw: [kept((p) => draw[row.kind](p, row, spec))] },
    };
    box.replaceChildren();
    return new uPlot(options, [times, row.points.map((point) => (flat ? 1 : point.v))], box);
  };

  const listen = (section, plots, spec) => {
    const words = section.querySelector("[data-lanes-say]");
    const at = (u) => {
      if (u.cursor.left === null || u.cursor.left < 0) { words.textContent = ""; return; }
      const t = u.posToVal(u.cursor.left, "x");
      const near = (row) => row.points.reduce((best, point) => (best && Math.abs(best.t - t) <= Math.abs(point.t - t) ? best : point), null);
      const told = spec.rows.filter((row) => row.kind !== "due").map((row) => [row, near(row)]).filter(([, point]) => point);
      words.textContent = (spec.ticks ? "Nearest: " : clock(t, spec) + ": nearest ") + told.map(([row, point]) => row.label + " " + say(row, point) + " (" + point.at + ")").join(", ");
    };
    plots.forEach((u) => u.over.addEventListener("mousemove", () => at(u)));
    plots.forEach((u) => u.over.addEventListener("mouseleave", () => { words.textContent = ""; }));
  };

  const start = (section) => {
    if (section.dataset.drawn) return;
    section.dataset.drawn = "1";
    const spec = JSON.parse(document.getElementById(section.dataset.lanes).textContent);
    spec.word = section.closest("[data-then]") ? "then " : "now ";
    const boxes = [...section.querySelectorAll("[data-lane]")];
    const make = () => boxes.map((box, i) => plot(box, spec.rows[i], spec, i === 0, section.dataset.lanes));
    const plots = make();
    listen(section, plots, spec);
    const redraw = () => plots.forEach((u) => u.redraw(false, true));
    const watch = new ResizeObserver(() => (section.isConnected ? fit() : leave()));
    const fit = () => plots.forEach((u, i) => u.setSize({ width: boxes[i].clientWidth, height: tall(boxes[i])[spec.rows[i].kind] }));
    const themed = () => (section.isConnected ? redraw() : leave());
    // A fragment that was swapped out takes its plots with it.
    const leave = () => { watch.disconnect(); document.removeEventListener("kairn:theme", themed); plots.forEach((u) => u.destroy()); };
    watch.observe(section);
    document.addEventListener("kairn:theme", themed);
    document.fonts.ready.then(redraw);
  };
  const all = (root) => root.querySelectorAll("[data-lanes]").forEach(start);
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) all(event.detail.elt.parentElement || event.detail.elt); });
  all(document);
})();
