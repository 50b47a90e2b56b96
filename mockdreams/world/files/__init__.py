"""Files: their metadata, their bytes, and what the agents of sessions write."""
