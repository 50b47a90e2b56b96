"""Webhooks: who is told of what happens in a world, when, and what came of it."""
