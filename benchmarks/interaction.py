"""Server time of each interaction on an atlas of 100,000 points.

`python -m benchmarks.interaction [--points 100000] [--genes-of-context 1000] [--genes 4000]
[--repeats 20] [--only NAME ...]` starts the real dashboard on a random atlas (contexts of 1,000
genes out of 4,000, so that two share some 250; 64 dimensions, no gene graphs), visits it over its
WebSocket without a browser, and prints one JSON line an action and, last, one with all.

What is included: from sending the interaction until the last message of the page has arrived on the
same machine, that is the script, all that it computes, the making of pictures and tables, their
serialisation and the wire. What is not: the drawing in the browser. The map, which is sent once a
visit, counts for `open_atlas`; an atlas is read from disk before anything is timed.

- `p95_ms`, `median_ms`: over the repeats; every repeat asks something new, so that no cache answers
- `processor_ms`: median of the processor time that the server spent; on a machine that also does
  other things it says what the waiting time would be on a quiet one
- `received_kb`: median of what came back

Actions: `open_atlas` by a new visitor, `recolour`, `search_gene`, `lasso` of 200 vertices,
`paste` of a list of 5,000 names a third of which is junk, `press_name` on a cluster, `card` of a
point (the whole page runs for it here, in a browser a part of it), `undo`, `zoom`, `neighbours`
of a gene in its context and `neighbours_everywhere` among all points, `compare` of two contexts
that somebody looked at before, `compare_new_pair` of two that nobody did (what is computed then
is kept; a spinner runs meanwhile), and `permalink`: a new visitor opens a link with a gene, a
colour and a stored selection of half of the points.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from benchmarks.streamlit_client import Answer, Visitor
from musegnn.embeddings.embedding_set import EmbeddingSet, write_embedding_set
from musegnn.screens.parts.colour_choices import COLOUR_LABELS, MY_LIST
from musegnn.screens.shell.linked_content import write_selection
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.stored_content import ContentStore
from tests.e2e.browser import dashboard
from tests.ui_fixtures import make_large_embedding

GOAL_MS = 300
DIMENSIONS = 64
GENES_OF_CONTEXT, GENES = 1_000, 4_000  # so that pairs share 250
VERTICES = 200
_SPEECH = {"press_name", "card"}
LIST_NAMES = 5_000


def make_atlas(
    n_points: int,
    folder: Path,
    *,
    genes_of_context: int = GENES_OF_CONTEXT,
    n_genes: int = GENES,
) -> EmbeddingSet:
    """Write a random atlas and return it."""
    rng = np.random.default_rng(2)
    base = make_large_embedding(n_points)
    context = np.arange(n_points) // genes_of_context
    n_contexts = int(context[-1]) + 1
    drawn = [rng.choice(n_genes, genes_of_context, replace=False) for _ in range(n_contexts)]
    gene = np.char.add("GENE", np.concatenate(drawn)[:n_points].astype(str))
    genes = base.genes.assign(
        gene=gene,
        common_gene=gene,
        dataset=np.char.add("context_", context.astype(str)),
        species=np.where(context % 2 == 0, "human", "mouse"),
        tissue=np.char.add("tissue_", (context % 10).astype(str)),
    )
    names = genes["dataset"].drop_duplicates()
    datasets = base.datasets.iloc[np.zeros(n_contexts, dtype=int)].assign(
        species=genes.loc[names.index, "species"].to_numpy(),
        tissue=genes.loc[names.index, "tissue"].to_numpy(),
        n_genes=genes_of_context,
    )
    embedding = dataclasses.replace(
        base,
        vectors=rng.normal(size=(n_points, DIMENSIONS)).astype(np.float32),
        table=genes,
        datasets=datasets.set_axis(pd.Index(names.to_numpy(), name="dataset")),
    )
    write_embedding_set(embedding, folder / "embedding.h5ad")
    return embedding


@contextmanager
def serve(
    folder: Path, links: Path, runs: Path | None = None
) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the dashboard; yields its address and its process."""
    before = set(psutil.Process().children())
    own = {"MUSEGNN_LINKS": str(links)} | ({} if runs is None else {"MUSEGNN_RUNS": str(runs)})
    with dashboard(folder, own) as address:
        (server,) = set(psutil.Process().children()) - before
        yield address, server


class Bench:
    """Actions on one dashboard.

    Parameters
    ----------
    address
        Where it is served.
    embedding
        The atlas it shows.
    links
        Folder of what is too long for a link.
    """

    def __init__(self, address: str, embedding: EmbeddingSet, links: Path) -> None:
        self.address, self.embedding, self.links = address, embedding, links
        self.rng = np.random.default_rng(5)
        self.genes = sorted(set(embedding.genes["gene"].astype(str)))
        self.contexts = sorted(embedding.datasets.index.astype(str))
        self.atlas_id = embedding.id
        self.clusters = sorted(set(embedding.genes["cluster"].astype(str)))

    def actions(self) -> dict[str, Callable[[Visitor, int], Answer]]:
        """Name of each action -> what does it once, given a visitor and the number of the time."""
        colours = [label for label in COLOUR_LABELS if label != MY_LIST]
        known = f"left={self.contexts[0]}&right={self.contexts[1]}"
        return {
            "open_atlas": lambda visitor, _: visitor.open("Atlas"),
            "recolour": lambda visitor, i: visitor.set_text("_colour", colours[i % len(colours)]),
            "search_gene": lambda visitor, _: visitor.set_text("_gene", self.gene()),
            "lasso": lambda visitor, _: visitor.gesture("gene_map", "gesture", self.lasso()),
            "press_name": lambda visitor, i: visitor.gesture(
                "gene_map", "gesture", {"kind": "name", "cluster": self.clusters[i % 20]}
            ),
            "card": lambda visitor, _: visitor.gesture("map_card", "ask", self.card()),
            "paste": lambda visitor, _: visitor.set_text("_list_text", self.names()),
            "undo": lambda visitor, _: visitor.press("undo"),
            "zoom": lambda visitor, _: visitor.gesture("gene_map", "zoom", {"zoom": self.zoom()}),
            "neighbours": lambda visitor, _: visitor.open("Gene", self.point()),
            "neighbours_everywhere": lambda visitor, _: visitor.open(
                "Gene", f"{self.point()}&scope=all+contexts"
            ),
            "permalink": lambda visitor, i: visitor.open(
                "Atlas", f"gene={self.gene()}&colour=cluster&selection={self.stored(i)}"
            ),
            "compare": lambda visitor, _: visitor.open("Compare", known),
            "compare_new_pair": lambda visitor, _: visitor.open("Compare", self.pair()),
        }

    def visit(self, action: str) -> Visitor:
        """Come to the page on which an action is done."""
        visitor = Visitor(self.address)
        if action in {"recolour", "search_gene", "lasso", "paste", "undo", "zoom", *_SPEECH}:
            visitor.open("Atlas")
        if action == "press_name":
            visitor.gesture("map_names", "ask", {"set": self.atlas_id})
        if action == "undo":
            for _ in range(25):
                visitor.gesture("gene_map", "gesture", self.lasso())
        return visitor

    def card(self) -> dict[str, Any]:
        """Any point whose card is asked for."""
        return {"row": int(self.rng.integers(len(self.embedding))), "points": self.atlas_id}

    def gene(self) -> str:
        """Any gene."""
        return str(self.rng.choice(self.genes))

    def point(self) -> str:
        """Any gene in context, as the address of the Gene page."""
        row = self.embedding.genes.iloc[self.rng.integers(len(self.embedding.genes))]
        return f"gene={row['gene']}&dataset={row['dataset']}"

    def pair(self) -> str:
        """Any two contexts, as the address of the Compare page."""
        left, right = self.rng.choice(self.contexts, 2, replace=False)
        return f"left={left}&right={right}"

    def lasso(self) -> dict[str, Any]:
        """A wavy ring around any point, wide enough for some thousand points."""
        centre = self.embedding.layout[self.rng.integers(len(self.embedding.genes))]
        angles = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
        radius = 2 + 0.2 * np.sin(9 * angles)
        ring = centre + radius[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
        return {"kind": "polygon", "x": ring[:, 0].tolist(), "y": ring[:, 1].tolist()}

    def names(self) -> str:
        """Names to paste: two thirds genes, one third junk."""
        n_junk = LIST_NAMES // 3
        known = self.rng.choice(self.genes, LIST_NAMES - n_junk)
        junk = [f"junk{number}" for number in self.rng.integers(10**9, size=n_junk)]
        return "\n".join(self.rng.permutation([*known, *junk]).tolist())

    def zoom(self) -> str:
        """Any part of the map."""
        x, y = self.embedding.layout[self.rng.integers(len(self.embedding.genes))]
        return f"{x - 3:.3f},{x + 3:.3f},{y - 3:.3f},{y + 3:.3f}"

    def stored(self, number: int) -> str:
        """Store half of all points and return the id of the selection."""
        rows = np.arange(number % 2, len(self.embedding.genes), 2)[number:]
        store = ContentStore(self.links)
        return write_selection(Selection(rows), atlas_id=self.atlas_id, store=store)


def measure(bench: Bench, server: psutil.Process, action: str, repeats: int) -> dict[str, float]:
    """Do one action several times.

    Raises
    ------
    RuntimeError
        If a page shows an error.
    """
    act = bench.actions()[action]
    seconds, processor, received = [], [], []
    is_new_visit = action in {"open_atlas", "permalink"}
    visitor = bench.visit(action)
    for number in range(-2, repeats):  # two to warm up
        if is_new_visit:
            visitor.close()
            visitor = bench.visit(action)
        before = server.cpu_times()
        answer = act(visitor, number + 2)
        after = server.cpu_times()
        if answer.errors:
            msg = f"{action}: {answer.errors[0]}"
            raise RuntimeError(msg)
        if number >= 0:
            seconds.append(answer.seconds)
            processor.append(after.user + after.system - before.user - before.system)
            received.append(answer.received)
        time.sleep(0.05)
    visitor.close()
    return {
        "p95_ms": round(1000 * float(np.quantile(seconds, 0.95)), 1),
        "median_ms": round(1000 * float(np.median(seconds)), 1),
        "processor_ms": round(1000 * float(np.median(processor)), 1),
        "received_kb": round(float(np.median(received)) / 1000, 1),
    }


def run(
    n_points: int,
    repeats: int,
    only: list[str],
    genes_of_context: int = GENES_OF_CONTEXT,
    n_genes: int = GENES,
) -> dict[str, Any]:
    """Measure all actions, or some, and print each."""
    with tempfile.TemporaryDirectory() as place:
        folder, links = Path(place) / "atlas", Path(place) / "links"
        embedding = make_atlas(n_points, folder, genes_of_context=genes_of_context, n_genes=n_genes)
        with serve(folder, links) as (address, server):
            bench = Bench(address, embedding, links)
            bench.visit("recolour").close()  # reads the atlas
            results = {}
            for action in only or bench.actions():
                results[action] = measure(bench, server, action, repeats)
                print(json.dumps({"action": action, **results[action]}), flush=True)
    columns = ("p95_ms", "median_ms", "processor_ms", "received_kb")
    return {
        "points": n_points,
        "genes_of_context": genes_of_context,
        "genes": n_genes,
        "repeats": repeats,
        "goal_ms": GOAL_MS,
        **{name: {action: found[name] for action, found in results.items()} for name in columns},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--genes-of-context", type=int, default=GENES_OF_CONTEXT)
    parser.add_argument("--genes", type=int, default=GENES, help="that contexts are drawn from")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    print(
        json.dumps(
            run(
                options.points,
                options.repeats,
                options.only,
                options.genes_of_context,
                options.genes,
            )
        )
    )
