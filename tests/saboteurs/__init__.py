"""Faults planted in the running fake, each of which some check of the contract has to notice."""

from tests.saboteurs import answers, worlds

SABOTAGES = [*answers.SABOTAGES, *worlds.SABOTAGES]
