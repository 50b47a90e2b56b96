"""The packages for other languages."""
