"""Whole worlds as documents: snapshots and seeds."""
