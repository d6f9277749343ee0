"""Labels: where labelled genes lie, whether they keep together, whether vectors can tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.analysis.labels.gene_set_cohesion import (
    DEGREE_BINS,
    DRAWS,
    FEWEST_MEMBERS,
    cohesion_by_context,
    compare_cohesion,
)
from musegnn.analysis.labels.gene_set_score import score_atlas
from musegnn.analysis.labels.label_classifier import (
    COUNTS,
    SHUFFLED,
    SHUFFLES,
    VECTORS,
    LabelClassification,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.io.json_tables import reading_tables, table_from_plain
from musegnn.runs.inputs import ask, find_file
from musegnn.runs.kinds.label_classifier import CLASSIFICATION_FILE, LabelClassifierSettings
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.shell.colour_layer import ColourLayer, step_layer
from musegnn.validation import format_list

SCORE_STEPS = (-4.0, -2.0, -1.0, 1.0, 2.0, 4.0)  # standard deviations


@dataclass(frozen=True)
class LabelsView:
    """What the upper part of the Labels page shows.

    Parameters
    ----------
    label
        The chosen genes in a few words.
    layer
        Colours of all points by score; points without a score are grey.
    scores
        `(N,)` score of each gene in context, NaN where its context has too few members.
    candidates
        Genes in context with the highest scores that are not in the set: `row, gene, context,
        species, tissue, score, degree`.
    contexts
        See `musegnn.analysis.labels.gene_set_cohesion.cohesion_by_context`; empty when `notice`
        says why.
    sentence
        What the table of contexts says.
    caption, contexts_caption
        One line below the map and below the table.
    rows_everywhere
        Rows of the genes, those of contexts that had no say in the choice included.
    warning
        Where the question is circular, or "".
    notice
        Why there are no contexts to list, or "".
    """

    label: str
    layer: ColourLayer
    scores: np.ndarray
    candidates: pd.DataFrame
    contexts: pd.DataFrame
    sentence: str
    caption: str
    contexts_caption: str
    rows_everywhere: np.ndarray
    warning: str = ""
    notice: str = ""


@dataclass(frozen=True)
class ConditionView:
    """What the comparison of two conditions shows.

    Parameters
    ----------
    table
        One row, see `musegnn.analysis.labels.gene_set_cohesion.compare_cohesion`.
    sentence
        What it says.
    caption
        n, test and background.
    """

    table: pd.DataFrame
    sentence: str
    caption: str


@dataclass(frozen=True)
class ClassifierView:
    """What the classifier shows.

    Parameters
    ----------
    result
        Areas, curves, genes.
    sentence
        What the areas say, the controls included.
    caption
        n, method and intervals.
    """

    result: LabelClassification
    sentence: str
    caption: str


def build(choice: GeneSetChoice, *, atlas: Atlas, seed: int = 0) -> LabelsView:
    """Score all genes in context, and measure cohesion in each context.

    Genes that were chosen by where they lie in some contexts are looked at in the others too, which
    had no say: there the question is a fair one.

    Parameters
    ----------
    choice
        The labelled genes.
    atlas
        The atlas.
    seed
        Of the random sets.
    """
    embedding = atlas.embedding
    rows = np.asarray(choice.rows, dtype=np.int64)
    chosen_in = choice.chosen_by_place(embedding)
    everywhere = rows
    if chosen_in:
        same = atlas.search.rows_of_genes(choice.symbols)
        elsewhere = ~embedding.genes[keys.DATASET].iloc[same].astype(str).isin(chosen_in)
        everywhere = np.union1d(rows, same[elsewhere.to_numpy()])
    scores = score_atlas(embedding, everywhere)
    try:
        contexts = cohesion_by_context(embedding, everywhere, seed=seed, chosen_in=chosen_in)
        notice = ""
    except InputError as error:
        contexts, notice = pd.DataFrame(), str(error)
    n_circular = int(contexts["is_circular"].sum()) if len(contexts) else 0
    n_scored = int(np.isfinite(scores).sum())
    return LabelsView(
        label=choice.called(atlas.short_context_names),
        layer=_layer(scores),
        scores=scores,
        candidates=_candidates(embedding, scores, everywhere),
        contexts=contexts,
        sentence=_cohesion_sentence(contexts, atlas.short_context_names) if len(contexts) else "",
        rows_everywhere=everywhere,
        warning=_warning(choice, chosen_in, atlas.short_context_names),
        caption=(
            f"Each point is a gene in one context; colour: its mean cosine to the "
            f"{len(choice):,} genes of {choice.called(atlas.context_names)} "
            "in the same context, as distance from a random set of equal size in standard "
            "deviations. "
            f"{n_scored:,} of {len(scores):,} points have a score: the others lie in contexts with "
            f"fewer than {FEWEST_MEMBERS} of the genes, and are grey. "
            f"{embedding.origin}."
        ),
        contexts_caption=(
            f"Cohesion: mean cosine of all pairs of the set in a context. Test: {DRAWS} random "
            "sets of the same context (background: all its genes), matched by degree in "
            f"{DEGREE_BINS} bins; one-sided p, the set itself counted; q after Benjamini and "
            f"Hochberg over {len(contexts) - n_circular} contexts. Contexts with fewer than "
            f"{FEWEST_MEMBERS} of the genes are not listed."
        ),
        notice=notice,
    )


def build_condition(
    choice: GeneSetChoice, left: str, right: str, *, embedding: EmbeddingSet, seed: int = 0
) -> ConditionView:
    """Compare the cohesion of the set in two conditions.

    Raises
    ------
    InputError
        If the contexts are the same or share too few of the genes.
    """
    table = compare_cohesion(embedding, choice.rows, left, right, seed=seed)
    row = table.iloc[0]
    names = embedding.context_names
    here, there = names[left], names[right]
    beyond = "more" if row["difference"] > row["expected"] else "less"
    verdict = (
        f"keep {beyond} company in {here} than in {there}"
        if row["p"] < 0.05
        else f"keep no more or less company in {here} than in {there} than other genes do"
    )
    return ConditionView(
        table=table,
        sentence=(
            f"The {row['members']} genes that both contexts have {verdict}: "
            f"{row['cohesion_left']:.3f} against {row['cohesion_right']:.3f}, "
            f"p = {row['p']:.3g} (two-sided)."
        ),
        caption=(
            f"Difference of the mean cosine of all pairs, against {DRAWS} random sets of the "
            f"{row['genes']:,} genes that both contexts have, matched by their degrees in both."
        ),
    )


def work_of(
    choice: GeneSetChoice, others: np.ndarray | None, *, embedding: EmbeddingSet, root: Path
) -> PageWork:
    """Return the run that classifies the labelled genes against others.

    Raises
    ------
    InputError
        If the embedding set has no file.
    """
    if embedding.path is None:
        msg = "Expected an embedding set that was read from a file, found one that was not."
        raise InputError(msg, "Write it with `write_embedding_set` and open that.")
    question = {
        "labelled": np.asarray(choice.rows).tolist(),
        "others": None if others is None else np.asarray(others).tolist(),
    }
    inputs = (ask(root, question), find_file(embedding.path, role="embedding"))
    return PageWork(LabelClassifierSettings(seed=0), inputs, f"Labels: {choice.label}")


def read_classifier(folder: Path, *, has_list: bool) -> ClassifierView:
    """Read what a run has found, and put it into words.

    Parameters
    ----------
    folder
        Result of the run.
    has_list
        True when the others came from a list.
    """
    path = folder / CLASSIFICATION_FILE
    with reading_tables(path, role="areas of a classifier") as content:
        result = LabelClassification(
            table=table_from_plain(content["table"], numbers=("auroc", "low", "high", "auprc")),
            curves=table_from_plain(
                content["curves"], numbers=("false_positive_rate", "true_positive_rate")
            ),
            genes=table_from_plain(content["genes"], numbers=("probability",)),
            n_labelled=int(content["n_labelled"]),
            n_others=int(content["n_others"]),
        )
        sentence = _classifier_sentence(result.table)
    against = "a list of other genes" if has_list else "all other genes of the contexts"
    return ClassifierView(
        result=result,
        sentence=sentence,
        caption=(
            f"{result.n_labelled:,} genes with the label, {result.n_others:,} without ({against}); "
            "logistic regression on the vectors, five folds by ortholog group, three draws; each "
            "probability comes from models that never saw the gene. Intervals: DeLong 95 % over "
            f"genes; for shuffled labels the range of {SHUFFLES}. "
            "A gene without the label may still deserve it: that lowers every area."
        ),
    )


def _layer(scores: np.ndarray) -> ColourLayer:
    """Colour by score in steps that are symmetric about 0 and equal for all sets.

    What has no score is grey: it was not measured, and is not in the middle.
    """
    return step_layer(
        np.where(np.isfinite(scores), scores, np.nan),
        SCORE_STEPS,
        title="score (standard deviations)",
        missing="no score",
    )


def _candidates(embedding: EmbeddingSet, scores: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    """Genes in context outside the set, highest score first."""
    outside = np.isfinite(scores)
    outside[rows] = False
    places = np.flatnonzero(outside)
    genes = embedding.genes.iloc[places]
    table = pd.DataFrame(
        {
            "row": places,
            "gene": genes[keys.GENE].astype(str).to_numpy(dtype=object),
            "context": genes[keys.DATASET].astype(str).to_numpy(dtype=object),
            "species": genes[keys.SPECIES_COLUMN].astype(str).to_numpy(dtype=object),
            "tissue": genes[keys.TISSUE].astype(str).to_numpy(dtype=object),
            "score": scores[places],
            "degree": genes[keys.DEGREE].to_numpy(),
        }
    )
    return table.sort_values(
        ["score", "gene", "context"], ascending=[False, True, True], ignore_index=True
    )


def _warning(choice: GeneSetChoice, chosen_in: Sequence[str], names: Mapping[str, str]) -> str:
    """Say where the question is circular, or may be; "" for a list."""
    if chosen_in:
        where = format_list([names.get(name, name) for name in chosen_in], limit=4)
        return (
            f"**Circular in {where}.** These genes were chosen by where they lie there: that they "
            "lie together there, that their closest genes are near, and that a classifier tells "
            "them by the same vectors is how they were found, and no finding. Contexts that had no "
            "say in the choice are tested below."
        )
    if choice.kind == "list":
        return ""
    return (
        "**Circular where they were chosen by place.** If these points were drawn on the map, that "
        "they lie together there is how they were found, and no finding. A list of names that came "
        "from elsewhere asks a fair question."
    )


def _cohesion_sentence(contexts: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Say in how many contexts the set keeps together, of those in which that is a question."""
    tested = contexts[~contexts["is_circular"]]
    other = "other " if len(tested) < len(contexts) else ""
    if tested.empty:
        return (
            "No other context has enough of these genes, and in the one they were chosen in it is "
            "no question: nothing is tested."
        )
    kept = tested[(tested["q"] < 0.05) & (tested["cohesion"] > tested["expected"])]
    if kept.empty:
        return (
            f"In none of {len(tested)} {other}contexts do these genes lie closer together than "
            "random genes of the same degrees (q < 0.05)."
        )
    first = "; ".join(names.get(name, name) for name in kept["context"].head(5))
    more = f"; and {len(kept) - 5} more" if len(kept) > 5 else ""
    return (
        f"In {len(kept)} of {len(tested)} {other}contexts these genes lie closer together than "
        f"random genes of the same degrees (q < 0.05): {first}{more}."
    )


def _classifier_sentence(table: pd.DataFrame) -> str:
    """Say whether vectors tell more than the controls."""
    area = table.set_index("method")
    own, counts, mixed = area.loc[VECTORS], area.loc[COUNTS], area.loc[SHUFFLED]
    text = (
        f"AUROC {own['auroc']:.3f} ({own['low']:.3f} to {own['high']:.3f}) by the vectors, "
        f"{counts['auroc']:.3f} by degree and expression alone, {mixed['auroc']:.3f} with the "
        "labels shuffled. "
    )
    if own["low"] <= 0.5:
        return text + "The vectors tell these genes no better than chance."
    if own["auroc"] <= counts["auroc"]:
        return text + "Degree and expression alone do as well: the vectors add nothing here."
    if own["low"] <= counts["auroc"]:
        return text + "The lead over degree and expression alone is within the uncertainty."
    return text + "The vectors tell more than degree and expression do."
