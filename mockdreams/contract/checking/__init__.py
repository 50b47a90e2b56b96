"""Rules, their checks, and running them."""
