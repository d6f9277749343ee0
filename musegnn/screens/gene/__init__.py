"""Gene: who its neighbours are here, and why."""
