"""Questions asked of an embedding set; an analysis never knows that a page exists."""
