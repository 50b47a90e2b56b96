"""The state of a world as a document: snapshots, their format and its migrations."""
