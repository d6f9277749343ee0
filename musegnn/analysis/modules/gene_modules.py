"""Gene modules that a referee tries first: textbook members, where they act, who says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class GeneModule:
    """Genes that work together, by human symbols; other species by orthologs.

    Parameters
    ----------
    name
        What it is called.
    members
        Current human symbols, each once.
    source
        Publication that names them for this.
    right
        Parts of words of tissues and names of contexts where it acts; none stands for every
        context.
    apart
        Such parts where it does not act all the same, as lines of tumours hold no blood.
    """

    name: str
    members: tuple[str, ...]
    source: str
    right: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()

    def acts_in(self, tissue: str, context: str = "") -> bool:
        """Tell whether it is expected in a tissue, by its words and those of the context's name."""
        text = f" {_WORD.sub(' ', f'{tissue} {context}'.casefold())} "
        if any(f" {part}" in text for part in self.apart):
            return False
        return not self.right or any(f" {part}" in text for part in self.right)


_IMMUNE: Final = ("blood", "pbmc", "lymph", "spleen", "thymus", "bone marrow", "immune", "lung")
_MYELOID: Final = (*_IMMUNE, "breast", "tumour", "tumor", "liver", "microglia")
_DIVIDING: Final = (
    *("tumour", "tumor", "cancer", "embryo", "blastocyst", "fetal", "ipsc", "intestine"),
    *("bone marrow", "thymus", "lines", "e17", "endocrinogenesis"),
)
_BRAIN: Final = ("brain", "cortex", "cerebell", "hippocamp", "olfactory", "spinal")
_LINES: Final = ("lines", "ipsc")
_TISSUE: Final = (
    *("breast", "heart", "pancreas", "skin", "lung", "muscle", "tumour", "tumor", "intestine"),
)
_ZONES: Final = "Halpern et al., Nature 542, 352 (2017)"
_CYCLE: Final = "Tirosh et al., Science 352, 189 (2016)"
_ISLET: Final = "Segerstolpe et al., Cell Metabolism 24, 593 (2016)"
_ZHANG: Final = "Zhang et al., Journal of Neuroscience 34, 11929 (2014)"


def _module(
    name: str,
    members: str,
    source: str,
    right: tuple[str, ...] = (),
    apart: tuple[str, ...] = (),
) -> GeneModule:
    """Read a line of the list."""
    return GeneModule(name, tuple(members.split()), source, right, apart)


MODULES: Final[tuple[GeneModule, ...]] = (
    _module(
        "S phase",
        "MCM2 MCM4 MCM5 MCM6 PCNA TYMS FEN1 RRM1 RRM2 UNG GINS2 CDCA7 DTL PRIM1 UHRF1 HELLS RFC2 "
        "RPA2 NASP RAD51AP1 RAD51 GMNN SLBP MSH2 CENPU",
        _CYCLE,
        _DIVIDING,
    ),
    _module(
        "G2M phase",
        "MKI67 TOP2A CDK1 UBE2C BIRC5 TPX2 NUSAP1 HMGB2 NDC80 NUF2 CKS1B CKS2 TMPO CENPA CENPE "
        "CENPF SMC4 CCNB2 BUB1 AURKB KIF11 HMMR TTK CDC20 NEK2",
        _CYCLE,
        _DIVIDING,
    ),
    _module(
        "ribosome",
        "RPL3 RPL5 RPL7A RPL10 RPL11 RPL13 RPL13A RPL18A RPL19 RPL32 RPLP0 RPLP1 RPLP2 RPS3 RPS4X "
        "RPS6 RPS8 RPS12 RPS14 RPS18 RPS19 RPS23 RPS27A RPSA",
        "Ban et al., Current Opinion in Structural Biology 24, 165 (2014)",
    ),
    _module(
        "respiratory chain",
        "NDUFA1 NDUFA4 NDUFB9 NDUFS5 SDHB UQCRB UQCRH UQCRQ UQCR11 COX4I1 COX5B COX6A1 COX6B1 "
        "COX6C COX7A2 COX7B COX7C COX8A ATP5F1E ATP5MC2 ATP5ME ATP5PF",
        "Rath et al., Nucleic Acids Research 49, D1541 (2021)",
    ),
    _module(
        "immediate early",
        "FOS FOSB JUN JUNB JUND EGR1 EGR2 EGR3 ATF3 IER2 NR4A1 DUSP1 ZFP36 BTG2 KLF4 KLF6 MYC",
        "Tullai et al., Journal of Biological Chemistry 282, 23981 (2007)",
    ),
    _module(
        "hypoxia",
        "VEGFA CA9 PGK1 LDHA NDRG1 SLC2A1 ADM ALDOA ANKRD37 BNIP3 DDIT4 ENO1 GAPDH GPI HILPDA HK2 "
        "P4HA1 PFKP PGAM1 TPI1",
        "Buffa et al., British Journal of Cancer 102, 428 (2010)",
        ("tumour", "tumor", "cancer"),
    ),
    _module(
        "interferon response",
        "IFIT1 IFIT2 IFIT3 ISG15 MX1 MX2 OAS1 OAS2 OAS3 OASL IFI6 IFI44 IFI44L RSAD2 IRF7 STAT1 "
        "USP18 XAF1 IFITM1 IFITM3",
        "Schoggins et al., Nature 472, 481 (2011)",
        (*_IMMUNE, "tumour", "tumor", "cancer"),
    ),
    _module(
        "MHC I",
        "HLA-A HLA-B HLA-C HLA-E HLA-F B2M TAP1 TAP2 TAPBP PSMB8 PSMB9 NLRC5",
        "Kobayashi & van den Elsen, Nature Reviews Immunology 12, 813 (2012)",
    ),
    _module(
        "MHC II",
        "CD74 HLA-DRA HLA-DRB1 HLA-DRB5 HLA-DPA1 HLA-DPB1 HLA-DQA1 HLA-DQB1 HLA-DMA HLA-DMB "
        "HLA-DOA CIITA",
        "Neefjes et al., Nature Reviews Immunology 11, 823 (2011)",
        (*_IMMUNE, *_TISSUE),
        _LINES,
    ),
    _module(
        "T cell",
        "CD3D CD3E CD3G CD247 TRAC TRAT1 CD2 CD5 CD27 CD28 IL7R LCK LAT ITK TCF7 LEF1 BCL11B SKAP1 "
        "ICOS",
        "Newman et al., Nature Methods 12, 453 (2015)",
        _IMMUNE,
        _LINES,
    ),
    _module(
        "cytotoxic",
        "NKG7 GNLY PRF1 GZMA GZMB GZMH GZMM KLRD1 KLRF1 KLRB1 CTSW CST7 FGFBP2 CCL5 HOPX FCGR3A",
        "Crinier et al., Immunity 49, 971 (2018)",
        _IMMUNE,
        _LINES,
    ),
    _module(
        "B cell",
        "CD19 MS4A1 CD79A CD79B BANK1 BLK CD22 FCRLA TCL1A VPREB3 PAX5 CD72 BLNK RALGPS2 IGHM IGHD",
        "Monaco et al., Cell Reports 26, 1627 (2019)",
        _IMMUNE,
        _LINES,
    ),
    _module(
        "plasma cell",
        "MZB1 JCHAIN XBP1 DERL3 TNFRSF17 IGHG1 IGHG3 IGHA1 IGKC IGLC2 FKBP11 SDC1 SSR4 PRDX4",
        "Tellier & Nutt, European Journal of Immunology 47, 1276 (2017)",
        (*_IMMUNE, "breast", "tumour", "tumor", "intestine"),
        _LINES,
    ),
    _module(
        "monocyte and macrophage",
        "LYZ CD14 S100A8 S100A9 S100A12 FCN1 VCAN CST3 CSF1R CD68 AIF1 FCER1G TYROBP MS4A7 C1QA "
        "C1QB C1QC CTSS LST1",
        "Villani et al., Science 356, eaah4573 (2017)",
        _MYELOID,
        _LINES,
    ),
    _module(
        "platelet",
        "PF4 PPBP GP9 GP1BB ITGA2B TUBB1 GNG11 CAVIN2 TREML1 CLU NRGN RGS18 MYL9 SPARC",
        "Rowley et al., Blood 118, e101 (2011)",
        ("blood", "pbmc", "spleen", "bone marrow"),
    ),
    _module(
        "erythroid",
        "HBA1 HBA2 HBB HBD HBG1 HBG2 HBM ALAS2 AHSP GYPA SLC4A1 CA1 HEMGN SNCA EPB42 KLF1 BLVRB",
        "An et al., Blood 123, 3466 (2014)",
        ("blood", "pbmc", "spleen", "bone marrow", "fetal"),
    ),
    _module(
        "endothelium",
        "PECAM1 CDH5 VWF KDR FLT1 TEK TIE1 CLDN5 EMCN ESAM EGFL7 ROBO4 ERG ENG PLVAP CLEC14A RAMP2",
        "Kalucka et al., Cell 180, 764 (2020)",
        (*_TISSUE, *_BRAIN, "liver"),
        _LINES,
    ),
    _module(
        "matrix and fibroblast",
        "COL1A1 COL1A2 COL3A1 COL5A1 COL5A2 COL6A1 COL6A2 COL6A3 DCN LUM FN1 SPARC POSTN FBLN1 BGN "
        "MMP2 FBN1",
        "Naba et al., Molecular & Cellular Proteomics 11, M111.014647 (2012)",
        _TISSUE,
        ("lines",),
    ),
    _module(
        "smooth muscle",
        "ACTA2 TAGLN MYH11 CNN1 MYL9 TPM2 LMOD1 DES MYLK CALD1 SMTN ACTG2",
        "Owens et al., Physiological Reviews 84, 767 (2004)",
        _TISSUE,
        ("lines",),
    ),
    _module(
        "cardiac sarcomere",
        "TNNT2 TNNI1 TNNI3 TNNC1 MYH6 MYH7 MYL2 MYL3 MYL4 MYL7 ACTC1 ACTN2 TTN TPM1 MYBPC3 TCAP "
        "CSRP3 LDB3 MYOM1",
        "Sweeney & Hammers, Cold Spring Harbor Perspectives in Biology 10, a023200 (2018)",
        ("heart", "cardi"),
    ),
    _module(
        "acinar",
        "PRSS1 CPA1 CPA2 CPB1 CTRB1 CTRB2 CTRC CELA2A CELA3A CELA3B PNLIP PNLIPRP1 CEL CLPS "
        "PLA2G1B REG1A REG1B SPINK1 AMY2A GP2",
        "Baron et al., Cell Systems 3, 346 (2016)",
        ("pancreas",),
    ),
    _module(
        "beta cell",
        "INS IAPP MAFA PDX1 NKX6-1 G6PC2 SLC30A8 PCSK1 DLK1 ADCYAP1 ERO1B HADH NPTX2 SYT13",
        _ISLET,
        ("pancreas",),
        ("tumour", "tumor"),
    ),
    _module(
        "alpha and delta cell",
        "GCG TTR ARX IRX2 GC LOXL4 TM4SF4 CRYBA2 PCSK2 SST HHEX LEPR RBP4",
        _ISLET,
        ("pancreas",),
        ("tumour", "tumor"),
    ),
    _module(
        "ductal",
        "KRT19 KRT7 KRT8 KRT18 CFTR SOX9 HNF1B MMP7 SPP1 ANXA4 SLC4A4 TSPAN8 CLDN4 EPCAM",
        "Muraro et al., Cell Systems 3, 385 (2016)",
        ("pancreas",),
    ),
    _module(
        "pericentral liver",
        "GLUL CYP2E1 CYP1A2 OAT SLC1A2 RGN LECT2 RHBG TBX3 AXIN2 CYP7A1 CYP27A1 PON1 CYP2A6",
        _ZONES,
        ("liver",),
    ),
    _module(
        "periportal liver",
        "PCK1 ARG1 CPS1 ASS1 ASL SDS HAL G6PC1 GLS2 HSD17B13 ALDH1B1 PIGR CTSC FBP1 CYP2F1 APOA4",
        _ZONES,
        ("liver",),
    ),
    _module(
        "synapse",
        "SNAP25 SYT1 SYP SYN1 SYN2 VAMP2 STX1A STX1B STXBP1 RAB3A CPLX1 CPLX2 GRIN1 GRIN2B GRIA1 "
        "GRIA2 DLG4 HOMER1 NRXN1 NLGN1",
        "Koopmans et al., Neuron 103, 217 (2019)",
        _BRAIN,
    ),
    _module(
        "astrocyte",
        "GFAP AQP4 SLC1A2 SLC1A3 GJA1 GJB6 ALDOC ALDH1L1 S100B SOX9 GLUL MLC1 NDRG2 FGFR3 CLU APOE "
        "ATP1A2",
        _ZHANG,
        _BRAIN,
    ),
    _module(
        "myelin",
        "MBP PLP1 MOG MAG MOBP CNP CLDN11 MAL UGT8 FA2H OPALIN ERMN ASPA GJB1 MYRF SOX10 OLIG1",
        _ZHANG,
        _BRAIN,
    ),
)
