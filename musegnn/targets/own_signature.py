"""A signature that a person brings: lists of genes up and down, or a table as tools write it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from musegnn.errors import InputError
from musegnn.io.gene_species import human_orthologs, tell_species
from musegnn.io.nomenclature import GeneNames
from musegnn.validation import format_list

FEWEST: Final = 5  # measured genes below which nothing is asked
MOST_ROWS: Final = 1_500_000  # of a table; more keeps a server busy, and no species has as many
MOST_COLUMNS: Final = 500  # each is asked whether it holds genes
LONGEST_TEXT: Final = 400_000_000  # letters; a million rows of a table have about 100 million
LARGEST_Z: Final = 30.0
_AROUND: Final = " \t\r\n'\""  # of a name in a list
_LIST_LEVEL: Final = 5.0  # what a gene of a list counts, in z-scores
_GENES: Final = (
    *("genesymbol", "symbol", "hgncsymbol", "geneid", "gene", "genename", "names", "genes"),
    *(
        "externalgenename",
        "ensembl",
        "ensemblgeneid",
        "ensemblid",
        "feature",
        "id",
        "name",
        "x",
        "",
    ),
)
_STATISTICS: Final = (
    "stat",
    "t",
    "z",
    "zscore",
    "scores",
    "score",
    "statistic",
    "wald",
    "waldstat",
)
_EFFECTS: Final = (
    *("log2foldchange", "logfc", "avglog2fc", "avglogfc", "log2fc", "lfc", "logfoldchanges"),
    *("logfoldchange", "log2fold", "effect", "beta", "coef", "estimate", "diff", "sign", "value"),
)
_P_VALUES: Final = (
    *("pvalue", "pval", "pvals", "p", "padj", "pvaladj", "pvalsadj", "adjpval", "fdr", "qvalue"),
    *("adjpvalue", "bonferroni", "q", "prpvalue", "pr"),
)
_RATIOS: Final = ("foldchange", "fc", "ratio")
_GROUPS: Final = ("cluster", "group", "celltype", "comparison", "contrast")


@dataclass(frozen=True)
class OwnSignature:
    """A signature over the measured genes.

    Parameters
    ----------
    values
        `(G,)` z-like numbers in the order of the measured genes, 0 where nothing is said.
    n_given, n_measured
        Genes that were given, and those of them that the stored signatures measure.
    is_list
        Whether lists were given, whose genes all count the same.
    what
        What was read, in words.
    remarks
        What was left out or understood, each a sentence.
    """

    values: np.ndarray
    n_given: int
    n_measured: int
    is_list: bool
    what: str
    remarks: tuple[str, ...] = ()


def signature_of_lists(
    up: Iterable[str], down: Iterable[str], measured: Sequence[str], names: GeneNames
) -> OwnSignature:
    """Make a signature of genes that go up and genes that go down.

    Parameters
    ----------
    up, down
        Names of human genes, or of one species whose human orthologs are known; either may be
        empty.
    measured
        Symbols that the stored signatures measure.
    names
        What is known of gene names.

    Raises
    ------
    InputError
        If both are empty, the names are those of a species without orthologs or of nothing, or too
        few of them are measured.
    """
    lists = [
        list(dict.fromkeys(bare for name in one if (bare := name.strip(_AROUND))))
        for one in (up, down)
    ]
    given = [*lists[0], *lists[1]]
    if not given:
        msg = "Expected genes that go up or down, found none."
        raise InputError(msg, "Give at least one list of gene symbols.")
    symbols, told = _human_genes(given, names)
    first, second = ({symbols[name] for name in one if name in symbols} for one in lists)
    both = sorted(first & second)
    remarks = [told] if told else []
    if both:
        remarks.append(
            f"{len(both)} genes stand in both lists and count in neither: {format_list(both)}."
        )
    if both and first == second:
        msg = f"Expected genes that go up or down, found the same {len(both)} in both lists."
        raise InputError(msg, "Give each gene in one list.")
    values = _laid_out(
        {
            **dict.fromkeys(first - second, _LIST_LEVEL),
            **dict.fromkeys(second - first, -_LIST_LEVEL),
        },
        measured,
        names,
    )
    unknown = [name for name in given if name not in symbols]
    if unknown and not told:
        remarks.append(f"{len(unknown)} names are not known: {format_list(unknown)}.")
    what = f"{len(lists[0])} genes up and {len(lists[1])} down"
    return _checked(values, len(given), what, remarks, is_list=True, told=told)


def signature_of_table(
    text: str, measured: Sequence[str], names: GeneNames, *, group: str = ""
) -> OwnSignature:
    """Read a table of genes and changes: DESeq2, edgeR, limma, GEO2R, Seurat, scanpy, two columns.

    A test statistic goes before a p-value with the sign of the change, and that before the change
    alone, which is scaled by its spread.

    Parameters
    ----------
    text
        Delimited text with or without a header.
    measured, names
        As `signature_of_lists` takes them.
    group
        Which cluster or comparison counts, where the table holds several.

    Raises
    ------
    InputError
        If there are no genes, no changes, p-values alone, or several comparisons.
    """
    if len(text) > LONGEST_TEXT:
        msg = f"Expected a table of at most {LONGEST_TEXT:,} letters, found {len(text):,}."
        raise InputError(msg, "Keep the genes and their changes.")
    if max(text.count("\n"), text.count("\r")) > MOST_ROWS:
        msg = f"Expected a table of at most {MOST_ROWS:,} rows, found more."
        raise InputError(msg, "Keep the genes and their changes.")
    header, rows = _rows_of(text)
    if not rows:
        msg = "Expected a table of genes and changes, found no row."
        raise InputError(msg, "Give one gene a line, its change behind it.")
    table = pd.DataFrame(rows, columns=header)
    remarks: list[str] = []
    table = _one_group(table, group)
    genes = _gene_column(table, names)
    change, kind = _change_of(table.drop(columns=[genes]))
    given = table[genes].astype(str).str.strip()
    usable = np.isfinite(change) & (given != "") & (given != "NA")
    if not usable.all():
        left = int((~usable).sum())
        remarks.append(
            f"{left:,} of {len(given):,} rows have no gene or no number and are left out."
        )
    kept = pd.DataFrame({"name": given[usable].str.split(r"\s*///\s*").str[0], "z": change[usable]})
    if kept.empty:
        msg = "Expected numbers beside the genes, found none that is finite."
        raise InputError(msg, "Give log fold changes, test statistics or z-scores.")
    unique = list(dict.fromkeys(kept["name"]))
    symbols, told = _human_genes(unique, names)
    remarks += [told] if told else []
    kept["symbol"] = kept["name"].map(symbols)
    known = kept.dropna(subset=["symbol"])
    mean = known.groupby("symbol")["z"].mean()
    if len(mean) < len(known):
        remarks.append(f"{len(known) - len(mean):,} rows repeat a gene; their mean counts.")
    if (mean > 0).all():
        remarks.append(
            f"All numbers of {kind} are above 0, so every gene counts as going up: means, counts "
            "or logarithms of p-values would be no changes."
        )
    values = _laid_out({str(gene): float(z) for gene, z in mean.items()}, measured, names)
    what = f"{len(mean):,} genes by {kind}"
    return _checked(values, len(mean), what, remarks, is_list=False, told=told)


def _rows_of(text: str) -> tuple[list[str], list[list[str]]]:
    """Names of the columns and the rows; without a header the columns are numbered."""
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("#", "!", "^"))]
    if not lines:
        return [], []
    counts = {sign: lines[0].count(sign) for sign in "\t,;"}
    sign = max(counts, key=lambda one: counts[one])
    if counts[sign]:
        try:
            cells = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=sign)]
        except csv.Error as error:
            msg = f"Expected a table of genes and changes, found a broken line ({error})."
            raise InputError(msg, "Write the table again, such as from a spreadsheet.") from error
    else:
        cells = [line.split() for line in lines]
    if sign == ";" and counts[sign]:  # a decimal comma
        cells = [[re.sub(r"^(-?\d+),(\d+)", r"\1.\2", cell) for cell in row] for row in cells]
    width = max(len(row) for row in cells[1:3]) if len(cells) > 1 else len(cells[0])
    if (widest := max(width, len(cells[0]))) > MOST_COLUMNS:
        msg = f"Expected a table of at most {MOST_COLUMNS} columns, found {widest:,}."
        raise InputError(msg, "Keep the genes and their changes.")
    first = cells[0]
    is_header = not any(_is_number(cell) for cell in first) and (
        len(cells) == 1 or any(_is_number(cell) for cell in cells[1])
    )
    if not is_header:
        header = [f"column {n + 1}" for n in range(width)]
        body = cells
    else:
        # R leaves the name of the first column out
        header = [*([""] * (width - len(first))), *first][:width]
        body = cells[1:]
    named = [name if header.index(name) == at else f"{name}.{at}" for at, name in enumerate(header)]
    return named, [[*row, *([""] * (width - len(row)))][:width] for row in body]


def _one_group(table: pd.DataFrame, group: str) -> pd.DataFrame:
    """Rows of one cluster or comparison."""
    for column in table.columns:
        if _plain(column) not in _GROUPS:
            continue
        values = list(dict.fromkeys(table[column]))
        if group:
            if group not in values:
                msg = f"Expected one of {format_list(values, limit=12)}, found {group!r}."
                raise InputError(msg, "Choose a cluster that the table has.")
            return table[table[column] == group].drop(columns=[column])
        if len(values) > 1:
            msg = f"Expected one comparison, found {len(values)}: {format_list(values, limit=12)}."
            raise InputError(msg, "Choose one of them.")
        return table.drop(columns=[column])
    return table


def _gene_column(table: pd.DataFrame, names: GeneNames) -> str:
    """Column of gene names: the one of the usual names in which most are known."""
    candidates = [c for name in _GENES for c in table.columns if _plain(c) == name]
    candidates += [c for c in table.columns if c not in candidates]
    best, most = "", -1.0
    for column in candidates:
        sample = [str(value) for value in table[column].head(300) if str(value)]
        if not sample:
            continue
        share = len(symbols_of([one.split("///")[0].strip() for one in sample], names)) / len(
            sample
        )
        if share > most + 0.2:
            best, most = column, share
    texts = [c for c in table.columns if not table[c].head(50).map(_is_number).all()]
    if most <= 0 and not texts:
        msg = "Expected a column of gene symbols or ids, found numbers alone."
        raise InputError(msg, "Give the gene in front of its change.")
    return best if most > 0 else texts[0]


def _change_of(table: pd.DataFrame) -> tuple[np.ndarray, str]:
    """Change of each row as a z-like number, and what it was made of."""
    by_name = {_plain(column): column for column in reversed(table.columns)}
    find = lambda known: next((by_name[name] for name in known if name in by_name), None)  # noqa: E731
    statistic, effect, p_value = find(_STATISTICS), find(_EFFECTS), find(_P_VALUES)
    if statistic is not None:
        return np.clip(_numbers(table[statistic]), -LARGEST_Z, LARGEST_Z), f"`{statistic}`"
    if effect is None and (ratio := find(_RATIOS)) is not None:
        values = _numbers(table[ratio])
        if np.nanmin(values, initial=np.inf) >= 0:
            with np.errstate(divide="ignore"):
                return _scaled(np.log2(values)), f"the logarithm of `{ratio}`"
        effect = ratio
    if effect is not None and p_value is not None:
        p = np.clip(_numbers(table[p_value]), 1e-300, 1.0)
        change = _numbers(table[effect])
        z = np.minimum(norm.isf(p / 2), LARGEST_Z) * np.sign(change)
        return np.where(np.isfinite(p), z, np.nan), f"`{p_value}` with the sign of `{effect}`"
    if effect is not None:
        return _scaled(_numbers(table[effect])), f"`{effect}`"
    if p_value is not None:
        msg = f"Expected changes with a direction, found p-values alone (`{p_value}`)."
        raise InputError(msg, "Add the log fold change or the test statistic.")
    numeric = [c for c in table.columns if np.isfinite(_numbers(table[c])).mean() > 0.5]
    if not numeric:
        msg = "Expected a column of changes beside the genes, found none."
        raise InputError(msg, "Give log fold changes, statistics or z-scores; lists go up or down.")
    values = _numbers(table[numeric[0]])
    finite = values[np.isfinite(values)]
    if len(finite) > 10 and finite.min() >= 0 and finite.max() <= 1:
        msg = "Expected changes with a direction, found numbers between 0 and 1: p-values."
        raise InputError(msg, "Give the log fold change or the test statistic instead.")
    return _scaled(values), "the numbers behind the names"


def _numbers(column: pd.Series) -> np.ndarray:
    values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, copy=True)
    values[~np.isfinite(values)] = np.nan
    return values


def _scaled(values: np.ndarray) -> np.ndarray:
    """Divide by the spread of most values, so that changes read like z-scores."""
    finite = values[np.isfinite(values)]
    spread = 1.4826 * float(np.median(np.abs(finite - np.median(finite)))) if len(finite) else 0.0
    if not spread:
        spread = float(np.abs(finite).mean()) if len(finite) else 1.0
    return np.clip(values / (spread or 1.0), -LARGEST_Z, LARGEST_Z)


def symbols_of(given: Sequence[str], names: GeneNames) -> dict[str, str]:
    """Name -> current human symbol, for names that are known."""
    ids = {name: name.partition(".")[0] for name in given if name.startswith("ENSG")}
    by_id = names.symbols_of_ids(list(ids.values()), "human") if ids else {}
    found = {name: by_id[bare] for name, bare in ids.items() if bare in by_id}
    of_entrez: Mapping[str, str] = names.entrez.get("human", {})
    numbers = {name: of_entrez[name] for name in given if name.isdigit() and name in of_entrez}
    texts = [name for name in given if name and name not in found and not name.isdigit()]
    return found | numbers | _current(texts, names)


def _current(texts: Sequence[str], names: GeneNames) -> dict[str, str]:
    """Name -> current symbol: as it is written, by an older name, in any case."""
    found = names.in_any_case(texts, "human")
    found |= {old: new.symbol for old, new in names.renamed(texts, "human").items()}
    return found | {name: name for name in names.symbols_among(texts, "human")}


def _human_genes(given: Sequence[str], names: GeneNames) -> tuple[dict[str, str], str]:
    """Name -> human symbol, with what was done for names of another species, or "".

    Refuses names of a species without orthologs, and what is no name of a gene.
    """
    first = format_list(list(given), limit=3)
    if species := tell_species(given):
        symbols = human_orthologs(given, species, names)
        if not symbols:
            msg = f"Expected human genes, found names of {species} ({first})."
            raise InputError(msg, "Give the symbols of their human orthologs.")
        return symbols, (
            f"These are names of {species}: {len(symbols):,} of {len(given):,} were led to their "
            "human orthologs, the others are left out."
        )
    symbols = symbols_of(given, names)
    if not symbols:
        msg = f"Expected gene symbols or ids, found none ({first})."
        raise InputError(msg, "Give symbols such as TP53, or Ensembl ids of human genes.")
    return symbols, ""


def _laid_out(values: Mapping[str, float], measured: Sequence[str], names: GeneNames) -> np.ndarray:
    """Numbers in the order of the measured genes, matched by current symbol."""
    current = _current(list(measured), names)
    return np.array([values.get(current.get(gene, gene), 0.0) for gene in measured])


def _checked(
    values: np.ndarray, n_given: int, what: str, remarks: list[str], *, is_list: bool, told: str
) -> OwnSignature:
    """Refuse a signature of which too little is measured."""
    n_measured = int((values != 0).sum())
    if n_measured < FEWEST:
        msg = (
            f"Expected at least {FEWEST} genes that the stored signatures measure "
            f"({len(values)} of them), found {n_measured} of the {n_given} given."
        )
        raise InputError(msg, f"{told} Give longer lists, or the whole table of changes.".strip())
    return OwnSignature(values, n_given, n_measured, is_list, what, tuple(remarks))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except (TypeError, ValueError):
        return str(text).strip().upper() in {"NA", "NAN", "INF", "-INF"}
    return True


def _plain(name: object) -> str:
    """Name of a column in small letters without signs."""
    return re.sub(r"[^a-z0-9]", "", str(name).casefold())
