"""Faults planted in the running fake, each of which some check of the contract has to notice."""

from tools.mutants import answers, gate, worlds

MUTANTS = [*answers.SABOTAGES, *worlds.SABOTAGES, *gate.SABOTAGES]
