"""A test module as a user writes it."""

EXAMPLE = """
    import os
    import anthropic
    import pytest

    def code_under_test():
        return anthropic.Anthropic().beta.memory_stores.create(name="Mine")

    def test_environment_points_at_the_world(mockdreams):
        store = code_under_test()
        assert [each.id for each in mockdreams.client().beta.memory_stores.list()] == [store.id]
        assert os.environ["ANTHROPIC_BASE_URL"] == mockdreams.url
        assert os.environ["ANTHROPIC_API_KEY"] == mockdreams.api_key

    @pytest.mark.parametrize("n", range(3))
    def test_every_test_has_a_fresh_world(mockdreams, n):
        assert mockdreams.client().beta.memory_stores.list().data == []
        code_under_test()

    def test_one_server_for_all(mockdreams, mockdreams_server):
        assert mockdreams.url == mockdreams_server.url

    @pytest.mark.mockdreams(clock="manual", load="messy-store", policy={"guard_output_store": False})
    def test_the_marker_says_how_the_world_begins(mockdreams):
        assert mockdreams.clock.mode == "manual"
        assert mockdreams.policy.guard_output_store is False
        assert len(mockdreams.client().beta.sessions.list().data) == 10

    @pytest.mark.parametrize("name", ["ü", "日本", "a b/c"])
    def test_any_test_name_makes_a_usable_key(mockdreams, name):
        mockdreams.client().beta.memory_stores.list()

    async def test_async(mockdreams):
        async with mockdreams.async_client() as client:
            assert (await client.beta.memory_stores.list()).data == []

    def test_the_environment_is_restored():
        assert "ANTHROPIC_BASE_URL" not in os.environ
"""
