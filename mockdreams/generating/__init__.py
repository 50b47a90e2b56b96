"""Seed worlds made to order, with labels that say what a good dream would make of them."""

from mockdreams.generating.worlds import generate

__all__ = ["generate"]
