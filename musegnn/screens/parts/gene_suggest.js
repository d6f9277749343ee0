// Suggestions below the box a gene is typed into: asked for while one types, chosen by arrows and
// Enter or by a press; with an empty box the genes that were looked at last.

const BOX = 'input[aria-label="Find a gene"]';
const ROLES = ["aria-activedescendant", "aria-expanded", "aria-controls", "aria-autocomplete"];
const PAUSE = 70; // milliseconds without a key until the server is asked

const state = (globalThis.geneSuggest ??= { number: 0, asked: "", isChoosing: false });

function element(tag, className, parent, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text) node.textContent = text;
  parent?.append(node);
  return node;
}

/** The list, below the box wherever that is; one for all pages. */
function theList(parentElement) {
  let list = document.querySelector(".gene-suggest");
  if (!list) {
    list = element("div", "gene-suggest", document.body);
    list.id = "gene_suggest";
    list.hidden = true; // until there is something to choose, keys belong to the box alone
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Genes that begin so");
  }
  // what belongs to the page is told to its components alone
  const style = getComputedStyle(parentElement);
  for (const name of ["text-color", "background-color", "secondary-background-color", "border-color", "font"]) {
    list.style.setProperty(`--st-${name}`, style.getPropertyValue(`--st-${name}`));
  }
  return list;
}

async function choose(box, name) {
  state.isChoosing = true;
  hide(box);
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, name);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((resolve) => setTimeout(resolve));
  box.blur(); // as when somebody is done with typing
  state.isChoosing = false;
}

function hide(box) {
  const list = document.querySelector(".gene-suggest");
  if (list) list.hidden = true;
  for (const name of ["role", ...ROLES]) box?.removeAttribute(name);
}

function show(box, list, options) {
  const place = box.closest('[data-testid="stTextInputRootElement"]') ?? box;
  const { left, bottom, width } = place.getBoundingClientRect();
  Object.assign(list.style, {
    left: `${left}px`, top: `${bottom + 2}px`, minWidth: `${width}px`,
    maxWidth: `${Math.max(width, Math.min(420, innerWidth - left - 16))}px`,
  });
  list.replaceChildren();
  options.forEach(({ name, note }, i) => {
    const row = element("div", "gene-suggest-row", list);
    row.id = `gene_suggest_${i}`;
    row.setAttribute("role", "option");
    row.dataset.name = name;
    element("strong", "", row, name);
    element("span", "", row, note);
    row.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the box keeps what is typed until this name is in it
      choose(box, name);
    });
  });
  if (!options.length) return hide(box);
  list.hidden = false;
  mark(box, list, -1);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "true");
}

function mark(box, list, number) {
  const rows = [...list.children];
  rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === number)));
  list.dataset.marked = String(number);
  if (number < 0) box.removeAttribute("aria-activedescendant");
  else {
    box.setAttribute("aria-activedescendant", rows[number].id);
    rows[number].scrollIntoView({ block: "nearest" });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  // each answer of the server runs this anew, maybe while the next letters wait to be asked for
  state.detach?.();
  const turn = (state.turn = {});
  state.tell = setTriggerValue;
  const list = theList(parentElement);
  const theBox = () => document.querySelector(BOX);

  const ask = (text) => {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      state.asked = text;
      state.since = performance.now();
      state.tell("typed", { text, number: ++state.number });
    }, PAUSE);
  };
  const onInput = (event) => {
    if (event.target !== theBox() || state.isChoosing) return;
    const text = event.target.value.trim();
    if (text) ask(text);
    else {
      clearTimeout(state.timer);
      state.asked = "";
      show(event.target, list, data.recent);
    }
  };
  const onFocus = (event) => {
    if (event.target !== theBox()) return;
    if (!state.isWarm) setTriggerValue("typed", { text: "", number: ++state.number });
    state.isWarm = true;
    if (!event.target.value) show(event.target, list, data.recent);
  };
  const onBlur = (event) => {
    if (event.target.matches?.(BOX)) {
      clearTimeout(state.timer);
      state.asked = "";
      hide(event.target);
    }
  };
  const onKey = (event) => {
    const box = theBox();
    const n = list.children.length;
    if (event.target !== box || list.hidden || !n) return;
    const marked = Number(list.dataset.marked);
    const moves = { ArrowDown: (marked + 1) % n, ArrowUp: (marked + n + (marked < 0 ? 0 : -1)) % n };
    if (event.key in moves) {
      event.preventDefault();
      mark(box, list, moves[event.key]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      hide(box);
    } else if (event.key === "Enter") {
      clearTimeout(state.timer);
      state.asked = "";
      if (marked < 0) return hide(box); // what is typed is meant
      event.preventDefault();
      event.stopPropagation();
      choose(box, list.children[marked].dataset.name);
    }
  };

  const box = theBox();
  if (box && data.text && data.text === state.asked && document.activeElement === box) {
    list.dataset.waited = String(Math.round(performance.now() - state.since));
    show(box, list, data.options);
  }
  document.addEventListener("input", onInput);
  document.addEventListener("focusin", onFocus);
  document.addEventListener("focusout", onBlur);
  document.addEventListener("keydown", onKey, true);
  const onScroll = (event) => !list.contains(event.target) && hide(theBox());
  document.addEventListener("scroll", onScroll, true);
  state.detach = () => {
    document.removeEventListener("input", onInput);
    document.removeEventListener("focusin", onFocus);
    document.removeEventListener("focusout", onBlur);
    document.removeEventListener("keydown", onKey, true);
    document.removeEventListener("scroll", onScroll, true);
  };
  return () => {
    // a run that a newer one overtook is told that it is over when that one listens already
    if (state.turn !== turn) return;
    clearTimeout(state.timer);
    state.detach();
    list.hidden = true;
  };
}
