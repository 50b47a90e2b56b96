"""What is true: records, rules and time. Pure, synchronous, deterministic; never HTTP."""
