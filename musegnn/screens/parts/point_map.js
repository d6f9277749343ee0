// Point map: draws the points with plotly.js and sends back what the user did, never the points.
// The server decides what is selected; this file only shows it. `point_map_names.js` and
// `point_map_card.js` are put below it.

const store = (globalThis.geneMapStore ??= { points: new Map() });

const charts = new WeakMap();

const PICK_RADIUS = 9; // pixels around the pointer in which a point answers
const KEY_RADIUS = 60; // and around the middle, for who has no pointer
const CLICK_SLACK = 4; // pixels the pointer may move during a click
const WAIT_LIMIT = 30000; // milliseconds until a missing library is reported
const SVG = "http://www.w3.org/2000/svg";
const LABEL_SIZE = 12; // pixels, as in the style sheet
const LABEL_HEIGHT = 16; // pixels
const ZOOM_REST = 500; // milliseconds the picture rests before its place is reported
const MAXIMUM_VERTICES = 400; // of a lasso; more do not change what it encloses
const STEPS_BACK = 255; // code of a cell that is grey
const CROWD_TAIL = 0.01; // share of points that may lie beyond a side of the first frame
const CROWD_ROOM = 0.12; // around it, of its width
const WORTH_IT = 1.2; // times that the whole is as wide, from where on the crowd is framed
const FEWEST_IN_CROWD = 1000; // points
const RIM = 7; // pixels of a mark for points beyond the frame
const MARKED_SIZE = 8; // pixels of a gene of a list
const FAINTEST = 0.25; // opacity of a cell of one point
const TOOLS = [
  ["pan", "Move", "Drag to move, wheel to zoom, double click to go back to where most points are"],
  ["zoom", "Zoom", "Drag a rectangle to zoom into it"],
  ["lasso", "Lasso", "Draw around points to select them"],
  ["box", "Box", "Drag a rectangle to select the points in it"],
];

const NO_NAMES = [];
const KEYS_HELP =
  "Map. Arrows move it, plus and minus zoom, Home goes back to where most points are. Enter selects " +
  "the point in the middle, O opens it, N goes to the names of clusters";
const STEP = 0.12; // of the width, by which an arrow moves the map
const ZOOM_STEP = 1.35;

function decode(array) {
  const text = atob(array.bdata);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const kinds = { f4: Float32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
  return new kinds[array.dtype](bytes.buffer);
}

/** Bytes that came compressed. */
async function unpack(array) {
  const stream = new Blob([decode({ dtype: "u1", bdata: array.gzip })]).stream();
  const open = stream.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(open).arrayBuffer());
}

function element(tag, className, parent, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

const count = (number) => number.toLocaleString("en");

/** Drawing order: a fixed stride through all rows, so that no context lies on top of the others. */
function drawingOrder(n) {
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);
  let stride = Math.max(1, Math.floor(n * 0.618));
  while (n > 1 && gcd(stride, n) !== 1) stride += 1;
  const order = new Uint32Array(n);
  for (let i = 0, row = 0; i < n; i++, row = (row + stride) % n) order[i] = row;
  return order;
}

/**
 * The part of the map that holds the crowd: from the 1st to the 99th percentile both ways and some
 * room around. A handful of points far out would else decide the frame. Null where the whole is
 * hardly larger.
 */
function crowdOf(x, y, { left, right, low, high }) {
  if (x.length < FEWEST_IN_CROWD) return null;
  const sides = [[x, left, right], [y, low, high]].map(([values, least, most]) => {
    const sorted = Float32Array.from(values).sort();
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    const room = CROWD_ROOM * (at(1 - CROWD_TAIL) - at(CROWD_TAIL));
    return [Math.max(least, at(CROWD_TAIL) - room), Math.min(most, at(1 - CROWD_TAIL) + room)];
  });
  const [[x0, x1], [y0, y1]] = sides;
  const whole = Math.max((right - left) / (x1 - x0), (high - low) / (y1 - y0));
  return whole >= WORTH_IT ? { left: x0, right: x1, low: y0, high: y1 } : null;
}

/** Uniform grid over the points: the nearest one is found without looking at all of them. */
class PointGrid {
  constructor(x, y) {
    this.x = x;
    this.y = y;
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < x.length; i++) {
      if (x[i] < left) left = x[i];
      if (x[i] > right) right = x[i];
      if (y[i] < low) low = y[i];
      if (y[i] > high) high = y[i];
    }
    if (!x.length) [left, right, low, high] = [0, 1, 0, 1];
    Object.assign(this, { left, right, low, high });
    this.side = Math.max(1, Math.ceil(Math.sqrt(x.length / 3)));
    this.width = (right - left || 1) / this.side;
    this.height = (high - low || 1) / this.side;
    this.start = new Uint32Array(this.side * this.side + 1);
    const cell = new Uint32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      cell[i] = this.column(x[i]) + this.side * this.line(y[i]);
      this.start[cell[i] + 1] += 1;
    }
    for (let i = 0; i < this.start.length - 1; i++) this.start[i + 1] += this.start[i];
    const next = this.start.slice();
    this.rows = new Uint32Array(x.length);
    for (let i = 0; i < x.length; i++) this.rows[next[cell[i]]++] = i;
  }
  column(x) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((x - this.left) / this.width)));
  }
  line(y) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((y - this.low) / this.height)));
  }
  /** Row nearest to (x, y) within the radii rx and ry, or -1; distances in units of the radii. */
  nearest(x, y, rx, ry, allowed) {
    let best = -1;
    let least = 1;
    for (let line = this.line(y - ry); line <= this.line(y + ry); line++) {
      const from = this.start[this.column(x - rx) + this.side * line];
      const to = this.start[this.column(x + rx) + this.side * line + 1];
      for (let i = from; i < to; i++) {
        const row = this.rows[i];
        if (allowed && !allowed(row)) continue;
        const dx = (this.x[row] - x) / rx;
        const dy = (this.y[row] - y) / ry;
        const distance = dx * dx + dy * dy;
        if (distance < least) {
          least = distance;
          best = row;
        }
      }
    }
    return best;
  }
}

/** Places of a label around its point, nearest first: [dx, dy, shift in label widths, is far]. */
const SIDES = [
  [10, -8, 0, false],
  [0, -25, -0.5, false],
  [0, 9, -0.5, false],
  [-10, -8, -1, false],
  [7, -22, 0, false],
  [7, 7, 0, false],
  [-7, -22, -1, false],
  [-7, 7, -1, false],
];
for (const radius of [34, 56, 82, 112, 148, 190, 240, 300]) {
  for (let i = 0; i < 16; i++) {
    const angle = (i * Math.PI) / 8;
    const [dx, dy] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    SIDES.push([dx, dy - LABEL_HEIGHT / 2, dx > 1 ? 0 : dx < -1 ? -1 : -0.5, true]);
  }
}

/**
 * Choose a place for each label so that labels do not lie on each other; none is left out.
 * A label that finds no room beside its point moves away and gets a line to it.
 * Takes [x, y, label, width] in pixels; gives {x, y, label, line}, x and y of the upper left corner.
 */
function placeLabels(points, frameWidth, frameHeight) {
  const dots = points.map(([x, y]) => [x - 7, y - 7, x + 7, y + 7]);
  const taken = [];
  const overlaps = (box, other) =>
    box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
  let stacked = 0;
  return points.map(([px, py, label, width], i) => {
    for (const [dx, dy, shift, isFar] of SIDES) {
      const x = px + dx + shift * width;
      const y = py + dy;
      const box = [x, y, x + width, y + LABEL_HEIGHT];
      const isInside = x >= 2 && y >= 2 && box[2] <= frameWidth - 2 && box[3] <= frameHeight - 2;
      if (!isInside || taken.some((other) => overlaps(box, other))) continue;
      if (dots.some((other, j) => j !== i && overlaps(box, other))) continue;
      taken.push(box);
      return { x, y, label, line: isFar ? [px, py, ...nearestEdge(box, px, py)] : null };
    }
    // a map crowded to its edges: a column at the left, still readable and still joined
    const y = 2 + LABEL_HEIGHT * stacked++;
    const box = [4, y, 4 + width, y + LABEL_HEIGHT];
    taken.push(box);
    return { x: 4, y, label, line: [px, py, ...nearestEdge(box, px, py)] };
  });
}

/** Point of a box that is nearest to (x, y). */
function nearestEdge([left, top, right, bottom], x, y) {
  return [Math.min(right, Math.max(left, x)), Math.min(bottom - 3, Math.max(top + 3, y))];
}

class GeneMap {
  constructor(parent) {
    this.root = element("div", "gene-map", parent);
    this.bar = element("div", "gene-map-bar", this.root);
    this.body = element("div", "gene-map-body", this.root);
    this.frame = element("div", "gene-map-frame", this.body);
    this.cells = element("canvas", "gene-map-cells", this.frame);
    this.cells.setAttribute("aria-hidden", "true");
    this.plot = element("div", "gene-map-plot", this.frame);
    this.plot.setAttribute("role", "img");
    this.preview = element("canvas", "gene-map-preview", this.frame);
    this.preview.setAttribute("aria-hidden", "true");
    this.outline = document.createElementNS(SVG, "svg");
    this.outline.setAttribute("class", "gene-map-outline");
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "group");
    this.frame.setAttribute("aria-label", KEYS_HELP);
    this.path = document.createElementNS(SVG, "path");
    this.labelGroup = document.createElementNS(SVG, "g");
    this.labelGroup.setAttribute("class", "gene-map-labels");
    this.rim = document.createElementNS(SVG, "g");
    this.rim.setAttribute("class", "gene-map-rim");
    this.outline.append(this.rim, this.labelGroup, this.path);
    this.frame.appendChild(this.outline);
    this.names = new PlacedNames(this);
    this.labelBoxes = [];
    this.cross = element("div", "gene-map-cross", this.frame);
    this.cross.setAttribute("aria-hidden", "true");
    this.card = new PointCard(this);
    this.message = element("div", "gene-map-message", this.frame, "Drawing the map");
    this.legend = element("div", "gene-map-legend", this.body);
    this.tool = "pan";
    this.created = performance.now();
    this.buildBar();
    this.listen();
    this.onNames = () => this.view && this.showNames();
    (store.nameListeners ??= new Set()).add(this.onNames);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.frame);
  }

  buildBar() {
    this.buttons = TOOLS.map(([tool, label, help]) => {
      const button = element("button", "gene-map-tool", this.bar, label);
      button.type = "button";
      button.title = help;
      button.dataset.tool = tool;
      button.addEventListener("click", () => this.setTool(tool));
      return button;
    });
    const everything = element("button", "gene-map-tool", this.bar, "See everything");
    everything.type = "button";
    everything.title = "Zoom out to all points; a double click goes back to where most are";
    everything.addEventListener("click", () => this.seeEverything());
    this.switch = element("button", "gene-map-tool gene-map-switch", this.bar, "Names");
    this.switch.type = "button";
    this.switch.title = "Show or hide the names of clusters; the caption says how they were tested";
    this.switch.hidden = true;
    this.switch.addEventListener("click", () => {
      this.view.names.on = !this.view.names.on;
      this.showNames();
      this.send("names", { on: this.view.names.on, at: Date.now() });
    });
    this.counter = element("span", "gene-map-count", this.bar);
    this.setTool("pan");
  }

  setTool(tool) {
    this.tool = tool;
    this.root.dataset.tool = tool;
    this.buttons?.forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool)),
    );
    if (this.drawn) this.relayout({ dragmode: this.dragmode() });
  }

  relayout(changes) {
    return this.unlessLeft(Plotly.relayout(this.plot, changes));
  }

  /** Wait for plotly.js, which stumbles over a plot that was taken away while it drew. */
  async unlessLeft(drawing) {
    try {
      await drawing;
    } catch (error) {
      if (!this.isLeft) throw error;
    }
  }

  dragmode() {
    return this.tool === "pan" || this.tool === "zoom" ? this.tool : false;
  }

  seeEverything() {
    if (!this.drawn) return;
    const { x, y } = this.wholeRanges();
    this.relayout({ "xaxis.range": x, "yaxis.range": y });
  }

  /** Zoom to where most points lie, where a map begins. */
  seeCrowd() {
    if (this.drawn) this.show("");
  }

  /** Show a part of the map, four numbers joined by commas; "" is where it begins. */
  show(zoom) {
    const { x, y } = this.ranges(zoom);
    this.relayout({ "xaxis.range": x, "yaxis.range": y });
  }

  /** Place the names of clusters, once they are there. */
  showNames() {
    const { names } = this.view;
    this.names.take((names && store.names?.get(names.set)) ?? NO_NAMES);
    this.switch.hidden = !this.names.all.length;
    this.switch.setAttribute("aria-pressed", String(Boolean(names?.on)));
    if (this.drawn && this.plot._fullLayout) this.names.place(true);
  }

  async update(view, send) {
    const zoom = view.zoom ?? "";
    if (this.drawn && this.view.zoom !== view.zoom) this.show(zoom);
    if (!this.drawn) this.start = zoom;
    this.view = view;
    this.send = send;
    this.plot.setAttribute("aria-label", view.description);
    this.drawLegend();
    if (await this.wait(() => store.points.has(view.points_id))) {
      if (this.view !== view) return; // a newer view came while waiting
      const cells = view.density ? await this.paintCells(view.density, view) : null;
      if (this.view !== view) return;
      this.density = cells;
      if (this.pointsId !== view.points_id) this.takePoints(store.points.get(view.points_id));
      this.codes = decode(view.codes);
      const bits = view.selected ? decode(view.selected) : null;
      this.isSelected = bits ? (row) => (bits[row >> 3] >> (row & 7)) & 1 : null;
      if (!this.drawn) this.drawPreview();
      if (await this.wait(() => globalThis.Plotly)) {
        if (this.view === view) await this.draw();
        return;
      }
    }
    if (this.view !== view) return;
    this.message.hidden = false;
    this.message.textContent =
      "The map could not load its drawing library or its points. Reload the page.";
  }

  wait(isThere) {
    const started = performance.now();
    return new Promise((resolve) => {
      const look = () => {
        if (isThere()) resolve(true);
        else if (performance.now() - started > WAIT_LIMIT) resolve(false);
        else setTimeout(look, 25);
      };
      look();
    });
  }

  /** Paint cells, a pixel each, as they will be stretched over their part of the map. */
  async paintCells(density, view) {
    const [codes, shades] = await Promise.all([unpack(density.codes), unpack(density.shades)]);
    const height = density.height;
    const width = codes.length / height;
    const picture = document.createElement("canvas");
    Object.assign(picture, { width, height });
    const pen = picture.getContext("2d");
    const image = pen.createImageData(width, height);
    const read = (colour) => {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      return pen.getImageData(0, 0, 1, 1).data;
    };
    const colours = view.colours.map(read);
    const grey = read(view.grey);
    for (let cell = 0; cell < codes.length; cell++) {
      if (!shades[cell]) continue;
      const line = height - 1 - Math.floor(cell / width); // pictures begin at the top
      const place = 4 * (line * width + (cell % width));
      image.data.set(codes[cell] === STEPS_BACK ? grey : colours[codes[cell]], place);
      image.data[place + 3] = 255 * (FAINTEST + ((1 - FAINTEST) * shades[cell]) / 255);
    }
    pen.putImageData(image, 0, 0);
    return { ...density, codes, shades, width, picture };
  }

  /** Lay the cells under the points, wherever the map has been moved to. */
  showCells() {
    const { clientWidth: width, clientHeight: height } = this.frame;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this.cells, { width: width * ratio, height: height * ratio });
    if (!this.density || !width) return;
    const pen = this.cells.getContext("2d");
    pen.scale(ratio, ratio);
    pen.imageSmoothingEnabled = false;
    const [left, right, low, high] = this.density.box;
    const [x0, y0] = this.toPixel(left, high);
    const [x1, y1] = this.toPixel(right, low);
    pen.drawImage(this.density.picture, x0, y0, x1 - x0, y1 - y0);
  }

  /** Pixels of a place of the map: of the plot, or of the one that is still to come. */
  toPixel(x, y) {
    if (this.drawn) {
      const { xaxis, yaxis } = this.plot._fullLayout;
      return [xaxis.d2p(x) + xaxis._offset, yaxis.d2p(y) + yaxis._offset];
    }
    const { clientWidth: width, clientHeight: height } = this.frame;
    const range = this.ranges(this.start);
    const across = (width - 8) / (range.x[1] - range.x[0]);
    const scale = Math.min(across, (height - 8) / (range.y[1] - range.y[0]));
    return [
      width / 2 + (x - (range.x[0] + range.x[1]) / 2) * scale,
      height / 2 - (y - (range.y[0] + range.y[1]) / 2) * scale,
    ];
  }

  /** Paint all points at once, at the places they will have, while plotly.js still loads. */
  drawPreview() {
    const { clientWidth: width, clientHeight: height } = this.frame;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    this.preview.width = width * ratio;
    this.preview.height = height * ratio;
    // that many small squares, painted once, are faster in memory than on a graphics card
    const pen = this.preview.getContext("2d", { willReadFrequently: true });
    pen.scale(ratio, ratio);
    const { x, y } = this.ranges(this.start);
    // the same margin and the same scale on both axes as the layout of the plot
    const scale = Math.min((width - 8) / (x[1] - x[0]), (height - 8) / (y[1] - y[0]));
    const [midX, midY] = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
    const toPixel = (row) => [
      width / 2 + (this.x[row] - midX) * scale,
      height / 2 - (this.y[row] - midY) * scale,
    ];
    const { lit, colours, grey, accent } = this.view;
    const stepBack = lit.length > 0 || this.isSelected !== null;
    const size = this.markerSize();
    const dot = (row, colour, diameter) => {
      const [left, top] = toPixel(row);
      pen.fillStyle = colour;
      pen.fillRect(left - diameter / 2, top - diameter / 2, diameter, diameter);
    };
    pen.globalAlpha = stepBack ? 0.7 : 0.85;
    for (const { rows } of this.chunks) {
      for (const row of rows) dot(row, stepBack ? grey : colours[this.codes[row]], size * 0.9);
    }
    pen.globalAlpha = 1;
    if (this.isSelected) {
      for (let row = 0; row < this.n; row++) {
        if (this.isSelected(row)) dot(row, colours[this.codes[row]], size + 1.5);
      }
    }
    for (const row of lit) {
      pen.beginPath();
      pen.arc(...toPixel(row), 6.5, 0, 2 * Math.PI);
      pen.fillStyle = colours[this.codes[row]];
      pen.fill();
      pen.strokeStyle = accent;
      pen.lineWidth = 2;
      pen.stroke();
    }
    this.showCells();
    this.message.hidden = true;
    this.counter.textContent = "loading the tools of the map";
    // two frames later the points are on the screen; then plotly.js may keep the browser busy
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        this.root.dataset.visible = String(this.n);
        store.painted?.();
      }),
    );
  }

  takePoints(points) {
    this.pointsId = points.id;
    this.card.hide(); // rows of other points mean something else
    this.x = decode(points.x);
    this.y = decode(points.y);
    this.lines = points.labels.map((line) => ({ ...line, codes: decode(line.codes) }));
    this.n = points.n;
    this.grid = new PointGrid(this.x, this.y);
    this.extent = points.extent;
    this.crowd = points.extent ? null : crowdOf(this.x, this.y, this.grid);
    this.chunks = [];
    const order = drawingOrder(points.n);
    for (let from = 0; from < points.n; from += points.points_per_trace) {
      const rows = order.subarray(from, from + points.points_per_trace);
      this.chunks.push({ rows, x: this.pick(this.x, rows), y: this.pick(this.y, rows) });
    }
  }

  pick(values, rows) {
    const picked = new Float32Array(rows.length);
    for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]];
    return picked;
  }

  scale() {
    const colours = this.view.colours;
    const stops = [];
    colours.forEach((colour, i) => {
      stops.push([i / colours.length, colour], [(i + 1) / colours.length, colour]);
    });
    return { colorscale: stops, cmin: -0.5, cmax: colours.length - 0.5, showscale: false };
  }

  markerSize() {
    return this.n > 60000 ? 2.5 : this.n > 15000 ? 3.2 : this.n > 4000 ? 4 : 5.5;
  }

  traces() {
    const view = this.view;
    const stepBack = view.lit.length > 0 || this.isSelected !== null;
    const size = this.markerSize();
    const common = { type: "scattergl", mode: "markers", hoverinfo: "none", showlegend: false };
    const traces = this.chunks.map((chunk) => ({
      ...common,
      x: chunk.x,
      y: chunk.y,
      marker: stepBack
        ? { size, color: view.grey, opacity: 0.7 }
        : { size, color: this.pick(this.codes, chunk.rows), opacity: 0.65, ...this.scale() },
    }));
    if (this.isSelected) {
      for (const chunk of this.chunks) {
        const rows = chunk.rows.filter((row) => this.isSelected(row));
        traces.push({
          ...common,
          x: this.pick(this.x, rows),
          y: this.pick(this.y, rows),
          marker: {
            size: size + 1.5,
            color: this.pick(this.codes, rows),
            opacity: 0.95,
            ...this.scale(),
          },
        });
      }
    }
    if (view.marked?.length) traces.push(this.largeTrace(view.marked, MARKED_SIZE, 1.2));
    if (view.lit.length) traces.push(this.largeTrace(view.lit, 13, 2));
    return traces;
  }

  /** Points that are drawn large, with a rim. */
  largeTrace(rows, size, width) {
    const { colours, accent } = this.view;
    return {
      type: "scatter",
      mode: "markers",
      hoverinfo: "none",
      showlegend: false,
      x: rows.map((row) => this.x[row]),
      y: rows.map((row) => this.y[row]),
      cliponaxis: false,
      marker: {
        size,
        color: rows.map((row) => colours[this.codes[row]]),
        line: { color: accent, width },
        opacity: 1,
      },
    };
  }

  /** Ranges where a map begins, with a margin; fixed, so that large lit points do not shift them. */
  ranges(zoom) {
    if (zoom) {
      const [x0, x1, y0, y1] = zoom.split(",").map(Number);
      if (x0 < x1 && y0 < y1) return { x: [x0, x1], y: [y0, y1] };
    }
    // two maps side by side have one extent, that of both
    const isWhole = !this.crowd || this.view?.n_all; // of a density all cells are shown
    return isWhole ? this.wholeRanges() : this.around(this.crowd, 0.02);
  }

  /** Ranges that show all points. */
  wholeRanges() {
    return this.around(this.extent ?? this.grid, 0.04);
  }

  around({ left, right, low, high }, margin) {
    const [dx, dy] = [margin * (right - left) || 1, margin * (high - low) || 1];
    return { x: [left - dx, right + dx], y: [low - dy, high + dy] };
  }

  layout() {
    let { x, y } = this.ranges(this.start);
    if (this.drawn && this.view.n_all) {
      // points come and go with the part in view: without any, plotly.js forgets where it was
      const { xaxis, yaxis } = this.plot._fullLayout;
      [x, y] = [[...xaxis.range], [...yaxis.range]];
    }
    const axis = {
      visible: false,
      showgrid: false,
      zeroline: false,
      showspikes: false,
    };
    return {
      autosize: true,
      margin: { l: 4, r: 4, t: 4, b: 4 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      dragmode: this.dragmode(),
      hovermode: "closest",
      spikedistance: 0, // an infinite distance makes each hover look at all points
      showlegend: false,
      uirevision: "constant", // zoom survives a new colour or selection
      xaxis: { ...axis, range: x },
      yaxis: { ...axis, range: y, scaleanchor: "x" },
    };
  }

  async draw() {
    const traces = this.traces();
    const started = performance.now();
    const options = { displayModeBar: false, scrollZoom: true, doubleClick: false };
    await this.unlessLeft(Plotly.react(this.plot, traces, this.layout(), options));
    if (!this.plot._fullLayout) return; // the page was left meanwhile
    if (!this.drawn) {
      this.drawn = true;
      this.plot.on("plotly_relayout", () => this.afterMove());
      this.plot.on("plotly_doubleclick", () => this.seeCrowd());
      this.plot.on("plotly_relayouting", () => {
        this.labelGroup.style.display = "none";
        this.labelBoxes = [];
        this.rim.replaceChildren();
        this.card.hide();
        this.names.place(false);
        if (this.density) this.showCells();
      });
      this.preview.remove();
      store.painted?.();
      this.root.dataset.visible = String(this.n);
      this.root.dataset.firstDrawn = String(Math.round(performance.now() - this.created));
    }
    this.message.hidden = true;
    this.showCells();
    this.labels();
    this.markBeyond();
    this.showNames();
    this.report(performance.now() - started);
  }

  report(milliseconds) {
    const view = this.view;
    const drawn = this.chunks.reduce((sum, chunk) => sum + chunk.rows.length, 0);
    const all = drawn === this.n;
    const some = this.density
      ? `${count(drawn)} of ${count(view.n_all)} points drawn one by one, all as density`
      : `${count(drawn)} of ${count(view.n_all ?? 0)} points drawn: all in view`;
    const points = view.n_all ? some : all ? `all ${count(drawn)} points drawn` : `${count(drawn)} of ${count(this.n)} drawn`;
    this.counter.replaceChildren();
    if (view.lit_note) element("strong", "gene-map-lit-note", this.counter, view.lit_note);
    element("span", "", this.counter, points);
    const beyond = Number(this.root.dataset.beyond ?? 0);
    this.beyondNote = element("span", "gene-map-beyond", this.counter);
    if (beyond) this.beyondNote.textContent = `${count(beyond)} beyond the frame`;
    const root = this.root.dataset;
    root.drawn = String(drawn);
    root.cells = this.density ? String(this.density.codes.length) : "";
    root.lit = String(view.lit.length);
    root.marked = String(view.marked?.length ?? 0);
    root.selected = String(view.n_selected);
    root.colour = view.title;
    root.drawTime = String(Math.round(milliseconds));
    root.draws = String(Number(root.draws ?? 0) + 1);
    this.reportRange();
  }

  reportRange() {
    const { xaxis, yaxis } = this.plot._fullLayout;
    this.root.dataset.range = [...xaxis.range, ...yaxis.range].map((v) => v.toFixed(4)).join(" ");
  }

  afterMove() {
    if (!this.plot._fullLayout) return; // the page was left meanwhile
    if (this.density) this.showCells();
    this.reportRange();
    this.labels();
    this.markBeyond();
    this.names.place(true);
    this.card.follow();
    if (this.isKeyed()) this.showMiddle();
    this.reportZoom();
  }

  /** Tell the page which part is shown, once the picture rests; the page puts it into its link. */
  reportZoom() {
    if (this.view.zoom === null) return;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      if (!this.plot.isConnected) return;
      const { xaxis, yaxis } = this.plot._fullLayout;
      const { x, y } = this.ranges("");
      const shown = [...xaxis.range, ...yaxis.range];
      const isAll = shown[0] <= x[0] && shown[1] >= x[1] && shown[2] <= y[0] && shown[3] >= y[1];
      const zoom = isAll ? "" : shown.map((place) => place.toFixed(3)).join(",");
      if (zoom === (this.reported ?? this.start)) return;
      this.reported = zoom;
      this.send("zoom", { zoom });
    }, ZOOM_REST);
  }

  /** Write the labels of all lit points in view. */
  labels() {
    const { lit, lit_labels, marked_labels } = this.view;
    this.labelGroup.replaceChildren();
    this.labelGroup.style.display = "";
    this.labelBoxes = [];
    const labels = lit_labels.map((label, i) => [lit[i], label]).concat(marked_labels ?? []);
    if (!labels.length) return this.reportLabels(0);
    const { xaxis, yaxis } = this.plot._fullLayout;
    const width = this.frame.clientWidth;
    const height = this.frame.clientHeight;
    const pen = (this.pen ??= document.createElement("canvas").getContext("2d"));
    pen.font = `${LABEL_SIZE}px ${getComputedStyle(this.root).fontFamily}`;
    const shown = labels
      .map(([row, label]) => [
        xaxis.d2p(this.x[row]) + xaxis._offset,
        yaxis.d2p(this.y[row]) + yaxis._offset,
        label,
        pen.measureText(label).width,
      ])
      .filter(([x, y]) => x >= 0 && y >= 0 && x <= width && y <= height);
    const places = placeLabels(shown, width, height);
    this.labelBoxes = places.map(({ x, y, label }) => [x, y, x + pen.measureText(label).width, y + LABEL_HEIGHT]);
    for (const { line } of places) {
      if (!line) continue;
      const node = document.createElementNS(SVG, "path");
      node.setAttribute("d", `M${line[0]},${line[1]}L${line[2]},${line[3]}`);
      this.labelGroup.appendChild(node);
    }
    for (const place of places) {
      const node = document.createElementNS(SVG, "text");
      node.setAttribute("x", place.x);
      node.setAttribute("y", place.y + LABEL_HEIGHT - 4);
      node.textContent = place.label;
      this.labelGroup.appendChild(node);
    }
    this.reportLabels(places.length);
  }

  /** Mark on the rim which points lie beyond the frame, unless the map is zoomed into. */
  markBeyond() {
    this.rim.replaceChildren();
    this.root.dataset.beyond = "0";
    if (!this.crowd || this.view.n_all) return;
    const { xaxis, yaxis } = this.plot._fullLayout;
    const home = this.ranges("");
    const [x0, x1, y0, y1] = [...xaxis.range, ...yaxis.range];
    const isZoomed = x1 - x0 < 0.95 * (home.x[1] - home.x[0]) && y1 - y0 < 0.95 * (home.y[1] - home.y[0]);
    if (isZoomed) return;
    const { clientWidth: width, clientHeight: height } = this.frame;
    const lit = new Set(this.view.lit);
    const marks = new Map(); // a mark for each place of the rim, however many points lie there
    let beyond = 0;
    for (let row = 0; row < this.n; row++) {
      const [x, y] = [this.x[row], this.y[row]];
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1) continue;
      beyond += 1;
      const px = Math.min(width - RIM, Math.max(RIM, xaxis.d2p(x) + xaxis._offset));
      const py = Math.min(height - RIM, Math.max(RIM, yaxis.d2p(y) + yaxis._offset));
      const place = `${Math.round(px / RIM)},${Math.round(py / RIM)}`;
      const mark = marks.get(place) ?? { px, py, n: 0, row, isLit: false };
      mark.n += 1;
      if (lit.has(row)) Object.assign(mark, { row, isLit: true });
      marks.set(place, mark);
    }
    const stepBack = this.view.lit.length > 0 || this.isSelected !== null;
    for (const { px, py, row, isLit } of marks.values()) {
      const isPlain = stepBack && !isLit && !this.isSelected?.(row);
      const angle = (Math.atan2(py - height / 2, px - width / 2) * 180) / Math.PI;
      const node = document.createElementNS(SVG, "path");
      const size = isLit ? RIM : RIM - 2;
      node.setAttribute("d", `M${-size / 2},${-size / 2}L${size / 2},0L${-size / 2},${size / 2}Z`);
      node.setAttribute("transform", `translate(${px},${py}) rotate(${angle})`);
      node.setAttribute("fill", isPlain ? this.view.grey : this.view.colours[this.codes[row]]);
      if (isLit) node.setAttribute("stroke", this.view.accent);
      this.rim.appendChild(node);
    }
    this.root.dataset.beyond = String(beyond);
    if (this.beyondNote) this.beyondNote.textContent = beyond ? `${count(beyond)} beyond the frame` : "";
  }

  reportLabels(n) {
    this.root.dataset.labelled = String(n);
  }

  drawLegend() {
    const { kind, title, legend, legend_note: note, legend_selected: selected, colours } = this.view;
    // what stays the same stays there: a press on it must not fall between two of its kind
    const content = JSON.stringify([kind, title, legend, note, selected, colours]);
    if (content === this.inLegend) return;
    this.inLegend = content;
    const place = [...this.legend.querySelectorAll(".gene-map-entry")].indexOf(document.activeElement);
    this.legend.replaceChildren();
    element("div", "gene-map-legend-title", this.legend, title);
    if (kind === "number") this.drawScale(legend);
    else legend.forEach((entry, i) => this.drawEntry(entry, this.view.legend_selected?.[i]));
    if (note) element("div", "gene-map-legend-note", this.legend, note).title = note;
    if (place >= 0) this.legend.querySelectorAll(".gene-map-entry")[place]?.focus();
  }

  drawScale(legend) {
    const box = element("div", "gene-map-scale", this.legend);
    const ramp = element("div", "gene-map-ramp", box);
    ramp.style.background = `linear-gradient(to top, ${this.view.colours.join(", ")})`;
    const marks = element("div", "gene-map-marks", box);
    [...legend].reverse().forEach((entry) => element("span", "", marks, entry.label));
  }

  drawEntry(entry, selected) {
    const button = element("button", "gene-map-entry", this.legend);
    button.type = "button";
    const isWhole = entry.n > 0 && selected === entry.n;
    button.title = isWhole
      ? `Take the ${count(entry.n)} points of ${entry.label} out of the selection`
      : `Select the ${count(entry.n)} points of ${entry.label}; with Ctrl or Shift beside what is selected`;
    button.setAttribute("aria-pressed", String(isWhole));
    button.dataset.label = entry.label;
    element("span", "gene-map-swatch", button).style.background = entry.colour;
    element("span", "gene-map-name", button, entry.label);
    element("span", "gene-map-n", button, count(entry.n));
    button.addEventListener("click", (event) => {
      const isBeside = event.ctrlKey || event.metaKey || event.shiftKey;
      const how = isWhole ? "remove" : isBeside ? "add" : "";
      this.emit({ kind: "legend", code: entry.code, how });
    });
  }

  emit(gesture) {
    // the time makes two equal gestures two events
    this.send("gesture", { ...gesture, at: Date.now() });
  }

  listen() {
    const options = { capture: true };
    this.frame.addEventListener("pointermove", (event) => this.onMove(event), options);
    this.frame.addEventListener("pointerleave", () => this.card.isKept || this.card.hide());
    this.frame.addEventListener("keydown", (event) => this.onMapKey(event));
    this.frame.addEventListener("focus", () => this.drawn && this.isKeyed() && this.showMiddle());
    this.frame.addEventListener("pointerdown", (event) => this.onDown(event), options);
    // plotly.js starts its own drag on mousedown, which a lasso or a box must not do
    this.frame.addEventListener(
      "mousedown",
      (event) => {
        if (this.isSelecting()) {
          event.stopPropagation();
          event.preventDefault();
        }
      },
      options,
    );
    this.onUp = (event) => this.finish(event);
    this.onDrag = (event) => this.drag(event);
    window.addEventListener("pointerup", this.onUp);
    window.addEventListener("pointermove", this.onDrag);
    this.onKey = (event) => {
      if (event.key !== "Escape") return;
      if (this.gesture) this.cancel();
      else this.card.hide();
    };
    window.addEventListener("keydown", this.onKey);
  }

  isSelecting() {
    return this.tool === "lasso" || this.tool === "box";
  }

  position(event) {
    const box = this.frame.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  toData([left, top]) {
    const { xaxis, yaxis } = this.plot._fullLayout;
    return [xaxis.p2d(left - xaxis._offset), yaxis.p2d(top - yaxis._offset)];
  }

  pointAt(place, radius = PICK_RADIUS) {
    const [x, y] = this.toData(place);
    const [right, high] = this.toData([place[0] + radius, place[1] - radius]);
    const radii = [Math.abs(right - x), Math.abs(high - y)];
    const lit = new Set(this.view.lit);
    // what is lit or selected lies on top, so it answers first
    if (lit.size) {
      const row = this.grid.nearest(x, y, ...radii, (candidate) => lit.has(candidate));
      if (row >= 0) return row;
    }
    if (this.isSelected) {
      const row = this.grid.nearest(x, y, ...radii, this.isSelected);
      if (row >= 0) return row;
    }
    return this.grid.nearest(x, y, ...radii);
  }

  onMove(event) {
    if (this.card.isKept || event.target.closest?.(".gene-map-tooltip")) return;
    if (!this.drawn || this.gesture?.points || event.buttons) return this.card.hide();
    if (event.target.closest?.(".gene-map-placed")) return this.card.hide();
    if (this.card.isAimedAt(event)) return;
    const place = this.position(event);
    const row = this.pointAt(place);
    if (row >= 0) return this.card.show(row, place);
    const cell = this.cellAt(place);
    if (cell < 0) return this.card.hide();
    this.card.tell(this.linesOfCell(cell), place);
  }

  /** Number of the cell with points at a place of the frame, or -1. */
  cellAt(place) {
    if (!this.density) return -1;
    const { box, width, height, shades } = this.density;
    const [x, y] = this.toData(place);
    const column = Math.floor(((x - box[0]) / (box[1] - box[0])) * width);
    const line = Math.floor(((y - box[2]) / (box[3] - box[2])) * height);
    const isInside = column >= 0 && line >= 0 && column < width && line < height;
    return isInside && shades[line * width + column] ? line * width + column : -1;
  }

  linesOfCell(cell) {
    const { codes, shades, most } = this.density;
    const n = Math.max(1, Math.round(Math.expm1((shades[cell] / 255) * Math.log1p(most))));
    const about = n < 10 ? n : Number(n.toPrecision(2));
    const points = n === 1 ? "1 point" : `${n < 10 ? "" : "about "}${count(about)} points`;
    const { kind, title, legend } = this.view;
    const entry = kind === "category" && legend.find((item) => item.code === codes[cell]);
    return [points, ...(entry ? [`${title}, most: ${entry.label}`] : []), "zoom in to see each"];
  }

  /** Tell whether the map has the keyboard. */
  isKeyed() {
    return document.activeElement === this.frame && this.frame.matches(":focus-visible");
  }

  /** Card of the point nearest to the middle, for those who move the map by keys. */
  showMiddle() {
    const middle = [this.frame.clientWidth / 2, this.frame.clientHeight / 2];
    const row = this.pointAt(middle, KEY_RADIUS);
    if (row < 0) return this.card.hide();
    this.card.keep(row, this.toPixel(this.x[row], this.y[row]));
  }

  onMapKey(event) {
    if (event.target !== this.frame || !this.drawn || event.ctrlKey || event.metaKey || event.altKey) return;
    const { xaxis, yaxis } = this.plot._fullLayout;
    const move = (dx, dy, factor) => {
      const along = ([low, high], step) => {
        const half = ((high - low) / 2) * factor;
        const middle = (low + high) / 2 + step * (high - low);
        return [middle - half, middle + half];
      };
      this.relayout({
        "xaxis.range": along(xaxis.range, dx),
        "yaxis.range": along(yaxis.range, dy),
      });
    };
    const row = this.card.isKept ? this.card.row : -1;
    const keys = {
      ArrowLeft: () => move(-STEP, 0, 1),
      ArrowRight: () => move(STEP, 0, 1),
      ArrowUp: () => move(0, STEP, 1),
      ArrowDown: () => move(0, -STEP, 1),
      "+": () => move(0, 0, 1 / ZOOM_STEP),
      "=": () => move(0, 0, 1 / ZOOM_STEP),
      "-": () => move(0, 0, ZOOM_STEP),
      Home: () => this.seeCrowd(),
      n: () => this.names.focus(),
      o: () => this.card.open(row),
      Enter: () => row >= 0 && this.emit({ kind: "click", row, points: this.pointsId }),
      Escape: () => this.card.hide(),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  onDown(event) {
    if (!this.drawn || event.button !== 0) return;
    if (event.target.closest?.(".gene-map-tooltip, .gene-map-placed")) return;
    const place = this.position(event);
    this.gesture = { start: place, points: this.isSelecting() ? [place] : null };
    if (this.isSelecting()) event.stopPropagation();
  }

  drag(event) {
    if (!this.gesture?.points) return;
    const place = this.position(event);
    const { start, points } = this.gesture;
    if (this.tool === "lasso") {
      const [x, y] = points[points.length - 1];
      if (Math.hypot(place[0] - x, place[1] - y) >= 2) points.push(place);
    } else {
      this.gesture.points = [start, [place[0], start[1]], place, [start[0], place[1]]];
    }
    this.path.setAttribute("d", `M${this.gesture.points.map((p) => p.join(",")).join("L")}Z`);
  }

  cancel() {
    this.gesture = null;
    this.path.setAttribute("d", "");
  }

  finish(event) {
    if (!this.gesture) return;
    const { start, points } = this.gesture;
    const place = this.position(event);
    this.cancel();
    if (Math.hypot(place[0] - start[0], place[1] - start[1]) <= CLICK_SLACK && !(points?.length > 8)) {
      const row = this.pointAt(place);
      if (row < 0) return this.card.hide();
      this.card.isKept = false;
      this.card.keep(row, this.toPixel(this.x[row], this.y[row]));
      this.emit({ kind: "click", row, points: this.pointsId });
      return;
    }
    if (!points || points.length < 3) return;
    const step = Math.ceil(points.length / MAXIMUM_VERTICES);
    const vertices = points.filter((_, i) => i % step === 0).map((p) => this.toData(p));
    const rounded = (axis) => vertices.map((vertex) => Number(vertex[axis].toPrecision(7)));
    this.emit({ kind: "polygon", x: rounded(0), y: rounded(1) });
  }

  resize() {
    const width = this.frame.clientWidth;
    const height = this.frame.clientHeight;
    if (!this.drawn || !width || (width === this.width && height === this.height)) return;
    this.width = width;
    this.height = height;
    Plotly.Plots.resize(this.plot).then(() => this.afterMove());
  }

  destroy() {
    this.isLeft = true;
    this.resizer.disconnect();
    this.card.destroy();
    store.nameListeners.delete(this.onNames);
    window.removeEventListener("pointerup", this.onUp);
    window.removeEventListener("pointermove", this.onDrag);
    window.removeEventListener("keydown", this.onKey);
    if (globalThis.Plotly) Plotly.purge(this.plot);
    this.root.remove();
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = new GeneMap(parentElement);
    charts.set(parentElement, chart);
  }
  const turn = (chart.turn = {});
  chart.update(data, setTriggerValue);
  return () => {
    if (chart.turn !== turn) return; // a newer run draws on it
    charts.delete(parentElement);
    chart.destroy();
  };
}
