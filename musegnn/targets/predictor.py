"""Targets of one compound or signature: ranked, with probabilities, intervals and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.molecules.structures import (
    counted_fingerprints,
    descriptors,
    fingerprints,
    tanimoto,
)
from musegnn.targets.methods import Pair, Question
from musegnn.targets.reference import Reference
from musegnn.targets.refits import refits_of
from musegnn.targets.similarity import (
    FULL_STRENGTH,
    gaussian_kernel,
    median_distance,
    scale_descriptors,
    signature_kernel,
    structure_kernel,
)
from musegnn.targets.stacking import WITH_OUTSIDE, WITHOUT_OUTSIDE, Stack
from musegnn.targets.tables import Pharmacology
from musegnn.targets.tractable import NOTHING, read_stages

SIGNATURE_ALONE: Final = ("signature", "signature_nearest")
DRAWS: Final = 12  # refits with training compounds that count differently
CLOSE: Final = 0.5  # Tanimoto similarity to the nearest labelled molecule
FAR: Final = 0.3
ALIKE_SIGNATURE: Final = 0.35  # cosine to the nearest stored signature
NEAREST_SHOWN: Final = 8


@dataclass(frozen=True)
class Query:
    """What is asked about: a compound, a structure, a signature, or a compound with both.

    Parameters
    ----------
    label
        Its name, for people.
    compound
        Compound of the store, "" for none.
    structure
        SMILES or InChI, "" for none.
    signature
        `(G,)` z-like numbers over the measured genes; None for none.
    is_list
        Whether the signature comes from lists, which tell no strength.
    remarks
        What was understood or left out.
    """

    label: str
    compound: str = ""
    structure: str = ""
    signature: np.ndarray | None = None
    is_list: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """Ranked targets with what they rest on.

    Parameters
    ----------
    label
        What was asked.
    targets
        By rank: `rank`, `gene`, `probability`, `low`, `high` (95 %), `known` (tables between bars,
        "" for none), `action`, `stage` (how far drugs came),
        `like_compounds` (nearest labelled compounds that hit it).
    by_structure, by_signature
        Nearest labelled compounds: `compound`, `name`, `similarity`, `targets`.
    domain
        "in domain", "at its border" or "out of domain".
    reasons
        Why, and what else has to be known, a sentence each.
    about
        Name, phase, ATC, mechanism, indication, ids of a compound of the store.
    method
        What the ranking rests on, in words.
    n_candidates
        How many genes were ranked.
    candidates
        All of them where `targets` lists the first alone; else empty.
    """

    label: str
    targets: pd.DataFrame
    by_structure: pd.DataFrame
    by_signature: pd.DataFrame
    domain: str
    reasons: tuple[str, ...]
    about: Mapping[str, str]
    method: str
    n_candidates: int
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predictor:
    """Everything that is fitted once.

    Parameters
    ----------
    data
        Tables of the store.
    reference
        Labelled compounds.
    stacks
        Fitted combination by what a query has: `both`, `signature`.
    """

    data: Pharmacology
    reference: Reference
    stacks: Mapping[str, Stack]

    @property
    def uses_wide(self) -> bool:
        """Whether answers lean on the kernel of structures of all labelled molecules."""
        return any("wide" in stack.uses for stack in self.stacks.values())

    @cached_property
    def stages(self) -> pd.DataFrame:
        """How far drugs have come with each gene."""
        return read_stages(self.data)

    def predict(self, query: Query, *, seed: int = 0, alike: float | None = None) -> Prediction:
        """Rank the candidate targets of a query.

        A compound of the reference is left out of its own training, so that its rank is that of a
        compound never seen; its known targets are marked.

        Parameters
        ----------
        query
            What is asked about.
        seed
            Of the intervals.
        alike
            Labelled compounds whose Tanimoto similarity to it is greater are left out too; None
            leaves out the compound alone.

        Raises
        ------
        InputError
            If the query has neither a structure that can be read nor a signature.
        """
        own = self._rows_of(query, alike)
        train = np.setdiff1d(np.arange(self.reference.n_measured), own)
        others = np.setdiff1d(
            np.arange(self.reference.n_measured, len(self.reference.compounds)), own
        )
        stack = self.stacks["both" if query.structure else "signature"]
        question = self._question(query, train, others, wide="wide" in stack.uses)
        sums, *drawn = (stack.score(one)[0] for one in refits_of(question, n=DRAWS, seed=seed))
        spread = np.sqrt(((np.stack(drawn) - sums) ** 2).mean(axis=0))
        order = np.lexsort((np.arange(len(sums)), -sums))
        table = pd.DataFrame(
            {
                "rank": np.arange(1, len(order) + 1),
                "gene": [self.reference.targets[at] for at in order],
                "probability": stack.probability(sums)[order],
                "low": stack.probability(sums - 1.96 * spread)[order],
                "high": stack.probability(sums + 1.96 * spread)[order],
            }
        )
        known = self.data.targets_of(query.compound) if query.compound else _NO_TARGETS
        by_source = known.groupby("gene")["source"].agg(lambda one: "|".join(sorted(set(one))))
        actions = known[known["action"] != ""].groupby("gene")["action"].first()
        table["known"] = table["gene"].map(by_source).fillna("")
        table["action"] = table["gene"].map(actions).fillna("")
        table["stage"] = table["gene"].map(self.stages["stage"]).fillna(NOTHING)
        by_structure = by_signature = None
        if query.structure:
            by_structure = self._nearest_structures(question, train, others)
        if query.signature is not None:
            by_signature = self._nearest_signatures(question, train)
        table["like_compounds"] = _supporters(table["gene"], by_structure, by_signature)
        domain, reasons = _judge(query, by_structure, by_signature, self._strength(query))
        is_known = set(known["gene"])
        unranked = sorted(is_known - set(self.reference.targets))
        if unranked:
            reasons.append(
                f"{len(unranked)} known targets are no candidates, since no compound with few "
                f"targets and a signature hits them: {', '.join(unranked[:8])}."
            )
        if query.compound in {self.reference.compounds[row] for row in own}:
            reasons.append(
                "This compound is among the training compounds; it was left out of them for this "
                "answer."
            )
        return Prediction(
            label=query.label,
            targets=table,
            by_structure=_EMPTY if by_structure is None else by_structure,
            by_signature=_EMPTY if by_signature is None else by_signature,
            domain=domain,
            reasons=(*query.remarks, *reasons),
            about=self._about(query),
            method=", ".join(stack.methods),
            n_candidates=len(table),
        )

    def _rows_of(self, query: Query, alike: float | None) -> np.ndarray:
        """Rows of the reference that are the compound itself, or as good as it."""
        same = np.zeros(len(self.reference.compounds), dtype=bool)
        if query.compound:
            same |= np.array(self.reference.compounds) == query.compound
        if alike is not None and query.structure:
            same |= tanimoto(fingerprints([query.structure]), self.reference.bits)[0] > alike
        return np.flatnonzero(same)

    def _question(
        self, query: Query, train: np.ndarray, others: np.ndarray, *, wide: bool
    ) -> Question:
        """Lay out how alike the query is to every labelled compound."""
        reference, n = self.reference, self.reference.n_measured
        if query.structure:
            bits = fingerprints([query.structure])
            counts = counted_fingerprints([query.structure])
            described = descriptors([query.structure])
        else:
            if query.signature is None:
                msg = f"Expected a structure or a signature of {query.label}, found neither."
                raise InputError(msg, "Give its SMILES, or a signature of your own.")
            bits, counts = np.zeros((1, 2048), np.uint8), np.zeros((1, 4096), np.uint8)
            described = None
        values = np.zeros((1, reference.space.directions.shape[0]))
        if query.signature is not None:
            values[0] = query.signature
        space = reference.space.place(values)
        tables = reference.measured
        near = tanimoto(bits, reference.bits)
        structure = structure_kernel((bits, counts), (reference.bits, reference.counts))
        across: dict[str, np.ndarray] = {
            "cosine": _cosine_where_given(values, reference.space.plain),
            "whitened": space.whitened @ reference.space.whitened.T,
            "signature": signature_kernel(space, reference.space),
            "tanimoto": near[:, :n],
            "structure": structure[:, :n],
            "descriptors": np.zeros((1, n))
            if described is None
            else gaussian_kernel(
                scale_descriptors(described, reference.described),
                reference.descriptors,
                width=median_distance(reference.descriptors),
            ),
        }
        kernels = {
            name: Pair(tables[name][np.ix_(train, train)], table[:, train])
            for name, table in across.items()
        }
        strength = np.array([self._strength(query)])
        far: tuple[Pair, np.ndarray] | None = None
        if wide:
            rows = np.concatenate([train, others])
            everyone = len(rows) == len(reference.compounds)
            among = reference.structure if everyone else reference.structure[np.ix_(rows, rows)]
            far = Pair(among, structure[:, rows]), np.ones(len(rows), dtype=bool)
        return Question(
            known=reference.known[train],
            n_known=reference.n_known[train],
            kernels=kernels,
            strength=(reference.space.strength[train], strength),
            genes=reference.genes,
            outside=near[:, others],
            outside_known=reference.known[others],
            outside_n=reference.n_known[others],
            wide=far,
        )

    @staticmethod
    def _strength(query: Query) -> float:
        """Largest z-score of the query; lists tell none and are believed."""
        if query.signature is None:
            return 0.0
        return FULL_STRENGTH if query.is_list else float(np.abs(query.signature).max())

    def _nearest_structures(
        self, question: Question, train: np.ndarray, others: np.ndarray
    ) -> pd.DataFrame:
        near = [question.kernels["tanimoto"].across[0]]
        if question.outside is not None:
            near.append(question.outside[0])
        return self._listed(np.concatenate(near), np.concatenate([train, others]))

    def _nearest_signatures(self, question: Question, train: np.ndarray) -> pd.DataFrame:
        return self._listed(question.kernels["cosine"].across[0], train)

    def _listed(self, similarity: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
        """Return the most similar compounds with their known targets."""
        order = np.argsort(-similarity, kind="stable")[:NEAREST_SHOWN]
        keys = [self.reference.compounds[rows[at]] for at in order]
        pairs = self.data.pairs[self.data.pairs["compound"].isin(keys)]
        targets = pairs.groupby("compound")["gene"].agg(lambda one: "|".join(sorted(set(one))))
        return pd.DataFrame(
            {
                "compound": keys,
                "name": self.data.called(keys),
                "similarity": similarity[order].astype(np.float64),
                "targets": list(targets.reindex(keys).fillna("")),
            }
        )

    def _about(self, query: Query) -> dict[str, str]:
        if query.compound not in self.data.compounds.index:
            return {}
        row = self.data.compounds.loc[query.compound]
        found = {name: str(row[name]) for name in row.index if str(row[name])}
        return {"compound": query.compound, **found}


_EMPTY: Final = pd.DataFrame({"compound": [], "name": [], "similarity": [], "targets": []})
_NO_TARGETS: Final = pd.DataFrame({"gene": [], "source": [], "action": []}, dtype=object)
STACKS: Final = {"both": WITH_OUTSIDE, "signature": SIGNATURE_ALONE, "no outside": WITHOUT_OUTSIDE}


def _cosine_where_given(values: np.ndarray, stored: np.ndarray) -> np.ndarray:
    """Return `(1, S)` cosine over the genes of which the query says something."""
    used = values[0] != 0
    own, others = values[0, used], stored[:, used]
    length = np.linalg.norm(others, axis=1) * np.linalg.norm(own)
    shared = others @ own
    return np.divide(shared, length, out=np.zeros_like(shared), where=length > 0)[None]


def _supporters(
    genes: pd.Series, by_structure: pd.DataFrame | None, by_signature: pd.DataFrame | None
) -> list[str]:
    """Names of the nearest compounds that hit each gene."""
    found: dict[str, list[str]] = {}
    for table in (by_structure, by_signature):
        if table is None:
            continue
        for name, targets in zip(table["name"], table["targets"], strict=True):
            for gene in targets.split("|"):
                if name not in found.setdefault(gene, []):
                    found[gene].append(name)
    return ["|".join(found.get(gene, [])[:4]) for gene in genes]


def _judge(
    query: Query,
    by_structure: pd.DataFrame | None,
    by_signature: pd.DataFrame | None,
    strength: float,
) -> tuple[str, list[str]]:
    """Whether the reference knows anything like the query, and why."""
    reasons, known = [], 0.0
    if by_structure is not None and len(by_structure):
        best = float(by_structure["similarity"].iloc[0])
        known = 1.0 if best >= CLOSE else 0.5 if best >= FAR else 0.0
        reasons.append(
            f"The nearest labelled molecule, {by_structure['name'].iloc[0]}, has Tanimoto "
            f"similarity {best:.2f} ({CLOSE} and more is close, below {FAR} says little)."
        )
    if by_signature is not None and len(by_signature):
        best = float(by_signature["similarity"].iloc[0])
        is_strong = strength >= FULL_STRENGTH
        if not query.is_list:
            reasons.append(
                f"The largest change of the signature is z = {strength:.1f}; below "
                f"{FULL_STRENGTH:g} signatures tell targets hardly better than popularity."
            )
        known = max(known, (1.0 if is_strong else 0.5) if best >= ALIKE_SIGNATURE else 0.0)
        reasons.append(
            f"The nearest signature, of {by_signature['name'].iloc[0]}, has cosine {best:.2f}."
        )
    words = {1.0: "in domain", 0.5: "at its border", 0.0: "out of domain"}
    return words[known], reasons
