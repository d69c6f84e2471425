"""Every setting there is, by section. The words here make the README's table and the errors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from worker.cache.config import CacheConfig
from worker.decode.config import DecodeConfig
from worker.detector.openai.config import RemoteConfig
from worker.detector.vllm.config import EngineConfig
from worker.domain.procedure import Cascade
from worker.domain.verdict import Mode, ThresholdRule, Thresholds
from worker.domain.windows import Windows
from worker.drift.config import DriftConfig
from worker.events.codec import Format
from worker.fetch.config import FetchConfig
from worker.flow.config import AdmissionConfig, BreakerSettings, DeadLetterLimitConfig
from worker.health.config import HealthConfig
from worker.settings import sources
from worker.settings.sources import SettingsInvalid
from worker.stream.config import StreamConfig
from worker.stream.kafka.config import KafkaConfig
from worker.telemetry.config import TelemetryConfig
from worker.telemetry.logs import LogFormat
from worker.typed import from_json


class Section(BaseModel):
    """A group of settings. A key that it does not know is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EventSettings(Section):
    """How events are written."""

    output: Format = Field(
        default=Format.JSON, description="How verdicts are written; uploads are read in all forms."
    )
    source: str = Field(
        default="/ivy-worker", description="CloudEvents `source` of the verdicts (a URI reference)."
    )


class ModelSettings(Section):
    """Which model, and from where."""

    spec: str = Field(
        default="ivy-fake",
        description="A model spec that ships with the worker (`ivy-fake`, `tiny`) or a YAML file.",
    )
    source: str | None = Field(
        default=None,
        description="Folder or hub id of the weights, in place of the spec's own.",
    )
    revision: str | None = Field(
        default=None, description="Revision of the weights on the hub: pin a commit in production."
    )
    engine: Literal["vllm", "openai"] = Field(
        default="vllm",
        description="`vllm` runs the model here (`engine.*`); `openai` asks a server for it"
        " (`remote.*`).",
    )


class PolicySettings(Section):
    """From a score to a label and a hint."""

    thresholds: Thresholds = Field(
        default_factory=Thresholds, description="Cuts on P(AI-generated)."
    )
    rules: Annotated[tuple[ThresholdRule, ...], BeforeValidator(from_json)] = Field(
        default=(),
        description="Other cuts for a tenant or a surface, the first that fits: in YAML a list of"
        " `{tenant, surface, thresholds}`, in the environment JSON.",
    )
    calibrations: Path | None = Field(
        default=None,
        description="File of calibrations, by `ivy-worker calibrate`; the model spec's own where"
        " absent.",
    )
    mode: Mode = Field(
        default=Mode.LIVE,
        description="Stands in each verdict. `shadow`: not to be acted upon. `canary`: of a model"
        " on trial, to be acted upon as a `live` one.",
    )
    breaker: BreakerSettings = Field(
        default_factory=BreakerSettings, description="When there are too many `block` hints."
    )
    drift: DriftConfig = Field(
        default_factory=DriftConfig, description="Whether scores stay what they were."
    )


class FlowSettings(Section):
    """How much at once, how long, how often."""

    max_media_bytes: int = Field(
        default=1024**3, gt=0, description="Bytes of fetched media held in memory at once."
    )
    event_timeout_s: float = Field(
        default=600.0,
        gt=0,
        description="Seconds for one event from its turn to its verdict; then it goes to a retry"
        " topic, for all that come after it in its partition wait for its commit.",
    )
    retry_attempts: int = Field(
        default=4,
        ge=1,
        le=100,  # 2^99 times the base is above any cap
        description="Tries in process before an event goes to a retry topic.",
    )
    retry_base_s: float = Field(
        default=0.2, gt=0, description="Longest wait before the second try, in seconds; doubles."
    )
    retry_cap_s: float = Field(
        default=5.0, gt=0, description="Longest wait before any try, in seconds."
    )
    drain_timeout_s: float = Field(
        default=60.0,
        gt=0,
        description="On SIGTERM: seconds to finish, publish and commit what was taken.",
    )
    admission: AdmissionConfig = Field(
        default_factory=AdmissionConfig, description="Whose turn it is."
    )
    dead_letter_limit: DeadLetterLimitConfig = Field(
        default_factory=DeadLetterLimitConfig, description="When to stop making dead letters."
    )


class LogSettings(Section):
    """Logs on standard error."""

    level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="Lowest level written."
    )
    format: LogFormat = Field(default=LogFormat.JSON, description="`json` or `console`.")


class Settings(BaseSettings):
    """All settings of a worker."""

    model_config = SettingsConfigDict(
        env_prefix=sources.PREFIX,
        env_nested_delimiter=sources.NESTED,
        nested_model_default_partial_update=True,
        extra="forbid",
        frozen=True,
        # Lists are given as `a,b`, as people type them in an environment, not as JSON.
        enable_decoding=False,
    )

    stream: StreamConfig = Field(default_factory=StreamConfig)
    kafka: KafkaConfig = Field(default_factory=KafkaConfig)
    events: EventSettings = Field(default_factory=EventSettings)
    fetch: FetchConfig = Field(default_factory=FetchConfig)
    cache: CacheConfig = Field(default_factory=CacheConfig)
    decode: DecodeConfig = Field(default_factory=DecodeConfig)
    model: ModelSettings = Field(default_factory=ModelSettings)
    engine: EngineConfig = Field(default_factory=EngineConfig)
    remote: RemoteConfig = Field(default_factory=RemoteConfig)
    video: Windows = Field(default_factory=Windows)
    cascade: Cascade = Field(default_factory=Cascade)
    policy: PolicySettings = Field(default_factory=PolicySettings)
    flow: FlowSettings = Field(default_factory=FlowSettings)
    health: HealthConfig = Field(default_factory=HealthConfig)
    log: LogSettings = Field(default_factory=LogSettings)
    telemetry: TelemetryConfig = Field(default_factory=TelemetryConfig)

    yaml_file: ClassVar[Path | None] = None
    secrets_dir: ClassVar[Path | None] = None

    @property
    def chosen_engine(self) -> EngineConfig | RemoteConfig:
        """The section of the engine that `model.engine` names."""
        return self.remote if self.model.engine == "openai" else self.engine

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library names them all
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Strongest first."""
        found: list[PydanticBaseSettingsSource] = [init_settings, env_settings]
        if cls.secrets_dir is not None:
            found.append(
                NestedSecretsSettingsSource(
                    file_secret_settings,
                    secrets_dir=cls.secrets_dir,
                    secrets_nested_delimiter=sources.NESTED,
                    secrets_prefix="",
                )
            )
        if cls.yaml_file is not None:
            found.append(YamlConfigSettingsSource(settings_cls, yaml_file=cls.yaml_file))
        return tuple(found)


def load_settings(config: Path | None = None, assignments: Iterable[str] = ()) -> Settings:
    """Read the settings from all sources. Raises ``SettingsInvalid`` naming what is at fault."""
    config = config or _path(sources.CONFIG_VARIABLE)
    secrets = _path(sources.SECRETS_VARIABLE)
    if config is not None:
        sources.check_yaml(config)
    if secrets is not None and not secrets.is_dir():
        raise SettingsInvalid(f"{sources.SECRETS_VARIABLE} names {secrets}, which is no folder")
    sources.check_environment(os.environ, Settings.model_fields)

    class Located(Settings):
        """The settings, with this run's places to read them from."""

        yaml_file = config
        secrets_dir = secrets

    try:
        return Located(**sources.read_assignments(assignments))
    except ValidationError as error:
        raise SettingsInvalid(_name_faults(error)) from error


def _path(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _name_faults(error: ValidationError) -> str:
    """One line for each fault, by the setting's name; never its value, which may be a secret."""
    return "\n".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {_said(fault)}"
        for fault in error.errors(include_url=False, include_input=False)
    )


def _said(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such setting; `ivy-worker config schema` lists them"
    return str(fault["msg"])
