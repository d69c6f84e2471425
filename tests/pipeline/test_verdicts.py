"""From an upload to its verdict."""

from __future__ import annotations

import json

from tests.pipeline.world import World
from tests.support.factories import make_record
from tests.support.media import image_file, video_file
from worker.domain.answer import Conclusion, Override
from worker.domain.clock import SystemClock
from worker.domain.media import Content
from worker.domain.procedure import Procedure
from worker.domain.verdict import (
    ActionHint,
    Label,
    Mode,
    ThresholdRule,
    Thresholds,
    VerdictEvent,
)
from worker.domain.verdict_policy import VerdictPolicy


async def test_an_upload_becomes_a_verdict(world: World) -> None:
    blue = image_file(-0.9)
    event_id = await world.upload(
        "http://x/blue.png", blue, tenant="acme", surface="avatar", album=7
    )
    await world.run()
    (verdict,) = world.verdicts
    assert verdict.event_id == event_id
    assert verdict.content_id == "http://x/blue.png"
    assert verdict.content_hash == f"sha256:{Content.of(blue).sha256}"
    assert (verdict.tenant, verdict.surface) == ("acme", "avatar")
    assert verdict.label is Label.AI_GENERATED
    assert verdict.action_hint is ActionHint.BLOCK
    assert verdict.explanation == "This image is mostly blue."
    assert verdict.context == {"album": 7}
    assert verdict.model == world.detector.identity.model_copy(
        update={"procedure_version": Procedure().version}
    )
    assert verdict.media.mime == "image/png"
    assert not verdict.cache.cached
    assert verdict.advisory is True
    assert {"validate", "fetch", "answer", "decode", "engine", "total"} <= set(verdict.timings_ms)
    assert world.committed == 1


async def test_another_type_than_declared_is_told_with_each_upload_of_its_own(world: World) -> None:
    blue = image_file(-0.9)
    declared = ["image/png", "Image/GIF; q=1", "<script>/x", None]
    for number, mime in enumerate(declared):
        url = f"http://x/{number}.png"
        await world.upload(url, blue, media={"url": url, "mime": mime})
    await world.run()
    told = {verdict.content_id: verdict.media.declared_mime for verdict in world.verdicts}
    assert [told[f"http://x/{number}.png"] for number in range(4)] == [
        None,
        "image/gif",
        None,
        None,
    ]
    assert {verdict.media.mime for verdict in world.verdicts} == {"image/png"}


async def test_red_is_authentic_and_a_video_is_a_video(world: World) -> None:
    await world.upload("http://x/red.mp4", video_file(0.9))
    await world.run()
    (verdict,) = world.verdicts
    assert verdict.label is Label.AUTHENTIC
    assert verdict.action_hint is ActionHint.ALLOW
    assert verdict.media.codec == "h264"


async def test_equal_content_is_asked_about_once(world: World) -> None:
    blue = image_file(-0.9)
    for number in range(10):
        await world.upload(f"http://x/{number}", blue)
    await world.run()
    assert world.detector.asked == 1
    assert len(world.verdicts) == 10
    assert [verdict.cache.cached for verdict in world.verdicts].count(False) == 1
    assert len({verdict.verdict_id for verdict in world.verdicts}) == 10


async def test_a_redelivered_event_has_the_same_verdict_id(world: World) -> None:
    blue = image_file(-0.9)
    for _ in range(2):
        await world.upload("http://x/blue", blue, event_id="the-same")
    await world.run()
    first, second = world.verdicts
    assert first.verdict_id == second.verdict_id


async def test_a_human_decision_wins(world: World) -> None:
    blue = image_file(-0.9)
    override = Override(
        conclusion=Conclusion.REAL, decided_by="ann", decided_at=SystemClock().now()
    )
    await world.cache.set_override(Content.of(blue).sha256, override)
    await world.upload("http://x/blue", blue)
    await world.run()
    (verdict,) = world.verdicts
    assert verdict.label is Label.AUTHENTIC
    assert verdict.score_kind == "human"


async def test_shadow_mode_is_said_in_every_verdict(world: World) -> None:
    world.policy = VerdictPolicy(mode=Mode.SHADOW)
    await world.upload("http://x/blue", image_file(-0.9))
    await world.run()
    assert world.verdicts[0].mode is Mode.SHADOW


async def test_thresholds_may_differ_by_tenant_and_surface(world: World) -> None:
    never = Thresholds(authentic_below=0.0, ai_generated_from=1.0, block_from=1.0)
    strict = Thresholds(authentic_below=0.0, ai_generated_from=0.0, block_from=0.0)
    world.policy = VerdictPolicy(
        rules=(
            ThresholdRule(tenant="acme", surface="avatar", thresholds=strict),
            ThresholdRule(tenant="acme", thresholds=never),
        )
    )
    red = image_file(0.9)
    for tenant, surface in (("acme", "avatar"), ("acme", "post"), ("other", "avatar")):
        await world.upload(f"http://x/{tenant}/{surface}", red, tenant=tenant, surface=surface)
    await world.run()
    labels = {(verdict.tenant, verdict.surface): verdict.label for verdict in world.verdicts}
    assert labels == {
        ("acme", "avatar"): Label.AI_GENERATED,
        ("acme", "post"): Label.UNCERTAIN,
        ("other", "avatar"): Label.AUTHENTIC,
    }
    assert world.detector.asked == 1  # thresholds apply after the cache


async def test_a_timestamp_that_is_no_date_is_no_timestamp(world: World) -> None:
    blue = image_file(-0.9)
    world.web.files["http://x/blue"] = blue
    event = {"event_id": "1", "content_id": "1", "media": {"url": "http://x/blue"}}
    record = make_record(event, topic="uploads", timestamp_ms=1_700_000_000_000_000)
    verdict = await world.pipeline.judge(record)
    assert isinstance(verdict, VerdictEvent)
    assert verdict.occurred_at is None


async def test_inline_media_need_no_fetching(world: World) -> None:
    import base64

    event = {
        "event_id": "inline",
        "content_id": "inline",
        "media": {"inline": base64.b64encode(image_file(-0.9)).decode()},
    }
    await world.broker.append("uploads", json.dumps(event).encode())
    await world.run()
    assert world.verdicts[0].label is Label.AI_GENERATED


async def test_a_stored_answer_that_cannot_be_read_is_asked_for_again(world: World) -> None:
    from worker.domain.cache_key import CacheKey

    blue = image_file(-0.9)
    key = CacheKey.of(Content.of(blue).sha256, world.detector.identity)
    world.cache.put_raw(key, b"garbage")
    await world.upload("http://x/blue", blue)
    await world.run()
    assert world.detector.asked == 1
    assert not world.verdicts[0].cache.cached
