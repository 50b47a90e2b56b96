"""Faults planted in the running fake, each of which some check of the contract has to notice."""

from tools.mutants import answers, turns, worlds

MUTANTS = [*answers.SABOTAGES, *worlds.SABOTAGES, *turns.SABOTAGES]
