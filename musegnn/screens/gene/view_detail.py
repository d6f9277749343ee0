"""Gene detail: everything that speaks for one neighbour, and from where."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from musegnn import keys
from musegnn.analysis.choices import CO_EXPRESSED, EMBEDDING_ONLY
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.screens.gene.view import GeneView


@dataclass(frozen=True)
class DetailView:
    """One pair of genes in context.

    Parameters
    ----------
    title
        The two genes.
    numbers
        Label and value: cosine, rank, mutual and so on.
    facts
        One row a piece of evidence: `kind, what, source, release, detail`; never empty.
    caption
        What the table is.
    """

    title: str
    numbers: tuple[tuple[str, str], ...]
    facts: pd.DataFrame
    caption: str


def build_detail(view: GeneView, position: int, row: int, evidence: GeneEvidence) -> DetailView:
    """Collect all evidence for one neighbour.

    Parameters
    ----------
    view
        The page.
    position
        Position of the neighbour in `view.neighbours`.
    row
        Row of the gene in context.
    evidence
        What is known about the genes of the atlas.
    """
    names = evidence.embedding.context_names
    neighbour = view.neighbours.iloc[position]
    other = int(neighbour["row"])
    records = [
        (fact.kind, fact.text, _title(fact.source, evidence), fact.release, fact.detail)
        for fact in evidence.facts(row, view.neighbours["row"].to_numpy()[[position]])[0]
    ]
    if neighbour["evidence"] == CO_EXPRESSED:
        records.append(
            (
                CO_EXPRESSED,
                f"edge of the graph of {names[view.dataset]}",
                "CS-CORE on this dataset",
                str(evidence.embedding.name),
                f"z {neighbour['statistic']:.3g}, correlation {neighbour['estimate']:.3g}",
            )
        )
    if not records:
        records.append((EMBEDDING_ONLY, str(neighbour["why"]), "", "", ""))
    table = pd.DataFrame(records, columns=["kind", "what", "source", "release", "detail"])
    ortholog_groups = evidence.ortholog_groups[row], evidence.ortholog_groups[other]
    looked_up = " and ".join(str(name) for name in ortholog_groups)
    return DetailView(
        title=f"{view.symbol} and {neighbour['gene']}",
        numbers=_numbers(view, neighbour, evidence),
        facts=table,
        caption=(
            f"All {len(records)} pieces of evidence for {view.symbol} in {names[view.dataset]} "
            f"and {neighbour['gene']} in {names[str(neighbour['context'])]}; tables were asked for "
            f"{looked_up}."
        ),
    )


def _numbers(
    view: GeneView, neighbour: pd.Series, evidence: GeneEvidence
) -> tuple[tuple[str, str], ...]:
    """Numbers of the pair, as text."""
    gene = evidence.embedding.genes.iloc[int(neighbour["row"])]
    found = [
        ("cosine", f"{neighbour['cosine']:.3f}"),
        ("rank", f"{neighbour['rank']:,} of {view.n_candidates:,}"),
        ("percentile", f"{neighbour['percentile']:.1f} %"),
        ("mutual", "yes" if neighbour["mutual"] else "no"),
        ("co-expression", str(neighbour["evidence"])),
        ("tissue", str(gene[keys.TISSUE])),
        ("species", str(gene[keys.SPECIES_COLUMN])),
    ]
    if "brought_by" in neighbour:
        ours, theirs = neighbour["rank_cells"], neighbour["rank_studies"]
        found.append(("brought by", str(neighbour["brought_by"])))
        found.append(("in your cells", f"{neighbour['cosine_cells']:.3f}, rank {ours:,}"))
        is_known = not pd.isna(theirs)
        known = f"{neighbour['cosine_studies']:.3f}, rank {theirs:,}" if is_known else ""
        found.append(("in other studies", known or "not known"))
    if view.n_models:
        stable = round(float(neighbour["stability"]) * view.n_models)
        found.append(("in other models", f"{stable} of {view.n_models}"))
        found.append(("rank there", f"{neighbour['rank_low']} to {neighbour['rank_high']}"))
    return tuple(found)


def _title(source: str, evidence: GeneEvidence) -> str:
    """Title of a table with its name."""
    for tables in evidence.sources.values():
        for title in tables:
            if f"({source}, " in title:
                return f"{title.partition(' (')[0]} ({source})"
    return source
