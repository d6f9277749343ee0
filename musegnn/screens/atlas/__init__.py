"""Atlas: where the genes of a tissue lie."""
