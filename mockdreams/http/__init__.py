"""How it is asked: parse, ask the world, answer with bytes."""
