{{/* Which series are this release's: rules, dashboards and triggers see no other's. */}}

{{/*
The names of this release's pods, as a regular expression. Kubernetes' random names have no vowels
and no dash (k8s.io/apimachinery/pkg/util/rand): `ivy-...` is no pod of a release `ivy-b`.
*/}}
{{- define "ivy-worker.podNames" -}}
{{- $random := "[bcdfghjklmnpqrstvwxz2456789]" -}}
{{- $name := include "ivy-worker.fullname" . | replace "." "[.]" -}}
{{- if include "ivy-worker.static" . -}}
{{- $name }}-[0-9]+
{{- else -}}
{{- $name }}-{{ $random }}+-{{ $random }}{5}
{{- end -}}
{{- end -}}

{{/* The label `job` of its series, as the Prometheus operator makes it of the chart's monitor; empty where none is known. */}}
{{- define "ivy-worker.job" -}}
{{- with .Values.monitoring -}}
{{- if .job -}}
{{- .job -}}
{{- else if .serviceMonitor.enabled -}}
{{- include "ivy-worker.fullname" $ -}}
{{- else if .podMonitor.enabled -}}
{{- $.Release.Namespace }}/{{ include "ivy-worker.fullname" $ -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Matchers of the workers' own series. */}}
{{- define "ivy-worker.scope" -}}
namespace={{ .Release.Namespace | quote }}
{{- with include "ivy-worker.job" . }}, job={{ . | quote }}{{ end -}}
{{- end -}}

{{/* Matchers of what kube-state-metrics tells of its pods. */}}
{{- define "ivy-worker.podScope" -}}
namespace={{ .Release.Namespace | quote }}, pod=~{{ include "ivy-worker.podNames" . | quote }}
{{- end -}}

{{/* A rule's expression, given as `expr`, with matchers at each of its series. A test sees that none is left out. */}}
{{- define "ivy-worker.scopedExpr" -}}
{{- $own := `job:ivy_[a-z0-9_]+:[a-z0-9_]+|\bivy_[a-z0-9_]+|\bmessaging_[a-z0-9_]+_(?:bucket|count|sum|total)|\bprocess_start_time_seconds|\bup` -}}
{{- $expr := .expr -}}
{{- range $names, $scope := dict $own (include "ivy-worker.scope" .root) `\bkube_[a-z0-9_]+` (include "ivy-worker.podScope" .root) -}}
{{- $expr = regexReplaceAll (printf `(%s)\{` $names) $expr (printf "${1}{%s, " $scope) -}}
{{- $expr = regexReplaceAll (printf `(%s)([^a-z0-9_:{]|$)` $names) $expr (printf "${1}{%s}${2}" $scope) -}}
{{- end -}}
{{- $expr -}}
{{- end -}}

{{/*
A dashboard, given as `board`: "All" of its variables is all of this release. Its uid, of forty
characters at most, and its title are its own, for two releases may share one Grafana.
*/}}
{{- define "ivy-worker.scopedBoard" -}}
{{- $release := printf "%s/%s" .root.Release.Namespace (include "ivy-worker.fullname" .root) -}}
{{- $_ := set .board "uid" (printf "%s-%s" .board.uid (sha256sum $release | trunc 8)) -}}
{{- $_ := set .board "title" (printf "%s / %s" .board.title $release) -}}
{{- $only := dict "namespace" .root.Release.Namespace "job" (include "ivy-worker.job" .root) -}}
{{- $selector := printf "ivy_ready{%s, " (include "ivy-worker.scope" .root) -}}
{{- range $variable := .board.templating.list -}}
{{- if eq .type "query" -}}{{- $_ := set . "query" (replace "ivy_ready{" $selector .query) -}}{{- end -}}
{{- with get $only .name -}}{{- $_ := set $variable "allValue" . -}}{{- end -}}
{{- end -}}
{{- toJson .board -}}
{{- end -}}
