"""Memory stores, memories and their versions."""
