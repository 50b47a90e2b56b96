"""The same work beside a floor that does as little as possible, as ratios. Nothing here is asserted in tests."""
