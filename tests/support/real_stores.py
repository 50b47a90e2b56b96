"""Memory stores of the shapes that people keep: series of minutes, one form for many things, lessons with markup."""

MINUTES = {
    f"/minutes/2026-01-{day:02}.md": f"# Meeting 2026-01-{day:02}\n\n- Recording: https://v.example/{day}\n\n"
    f"## Present\n\n- Ada @ada\n- Guest {day}\n\n**Decided:**\n\n- [ ] Paint room {day}.\n"
    for day in (4, 11, 18)
}
CATALOGUE = {
    f"/catalogue/{name}/README.md": f"# {name}\n\n{name} parses logs.\n\n"
    f"## Install\n\n```sh\npip install {name}\n```\n\n"
    f"## Metadata\n\n- **License**: {name}-1.0\n- **Stars**: {stars}\n\n[home]: https://{name}.example/\n"
    for name, stars in (("alpha", 24), ("beta", 1689), ("gamma", 3))
}
LESSONS = {
    "/a.md": "# Retries\n\nA retry hides the fault of the network.\n\n**How to apply:**\n\n- Fix the cause first.\n",
    "/b.md": "# Mocks\n\nA mock drifts from what it mocks.\n\n**How to apply:**\n\n- Record it again every month.\n",
    "/c.md": "# Help\n\n<details>\n<summary>More</summary>\n\nAsk in the channel.\n\n</details>\n",
    "/inbox/1.md": "The network's fault is hidden by a retry.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
}
