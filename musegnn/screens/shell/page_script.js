// What every page does in the browser: link and gene names are copied by their buttons, "/" goes to
// the search, Back takes one step, and what a picker cuts is told under the pointer. Nothing is
// loaded and nothing is sent.

const SAID_FOR = 2000; // milliseconds for which a copied link is told
const SEARCH = 'input[aria-label="Find a gene"]';
const FIELDS = "input, textarea, select, [contenteditable=true], [role=textbox]";

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // a page that does not come by https may not ask for the clipboard
    const area = document.createElement("textarea");
    area.value = text;
    area.style.cssText = "position:fixed;opacity:0";
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    return isDone;
  }
}

// A page that is entered gets its address first and its choices a moment later, which Streamlit
// writes as two entries of the history: the first one, which shows nothing else, is replaced.
function keepOneEntry() {
  const page = (globalThis.genePage ??= {});
  if (page.isWatched) return;
  page.isWatched = true;
  const push = history.pushState.bind(history);
  let isEntering = false;
  history.pushState = (state, title, address) => {
    const next = new URL(address ?? location.href, location.href);
    const isSame = next.pathname === location.pathname;
    if (isEntering && isSame && location.search === "") {
      history.replaceState(state, title, address);
    } else {
      push(state, title, address);
    }
    isEntering = !isSame;
  };
  const settle = () => (isEntering = false); // what follows a gesture is a step of its own
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, settle, true);
}

export default function ({ data, parentElement }) {
  keepOneEntry();
  globalThis.genePage.detach?.(); // each run of the page runs this anew
  const said = parentElement.querySelector("[role=status]");
  const onClick = async (event) => {
    const button = event.target.closest?.("button");
    const names = button?.closest('[class*="st-key-copied_"]')?.querySelector("[data-copied]");
    if (names) {
      const isDone = await copy(names.textContent);
      say(button, isDone ? `${names.dataset.copied} copied` : "Your browser does not let us copy");
    }
    if (!button?.closest(".st-key-copy_link")) return;
    if (button.getAttribute("aria-expanded") === "true") return;
    const start = location.origin + location.pathname;
    const isDone = await copy(data.query ? `${start}?${data.query}` : start);
    say(button, isDone ? "Link copied" : "Copy the link below");
  };
  const say = (button, text) => {
    const place = button.getBoundingClientRect();
    said.textContent = text;
    said.style.cssText = `position:fixed;z-index:1000001;left:${place.left}px;`
      + `top:${Math.max(place.top - 30, 4)}px;padding:2px 8px;border-radius:6px;font-size:13px;`
      + "background:var(--st-text-color,#1F2328);color:var(--st-background-color,#fff)";
    setTimeout(() => {
      said.textContent = "";
      said.style.cssText = "";
    }, SAID_FOR);
  };
  const onKey = (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(FIELDS)) return;
    const box = document.querySelector(SEARCH);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  };
  // a picker shows one line: what is longer stands in full under the pointer
  const onOver = (event) => {
    const box = event.target.closest?.('input[role="combobox"]');
    if (box) box.title = box.scrollWidth > box.clientWidth ? box.value : "";
  };
  // what scrolls is reached by the keyboard too
  let isAsked = false;
  const reach = () => {
    isAsked = false;
    for (const box of document.querySelectorAll("pre:not([tabindex])")) {
      if (box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  };
  const watch = new MutationObserver(() => {
    if (!isAsked) requestAnimationFrame(reach);
    isAsked = true;
  });
  watch.observe(document.body, { childList: true, subtree: true });
  reach();
  document.addEventListener("click", onClick, true);
  document.addEventListener("mouseover", onOver);
  document.addEventListener("keydown", onKey);
  const detach = () => {
    watch.disconnect();
    document.removeEventListener("click", onClick, true);
    document.removeEventListener("keydown", onKey);
    document.removeEventListener("mouseover", onOver);
  };
  globalThis.genePage.detach = detach;
  return detach; // its own listeners alone: a newer run may listen already
}
