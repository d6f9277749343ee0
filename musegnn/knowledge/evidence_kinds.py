"""Evidence kinds: in which ways public knowledge may join two genes."""

from __future__ import annotations

from typing import Final

INTERACTION: Final = "interaction"
REGULATION: Final = "regulation"
PATHWAY: Final = "pathway"
PROCESS: Final = "GO process"
CLASSES: Final = (INTERACTION, REGULATION, PATHWAY, PROCESS)
