"""The client that the checks ask with."""
