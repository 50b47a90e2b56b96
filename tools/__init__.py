"""Programs that make docs and count things; no part of the package, and no tests."""
