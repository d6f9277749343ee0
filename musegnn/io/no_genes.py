"""Names that are no genes: tags, guides, controls, and rows of counting programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from musegnn.io.name_lines import NameLines
from musegnn.validation import format_list

# rows that counting programs put below the genes: HTSeq, STAR, featureCounts
_SUMMARY: Final = re.compile(
    r"^(?:__(?:no_feature|ambiguous|too_low_aQual|not_aligned|alignment_not_unique)"
    r"|N_(?:unmapped|multimapping|noFeature|ambiguous)|Unassigned_\w+)$"
)
# what a public vendor of antibodies appends to the names of its tags, and what people put before
# them; adt-1 is a gene of the worm
_ANTIBODY: Final = re.compile(
    r"[_|-](?i:TotalSeq[-_]?[ABCD]|ADT|AbSeq|pAbO)(?:$|[_|-])"
    r"|^(?i:adt|prot|ab|hto)_(?=.)|^(?:ADT|PROT|AB|HTO)-(?=[A-Za-z])"
    r"|^(?i:anti[-_](?:human|mouse)[-_ ])"
    r"|^(?i:hashtag)[-_ ]?\d+|^HTO[-_]?\d+|^CMO3\d\d$"
)
_GUIDE: Final = re.compile(  # grna alone is a gene of fish, granulin
    r"^(?:sg|g)?(?:non[-_ ]?targeting)(?:$|[-_ ]?\d|[-_])"
    r"|(?:^|[-_])s?gRNA[-_]?\d|(?:^s|[-_]s?)gRNA$",
    re.IGNORECASE,
)
# what tissue sections measure beside genes, and molecules of known number that were added
_CONTROL: Final = re.compile(
    r"^(?:Blank[-_ ]?\d+|NegPrb\d+|Negative\d+|NegControl(?:Probe|Codeword)?_.+|SystemControl\d+"
    r"|FalseCode\d+|(?:Unassigned|Deprecated)Codeword_\d+|Intergenic_Region_\d+|antisense_.+"
    r"|ERCC[-_]\d{5})$",
    re.IGNORECASE,
)
# what each name that one of these finds holds, in small letters
_HINTS: Final = (
    *(b"__", b"n_", b"unassigned_", b"totalseq", b"adt", b"abseq", b"pabo", b"hto"),
    *(b"prot_", b"prot-", b"ab_", b"ab-", b"anti-", b"anti_", b"antisense", b"hashtag", b"cmo3"),
    *(b"targeting", b"grna", b"blank", b"negprb", b"negative", b"negcontrol", b"systemcontrol"),
    *(b"falsecode", b"codeword", b"intergenic", b"ercc"),
)


def leave_out(names: Sequence[str], kept: list[int]) -> tuple[list[int], list[str]]:
    """Leave out what a name alone tells is no gene.

    Parameters
    ----------
    names
        Names of all features of a file.
    kept
        Places of those that are genes so far.

    Returns
    -------
    Places of genes, and sentences about the others.
    """
    notes: list[str] = []
    likely = set(NameLines(names).holding(_HINTS))
    if not likely:
        return kept, notes
    for pattern, what in (
        (_SUMMARY, "summary rows of a counting program"),
        (_ANTIBODY, "antibody tags"),
        (_GUIDE, "guides"),
        (_CONTROL, "controls and spike-ins"),
    ):
        left = [place for place in kept if place in likely and pattern.search(names[place])]
        if left and len(left) < len(kept):
            examples = format_list([names[place] for place in left], limit=3)
            notes.append(f"features: {len(left)} {what} left out ({examples})")
            gone = set(left)
            kept = [place for place in kept if place not in gone]
    return kept, notes
