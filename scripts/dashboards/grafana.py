"""A dashboard as Grafana's JSON, by Grafana's own builders."""

from __future__ import annotations

import itertools

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    timeseries,
)
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as commons
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from scripts.dashboards.board import Board, Kind, Panel, Query
from scripts.dashboards.queries import CHOSEN, FILTERS
from worker.telemetry.prometheus_names import prometheus_name
from worker.telemetry.table import process

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")

RUNBOOKS = "__RUNBOOKS__"
"""Stands for the folder of the runbooks; the chart puts `monitoring.rules.runbookBaseUrl` in its
place, as it does in the rules, and leaves the links out where that is empty."""

TAG = "ivy-worker"
READY = prometheus_name(process.READY)

RESTARTS = (
    f"changes(process_start_time_seconds{{{CHOSEN}}}[$__rate_interval]) > 0"
    f" and on (instance) {READY}{{{CHOSEN}}}"
)

Builder = timeseries.Panel | stat.Panel | statetimeline.Panel | tables.Panel


def to_json(board: Board) -> str:
    """The file, the same for the same board."""
    return f"{JSONEncoder(sort_keys=True, indent=2).encode(_dashboard(board).build())}\n"


def _dashboard(board: Board) -> dashboard.Dashboard:
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags([TAG])
        .readonly()
        .refresh("30s")
        .time(board.span, "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .annotation(
            dashboard.AnnotationQuery()
            .name("Starts of workers")
            .datasource(SOURCE)
            .enable(True)
            .icon_color("purple")
            .expr(RESTARTS)
        )
        .link(
            dashboard.DashboardLink("Ivy Worker")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
        .link(_link("Runbooks", "README"))
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
    )
    for number, name in enumerate(FILTERS):
        built.with_variable(_variable(name, FILTERS[:number]))
    numbers = itertools.count(1)
    for row in board.rows:
        built.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            built.with_panel(_panel(panel).id(next(numbers)))
    return built


def _variable(name: str, before: tuple[str, ...]) -> dashboard.QueryVariable:
    narrowed = ", ".join(f'{one}=~"${one}"' for one in before)
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({READY}{{{narrowed}}}, {name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def _link(title: str, page: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(title)
        .type(models.DashboardLinkType.LINK)
        .url(f"{RUNBOOKS}/{page}.md")
        .target_blank(True)
    )


def _panel(panel: Panel) -> Builder:
    match panel.kind:
        case Kind.LINES:
            built: Builder = _lines(panel)
        case Kind.NUMBER:
            built = _number()
        case Kind.STATES:
            built = _states()
        case Kind.TABLE:
            built = _table()
    built.title(panel.title).description(panel.description).datasource(SOURCE)
    built.span(panel.span).height(panel.height).unit(panel.unit)
    built.links([_link(f"Runbook: {alert}", alert) for alert in panel.alerts])
    for number, query in enumerate(panel.queries):
        built.with_target(_target(panel, query, chr(ord("A") + number)))
    if panel.kind is not Kind.TABLE:
        built.thresholds(_thresholds(panel))
    if panel.decimals is not None:
        built.decimals(panel.decimals)
    if panel.empty:
        built.no_value(panel.empty)
    if any(panel.words):
        built.mappings([_words(panel)])
    return built


def _target(panel: Panel, query: Query, ref: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expr).ref_id(ref).datasource(SOURCE)
    if panel.kind is Kind.TABLE:
        return target.instant().format(PromQueryFormat.TABLE)
    if panel.kind is Kind.NUMBER:
        return target.instant()
    return target.range().legend_format(query.legend)


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    below = "text" if panel.kind is Kind.NUMBER else "green"
    steps = [models.Threshold(color=below, value=None)]
    steps += [models.Threshold(color=step.color, value=step.at) for step in panel.steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _words(panel: Panel) -> models.ValueMap:
    return models.ValueMap(
        options={
            str(value): models.ValueMappingResult(text=word, index=value)
            for value, word in enumerate(panel.words)
        }
    )


def _lines(panel: Panel) -> timeseries.Panel:
    built = (
        timeseries.Panel()
        .legend(
            common.VizLegendOptions()
            .display_mode(commons.LegendDisplayMode.LIST)
            .placement(commons.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(commons.TooltipDisplayMode.MULTI))
        .fill_opacity(40 if panel.stacked else 8)
        .line_width(1)
        .show_points(commons.VisibilityMode.NEVER)
    )
    if panel.least is not None:
        built.min(panel.least)
    if panel.most is not None:
        built.max(panel.most)
    if panel.stacked:
        built.stacking(common.StackingConfig().mode(commons.StackingMode.NORMAL))
    if panel.steps:
        built.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(commons.GraphTresholdsStyleMode.DASHED)
        )
    return built


def _number() -> stat.Panel:
    return (
        stat.Panel()
        .graph_mode(commons.BigValueGraphMode.NONE)
        .color_mode(commons.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def _states() -> statetimeline.Panel:
    return (
        statetimeline.Panel()
        .show_value(commons.VisibilityMode.AUTO)
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
    )


def _table() -> tables.Panel:
    hidden = models.DynamicConfigValue(id_val="custom.hidden", value=True)
    return tables.Panel().override_by_name("Time", [hidden])
