"""Agents and the environments they run in."""
