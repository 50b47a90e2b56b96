"""Skills, their versions and their files."""
