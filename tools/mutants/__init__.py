"""Faults planted in the running fake, each of which some check of the contract has to notice."""

from tools.mutants import answers, gate, scripted, turns, worlds

MUTANTS = [*answers.SABOTAGES, *worlds.SABOTAGES, *turns.SABOTAGES, *gate.SABOTAGES, *scripted.SABOTAGES]
