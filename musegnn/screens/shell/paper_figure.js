// A figure of the page at the size it has in print: drawn anew by the library that drew it, shown as
// it will be, and handed to the server, which makes the file of it. Nothing is loaded from elsewhere.

const POINT = 96 / 72; // pixels of CSS
const MILLIMETRE = 96 / 25.4;
const WAIT = 20000; // milliseconds for the library
const LITTLE_ROOM = 0.35; // of the width, for what is drawn beside its labels
const WIDER = 1.12; // times as wide, where there is less
const ROUNDS = 14; // of drawing until nothing is cut
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

// a copy in the colours and letters of the file; numbers are taken as they are
function dressed(value, look) {
  if (typeof value === "string") return look.colours[value.toLowerCase()] ?? value;
  if (Array.isArray(value)) {
    const isPlain = typeof value[0] === "number" && typeof value[value.length - 1] === "number";
    return isPlain ? value : value.map((one) => dressed(one, look));
  }
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy = {};
  for (const [key, one] of Object.entries(value)) {
    copy[key] = key === "family" && typeof one === "string" ? look.family : dressed(one, look);
  }
  return copy;
}

async function drawFromPage(data) {
  const Plotly = await library();
  const place = `.st-key-${data.target.replace(/[^a-zA-Z0-9_-]/g, "-")} .js-plotly-plot`;
  const shown = document.querySelector(place);
  if (!shown?._fullLayout) throw new Error("it is no longer on the page");
  const layout = dressed(shown.layout, data);
  const base = layout.font?.size ?? 12;
  const scale = (data.size_pt * POINT) / base; // of everything, so that letters have their size
  let height = shown._fullLayout.height;
  const width = (data.width_mm * MILLIMETRE) / scale;
  layout.font = { ...layout.font, family: data.family };
  delete layout.title;
  if (data.title) {
    const room = 2.2 * base;
    const title = data.title.replace(/[<>&]/g, (sign) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[sign]);
    layout.title = {
      text: title, x: 0.01, xref: "container", xanchor: "left",
      y: 1 - room / (2 * (height + room)), yref: "container", yanchor: "middle",
      font: { size: 1.2 * base },
    };
    layout.margin = { ...layout.margin, t: shown._fullLayout.margin.t + room };
    height += room;
  }
  if (data.is_clear) layout.paper_bgcolor = "rgba(0,0,0,0)";
  for (const name of Object.keys(shown._fullLayout)) {
    if (/^[xy]axis\d*$/.test(name)) layout[name] = { ...layout[name], automargin: true };
  }
  const { l, r, t, b } = { ...shown._fullLayout.margin, ...layout.margin };
  const rows = dressed(shown.data, data);
  const draw = async (across, margin) => {
    const own = { ...layout, width: across, height, margin: { ...layout.margin, ...margin }, autosize: false };
    const figure = { data: rows, layout: own, config: { staticPlot: true } };
    const svg = await Plotly.toImage(figure, { format: "svg", width: across, height, imageDataOnly: true });
    return { svg, ...reach(parsed(svg)) };
  };
  // nothing is cut: what reaches beyond an edge gets a wider margin there, and where margins leave
  // little for the data, the picture is drawn wider, so that letters are smaller in print
  const usual = { l, r, t, b };
  const before = countOver([...shown.querySelectorAll("text")].map((text) => text.getBoundingClientRect()));
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

// pairs of texts of which one covers a quarter of the other or more
function countOver(boxes) {
  const seen = boxes.filter((box) => box.width > 0);
  let n = 0;
  seen.forEach((one, place) => {
    for (const other of seen.slice(place + 1)) {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const along = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      const least = Math.min(one.width * one.height, other.width * other.height);
      if (across > 0 && along > 0 && across * along > least / 4) n += 1;
    }
  });
  return n;
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
  const boxes = [...picture.querySelectorAll("text")].map((text) => text.getBoundingClientRect());
  for (const { left, right, top, bottom, width } of boxes) {
    if (!width) continue;
    const over = { l: edge.left - left, r: right - edge.right, t: edge.top - top, b: bottom - edge.bottom };
    const sides = Object.keys(over).filter((side) => over[side] > 1);
    for (const side of sides) beyond[side] = Math.max(beyond[side], Math.ceil(over[side]) + 3);
    beyond.n += sides.length ? 1 : 0;
  }
  holder.remove();
  return { beyond, n_over: countOver(boxes) };
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
  }
  const nCut = reach(root).beyond.n;
  if (nCut) text.push(`${nCut} text${nCut === 1 ? " is" : "s are"} cut at the edge`);
  if (made.isSmaller) text.push("smaller than asked, so that no label is cut: a wider picture keeps their size");
  if (nCut) text.push("choose a wider picture or smaller letters");
  return text.join("; ");
}

export default function ({ data, parentElement, setTriggerValue }) {
  const [image, note, button] = ["img", "p", "button"].map((name) => parentElement.querySelector(name));
  const number = (parentElement.drawing = (parentElement.drawing ?? 0) + 1);
  if (data.file && store.saved !== data.file.id) {
    store.saved = data.file.id;
    download(data.file);
  }
  button.textContent = `Save ${data.kind}`;
  button.disabled = true;
  const draw = async () => {
    let made;
    try {
      made = data.svg ? { svg: data.svg } : await drawFromPage(data);
    } catch (error) {
      note.textContent = `The picture cannot be drawn: ${error.message}. Close this and try again.`;
      return;
    }
    if (parentElement.drawing !== number) return; // other choices were made meanwhile
    image.src = URL.createObjectURL(new Blob([made.svg], { type: "image/svg+xml" }));
    image.style.width = `${data.width_mm}mm`;
    note.textContent = describe(made, data);
    button.disabled = false;
    button.onclick = () => {
      button.disabled = true;
      button.textContent = "Writing the file";
      setTriggerValue("wanted", { svg: data.svg ? "" : made.svg, id: String(Date.now()) });
    };
  };
  draw();
  const { src } = image;
  return () => src.startsWith("blob:") && URL.revokeObjectURL(src);
}
