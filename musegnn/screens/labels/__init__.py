"""Labels: where labelled genes lie, and whether vectors can tell them."""
