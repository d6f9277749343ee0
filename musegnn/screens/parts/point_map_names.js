// Names in place: text of constant size on the clusters of a map, the largest first, none on another.
// They are buttons: a press selects the cluster, arrows go from one to the next.

const NAMES_AT_REST = 16; // shown while the map is not zoomed; more come with the zoom
const NAMES_COVER = 0.2; // of the square that the map has room for, at rest: a narrow map has fewer names
const NAME_LETTERS = 22; // of a line
const NAME_SIZE = 12; // pixels, as in the style sheet
const NAME_LINE = 15; // pixels of a line
const NAME_SHIFTS = [[0, 0], [0, -20], [0, 20], [-40, 0], [40, 0], [0, -40], [0, 40], [-60, -24], [60, 24]];
const MOST_DOTS = 150; // of a list that names keep off
const FEWEST_IN_VIEW = 20; // points of a cluster from which its name comes along into a part of the map

/** Lines of a name, short ones. */
function linesOf(text) {
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= NAME_LETTERS) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

class PlacedNames {
  constructor(map) {
    this.map = map;
    this.layer = element("div", "gene-map-names", map.frame);
    this.layer.setAttribute("role", "group");
    this.layer.setAttribute("aria-label", "Names of clusters; press one to select its genes");
    this.all = [];
    this.shown = [];
    this.layer.addEventListener("keydown", (event) => this.onKey(event));
    // a wheel over a name zooms the map below it
    this.layer.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { deltaX, deltaY, deltaMode, clientX, clientY } = event;
      const below = map.plot.querySelector(".nsewdrag");
      below?.dispatchEvent(
        new WheelEvent("wheel", { deltaX, deltaY, deltaMode, clientX, clientY, bubbles: true, cancelable: true }),
      );
    }, { passive: false });
  }

  /** Take the names of the set that the map shows, or none. */
  take(names) {
    if (this.all === names) return;
    this.all = names;
    this.rowsOf = null;
    this.layer.replaceChildren();
    this.buttons = names.map((name) => {
      const lines = linesOf(name.text);
      const button = element("button", "gene-map-placed", this.layer, lines.join("\n"));
      button.type = "button";
      button.tabIndex = -1;
      button.dataset.cluster = name.cluster;
      button.dataset.kind = name.kind;
      button.title = `${name.evidence}. Press to select its ${count(name.n)} points`;
      button.addEventListener("click", () => this.map.emit({ kind: "name", cluster: name.cluster }));
      button.addEventListener("focus", () => this.rove(button));
      return button;
    });
    this.sizes = null;
  }

  measure() {
    const pen = (this.pen ??= document.createElement("canvas").getContext("2d"));
    pen.font = `600 ${NAME_SIZE}px ${getComputedStyle(this.map.root).fontFamily}`;
    return this.all.map((name) => {
      const lines = linesOf(name.text);
      const width = Math.max(...lines.map((line) => pen.measureText(line).width));
      return [width + 8, lines.length * NAME_LINE + 4];
    });
  }

  /** Place as many names as fit; `exact` also looks where a cluster lies in a part of the map. */
  place(exact) {
    const map = this.map;
    const isOn = Boolean(map.view.names?.on) && map.drawn;
    this.layer.hidden = !isOn;
    this.shown = [];
    if (isOn && this.all.length) {
      this.sizes ??= this.measure();
      const { clientWidth: width, clientHeight: height } = map.frame;
      const { xaxis, yaxis } = map.plot._fullLayout;
      const home = map.ranges("");
      const zoom = Math.max(1, (home.x[1] - home.x[0]) / (xaxis.range[1] - xaxis.range[0]));
      const most = Math.round(NAMES_AT_REST * zoom * zoom);
      let left = NAMES_COVER * Math.min(width, height) ** 2 * zoom * zoom;
      // a name lies neither on a label nor on a point that is to be seen
      const dots = [...map.view.lit, ...(map.view.marked ?? []).slice(0, MOST_DOTS)].map((row) => {
        const [x, y] = map.toPixel(map.x[row], map.y[row]);
        return [x - 8, y - 8, x + 8, y + 8];
      });
      const taken = map.labelBoxes.concat(dots);
      const anchors = this.anchors(exact && zoom > 1.3, [...xaxis.range, ...yaxis.range]);
      this.all.forEach((name, i) => {
        const button = this.buttons[i];
        const area = this.sizes[i][0] * this.sizes[i][1];
        const anchor = this.shown.length < most && area <= left ? anchors[i] : null;
        const box = anchor && this.room(map.toPixel(...anchor), this.sizes[i], taken, width, height);
        button.hidden = !box;
        if (!box) return;
        left -= area;
        taken.push(box);
        this.shown.push({ ...name, at: map.toPixel(...anchor), box });
        button.style.transform = `translate(${box[0]}px,${box[1]}px)`;
        button.style.width = `${box[2] - box[0]}px`;
      });
    }
    const visible = this.visible();
    if (visible.length && !visible.some((button) => button.tabIndex === 0)) this.rove(visible[0]);
    map.root.dataset.names = String(this.shown.length);
    map.root.dataset.namesKnown = String(this.all.length);
  }

  /** A free box for a name at or near a place, or null. */
  room([x, y], [w, h], taken, width, height) {
    if (x < 0 || y < 0 || x > width || y > height || w > width - 4 || h > height - 4) return null;
    for (const [dx, dy] of NAME_SHIFTS) {
      const left = Math.min(width - w - 2, Math.max(2, x + dx - w / 2));
      const top = Math.min(height - h - 2, Math.max(2, y + dy - h / 2));
      const box = [left, top, left + w, top + h];
      const overlaps = (other) =>
        box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
      if (!taken.some(overlaps)) return box;
    }
    return null;
  }

  /** Where names stand: on the crowd of their cluster, or on what of it is in view. */
  anchors(isPart, [x0, x1, y0, y1]) {
    const isIn = (x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1;
    if (!isPart) return this.all.map(({ x, y }) => (isIn(x, y) ? [x, y] : null));
    const rows = this.rowsByName();
    return this.all.map(({ x, y }, i) => {
      if (isIn(x, y) || !rows) return isIn(x, y) ? [x, y] : null;
      const own = rows[i].filter((row) => isIn(this.map.x[row], this.map.y[row]));
      if (own.length < FEWEST_IN_VIEW) return null;
      const middle = (values) => Float32Array.from(own, (row) => values[row]).sort()[own.length >> 1];
      return [middle(this.map.x), middle(this.map.y)];
    });
  }

  /** Rows of each named cluster, read once from what the points say of themselves. */
  rowsByName() {
    const map = this.map;
    if (this.rowsOf && this.rowsFor === map.pointsId) return this.rowsOf;
    const line = map.lines?.find((some) => some.title === "cluster");
    if (!line) return null;
    const places = new Map(this.all.map((name, i) => [name.cluster, i]));
    const ofCode = line.names.map((name) => places.get(String(name)) ?? -1);
    this.rowsOf = this.all.map(() => []);
    for (let row = 0; row < map.n; row++) {
      const place = ofCode[line.codes[row]];
      if (place >= 0) this.rowsOf[place].push(row);
    }
    this.rowsFor = map.pointsId;
    return this.rowsOf;
  }

  visible() {
    return (this.buttons ?? []).filter((button) => !button.hidden);
  }

  /** Let the Tab key stop at one name; arrows go on from it. */
  rove(button) {
    this.buttons.forEach((other) => (other.tabIndex = other === button ? 0 : -1));
  }

  focus() {
    (this.visible().find((button) => button.tabIndex === 0) ?? this.visible()[0])?.focus();
  }

  onKey(event) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, n: 1, N: -1 };
    if (event.key === "Escape") this.map.frame.focus();
    const visible = this.visible();
    const place = visible.indexOf(document.activeElement);
    if (!(event.key in steps) || place < 0) return;
    event.preventDefault();
    event.stopPropagation();
    visible[(place + steps[event.key] + visible.length) % visible.length].focus();
  }
}
