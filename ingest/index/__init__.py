"""The vector index: a rebuildable shadow of the catalogue."""
