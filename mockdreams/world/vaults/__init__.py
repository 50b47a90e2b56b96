"""Vaults, the credentials in them, and what a validation finds."""
