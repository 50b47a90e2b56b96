"""What the agent of a session does: the words for it, the default agent, and the grader of outcomes."""
