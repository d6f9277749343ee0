// Card of a point: what it is, its nearest neighbours, and the way to its page. It stands beside the
// point: by the pointer for as long as it rests there, or kept by a click or a key until Escape.

const CARD_REST = 220; // milliseconds that the pointer rests before neighbours are asked for
const CARD_REACH = 90; // pixels around a card within which the pointer may be on its way to it

class PointCard {
  constructor(map) {
    this.map = map;
    this.node = element("div", "gene-map-tooltip", map.frame);
    this.node.setAttribute("role", "status");
    this.node.hidden = true;
    this.row = -1;
    this.isKept = false;
    this.onAnswer = () => this.fill();
    store.cardListeners ??= new Set();
    store.cardListeners.add(this.onAnswer);
  }

  /** Show what is known of a point beside a place of the frame, and ask for the rest. */
  show(row, place) {
    if (row !== this.row || this.node.hidden) {
      this.row = row;
      this.head(row);
      clearTimeout(this.timer);
      if (this.map.view.card) this.timer = setTimeout(() => this.ask(row), CARD_REST);
      this.fill();
    }
    this.place(place);
    this.node.hidden = false;
    this.map.root.dataset.hovered = String(row);
  }

  /** Show a text that is about no point. */
  tell(lines, place) {
    clearTimeout(this.timer);
    this.row = -1;
    this.node.replaceChildren();
    lines.forEach((line, i) => element(i ? "div" : "strong", i ? "gene-map-muted" : "", this.node, line));
    this.node.classList.remove("gene-map-card");
    this.place(place);
    this.node.hidden = false;
    delete this.map.root.dataset.hovered;
  }

  /** Keep the card until it is closed. */
  keep(row, place) {
    this.show(row, place);
    this.isKept = true;
    this.node.classList.add("gene-map-kept");
  }

  hide() {
    clearTimeout(this.timer);
    this.isKept = false;
    this.row = -1;
    this.node.hidden = true;
    this.node.classList.remove("gene-map-kept");
    delete this.map.root.dataset.hovered;
    delete this.map.root.dataset.card;
  }

  place([x, y]) {
    const { clientWidth: width, clientHeight: height } = this.map.frame;
    const isRight = x > width * 0.6;
    this.node.style.left = isRight ? "" : `${x + 12}px`;
    this.node.style.right = isRight ? `${width - x + 12}px` : "";
    this.node.style.top = `${Math.max(0, Math.min(height - this.node.offsetHeight - 2, y - 18))}px`;
    this.spot = [x, y];
  }

  /** Follow the point when the map is moved below a kept card. */
  follow() {
    if (!this.isKept || this.row < 0) return this.hide();
    const spot = this.map.toPixel(this.map.x[this.row], this.map.y[this.row]);
    const { clientWidth: width, clientHeight: height } = this.map.frame;
    if (spot[0] < 0 || spot[1] < 0 || spot[0] > width || spot[1] > height) return this.hide();
    this.place(spot);
  }

  head(row) {
    const { kind, title, legend } = this.map.view;
    this.node.replaceChildren();
    const entry = kind === "category" && legend.find((item) => item.code === this.map.codes[row]);
    let isTold = false; // what the colour says may stand here already
    this.map.lines.forEach((line, i) => {
      const name = line.names[line.codes[row]];
      const text = line.title ? `${line.title} ${name}` : name;
      element(i ? "div" : "strong", line.title ? "gene-map-muted" : "", this.node, text);
      isTold ||= line.title ? line.title === title : name === entry?.label;
    });
    if (entry && !isTold) element("div", "gene-map-muted", this.node, `${title}: ${entry.label}`);
    this.body = this.map.view.card ? element("div", "gene-map-card-body", this.node) : null;
    this.node.classList.toggle("gene-map-card", Boolean(this.map.view.card));
  }

  key() {
    return `${this.map.pointsId}:${this.row}`;
  }

  /** What is known of the point, if that was drawn for the ground of now. */
  known() {
    const card = this.row >= 0 ? store.cards?.get(this.key()) : null;
    return card && (card.on ?? this.map.view.grey) === this.map.view.grey ? card : null;
  }

  ask(row) {
    if (row === this.row && !this.known()) store.askCard?.({ row, points: this.map.pointsId });
  }

  /** Add neighbours, or what was drawn, once they have come. */
  fill() {
    const card = this.known();
    if (!card || !this.body) return;
    this.body.replaceChildren();
    const name = card.name && this.node.querySelector("strong");
    if (name) name.textContent = card.name;
    if (card.picture) {
      // as a picture, in which nothing of a drawing runs or loads
      const picture = element("img", "gene-map-card-picture", this.body);
      picture.alt = card.alt;
      picture.src = `data:image/svg+xml;base64,${card.picture}`;
    }
    if (card.title) element("div", "gene-map-card-title", this.body, card.title);
    const list = card.neighbours?.length ? element("ol", "gene-map-card-list", this.body) : null;
    for (const [gene, cosine] of card.neighbours ?? []) {
      const line = element("li", "", list);
      element("span", "", line, gene);
      element("span", "gene-map-n", line, cosine);
    }
    const open = element("button", "gene-map-open", this.body, "Open");
    open.type = "button";
    open.title = card.open;
    const row = this.row;
    open.addEventListener("click", () => this.open(row));
    if (this.spot) this.place(this.spot);
    this.map.root.dataset.card = String(this.row);
  }

  open(row = this.row) {
    if (row >= 0) this.map.emit({ kind: "open", row, points: this.map.pointsId });
  }

  /** Tell whether the pointer is on its way to the card, so that points in between do not take it. */
  isAimedAt(event) {
    if (this.node.hidden || this.row < 0 || !this.known()) return false;
    const box = this.node.getBoundingClientRect();
    const dx = Math.max(box.left - event.clientX, 0, event.clientX - box.right);
    const dy = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
    const distance = Math.hypot(dx, dy);
    const isNearer = distance < (this.distance ?? Infinity);
    this.distance = distance;
    return distance === 0 || (isNearer && distance < CARD_REACH);
  }

  destroy() {
    clearTimeout(this.timer);
    store.cardListeners.delete(this.onAnswer);
  }
}
