from __future__ import annotations

import pytest

from tests.provenance.carriers import XMP_CARRIERS, source_type, xmp
from worker.decode.sniff import sniff
from worker.domain.provenance import Indication, Says, SignalKind, Strength
from worker.provenance.reader import read_provenance
from worker.provenance.source_type import TERMS, term
from worker.provenance.xmp import MAX_DEPTH, Property, read_xmp

URI = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = URI + "trainedAlgorithmicMedia"


@pytest.mark.parametrize("mime", XMP_CARRIERS)
def test_the_packet_is_found_in_each_container(mime: str) -> None:
    data = XMP_CARRIERS[mime](source_type("trainedAlgorithmicMedia"))
    assert sniff(data).mime == mime
    found = read_provenance(data, mime)
    (signal,) = found.signals
    assert signal.kind is SignalKind.IPTC_DIGITAL_SOURCE_TYPE
    assert signal.says is Says.AI_GENERATED
    assert signal.strength is Strength.UNSIGNED
    assert signal.digital_source_type == "trainedAlgorithmicMedia"
    assert found.indication is Indication.AI_GENERATED


@pytest.mark.parametrize(
    "packet",
    [
        xmp(attributes=f" e:DigitalSourceType='{TRAINED}'"),
        xmp(f"<e:DigitalSourceType>{TRAINED}</e:DigitalSourceType>"),
        xmp(f"<e:DigitalSourceType>\n {TRAINED} \n</e:DigitalSourceType>"),
        xmp(f'<e:DigitalSourceType rdf:resource="{TRAINED}"/>'),
        xmp(
            f"<e:DigitalSourceType><rdf:Alt><rdf:li>{TRAINED}</rdf:li></rdf:Alt></e:DigitalSourceType>"
        ),
        xmp(attributes=f' e:DigitalSourceType="{TRAINED.replace("http:", "https:")}"'),
        xmp(attributes=' e:DigitalSourceType="digsrctype:trainedAlgorithmicMedia"'),
        xmp(attributes=' e:DigitalSourceType="trainedAlgorithmicMedia"'),
        xmp(attributes=f" e:DigitalSourceType='{TRAINED}'") + b"\0\0\0   ",
    ],
)
def test_all_forms_of_the_property_are_read(packet: bytes) -> None:
    (signal,) = read_provenance(XMP_CARRIERS["image/webp"](packet), "image/webp").signals
    assert signal.says is Says.AI_GENERATED


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("compositeWithTrainedAlgorithmicMedia", Says.AI_EDITED),
        ("digitalCapture", Says.CAPTURED),
        ("digitalArt", Says.HUMAN_MADE),
        ("print", Says.UNKNOWN),
    ],
)
def test_a_term_says_what_iptc_defines(name: str, says: Says) -> None:
    (signal,) = read_provenance(XMP_CARRIERS["image/jpeg"](source_type(name)), "image/jpeg").signals
    assert signal.says is says


def test_contradicting_terms_are_both_told() -> None:
    packet = xmp(
        f"<e:DigitalSourceType>{URI}digitalCapture</e:DigitalSourceType>",
        f' e:DigitalSourceType="{TRAINED}"',
    )
    found = read_provenance(XMP_CARRIERS["image/jpeg"](packet), "image/jpeg")
    assert [signal.says for signal in found.signals] == [Says.AI_GENERATED, Says.CAPTURED]
    assert found.indication is Indication.CONFLICTING


def test_the_ai_system_is_named_and_its_prompt_is_not() -> None:
    packet = xmp(
        "<e:AISystemUsed>Painter 3</e:AISystemUsed>"
        "<e:AIPromptInformation>my secret castle</e:AIPromptInformation>",
        f' e:DigitalSourceType="{TRAINED}"',
    )
    found = read_provenance(XMP_CARRIERS["image/jpeg"](packet), "image/jpeg")
    assert found.signals[0].generator == "Painter 3"
    assert "castle" not in found.model_dump_json()


@pytest.mark.parametrize(
    "text", ["", "http://example.com/trainedAlgorithmicMedia", "no such", "x" * 99]
)
def test_what_is_no_term_is_no_signal(text: str) -> None:
    packet = xmp(attributes=f' e:DigitalSourceType="{text}"')
    assert read_provenance(XMP_CARRIERS["image/jpeg"](packet), "image/jpeg").signals == ()


def test_every_term_is_known_by_its_uri() -> None:
    assert {term(URI + name) for name in TERMS} == set(TERMS)


BILLION_LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(10))
    + b"]>"
)
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(
            BILLION_LAUGHS + xmp("<e:DigitalSourceType>&k;</e:DigitalSourceType>"), id="laughs"
        ),
        pytest.param(
            EXTERNAL + xmp("<e:DigitalSourceType>&a;</e:DigitalSourceType>"), id="external"
        ),
        pytest.param(b"<!DOCTYPE x>" + source_type("digitalCapture"), id="doctype"),
        pytest.param(source_type("digitalCapture").decode().encode("utf-16"), id="utf-16"),
        pytest.param(
            b"<?xml version='1.0' encoding='utf-7'?>" + source_type("digitalCapture")[60:],
            id="utf-7",
        ),
        pytest.param(source_type("digitalCapture")[:-60], id="cut off"),
        pytest.param(b"\0" * 1000, id="zeros"),
        pytest.param(b"", id="empty"),
        pytest.param(xmp("<a>" * 70 + "</a>" * 70, f" e:DigitalSourceType='{TRAINED}'"), id="deep"),
        pytest.param(xmp("<a/>" * 300_000, f" e:DigitalSourceType='{TRAINED}'"), id="megabytes"),
    ],
)
def test_a_hostile_packet_is_no_packet(packet: bytes) -> None:
    assert read_xmp(packet) == {}


def test_the_deepest_packet_that_is_read() -> None:
    deep = MAX_DEPTH - 3
    packet = xmp("<a>" * deep + "</a>" * deep, f" e:DigitalSourceType='{TRAINED}'")
    assert read_xmp(packet) == {Property.DIGITAL_SOURCE_TYPE: (TRAINED,)}
