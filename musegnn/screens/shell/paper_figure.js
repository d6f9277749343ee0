// A figure of the page at the size it has in print: drawn anew by the library that drew it, shown as
// it will be, and handed to the server, which makes the file of it. Nothing is loaded from elsewhere.

const POINT = 96 / 72; // pixels of CSS
const MILLIMETRE = 96 / 25.4;
const WAIT = 20000; // milliseconds for the library
const LITTLE_ROOM = 0.35; // of the width, for what is drawn beside its labels
const WIDER = 1.12; // times as wide, where there is less
const ROUNDS = 14; // of drawing until nothing is cut
const SMALLEST = 5; // points of type, below which journals take no letters
const LARGEST = 1.25; // times the plain letters, to which small ones grow where a picture is printed small
const ABOVE = 0.17; // of the size of letters, how much of a line above and below them is empty
const BELOW = 0.1;
const BESIDE = 0.12; // how much room a text needs at either end, so that two do not read as one
const store = (globalThis.paperFigure ??= { saved: "" });

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function library() {
  const end = Date.now() + WAIT;
  while (!globalThis.Plotly && Date.now() < end) {
    globalThis.geneMapStore?.painted?.(); // no map is in a hurry here
    await sleep(50);
  }
  if (!globalThis.Plotly) throw new Error("what draws it did not come");
  return globalThis.Plotly;
}

// a copy in the colours and letters of the file, none smaller than `look.least`; other numbers are
// taken as they are
function dressed(value, look, name = "") {
  if (typeof value === "string") return look.colours[value.toLowerCase()] ?? value;
  if (Array.isArray(value)) {
    const isPlain = typeof value[0] === "number" && typeof value[value.length - 1] === "number";
    return isPlain ? value : value.map((one) => dressed(one, look));
  }
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy = {};
  for (const [key, one] of Object.entries(value)) {
    copy[key] = key === "family" && typeof one === "string" ? look.family : dressed(one, look, key);
  }
  if (/font$/i.test(name) && copy.size !== undefined) {
    const raised = (size) => {
      if (!(size > 0)) return size;
      look.grown = Math.max(look.grown, look.least / size);
      return Math.max(size, look.least);
    };
    copy.size = Array.isArray(copy.size) ? copy.size.map(raised) : raised(copy.size);
  }
  return copy;
}

async function drawFromPage(data) {
  const Plotly = await library();
  const place = `.st-key-${data.target.replace(/[^a-zA-Z0-9_-]/g, "-")} .js-plotly-plot`;
  const shown = document.querySelector(place);
  if (!shown?._fullLayout) throw new Error("it is no longer on the page");
  const base = shown.layout.font?.size ?? 12;
  const scale = (data.size_pt * POINT) / base; // of everything, so that letters have their size
  let height = shown._fullLayout.height;
  const width = (data.width_mm * MILLIMETRE) / scale;
  const above = data.title ? 2.2 * base : 0;
  height += above;
  // letters have the least size in print, also where the picture is drawn wider than it is printed
  const paper = (data.width_mm * MILLIMETRE) / POINT; // width in points
  const dress = (across) => {
    const least = Math.min((Math.min(SMALLEST, data.size_pt) * across) / paper, LARGEST * base);
    const look = { ...data, least, grown: 1 }; // `grown` is told by what is dressed
    const layout = dressed(shown.layout, look);
    layout.font = { ...layout.font, family: data.family, size: Math.max(base, least) };
    delete layout.title;
    if (data.title) {
      const title = data.title.replace(/[<>&]/g, (sign) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[sign]);
      layout.title = {
        text: title, x: 0.01, xref: "container", xanchor: "left",
        y: 1 - above / (2 * height), yref: "container", yanchor: "middle",
        font: { size: 1.2 * base },
      };
    }
    if (data.is_clear) layout.paper_bgcolor = "rgba(0,0,0,0)";
    for (const name of Object.keys(shown._fullLayout)) {
      if (/^[xy]axis\d*$/.test(name)) layout[name] = { ...layout[name], automargin: true };
    }
    const rows = dressed(shown.data, look);
    return { layout, rows, more: look.grown - 1 };
  };
  const { l, r, t, b } = { ...shown._fullLayout.margin, ...shown.layout.margin };
  const draw = async (across, margin) => {
    const { layout, rows, more } = dress(across);
    // what stands above and below the data in letters that have grown needs as much more room
    const [top, bottom] = [margin.t + more * t, margin.b + more * b];
    const high = height + more * (t + b);
    const own = { ...layout, width: across, height: high, autosize: false };
    own.margin = { ...layout.margin, ...margin, t: top, b: bottom };
    const figure = { data: rows, layout: own, config: { staticPlot: true } };
    const svg = await Plotly.toImage(figure, { format: "svg", width: across, height: high, imageDataOnly: true });
    return { svg, ...reach(parsed(svg)) };
  };
  // nothing is cut: what reaches beyond an edge gets a wider margin there, and where margins leave
  // little for the data, the picture is drawn wider, so that letters are smaller in print
  const usual = { l, r, t: t + above, b };
  const before = countOver([...shown.querySelectorAll("text")].map((text) => cornersOf(text)));
  let [across, margin, made] = [width, usual, null];
  for (let round = 0; round < ROUNDS; round += 1) {
    const taken = Math.max(shown._fullLayout._size?.l ?? 0, margin.l) + Math.max(shown._fullLayout._size?.r ?? 0, margin.r);
    if ((across - taken) / across < LITTLE_ROOM) {
      [across, margin] = [across * WIDER, usual];
      continue;
    }
    made = await draw(across, margin);
    const { beyond, n_over } = made;
    if (n_over > before && across < shown._fullLayout.width) {
      [across, margin] = [across * WIDER, usual];
      continue;
    }
    if (!beyond.n) break;
    margin = {
      l: margin.l + beyond.l, r: margin.r + beyond.r, t: margin.t + beyond.t, b: margin.b + beyond.b,
    };
  }
  made ??= await draw(across, margin);
  return { svg: made.svg, isSmaller: across > width };
}

const parsed = (svg) => new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;

function download(file) {
  const bytes = Uint8Array.from(atob(file.content), (sign) => sign.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: file.mime }));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// corners of the letters of a text as it lies on the screen, turned or not, with some room at both
// ends; null where it has none
function cornersOf(text, beside = BESIDE) {
  const { x, y, width, height } = text.getBBox();
  const matrix = text.getScreenCTM();
  if (!width || !matrix) return null;
  const size = parseFloat(getComputedStyle(text).fontSize) || 0;
  const [left, right] = [x - beside * size, x + width + beside * size];
  const [top, bottom] = [y + ABOVE * size, y + height - BELOW * size];
  return [[left, top], [right, top], [right, bottom], [left, bottom]].map(([across, high]) => {
    const point = new DOMPoint(across, high).matrixTransform(matrix);
    return [point.x, point.y];
  });
}

// whether letters lie on each other: no line parallel to a side of either passes between them
function liesOn(one, other) {
  for (const box of [one, other]) {
    for (const next of [1, 3]) {
      const [across, along] = [box[next][0] - box[0][0], box[next][1] - box[0][1]];
      const length = Math.hypot(across, along) || 1;
      const reachOf = (corners) => {
        const places = corners.map(([x, y]) => (x * across + y * along) / length);
        return [Math.min(...places), Math.max(...places)];
      };
      const [low, high] = reachOf(one);
      const [least, most] = reachOf(other);
      if (Math.min(high, most) - Math.max(low, least) < 0.5) return false;
    }
  }
  return true;
}

// pairs of texts of which one lies on the other
function countOver(boxes) {
  const seen = boxes.filter(Boolean);
  return seen.reduce(
    (n, one, place) => n + seen.slice(place + 1).filter((other) => liesOn(one, other)).length, 0,
  );
}

// how many texts reach beyond the picture, and how far on each side, and how many lie on others,
// measured where nobody sees it
function reach(root) {
  const holder = document.createElement("div");
  holder.style.cssText = "position:fixed;left:-9999px;top:0;visibility:hidden";
  const picture = document.importNode(root, true);
  holder.append(picture);
  document.body.append(holder);
  const edge = picture.getBoundingClientRect();
  const beyond = { l: 0, r: 0, t: 0, b: 0, n: 0 };
  const texts = [...picture.querySelectorAll("text")];
  for (const corners of texts.map((text) => cornersOf(text, 0)).filter(Boolean)) {
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const over = { l: edge.left - left, r: right - edge.right, t: edge.top - top, b: bottom - edge.bottom };
    const sides = Object.keys(over).filter((side) => over[side] > 1);
    for (const side of sides) beyond[side] = Math.max(beyond[side], Math.ceil(over[side]) + 3);
    beyond.n += sides.length ? 1 : 0;
  }
  const n_over = countOver(texts.map((text) => cornersOf(text)));
  holder.remove();
  return { beyond, n_over };
}

function describe(made, data) {
  const root = parsed(made.svg);
  const [, , wide, high] = (root.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  const ratio = high / wide;
  const perUnit = (data.width_mm / 25.4) * 72 / wide; // points of type in a unit of the picture
  const sizes = [...made.svg.matchAll(/font(?:-size)?:[^;"']*?([\d.]+)px/g)].map((found) => Number(found[1]));
  const points = sizes.map((size) => size * perUnit);
  const text = [`${data.width_mm} \u00d7 ${(data.width_mm * ratio).toFixed(0)} mm`];
  if (points.length) {
    const [least, most] = [Math.min(...points).toFixed(1), Math.max(...points).toFixed(1)];
    text.push(least === most ? `letters ${least} pt` : `letters ${least} to ${most} pt`);
    if (least < SMALLEST) text.push(`journals ask for ${SMALLEST} pt or more`);
    if (least < SMALLEST && made.isSmaller) {
      const wide = Math.ceil((data.width_mm * SMALLEST * WIDER) / least);
      text.push(`from a width of ${wide} mm on, labels have that and lie on no other`);
    }
  }
  const nCut = reach(root).beyond.n;
  if (nCut) text.push(`${nCut} text${nCut === 1 ? " is" : "s are"} cut at the edge`);
  if (made.isSmaller) text.push("smaller than asked, so that no label is cut or lies on another");
  if (nCut) text.push("choose a wider picture or smaller letters");
  return text.join("; ");
}

/** Let go of the picture that was shown. */
function forget(image) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const [image, note, button] = ["img", "p", "button"].map((name) => parentElement.querySelector(name));
  const number = (parentElement.drawing = (parentElement.drawing ?? 0) + 1);
  if (data.file && store.saved !== data.file.id) {
    store.saved = data.file.id;
    download(data.file);
  }
  button.textContent = `Save ${data.kind}`;
  // not `disabled`: that takes the focus away, and with it the key that closes the dialog
  const wait = (isBusy) => button.setAttribute("aria-disabled", String(isBusy));
  button.onclick = null;
  wait(true);
  const draw = async () => {
    let made;
    try {
      made = data.svg ? { svg: data.svg } : await drawFromPage(data);
    } catch (error) {
      note.textContent = `The picture cannot be drawn: ${error.message}. Close this and try again.`;
      return;
    }
    if (parentElement.drawing !== number) return; // other choices were made meanwhile
    forget(image);
    image.src = URL.createObjectURL(new Blob([made.svg], { type: "image/svg+xml" }));
    image.style.width = `${data.width_mm}mm`;
    note.textContent = describe(made, data);
    wait(false);
    button.onclick = () => {
      button.onclick = null;
      wait(true);
      button.textContent = "Writing the file";
      setTriggerValue("wanted", { svg: data.svg ? "" : made.svg, id: String(Date.now()) });
    };
  };
  draw();
  return () => {
    if (parentElement.drawing !== number) return; // a newer run shows its picture
    parentElement.drawing += 1;
    forget(image);
  };
}
