"""Tasks on which fused gene vectors are measured: what is asked, of which genes, and what leaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse
from scipy.stats import t as student

from musegnn.fusion.feature_table import FeatureTable
from musegnn.fusion.human_names import HumanNames
from musegnn.fusion.reconstruction import area
from musegnn.knowledge.store import KnowledgeStore

FOLDS: Final = 5
PAIR_FOLDS: Final = 3
PENALTIES: Final = (10.0, 100.0, 1000.0, 10_000.0)
DRAWS: Final = 1000
SMALLEST, LARGEST = 20, 300  # genes with a label; rarer ones leave folds without any
MOST_LABELS: Final = 300
HELD_OUT_INTERACTIONS: Final = "hi_ii_14"
_GO_ID: Final = re.compile(r"\((GO:\d{7})\)$")


@dataclass(frozen=True)
class Task:
    """Labels of genes that are to be told from their vectors.

    Parameters
    ----------
    name
        Short name.
    genes
        `(n,)` rows of the genes that are asked about.
    labels
        `(n, T)` bool.
    asks
        What is asked, and of which genes, in words.
    leaks
        What of the modalities may give the answer away, and what was done about it.
    """

    name: str
    genes: np.ndarray
    labels: np.ndarray
    asks: str
    leaks: str


@dataclass(frozen=True)
class PairTask:
    """Pairs of genes of which some interact; folds are drawn over genes.

    Parameters
    ----------
    name, asks, leaks
        As in `Task`.
    pairs
        `(P, 2)` rows of genes.
    labels
        `(P,)` bool.
    """

    name: str
    pairs: np.ndarray
    labels: np.ndarray
    asks: str
    leaks: str


def read_tasks(
    store: KnowledgeStore, names: HumanNames, genes: tuple[str, ...], rng: np.random.Generator
) -> list[Task | PairTask]:
    """Read all tasks that do not leave a modality out."""
    place = {gene: row for row, gene in enumerate(genes)}
    libraries = ("go_biological_process_2021", "menche_disease_genes")
    sets = [store.gene_sets(name).terms for name in libraries]
    names.symbols_of(sorted({gene for terms in sets for found in terms.values() for gene in found}))

    def rows_of(listed: Iterable[str]) -> set[int]:
        led = names.symbols_of(sorted(listed))
        return {place[symbol] for symbol in led.values() if symbol in place}

    old = {_id_of(term) for term in store.gene_sets("go_human_symbols").terms}
    library = {term: rows_of(found) for term, found in sets[0].items()}
    new = {term: found for term, found in library.items() if _id_of(term) not in old}
    diseases = {name: rows_of(found) for name, found in sets[1].items()}
    universe = rows_of(store.gene_list("protein_coding_2015"))
    dominant = rows_of(store.gene_list("disease_dominant"))
    recessive = rows_of(store.gene_list("disease_recessive"))
    either = (dominant | recessive) - (dominant & recessive)
    sensitive = {"haploinsufficient": rows_of(store.gene_list("clingen_haploinsufficient"))}
    return [
        _task(
            "new GO terms",
            new,
            set().union(*library.values()),
            rng,
            asks="terms of GO Biological Process 2021 that the table of the modality GO does not "
            "have, among all genes of that library",
            leaks="genes of a new term may share an older, broader one, which is knowledge that "
            "was at hand; pathways may have been annotated into GO since",
        ),
        _task(
            "disease genes",
            diseases,
            set().union(*diseases.values()),
            rng,
            asks="genes of a disease of Menche et al. 2015 among the genes of all diseases",
            leaks="KEGG has pathways that are named after diseases; sets of MSigDB C2 CGP, which "
            "have more, are not in the modality",
        ),
        _task(
            "dosage sensitivity",
            sensitive,
            universe,
            rng,
            most=10**6,
            asks="ClinGen haploinsufficient genes among all genes of proteins",
            leaks="well-studied genes are in more tables: see the rival of three numbers",
        ),
        _task(
            "dominant or recessive",
            {"dominant": dominant & either},
            either,
            rng,
            most=10**6,
            asks="dominant disease genes among those that are dominant or recessive, not both",
            leaks="none that is known",
        ),
        _targets(store, names, place, rng),
        _interactions(store, names, place, rng),
    ]


def _id_of(term: str) -> str:
    """GO id of the name of a term."""
    found = _GO_ID.search(term)
    return found[1] if found else term


def _task(
    name: str,
    sets: Mapping[str, set[int]],
    universe: set[int],
    rng: np.random.Generator,
    *,
    asks: str,
    leaks: str,
    most: int = LARGEST,
) -> Task:
    """Labels of the sets of a fitting size, at most some hundred that are drawn."""
    rows = np.array(sorted(universe), dtype=np.int64)
    fitting = [key for key in sorted(sets) if SMALLEST <= len(sets[key] & universe) <= most]
    if len(fitting) > MOST_LABELS:
        fitting = [fitting[i] for i in sorted(rng.choice(len(fitting), MOST_LABELS, replace=False))]
    labels = np.stack([np.isin(rows, list(sets[key])) for key in fitting], axis=1)
    return Task(name, rows, labels, asks, leaks)


def _targets(
    store: KnowledgeStore, names: HumanNames, place: Mapping[str, int], rng: np.random.Generator
) -> Task:
    """Targets of CollecTRI that DoRothEA does not have, of each factor with enough of them."""

    def pairs(table: str) -> set[tuple[str, str]]:
        found = store.regulation("human", [table])
        led = names.symbols_of([*found["regulator"], *found["target"]])
        listed = zip(found["regulator"], found["target"], strict=True)
        return {(led[a], led[b]) for a, b in listed if led[a] and led[b]}

    curated = pairs("collectri_signed")
    known = pairs("dorothea_human")
    by_factor: dict[str, set[int]] = {}
    for factor, target in sorted(curated - known):
        if target in place:
            by_factor.setdefault(factor, set()).add(place[target])
    universe = {place[target] for _, target in curated if target in place}
    return _task(
        "TF targets",
        by_factor,
        universe,
        rng,
        asks="targets of a factor in CollecTRI that DoRothEA does not have, among all targets of "
        "CollecTRI",
        leaks="pairs that DoRothEA has with any grade are left out; GO and pathways were partly "
        "curated from the same papers",
    )


def _interactions(
    store: KnowledgeStore, names: HumanNames, place: Mapping[str, int], rng: np.random.Generator
) -> PairTask:
    """Pairs of a yeast two-hybrid screen, with as many pairs of the same genes that are none."""
    found = store.interactions([HELD_OUT_INTERACTIONS])
    led = names.symbols_of([*found["a"], *found["b"]])
    listed = zip(found["a"], found["b"], strict=True)
    known = {
        tuple(sorted((place[led[a]], place[led[b]])))
        for a, b in listed
        if led[a] in place and led[b] in place and led[a] != led[b]
    }
    pairs = np.array(sorted(known), dtype=np.int64)
    ends = pairs.reshape(-1)  # each gene as often as it has partners
    wrong: set[tuple[int, ...]] = set()
    while len(wrong) < len(pairs):
        drawn = np.sort(rng.permutation(ends).reshape(-1, 2), axis=1)
        wrong |= {tuple(map(int, p)) for p in drawn if p[0] != p[1]} - known
    chosen = np.array(sorted(wrong), dtype=np.int64)
    chosen = chosen[np.sort(rng.choice(len(chosen), len(pairs), replace=False))]
    labels = np.repeat([True, False], len(pairs))
    return PairTask(
        "held-out interactions",
        np.concatenate([pairs, chosen]),
        labels,
        "pairs of the screen HI-II-14 against pairs of the same genes with as many partners",
        "these pairs were left out of the modality of interactions; GO, pathways and co-expression "
        "were not searched for them",
    )


def held_out_task(
    key: str, table: FeatureTable, known: np.ndarray, rows: np.ndarray, rng: np.random.Generator
) -> Task:
    """What a modality knows, to be told from the others.

    Parameters
    ----------
    key
        The modality.
    table
        All it knows.
    known
        Rows of the table whose genes other modalities know too.
    rows
        Row of each of these genes among all genes.
    rng
        Draws features where there are many.
    """
    members = sparse.csc_matrix(table.members[known])
    sizes = members.sum(axis=0).A1
    fitting = np.flatnonzero((sizes >= SMALLEST) & (sizes <= 10 * LARGEST))
    if len(fitting) > MOST_LABELS:
        fitting = np.sort(rng.choice(fitting, MOST_LABELS, replace=False))
    order = np.argsort(rows)
    return Task(
        f"{key} from the others",
        rows[order],
        members[:, fitting].toarray()[order],
        f"facts of the modality {key} from vectors that were made without it",
        "the modality is left out of every space but the three numbers",
    )


def score(task: Task, vectors: np.ndarray, *, seed: int) -> np.ndarray:
    """AUROC by ridge regression, genes of a fold never seen: of each label, or of each fold of one.

    The penalty is chosen within the training genes, by the mean AUROC over a fifth of them.
    """
    rng = np.random.default_rng([seed, len(task.genes)])
    fold = rng.permutation(len(task.genes)) % FOLDS
    scores = np.zeros(task.labels.shape)
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        inner = rng.permutation(len(train)) % FOLDS == 0
        penalty = _best_penalty(task, vectors, train[~inner], train[inner])
        (scores[test],) = _ridge(task, vectors, train, test, (penalty,))
    each = [_fold_areas(scores[:, t], task.labels[:, t], fold) for t in range(scores.shape[1])]
    return np.array(each[0] if len(each) == 1 else [np.mean(areas) for areas in each])


def _fold_areas(scores: np.ndarray, labels: np.ndarray, fold: np.ndarray) -> list[float]:
    """Area in each of the folds that have both kinds of genes."""
    found = []
    for number in range(FOLDS):
        here = fold == number
        if 0 < labels[here].sum() < here.sum():
            found.append(area(scores[here & labels], scores[here & ~labels]))
    return found


def _best_penalty(task: Task, vectors: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    """Penalty with the best mean AUROC on genes that were set aside."""
    tried = _ridge(task, vectors, train, test, PENALTIES)
    means = []
    for predicted in tried:
        labels = task.labels[test]
        usable = np.flatnonzero((labels.sum(axis=0) > 0) & (~labels).any(axis=0))[:60]
        means.append(
            np.mean([area(predicted[labels[:, t], t], predicted[~labels[:, t], t]) for t in usable])
        )
    return PENALTIES[int(np.argmax(means))]


def _ridge(
    task: Task,
    vectors: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    penalties: tuple[float, ...],
) -> list[np.ndarray]:
    """Predict labels of test genes with each penalty; columns scaled over the training genes."""
    rows, others = vectors[task.genes[train]], vectors[task.genes[test]]
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    # one scale for all columns: small directions of a decomposition are not blown up
    scale = max(float(np.sqrt((spread**2).mean())), 1e-9)
    own = spread if vectors.shape[1] <= 8 else scale  # three numbers have units of their own
    x, z = (rows - mean) / np.maximum(own, 1e-9), (others - mean) / np.maximum(own, 1e-9)
    y = task.labels[train].astype(np.float32)
    y = y - y.mean(axis=0)
    values, axes = np.linalg.eigh((x.T @ x).astype(np.float64))
    turned = axes.T @ (x.T @ y)
    seen = z @ axes
    return [seen @ (turned / (values + penalty)[:, None]) for penalty in penalties]


def score_pairs(task: PairTask, vectors: np.ndarray, *, seed: int) -> np.ndarray:
    """AUROC of each fold for pairs whose two genes are both in a fold that was not seen.

    A ridge on the products of the two vectors, with their sum where a space has few numbers.
    """
    rng = np.random.default_rng([seed, 7])
    fold = rng.permutation(len(vectors)) % PAIR_FOLDS
    ends = fold[task.pairs]
    areas = []
    for number in range(PAIR_FOLDS):
        train = np.flatnonzero((ends != number).all(axis=1))
        test = np.flatnonzero((ends == number).all(axis=1))
        joined = [_joined(vectors, task.pairs[part]) for part in (train, test)]
        rows = np.arange(len(train) + len(test))
        asked = Task(
            "", rows, task.labels[np.concatenate([train, test])][:, None], task.asks, task.leaks
        )
        together = np.concatenate(joined)
        split, held = np.arange(len(train)), np.arange(len(train), len(rows))
        inner = rng.permutation(len(train)) % FOLDS == 0
        penalty = _best_penalty(asked, together, split[~inner], split[inner])
        (found,) = _ridge(asked, together, split, held, (penalty,))
        right = task.labels[test]
        areas.append(area(found[right, 0], found[~right, 0]))
    return np.array(areas)


def _joined(vectors: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """What is said of a pair."""
    first, second = vectors[pairs[:, 0]], vectors[pairs[:, 1]]
    if vectors.shape[1] <= 8:
        return np.concatenate([first * second, first + second], axis=1)
    return first * second


def interval(values: np.ndarray, *, seed: int = 0) -> tuple[float, float]:
    """95 % interval of a mean: over labels that are drawn again, or of Student's t over folds."""
    if len(values) <= FOLDS:
        half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
        return float(values.mean() - half), float(values.mean() + half)
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
