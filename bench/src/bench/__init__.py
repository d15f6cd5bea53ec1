"""How fast and how big: each figure beside the bare limit that was measured in the same minute on the same machine."""
