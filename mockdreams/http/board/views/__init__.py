"""What the pages of the board show and do, one module for each."""

from mockdreams.http.board.views import (
    clock_view,
    dream_view,
    levers_view,
    policy_view,
    requests_view,
    review_view,
    schedules_view,
    sessions_view,
    snapshot_view,
    stores_view,
    webhooks_view,
    world_view,
)

VIEWS = (
    world_view.VIEW,
    dream_view.VIEW,
    review_view.VIEW,
    *stores_view.VIEWS,
    *sessions_view.VIEWS,
    *requests_view.VIEWS,
    schedules_view.VIEW,
    webhooks_view.VIEW,
    levers_view.VIEW,
    policy_view.VIEW,
    snapshot_view.VIEW,
)
ACTIONS = (
    *clock_view.ACTIONS,
    *dream_view.ACTIONS,
    *review_view.ACTIONS,
    *requests_view.ACTIONS,
    *schedules_view.ACTIONS,
    *webhooks_view.ACTIONS,
    *levers_view.ACTIONS,
    *policy_view.ACTIONS,
    *snapshot_view.ACTIONS,
)
DOWNLOADS = snapshot_view.DOWNLOADS
