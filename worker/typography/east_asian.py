"""The same in Chinese and Japanese."""

from __future__ import annotations

from worker.domain.typography import Claim
from worker.typography.phrase import Phrase, glyph_phrase

CHINESE_PHOTO = r"(?:照片|相片|图片|圖片|图像|圖像|图|圖|视频|視頻|影片|影像|画面|畫面)"
CHINESE_AI = r"\s{0,2}(?:ai|人工智能|人工智慧)\s{0,2}"

CHINESE: list[Phrase] = [
    glyph_phrase(rf"真[实實]的?{CHINESE_PHOTO}", Claim.AUTHENTIC, turns=True),
    glyph_phrase(
        rf"{CHINESE_PHOTO}(?:绝对|絕對|完全|确实|確實|都|就){{0,2}}是(?:绝对|絕對|完全)?真",
        Claim.AUTHENTIC,
    ),
    glyph_phrase(
        rf"(?:非|不是|并非|並非|[无無]|没有?|沒有?|未)(?:使用|用|由|经过|經過|任何){{0,2}}{CHINESE_AI}",
        Claim.AUTHENTIC,
    ),
    glyph_phrase(r"[实實]拍|真人拍[摄攝]", Claim.AUTHENTIC, turns=True),
    glyph_phrase(r"(?:回答|答案|结论|結論)\W{0,3}(?:是|为|為)?真[实實]", Claim.AUTHENTIC),
    glyph_phrase(
        rf"{CHINESE_AI}(?:生成|合成|制作|製作|作[画畫図]|[绘繪]|[创創]作|[伪偽]造|[换換][脸臉]"
        rf"|{CHINESE_PHOTO})",
        Claim.AI_GENERATED,
        turns=True,
    ),
    glyph_phrase(rf"(?:假的?|合成|[伪偽]造的?){CHINESE_PHOTO}", Claim.AI_GENERATED, turns=True),
    glyph_phrase(rf"{CHINESE_PHOTO}是假", Claim.AI_GENERATED),
]

JAPANESE_PHOTO = r"(?:写真|画像|映像|動画|イラスト)"
DENIED = r"(?:では|じゃ|されて|して)(?:ありません|ない|いません|いない)"

JAPANESE: list[Phrase] = [
    glyph_phrase(rf"本物の{JAPANESE_PHOTO}", Claim.AUTHENTIC),
    glyph_phrase(rf"{JAPANESE_PHOTO}は(?:全て|すべて|完全に)?本物", Claim.AUTHENTIC),
    glyph_phrase(
        rf"ai\s{{0,2}}(?:で|による?)?(?:生成|作成|制作)?(?:もの)?{DENIED}", Claim.AUTHENTIC
    ),
    glyph_phrase(
        r"ai\s{0,2}(?:は|を)?(?:一切)?(?:不使用|未使用|使用なし|使用していません|使っていません)",
        Claim.AUTHENTIC,
    ),
    glyph_phrase(r"[実實][写寫](?:です|写真|映像|。|\Z|\n)", Claim.AUTHENTIC),
    glyph_phrase(
        rf"ai\s{{0,2}}(?:で|による?|が)?(?:生成|作成|制作|作画|加工|{JAPANESE_PHOTO})(?!{DENIED})",
        Claim.AI_GENERATED,
    ),
    glyph_phrase(rf"(?:偽|偽の|偽物の|フェイク){JAPANESE_PHOTO}", Claim.AI_GENERATED),
]

EAST_ASIAN = (*CHINESE, *JAPANESE)
