"""How far drugs have come with a gene, and which genes within reach of drugs are most like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.errors import InputError
from musegnn.io.nomenclature import GeneNames
from musegnn.keys import EMBEDDING_FILE
from musegnn.settings import REPOSITORY
from musegnn.targets.gene_vectors import GeneVectors, vectors_of
from musegnn.targets.methods import FEW_TARGETS, standardised
from musegnn.targets.own_signature import symbols_of
from musegnn.targets.tables import Pharmacology
from musegnn.validation import format_list, nearest_names

APPROVED, IN_TRIALS, LIGAND, NOTHING = "approved", "in trials", "ligand alone", "no molecule"
TRACTABLE: Final = (APPROVED, IN_TRIALS)
FUSED, SETS = "fused", "sets"
FUSED_FILE: Final = REPOSITORY / "data" / "fused" / EMBEDDING_FILE
MEANING: Final = (
    f"Tractable here means: a molecule with at most {FEW_TARGETS} known targets that was approved "
    "(withdrawn since or not) or is in clinical trials lists the gene as its target, in the tables "
    "of molecules and drug targets of the annotation; vitamins and cofactors do not count. It "
    "tells what was done, not what can be done."
)
HOW_ALIKE: Final = (
    "Like genes are ordered by two cosines with equal weight: over GO, pathways and interactions "
    "of the annotation, and in the fused space that comes with the program. How often they share "
    "a compound with the gene is measured in `docs/targets.md`."
)
_NO_DRUG: Final = ("cofactor", "product of")
_MOST_NAMED: Final = 5
_NEAR_SHARE: Final = 0.05  # of the tractable genes, the nearest of a modality


def stage_of(phase: str) -> str:
    """Return how far a molecule came, "" for one that does not count.

    Parameters
    ----------
    phase
        As the tables of molecules write it: `Launched`, `Phase 2`, `approved|withdrawn`, ...
    """
    said = phase.casefold()
    if "nutraceutical" in said:
        return ""
    if any(word in said for word in ("launched", "approved", "withdrawn")):
        return APPROVED
    # "preclinical" and "experimental" are neither
    return IN_TRIALS if "phase" in said or "investigational" in said else LIGAND


def read_stages(data: Pharmacology) -> pd.DataFrame:
    """Tell how far drugs have come with each gene that a molecule with few targets hits.

    Returns
    -------
    Indexed by gene, sorted: `stage`, `n_molecules` that came so far, by name, `molecules` (between
    bars, at most five), `sources` (tables between bars).
    """
    size = data.pairs.drop_duplicates(["compound", "gene"]).groupby("compound")["gene"].size()
    pairs = data.pairs[data.pairs["compound"].map(size) <= FEW_TARGETS]
    pairs = pairs[~pairs["action"].isin(_NO_DRUG)]
    about = data.compounds.loc[list(pairs["compound"])]
    order = {APPROVED: 0, IN_TRIALS: 1, LIGAND: 2}
    pairs = pairs.assign(
        name=data.called(list(pairs["compound"])),
        rank=[order.get(stage_of(str(phase)), len(order)) for phase in about["phase"]],
    )
    pairs = pairs[pairs["rank"] < len(order)]
    best = pairs[pairs["rank"] == pairs.groupby("gene")["rank"].transform("min")]
    stages = list(order)
    groups = best.sort_values(["gene", "name", "source"]).groupby("gene")
    return pd.DataFrame(
        {
            "stage": groups["rank"].first().map(lambda rank: stages[rank]).astype(object),
            "n_molecules": groups["name"].nunique(),
            "molecules": groups["name"].agg(
                lambda one: "|".join(list(dict.fromkeys(one))[:_MOST_NAMED])
            ),
            "sources": groups["source"].agg(lambda one: "|".join(sorted(set(one)))),
        }
    )


def open_fused(path: Path = FUSED_FILE) -> dict[str, GeneVectors]:
    """Open the fused vectors that come with the program, and those of each modality.

    Returns
    -------
    Context -> vectors; the fused one is `fused`. Empty where the set is not there.

    Raises
    ------
    DataFileError
        If the set cannot be read.
    """
    if not path.is_file():
        return {}
    embedding = read_embedding_set(path)
    found = {}
    for context in map(str, embedding.datasets.index):
        rows = embedding.rows_of_dataset(context)
        symbols = tuple(map(str, embedding.genes["gene"].iloc[rows]))
        found[context] = GeneVectors(symbols, np.asarray(embedding.vectors[rows]))
    return found


def find_gene(text: str, spaces: Mapping[str, GeneVectors], names: GeneNames) -> str:
    """Return the current symbol of a gene that a space knows.

    Raises
    ------
    InputError
        If it is no human gene, or one of which no space knows anything; near names are offered.
    """
    wanted = text.strip()
    known = sorted({symbol for space in spaces.values() for symbol in space.symbols})
    if not known:
        msg = "Expected gene vectors to look for like genes in, found none."
        raise InputError(msg, "Fetch a library of gene sets with `musegnn knowledge fetch`.")
    for symbol in (wanted, wanted.upper(), symbols_of([wanted], names).get(wanted, "")):
        if symbol in set(known):
            return symbol
    near = nearest_names(wanted.upper(), known)
    msg = f"Expected a human gene of which something is known, found {wanted[:60]!r}."
    raise InputError(msg, f"Did you mean {format_list(near)}?" if near else "Give its symbol.")


def likeness(
    genes: Sequence[str], others: Sequence[str], spaces: Mapping[str, GeneVectors]
) -> np.ndarray:
    """Return `(A, B)` how alike genes are: standardised cosines of spaces, added up.

    A space that does not know a gene says the same of all others.

    Parameters
    ----------
    genes, others
        Symbols.
    spaces
        Name -> vectors.
    """
    total = np.zeros((len(genes), len(others)))
    for space in spaces.values():
        total += standardised(
            (vectors_of(space, genes) @ vectors_of(space, others).T).astype(np.float64)
        )
    return total


def tractable_neighbours(
    gene: str,
    stages: pd.DataFrame,
    spaces: Mapping[str, GeneVectors],
    modalities: Mapping[str, GeneVectors] | None = None,
    *,
    n: int = 20,
) -> pd.DataFrame:
    """Return the tractable genes most like a gene.

    Parameters
    ----------
    gene
        Symbol that a space knows; it is not among its own neighbours.
    stages
        As `read_stages` returns them.
    spaces
        Name -> vectors by which genes are ordered, with equal weight.
    modalities
        Vectors of each kind of knowledge, for who agrees.
    n
        How many.

    Returns
    -------
    By likeness: `gene`, `stage`, `molecules`, the cosine in each space by its name (NaN where the
    space lacks a gene), `agree` (modalities in which the gene is among the nearest twentieth
    of the tractable ones, between bars).

    Raises
    ------
    InputError
        If no gene is tractable.
    """
    within = stages[stages["stage"].isin(TRACTABLE)]
    others = [str(name) for name in within.index if name != gene]
    if not others:
        msg = "Expected genes that a drug hits, found none."
        raise InputError(msg, "Fetch or import tables of molecules and drug targets.")
    order = np.argsort(-likeness([gene], others, spaces)[0], kind="stable")[:n]
    chosen = [others[at] for at in order]
    table = pd.DataFrame({"gene": chosen})
    for name in ("stage", "molecules"):
        table[name] = within.loc[chosen, name].to_numpy()
    for name, space in spaces.items():
        table[name] = _cosines(gene, chosen, space)
    agreeing = np.full((len(modalities or {}), len(chosen)), fill_value=False)
    for at, space in enumerate((modalities or {}).values()):
        cosines = _cosines(gene, others, space)
        if np.isfinite(cosines).any():
            agreeing[at] = cosines[order] >= np.nanquantile(cosines, 1 - _NEAR_SHARE)
    titles = list(modalities or {})
    table["agree"] = [
        "|".join(title for title, near in zip(titles, column, strict=True) if near)
        for column in agreeing.T
    ]
    return table


def tell_stage(gene: str, stages: pd.DataFrame) -> str:
    """Say in a sentence how far drugs have come with a gene."""
    if gene not in stages.index:
        return f"{gene} is not tractable: no molecule with few targets lists it."
    stage, n, molecules = (stages.loc[gene, name] for name in ("stage", "n_molecules", "molecules"))
    named = format_list(str(molecules).split("|"))
    some = "molecule lists it" if n == 1 else "molecules list it"
    if stage == LIGAND:
        return f"{gene} is not tractable: {n} {some}, none of which came to trials ({named})."
    what = "approved" if stage == APPROVED else "in trials at most"
    return f"{gene} is tractable: {n} {some} that came far, {what} ({named})."


def _cosines(gene: str, others: Sequence[str], space: GeneVectors) -> np.ndarray:
    """Cosine of a gene to others, NaN where the space lacks one of both."""
    own, theirs = vectors_of(space, [gene]), vectors_of(space, others)
    has = theirs.any(axis=1) & own.any()
    return np.where(has, (theirs @ own[0]).astype(np.float64), np.nan)
