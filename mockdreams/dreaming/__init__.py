"""What a dream thinks: from a store and transcripts to a plan of steps. Never HTTP."""
