"""Features of a file of counts: which of them are genes, how they are called, which ids they have.

Makers of files keep symbols, ids and kinds in columns of many names. What a column holds is told by
its content; its name decides only between columns that would both do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.border.portable import portable
from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.gene_style import are_entrez, gene_share, is_region
from musegnn.io.no_genes import leave_out
from musegnn.io.plain_names import COPY_ON_Y, clean_texts, id_places, plain_id, plain_ids
from musegnn.io.spreadsheet_dates import mend_dates, open_dates, read_dates
from musegnn.validation import format_list

INDEX: Final = ""  # key of the names by which a file itself calls its features
GENE_EXPRESSION: Final = "Gene Expression"

# words for the symbol of a gene in headers, the likeliest first; letters and digits only
SYMBOL_COLUMNS: Final = (
    *("featurename", "genesymbols", "genesymbol", "symbol", "symbols", "hgncsymbol", "mgisymbol"),
    *("genename", "genenames", "externalgenename", "geneshortname", "hgnc", "genesymbolensembl"),
    *("features", "feature", "gene", "genes", "name", "names", "varnames", "geneid", "geneids"),
)
_KIND_COLUMNS: Final = ("featuretypes", "featuretype", "featureclass", "featurebiotype")
_GENE_KINDS: Final = frozenset({"gene expression", "gene", "genes", "rna", "gex", "expression"})
# kinds that are neither genes nor peaks, which become genes: alone in a file they are none either
_NO_GENES: Final = frozenset(
    {
        *("antibody capture", "crispr guide capture", "multiplexing capture", "antigen capture"),
        *("custom", "protein", "adt", "hto", "negative control probe"),
    }
)
_GENOMES: Final = re.compile(
    r"^(GRC[a-z]\d+(?:\.p\d+|-\w+)?|hg\d{2}|mm\d{1,2}|rn\d|Rnor_?\d(?:\.\d)?"
    r"|danRer\d+|dm\d|Mmur_?\d(?:\.\d)?)(?:_+|-+)(?=.)"  # Seurat turns _ into -
)
_WORD_BEFORE: Final = re.compile(r"^gene[-:](?=.)")  # as GFF of RefSeq and of Ensembl names genes
_MOST: Final = 0.5  # share of the features that a column must name
_ROUNDED: Final = 1e-9  # so that a tenth of ten is one
_NEARLY_ALL: Final = 0.9  # share of the names from which a word before them belongs to none
_OFFERED: Final = 30  # columns, kinds and genomes that are told of
_EXAMPLES: Final = 5
_LONGEST: Final = 60  # letters of an example
_FEW: Final = 0.02  # share of the features up to which a second genome is that of spike-ins


@portable
@dataclass(frozen=True)
class Recognised:
    """What the features of a file were taken for, and what it offers instead.

    Parameters
    ----------
    names_from, ids_from
        Column that names and ids were taken from; "" for the index, None where there are no ids.
    kinds, genomes
        Kind or genome -> its features in the file; empty where the file does not tell.
    left_out
        What was left out, in words -> how many features.
    columns
        Column of text -> its first values that are not blank.
    dates
        Name that a spreadsheet made a date of -> the symbols that it may have been.
    """

    names_from: str = ""
    ids_from: str | None = None
    kinds: dict[str, int] = field(default_factory=dict)
    genomes: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    dates: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Features:
    """The genes of a file, or the peaks of one that holds no genes.

    Parameters
    ----------
    names
        How each is called, "" where the file does not say.
    ids
        Their identifiers without version, "" where unknown.
    columns
        Places of these features among all of the file.
    notes
        Sentences about what was chosen and what was left out.
    recognised
        The same as values.
    """

    names: list[str]
    ids: list[str]
    columns: np.ndarray
    notes: tuple[str, ...] = ()
    recognised: Recognised = field(default_factory=Recognised)


def recognise_features(
    table: Mapping[str, Sequence[object]],
    path: Path,
    *,
    wanted: str | None = None,
    choices: Choices = AS_FOUND,
) -> Features:
    """Tell genes from other features, and find their names and ids.

    Parameters
    ----------
    table
        Column -> a value for each feature; `INDEX` holds the names by which the file calls them.
    path
        File, for messages.
    wanted
        Kind of feature, such as "Peaks", or genome to take; None takes genes where there are
        several kinds.
    choices
        Kind, genome and column of symbols, where somebody has said them.

    Raises
    ------
    DataFileError
        If there is nothing of the kind wanted, several kinds of which none are genes, several
        genomes of which none was chosen, or no column of the symbols chosen.
    """
    columns = _clean_columns(table)
    n_features = len(columns[INDEX])
    genomes, columns = _split_genomes(columns)
    kept, notes = _take_kind(columns, genomes, choices.features or wanted, choices.genome, path)
    chosen = _chosen_column(columns, choices.symbols, path)
    source, id_column = _find_sources(columns)
    source = source if chosen is None else chosen
    names, ids, found = _name(columns, n_features, source, id_column, is_chosen=chosen is not None)
    kept, left_out = leave_out(names, kept)
    copied = _on_y(columns[INDEX])
    copies = len(copied.intersection(kept))
    if copies:
        notes.append(f"features: {copies} copies on chromosome Y (COPY_ON_Y) count for their gene")
    plain = [names[place] for place in kept]
    if _on_y(plain):
        plain = [name.removesuffix(COPY_ON_Y) for name in plain]
    # ids of Entrez Gene are numbers, and no dates of a spreadsheet
    is_numbered = choices.dates is None and are_entrez(plain)
    dates = read_dates(choices.dates or "")
    taken, mended = (plain, ()) if is_numbered else mend_dates(plain, dates)
    return Features(
        taken,
        [ids[place] for place in kept],
        np.asarray(kept, dtype=np.int64),
        (*notes, *left_out, *found, *mended),
        Recognised(
            names_from=source,
            ids_from=id_column,
            kinds=dict(_count(_kinds_of(columns) or []).most_common(_OFFERED)),
            genomes=dict(_count(genomes).most_common(_OFFERED)),
            left_out=_count_left_out(columns, genomes, kept),
            columns={name: _first(values) for name, values in list(columns.items())[:_OFFERED]},
            dates=open_dates(plain) if mended else {},
        ),
    )


def _on_y(names: Sequence[str]) -> set[int]:
    """Places of names that stand for a copy on chromosome Y, which few files have."""
    if COPY_ON_Y not in "\n".join(names):
        return set()
    return {place for place, name in enumerate(names) if name.endswith(COPY_ON_Y)}


def _count(words: Sequence[str]) -> Counter[str]:
    """Count words that are not blank."""
    numbers = Counter(words)
    del numbers[""]
    return numbers


def _first(values: Sequence[str]) -> list[str]:
    """Return the first values that are not blank, cut to a readable length."""
    return [value[:_LONGEST] for value in islice(filter(None, values), _EXAMPLES)]


def _count_left_out(
    columns: Mapping[str, list[str]], genomes: Sequence[str], kept: Sequence[int]
) -> dict[str, int]:
    """Say of the features that were not taken what they are, and count them."""
    kinds = _kinds_of(columns)
    is_kept = np.zeros(len(genomes), dtype=bool)
    is_kept[np.asarray(kept, dtype=np.int64)] = True
    if is_kept.all():
        return {}
    taken_kinds = {kinds[place] for place in kept} if kinds else set()
    taken_genomes = {genomes[place] for place in kept}
    words = []
    for place in map(int, np.flatnonzero(~is_kept)):
        if kinds and kinds[place] not in taken_kinds:
            words.append(kinds[place] or "no kind")
        elif genomes[place] not in taken_genomes:
            words.append(f"genome {genomes[place]}")
        else:
            words.append("no genes by their name")
    return dict(Counter(words).most_common(_OFFERED))


def offered_features(table: Mapping[str, Sequence[object]]) -> Offers:
    """Return the kinds, genomes and columns of names that can be chosen among features.

    Parameters
    ----------
    table
        As for `recognise_features`; `INDEX` may be missing.
    """
    columns = _clean_columns(table)
    if not columns:
        return Offers()
    genomes, columns = _split_genomes(columns)
    kinds = dict.fromkeys(kind for kind in _kinds_of(columns) or [] if kind)
    several = dict.fromkeys(sorted({genome for genome in genomes if genome}))
    named = [name for name, values in columns.items() if len(set(values)) > len(values) / 2]
    named.sort(key=lambda name: name != INDEX)
    return Offers(
        features=tuple(kinds) if len(kinds) > 1 else (),
        genomes=tuple(several) if len(several) > 1 else (),
        symbols=tuple(name or "index" for name in named) if len(named) > 1 else (),
    )


def _clean_columns(table: Mapping[str, Sequence[object]]) -> dict[str, list[str]]:
    """Return the texts of a table of features, with kinds where names tell peaks from genes."""
    columns = {}
    for name, values in table.items():
        texts = clean_texts(values)
        if _are_nearly_all(texts, _WORD_BEFORE.match):
            texts = [_WORD_BEFORE.sub("", text) for text in texts]
        columns[name] = texts
    names = columns.get(INDEX, [])
    if _kinds_of(columns) is None and gene_share(names) > _MOST:
        are_peaks = [is_region(name) for name in names]
        genes = [name for name, is_peak in zip(names, are_peaks, strict=True) if not is_peak]
        if _FEW * len(names) < len(genes) < (1 - _FEW) * len(names):
            kinds = ["Peaks" if is_peak else GENE_EXPRESSION for is_peak in are_peaks]
            columns[_KIND_COLUMNS[0]] = kinds
    return columns


def _are_nearly_all(texts: Sequence[str], is_so: Callable[[str], object]) -> bool:
    """True when something holds for nine of ten texts; the rest is not looked at once it cannot."""
    left = int(len(texts) * (1 - _NEARLY_ALL) + _ROUNDED)  # that may be otherwise
    for text in texts:
        if not is_so(text):
            left -= 1
            if left < 0:
                return False
    return bool(texts)


def _split_genomes(
    columns: dict[str, list[str]],
) -> tuple[list[str], dict[str, list[str]]]:
    """Return the genome of each feature, and the columns without genomes before the names."""
    named = next((columns[name] for name in columns if plain_header(name) == "genome"), None)
    words = sorted({word for word in named or [] if word}, key=len, reverse=True)
    own = re.compile(f"^({'|'.join(map(re.escape, words))})(?:_+|-+)(?=.)") if words else None

    def prefix_of(text: str) -> re.Match[str] | None:
        return (own and own.match(text)) or _GENOMES.match(text)

    n_features = len(next(iter(columns.values())))
    genomes, cut = list(named or [""] * n_features), {}
    for name, values in columns.items():
        # a name such as mm10_Actb, not a single gene that happens to begin like that
        if not _are_nearly_all(values, prefix_of):
            cut[name] = values
            continue
        found = [prefix_of(value) for value in values]
        cut[name] = [
            value[match.end() :] if match else value
            for value, match in zip(values, found, strict=True)
        ]
        genomes = [
            genome or (match.group(1) if match else "")
            for genome, match in zip(genomes, found, strict=True)
        ]
    return genomes, cut


def _kinds_of(columns: Mapping[str, list[str]]) -> list[str] | None:
    """Return the column that tells the kind of each feature, None where there is none."""
    return next(
        (columns[name] for key in _KIND_COLUMNS for name in columns if plain_header(name) == key),
        None,
    )


def _take_kind(
    columns: dict[str, list[str]],
    genomes: list[str],
    wanted: str | None,
    genome: str | None,
    path: Path,
) -> tuple[list[int], list[str]]:
    """Return the places of the features of one kind and genome, with notes about the others."""
    kinds = _kinds_of(columns)
    places = list(range(len(genomes)))
    numbers = Counter(kinds or [])
    of_genomes = _count(genomes)
    notes: list[str] = []
    if genome is None and wanted in of_genomes:
        genome, wanted = wanted, None
    if genome is not None:
        if genome not in of_genomes:
            known = format_list(sorted(of_genomes)) or "none"
            msg = f"Expected features of genome {genome!r} in {path.name}, found {known}."
            raise DataFileError(msg, "Choose one of its genomes, or none.")
        places = [place for place in places if genomes[place] == genome]
        left = len(genomes) - len(places)
        notes = [f"features: {len(places)} of genome {genome} taken, {left} of others left out"]
    if wanted is not None and wanted not in numbers:
        known = format_list(sorted({*numbers, *of_genomes})) or "none"
        msg = f"Expected features of type {wanted!r} in {path.name}, found {known}."
        raise DataFileError(msg, "Choose one of its kinds of features, or none.")
    if wanted is not None and kinds is not None:
        taken = [place for place in places if kinds[place] == wanted]
        left = len(places) - len(taken)
        note = f"features: {len(taken)} of type {wanted} taken, {left} of other types left out"
        return taken, [*notes, note] if left else notes
    kept, left_out = _take_genes(places, kinds)
    notes += left_out
    is_other = len(numbers) == 1 and next(iter(numbers)).lower() in _NO_GENES
    if kinds is not None and ((len(numbers) > 1 and not kept) or is_other):
        known = format_list(sorted(numbers))
        msg = f"Expected features of type {GENE_EXPRESSION!r} in {path.name}, found {known}."
        raise DataFileError(msg, "Choose one of its kinds (`--features`).")
    several = of_genomes and _count([genomes[place] for place in kept])
    main = [name for name, number in several.items() if number > _FEW * len(kept)]
    if len(several) > 1 and len(main) == 1:
        gone = {place for place in kept if genomes[place] not in {"", main[0]}}
        names = format_list([columns[INDEX][place] for place in sorted(gone)], limit=3)
        notes.append(f"features: {len(gone)} of other genomes than {main[0]} left out ({names})")
        kept = [place for place in kept if place not in gone]
    elif len(several) > 1:
        found = ", ".join(f"{name} ({number:,})" for name, number in sorted(several.items()))
        msg = f"Expected features of one genome in {path.name}, found several: {found}."
        raise DataFileError(msg, "Choose one (`--genome`): each genome gives its own graph.")
    return kept, notes


def _take_genes(places: list[int], kinds: list[str] | None) -> tuple[list[int], list[str]]:
    """Return the places of genes where a file says what is one, and what was left out."""
    if kinds is None or len(set(kinds)) <= 1:
        return places, []
    kept = [place for place in places if kinds[place].lower() in _GENE_KINDS]
    others = Counter(kinds[place] or "no kind" for place in places) - Counter(
        kinds[place] for place in kept
    )
    if not kept or not others:
        return kept, []
    left = ", ".join(f"{number:,} {name}" for name, number in others.most_common(4))
    taken = kinds[kept[0]]
    return kept, [
        f"features: {len(kept):,} of type {taken} taken, "
        f"{sum(others.values()):,} of other types left out ({left})"
    ]


def _find_sources(columns: dict[str, list[str]]) -> tuple[str, str | None]:
    """Return the column of the names and that of the ids, None where there are no ids."""
    places = {name: id_places(values) for name, values in columns.items()}
    id_column = _find_ids(columns, places)
    is_named = _symbol_share(columns[INDEX], places[INDEX]) >= _MOST
    return INDEX if is_named else _find_symbols(columns, places, id_column), id_column


def _chosen_column(columns: Mapping[str, list[str]], symbols: str | None, path: Path) -> str | None:
    """Return the column of names that somebody has chosen; None where nobody has."""
    if symbols is None:
        return None
    if symbols in columns:
        return symbols
    if symbols == "index":
        return INDEX
    known = format_list(["index", *(name for name in columns if name != INDEX)], limit=12)
    msg = f"Expected a column {symbols!r} of names of genes in {path.name}, found {known}."
    raise DataFileError(msg, "Choose one of them, or leave `symbols` out.")


def _name(
    columns: dict[str, list[str]],
    n_features: int,
    source: str,
    id_column: str | None,
    *,
    is_chosen: bool,
) -> tuple[list[str], list[str], list[str]]:
    """Return names and ids of all features, and notes on where they were found."""
    index = columns[INDEX]
    ids = plain_ids(columns[id_column]) if id_column is not None else None
    notes = []
    if is_chosen:
        notes.append(f"gene names: taken from {source or 'the index'}, as chosen")
    elif source != INDEX:
        holds = "ids" if id_column == INDEX else "no names of genes"
        notes.append(f"gene names: taken from the column {source} (the index holds {holds})")
    known_ids = ids or [""] * n_features
    names = plain_ids(columns[source])
    blank = [place for place, name in enumerate(names) if not name]
    for place in blank:
        names[place] = known_ids[place] or plain_id(index[place])
    filled = sum(bool(names[place]) for place in blank)
    if filled:
        notes.append(f"gene names: {filled} without a symbol keep their id")
    return names, known_ids, notes


def _find_ids(columns: Mapping[str, list[str]], places: Mapping[str, Sequence[int]]) -> str | None:
    """Return the column with most Ensembl ids; else one whose name says that it has ids.

    `places` are those of the ids in each column.
    """
    shares = {name: len(places[name]) / max(len(values), 1) for name, values in columns.items()}
    order = {name: number for number, name in enumerate(keys.ID_COLUMNS)}
    best = min(shares, key=lambda name: (-shares[name], order.get(name, len(order)), name))
    if shares[best] >= _MOST:
        return best
    return next((name for name in keys.ID_COLUMNS if name in columns), None)


def _find_symbols(
    columns: Mapping[str, list[str]], ids: Mapping[str, Sequence[int]], id_column: str | None
) -> str:
    """Return the column that holds symbols, `INDEX` where none does.

    `ids` are the places of the ids in each column.
    """
    places = {word: number for number, word in enumerate(SYMBOL_COLUMNS)}
    others = {name: values for name, values in columns.items() if name not in {INDEX, id_column}}
    candidates = [
        name
        for name, values in others.items()
        if _symbol_share(values, ids[name]) >= _MOST
        # beside ids, a column that is called so holds symbols in letters of any size, as of fish
        or (
            id_column is not None
            and plain_header(name) in places
            and _word_share(values, ids[name]) >= _MOST
        )
    ]
    # a column nobody foresaw counts when it names nearly all, nearly each by a name of its own
    told = [name for name in candidates if plain_header(name) in places]
    sure = [name for name in candidates if _is_sure(columns[name], ids[name])]
    if told:
        return min(told, key=lambda name: (places[plain_header(name)], name))
    return sure[0] if len(sure) == 1 else INDEX


def _is_sure(values: list[str], ids: Sequence[int]) -> bool:
    """True when a column of unknown name can hardly hold anything but symbols."""
    return _symbol_share(values, ids) >= 0.9 and len(set(values)) >= 0.9 * len(values)


def _word_share(values: list[str], ids: Sequence[int]) -> float:
    """Share of the features, 0 to 1, that a column calls by a word of its own, no id."""
    is_id = set(ids)
    words = [
        value
        for place, value in enumerate(values)
        if place not in is_id and any(map(str.isalpha, value))
    ]
    return 0.0 if len(set(words)) < 0.5 * len(words) else len(words) / max(len(values), 1)


def _symbol_share(values: list[str], ids: Sequence[int]) -> float:
    """Share of the features, 0 to 1, that a column calls by something that reads like a symbol.

    Regions count, since peaks are called by them; a few families repeated over and over do not.
    """
    is_id = set(ids)
    named = [value for place, value in enumerate(values) if value and place not in is_id]
    if len(set(named)) < 0.5 * len(named):
        return 0.0
    return gene_share(named) * len(named) / max(len(values), 1)


def plain_header(name: str) -> str:
    """Letters and digits of a header, in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
