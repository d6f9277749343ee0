"""Predicted targets that come with the program: for compounds with a signature, without annotation.

They were learned from labels that may be passed on, each compound without its own
(`musegnn.targets.out_of_fold`); the manifest says which, and how well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.border.documents import read_json
from musegnn.border.tables import read_parquet
from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.catalogue import DRUG_SIGNATURES, DRUG_TARGETS, MOLECULES
from musegnn.knowledge.store import KnowledgeStore
from musegnn.molecules.names import call_known
from musegnn.molecules.structures import called, read_structure
from musegnn.settings import REPOSITORY
from musegnn.targets.asking import find_compound, is_structure
from musegnn.targets.predictor import CLOSE, FAR, Prediction
from musegnn.targets.shipped import read_shipped
from musegnn.targets.tables import Pharmacology
from musegnn.validation import nearest_names

FOLDER: Final = REPOSITORY / "data" / "targets" / "predicted"
COMPOUNDS, TARGETS, MANIFEST = "compounds.parquet", "targets.parquet", "manifest.json"
SHOWN: Final = 25  # targets of a compound
METHOD: Final = "shipped prediction"
HOW_TO_GET_MORE: Final = (
    "With tables of known targets in the annotation (DrugBank and the Drug Repurposing Hub, both "
    "for non-commercial use) any structure is answered, among some 600 candidates, with the known "
    "targets marked: `musegnn knowledge list` names them, and docs/targets.md says how."
)
_ROLE: Final = "the shipped predictions"
_EMPTY: Final = pd.DataFrame({"compound": [], "name": [], "similarity": [], "targets": []})
_AGAIN: Final = "Install the program again, or make them: `python data/targets_predictions.py`."


@dataclass(frozen=True)
class ShippedPredictions:
    """What was said of each compound.

    Parameters
    ----------
    compounds
        One row a compound: `compound`, `name`, `structure`, `ids`, `fold`, `domain`, `nearest`,
        `similarity`.
    targets
        The first of each by rank: `at` (row of the compound), `rank`, `gene`, `probability`, `low`,
        `high`, `known` (tables that may be passed on, between bars).
    manifest
        Sources, licences, candidates, figures.
    """

    compounds: pd.DataFrame
    targets: pd.DataFrame
    manifest: Mapping[str, Any]

    @cached_property
    def data(self) -> Pharmacology:
        """The same compounds as tables of drugs, with the known targets that may be passed on."""
        shipped = read_shipped()
        about = self.compounds.set_index("compound")
        compounds = shipped.compounds.copy()
        for name in ("structure", "ids"):
            compounds[name] = about[name].reindex(compounds.index).fillna("")
        known = self.targets[self.targets["known"] != ""]
        pairs = pd.DataFrame(
            {
                "compound": self.compounds["compound"].to_numpy()[known["at"]],
                "gene": known["gene"].to_numpy(),
                "source": known["known"].to_numpy(),
                "action": "",
            }
        )
        pairs = pairs.assign(source=pairs["source"].str.split("|")).explode("source")
        pairs = pairs.sort_values(["compound", "gene", "source"]).reset_index(drop=True)
        return Pharmacology(
            compounds=compounds,
            signatures=shipped.signatures,
            signature_keys=shipped.signature_keys,
            genes=shipped.genes,
            pairs=pairs,
            joined=shipped.joined,
            licences={METHOD: str(self.manifest["licence"])},
            n_rows=shipped.n_rows,
        )

    @property
    def candidates(self) -> tuple[str, ...]:
        """Genes that were ranked."""
        return tuple(map(str, self.manifest["candidates"]))

    def ask(self, text: str) -> Prediction:
        """Return what was said of a compound by name, InChIKey, Broad id or structure.

        Parameters
        ----------
        text
            What was typed.

        Raises
        ------
        InputError
            If it is none of the compounds; near names are offered.
        """
        wanted = text.strip()
        if not wanted:
            msg = "Expected a compound, found nothing."
            raise InputError(msg, "Give a name, an InChIKey, a Broad id, or a SMILES.")
        key = find_compound(wanted, self.data) or self._by_structure(wanted)
        if not key:
            names = [str(name) for name in self.compounds["name"]]
            near = nearest_names(wanted, names)
            msg = (
                f"Expected one of the {len(names):,} compounds whose predicted targets come with "
                f"the program, found {wanted[:60]!r}."
            )
            hint = f"Did you mean {', '.join(near)}? " if near else ""
            raise InputError(msg, f"{hint}{HOW_TO_GET_MORE}")
        return self._answer(key)

    def _by_structure(self, text: str) -> str:
        """Compound of a structure, "" for none or for what is no structure."""
        try:
            structure = read_structure(text)
        except InputError:
            if is_structure(text):
                raise
            return ""
        return structure.key if structure.key in self.data.compounds.index else ""

    def _answer(self, key: str) -> Prediction:
        """Put the rows of a compound together as an answer."""
        at = int(np.flatnonzero(self.compounds["compound"] == key)[0])
        row = self.compounds.iloc[at]
        own = self.targets[self.targets["at"] == at].reset_index(drop=True)
        table = own[["rank", "gene", "probability", "low", "high", "known"]]
        about = {"compound": key, "name": str(row["name"]), "structure": str(row["structure"])}
        ids = str(row["ids"])
        return Prediction(
            label=called(str(row["name"]), key, str(row["structure"])),
            targets=table,
            by_structure=_EMPTY,
            by_signature=_EMPTY,
            domain=str(row["domain"]),
            reasons=(self.meaning, *self._why(row), HOW_TO_GET_MORE),
            about={**about, **({"ids": ids} if ids else {})},
            method=METHOD,
            n_candidates=len(self.candidates),
            candidates=self.candidates,
        )

    def _why(self, row: pd.Series) -> list[str]:
        """Say whether the labels knew anything like a compound, and what was left out."""
        said = []
        if row["nearest"]:
            nearest = call_known(str(row["nearest"]))
            said.append(
                f"The nearest labelled molecule, {nearest}, has Tanimoto similarity "
                f"{row['similarity']:.2f} ({CLOSE} and more is close, below {FAR} says little)."
            )
        else:
            said.append("No structure of it may be passed on: its signature alone spoke.")
        if row["fold"] >= 0:
            said.append(
                "It has labels itself; neither these nor those of its twins were used for this "
                "answer."
            )
        return said

    @property
    def meaning(self) -> str:
        """What a shipped prediction is, in a sentence or two with its held-out figures."""
        labels = ", ".join(
            f"{name} ({one['licence'].split(' (')[0]})" for name, one in self._labels.items()
        )
        held = self.manifest["measured"]["labels held out"]
        ours, rival = held["shipped"], held["popularity"]
        return (
            f"This is a prediction that comes with the program, learned from "
            f"{self.manifest['labelled molecules']:,} molecules with labels that may be passed on: "
            f"{labels}. Of {held['compounds']} labelled compounds that were held out the first "
            f"right target stands at a mean reciprocal rank of {_with_ends(ours['mrr'])} among "
            f"{len(self.candidates)} candidates (by popularity {_with_ends(rival['mrr'])}), AUROC "
            f"{_with_ends(ours['auroc'])}; calibration error of the ten best "
            f"{held['ece_of_the_ten_best'][0]:.3f}. A target that is no candidate is not ranked."
        )

    @property
    def _labels(self) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.manifest["labels"])


def can_rank(store: KnowledgeStore | None) -> bool:
    """Tell whether a store has what ranked targets need; else the shipped ones answer."""
    if store is None or not store.names(DRUG_SIGNATURES):
        return False
    return bool(store.names(DRUG_TARGETS) or store.names(MOLECULES))


def read_predictions(folder: Path = FOLDER) -> ShippedPredictions:
    """Read the predictions that come with the program.

    Raises
    ------
    DataFileError
        If a file is missing or damaged, or they do not belong together.
    """
    manifest = read_json(folder / MANIFEST, role=_ROLE)
    compounds = read_parquet(folder / COMPOUNDS, role=_ROLE)
    targets = read_parquet(folder / TARGETS, role=_ROLE)
    at = targets["at"].to_numpy()
    if not len(at) or at.min() < 0 or at.max() >= len(compounds):
        msg = f"Expected targets of {len(compounds)} compounds in {_ROLE}, found other rows."
        raise DataFileError(msg, _AGAIN)
    return ShippedPredictions(compounds, targets, manifest)


def _with_ends(told: list[float]) -> str:
    """A mean with its interval."""
    mean, low, high = told
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"
