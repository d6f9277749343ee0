"""What a molecule does to a cell: does it foretell assays better than structure alone.

Asked by `benchmarks.properties` of the molecules of a table that left a signature of expression or
a profile of morphology. They are put into five folds of whole Murcko scaffolds; one fold is asked
about, and no molecule of its scaffolds teaches, with or without a profile. Two models answer, the
same but for one thing: a ridge on the likeness of structures, taught by all other molecules of the
table, and the same with the likeness of profiles added for those that have one. Networks that know
structures alone may be averaged with both. Which likeness of profiles counts, and how much, is
chosen for each fold by the other four.

Controls: profiles handed to other molecules (`shuffled`), the likeness of the nodes that walks over
the context graph visit (`graph`), and the same on a graph whose edges end elsewhere (`corrupted`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore
from musegnn.molecules.assays import SKELETON, AssayTable
from musegnn.molecules.context_build import ContextTables, Measured, build_context
from musegnn.molecules.context_graph import MOLECULE, ContextGraph
from musegnn.molecules.morphology import (
    consensus,
    correct_position,
    morphology_sources,
    read_morphology,
    scale_to_controls,
)
from musegnn.molecules.property_models import Molecules, _kernel, measured_together
from musegnn.molecules.scores import drawn_means, interval_of, task_auroc
from musegnn.molecules.structures import read_structure
from musegnn.targets.folds import make_folds
from musegnn.targets.tables import Pharmacology, read_pharmacology

FOLDS: Final = 5
WEIGHTS: Final = (0.15, 0.3, 0.6, 1.2)  # of the likeness of profiles beside that of structures, 1
REPEATS: Final = 3  # of a control that is drawn
FEWEST: Final = 25  # actives and inactives with a profile that a task needs
FEWEST_OF_FEW: Final = 5  # in a table with fewer molecules than this with a profile
MANY: Final = 500
NOISE: Final = 1.0  # of labels beside a likeness of 1
STEPS: Final = 4  # of a walk over the context graph

Say = Callable[[str], None]


@dataclass(frozen=True)
class Context:
    """Molecules of a table with a profile, and how alike their profiles are.

    Parameters
    ----------
    rows
        `(P,)` their places in the table.
    kernels
        Name of a likeness -> `(P, P)`, 1 with itself, 0 with whoever lacks a profile.
    graph
        The context graph of the same molecules, without structures; None without expression.
    sizes
        Molecules with a profile of each kind.
    """

    rows: np.ndarray
    kernels: Mapping[str, np.ndarray]
    graph: ContextGraph | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)


def measure_context(
    table: AssayTable,
    molecules: Molecules,
    scaffolds: Sequence[str],
    context: Context,
    *,
    networks: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    say: Say = lambda text: None,
) -> dict[str, Any]:
    """Ask about the molecules with a profile, with it and without.

    Parameters
    ----------
    table
        Of classes.
    molecules, scaffolds
        Structures of all its molecules.
    context
        What is known of some.
    networks
        Places to learn from and places asked about in, `(A, T)` probabilities out; None for none.
    say
        Is told of progress.

    Returns
    -------
    `mean`, `low`, `high`, `molecules`: gain in mean AUROC over the best model of structure;
    `tasks`; `structure` and `with_profiles`; `ridge`: the gain without networks; `controls`: that
    gain with `shuffled` profiles, by the context `graph`, and by the `corrupted` one.
    """
    rows = context.rows
    labels = table.labels[rows].astype(np.float64)
    fewest = FEWEST if len(rows) >= MANY else FEWEST_OF_FEW
    n_active = (labels == 1).sum(axis=0)
    tasks = np.flatnonzero((n_active >= fewest) & ((labels == 0).sum(axis=0) >= fewest))
    fold = make_folds([scaffolds[row] for row in rows], seed=0, n=FOLDS)
    parts = teach_by_structure(table.labels[:, tasks], molecules, scaffolds, rows, fold)
    say(f"context: {len(rows)} molecules with a profile, {len(tasks)} tasks")
    asked = labels[:, tasks]
    plain = answer(parts, len(rows), len(tasks), None)

    def gain_of(with_profiles: np.ndarray, without: np.ndarray = plain) -> np.ndarray:
        """Gain and its draws, `(1 + draws,)`."""
        drawn = [drawn_means(asked, said, task_auroc) for said in (with_profiles, without)]
        means = [np.nanmean(task_auroc(asked, said)) for said in (with_profiles, without)]
        return np.concatenate([[means[0] - means[1]], drawn[0] - drawn[1]])

    def tell(gain: np.ndarray) -> dict[str, float]:
        found = interval_of(float(gain[0]), gain[1:], len(rows))
        return {"mean": found.mean, "low": found.low, "high": found.high}

    def repeated(make: Callable[[int], Mapping[str, np.ndarray]]) -> dict[str, float]:
        said = [choose(parts, asked, fold, make(seed))[0] for seed in range(REPEATS)]
        return tell(np.mean([gain_of(one) for one in said], axis=0))

    known, chosen = choose(parts, asked, fold, context.kernels)
    ridge = tell(gain_of(known))
    say(f"context: ridge {ridge}, chosen {chosen}")

    def shuffled(seed: int) -> dict[str, np.ndarray]:
        order = np.random.default_rng(seed).permutation(len(rows))
        return {name: kernel[np.ix_(order, order)] for name, kernel in context.kernels.items()}

    controls: dict[str, Any] = {"shuffled": repeated(shuffled)}
    if context.graph is not None:
        graph = context.graph
        controls["graph"] = tell(
            gain_of(choose(parts, asked, fold, {"visits": visits_kernel(graph, len(rows))})[0])
        )
        controls["corrupted"] = repeated(
            lambda seed: {"visits": visits_kernel(graph.corrupted(seed), len(rows))}
        )
    say(f"context: controls {controls}")
    best, told = plain, known
    if networks is not None:
        others = np.zeros_like(plain)
        for number in range(FOLDS):
            here = fold == number
            taught = _teaching(scaffolds, rows, fold, number)
            others[here] = networks(taught, rows[here])[:, tasks]
            say(f"context: networks of fold {number + 1}")
        best, told = (others + plain) / 2, (others + known) / 2
    return {
        **tell(gain_of(told, best)),
        "molecules": len(rows),
        "kinds": dict(context.sizes),
        "tasks": len(tasks),
        "structure": float(np.nanmean(task_auroc(asked, best))),
        "with_profiles": float(np.nanmean(task_auroc(asked, told))),
        "better_tasks": float(np.mean(task_auroc(asked, told) > task_auroc(asked, best))),
        "ridge": {**ridge, "structure": float(np.nanmean(task_auroc(asked, plain)))},
        "chosen": chosen,
        "controls": controls,
    }


@dataclass(frozen=True)
class Part:
    """What structures say of one fold, for tasks that were measured on the same molecules.

    Parameters
    ----------
    columns
        `(T,)` tasks.
    teach, ask
        Places among the molecules with a profile.
    said, labels
        `(teach + ask, T)` by the molecules without a profile, and `(teach, T)` measured.
    likeness
        `(teach + ask, teach)` of structures, less what molecules without a profile tell.
    """

    columns: np.ndarray
    teach: np.ndarray
    ask: np.ndarray
    said: np.ndarray
    labels: np.ndarray
    likeness: np.ndarray


def teach_by_structure(
    labels: np.ndarray,
    molecules: Molecules,
    scaffolds: Sequence[str],
    rows: np.ndarray,
    fold: np.ndarray,
) -> list[Part]:
    """Condition the likeness of structures on molecules without a profile, once for all likenesses.

    What is added for profiles is zero for them, so that the rest can be solved among the few that
    have one: the answer is that of all molecules together.
    """
    others = np.setdiff1d(np.arange(len(scaffolds)), rows)
    of_structure = molecules.only(np.concatenate([rows, others]))
    among = _kernel(of_structure, of_structure).astype(np.float32)
    n = len(rows)
    found = []
    for columns, known in measured_together(labels):
        is_known = np.zeros(len(scaffolds), dtype=bool)
        is_known[known] = True
        here = np.flatnonzero(is_known[rows])
        for number in range(FOLDS):
            may = np.zeros(len(scaffolds), dtype=bool)
            may[_teaching(scaffolds, rows, fold, number)] = True
            taught = n + np.flatnonzero(is_known[others] & may[others])
            teach, ask = here[fold[here] != number], here[fold[here] == number]
            if not len(teach) or not len(ask):
                continue
            both = np.concatenate([teach, ask])
            own = labels[np.ix_(rows[teach], columns)].astype(np.float64)
            far = labels[np.ix_(others[taught - n], columns)].astype(np.float64)
            centre = np.concatenate([own, far]).mean(axis=0)
            likeness = among[np.ix_(both, teach)].astype(np.float64)
            said = np.tile(centre, (len(both), 1))
            if len(taught):
                penalised = among[np.ix_(taught, taught)]
                penalised[np.diag_indices_from(penalised)] += NOISE
                factor = cho_factor(penalised, lower=True, overwrite_a=True)[0]
                turned = solve_triangular(factor, among[np.ix_(taught, both)], lower=True)
                told = solve_triangular(factor, (far - centre).astype(np.float32), lower=True)
                said = said + turned.T @ told
                likeness -= turned.T @ turned[:, : len(teach)]
            found.append(Part(columns, teach, ask, said, own, likeness))
    return found


def answer(parts: Sequence[Part], n: int, n_tasks: int, added: np.ndarray | None) -> np.ndarray:
    """Return `(P, T)` answers, with a likeness of profiles `(P, P)` added or none."""
    found = np.full((n, n_tasks), 0.5)
    for part in parts:
        likeness = part.likeness
        if added is not None:
            both = np.concatenate([part.teach, part.ask])
            likeness = likeness + added[np.ix_(both, part.teach)]
        n_teach = len(part.teach)
        penalised = likeness[:n_teach] + NOISE * np.eye(n_teach)
        weights = cho_solve(cho_factor(penalised), part.labels - part.said[:n_teach])
        said = part.said[n_teach:] + likeness[n_teach:] @ weights
        found[np.ix_(part.ask, part.columns)] = np.clip(said, 0, 1)
    return found


def choose(
    parts: Sequence[Part], labels: np.ndarray, fold: np.ndarray, kernels: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, list[str]]:
    """Answer each fold by the likeness and weight that did best on the other folds."""
    said = {
        f"{name} {weight:g}": answer(parts, *labels.shape, weight * kernel)
        for name, kernel in kernels.items()
        for weight in WEIGHTS
    }
    found, chosen = np.zeros(labels.shape), []
    for number in range(FOLDS):
        here = fold == number
        best = max(
            said, key=lambda name: float(np.nanmean(task_auroc(labels[~here], said[name][~here])))
        )
        found[here] = said[best][here]
        chosen.append(best)
    return found, chosen


def _teaching(
    scaffolds: Sequence[str], rows: np.ndarray, fold: np.ndarray, number: int
) -> np.ndarray:
    """Places of all molecules that have none of the scaffolds of a fold."""
    asked = {scaffolds[row] for row in rows[fold == number]}
    return np.flatnonzero([scaffold not in asked for scaffold in scaffolds])


def visits_kernel(graph: ContextGraph, n: int) -> np.ndarray:
    """Return `(n, n)` likeness of the first molecules by where walks from them lead.

    A step follows an edge with a chance in proportion to its weight. The chances to be at each node
    that is no molecule are added up over the steps; likeness is the cosine of their roots.
    """
    near = graph.adjacency
    shape = (graph.n_nodes, graph.n_nodes)
    step = sparse.csr_matrix((near.weight, near.neighbour, near.start), shape=shape)
    total = np.asarray(step.sum(axis=1)).ravel()
    step = sparse.diags(np.divide(1, total, out=np.zeros_like(total), where=total > 0)) @ step
    at = sparse.eye(graph.n_nodes, format="csr")[:n]
    visits = sparse.csr_matrix((n, graph.n_nodes))
    for _ in range(STEPS):
        at = at @ step
        visits = visits + at
    visits = visits.tocsc()
    visits = visits[:, np.setdiff1d(np.arange(graph.n_nodes), graph.nodes_of(MOLECULE))].sqrt()
    alike = np.asarray((visits @ visits.T).todense())
    return _normed(alike)


def read_context(table: AssayTable, store: KnowledgeStore) -> Context:
    """Find which molecules of a table left a signature or a profile, and how alike those are."""
    first: dict[str, int] = {}
    for row, key in enumerate(keys_of(table)):
        if key:
            first.setdefault(key, row)
    data = read_pharmacology(store)
    signed = {key: data.signatures[at] for key, at in data.row_of.items() if key in first}
    profiles: dict[str, dict[str, np.ndarray]] = {}
    for name in morphology_sources(store):
        wells = scale_to_controls(read_morphology(store, name))
        own = consensus(correct_position(wells))
        found = {
            str(key)[:SKELETON]: numbers
            for key, numbers in zip(own.about["key"], own.numbers, strict=True)
            if str(key)[:SKELETON] in first
        }
        if found:
            profiles[name] = found
    names = sorted(set(signed).union(*profiles.values()), key=lambda key: first[key])
    rows = np.array([first[key] for key in names], dtype=np.int64)
    kernels: dict[str, np.ndarray] = {}
    if signed:
        values = _logs(_spread(signed, names))
        kernels["direction"] = _normed(values @ values.T)
        # alike are signatures that point the same way and are as strong
        length = (values**2).sum(axis=1)
        apart = np.maximum(length[:, None] + length - 2 * values @ values.T, 0)
        usual = float(np.median(length[length > 0]))
        near = np.exp(-apart / (2 * usual))
        kernels["distance"] = near * np.outer(length > 0, length > 0)
        kernels["both"] = (kernels["direction"] + kernels["distance"]) / 2
    shapes = np.zeros((len(names), len(names)))
    for found in profiles.values():
        values = _spread(found, names)
        shapes += _normed(values @ values.T)
    if profiles:
        shapes = _normed(shapes)
        kernels |= {f"{name} and shape": kernels[name] + shapes for name in list(kernels)} or {
            "shape": shapes
        }
    return Context(
        rows,
        kernels,
        _graph_of(table, rows, names, signed, data) if signed else None,
        {"expression": len(signed), **{name: len(found) for name, found in profiles.items()}},
    )


def keys_of(table: AssayTable) -> list[str]:
    """First blocks of the InChIKeys; of structures where the table gives none."""
    return [key or _key_of(text) for key, text in zip(table.keys, table.smiles, strict=True)]


def _key_of(text: str) -> str:
    try:
        return read_structure(text).key
    except InputError:
        return ""


def _graph_of(
    table: AssayTable,
    rows: np.ndarray,
    names: Sequence[str],
    signed: Mapping[str, np.ndarray],
    data: Pharmacology,
) -> ContextGraph:
    """Context of the molecules by their signatures; nothing of it tells their structure."""
    keys = tuple(key for key in names if key in signed)
    tables = ContextTables(
        keys=tuple(names),
        smiles=tuple(table.smiles[row] for row in rows),
        scaffolds=("",) * len(rows),
        bits=np.zeros((len(rows), 8), dtype=np.uint8),
        expression=(Measured("L1000", keys, np.stack([signed[key] for key in keys]), data.genes),),
    )
    return build_context(tables)


def _spread(values: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    """Rows in the order of names; zeros for whoever has none."""
    width = len(next(iter(values.values())))
    empty = np.zeros(width)
    return np.stack([np.nan_to_num(values.get(name, empty)) for name in names]).astype(np.float64)


def _logs(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values))


def _normed(kernel: np.ndarray) -> np.ndarray:
    """Divide so that everyone is alike themselves by 1; rows of zeros stay."""
    size = np.sqrt(np.maximum(np.diag(kernel), 0))
    scale = np.divide(1, size, out=np.zeros_like(size), where=size > 0)
    return np.asarray(kernel * np.outer(scale, scale))
