"""Deployments: what creates sessions by a schedule, and what came of it."""
