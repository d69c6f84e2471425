{{/* Links to runbooks. Where nobody says where these are, there are no links: none is better than a dead one. */}}

{{- define "ivy-worker.runbooks" -}}
{{- trimSuffix "/" .Values.monitoring.rules.runbookBaseUrl -}}
{{- end -}}

{{/* The links of a list that lead elsewhere than to a runbook, as `{"links": [...]}`. */}}
{{- define "ivy-worker.otherLinks" -}}
{{- $kept := list -}}
{{- range . -}}
{{- if not (hasPrefix "__RUNBOOKS__" (default "" .url)) -}}{{- $kept = append $kept . -}}{{- end -}}
{{- end -}}
{{- dict "links" $kept | toJson -}}
{{- end -}}

{{/* A dashboard's JSON, given as `text`, with its links filled in, of this release alone. */}}
{{- define "ivy-worker.dashboard" -}}
{{- $base := include "ivy-worker.runbooks" .root -}}
{{- $text := replace "__RUNBOOKS__" (default "__RUNBOOKS__" $base) .text -}}
{{- $board := include "ivy-worker.mapping" (dict "what" "a dashboard" "text" $text) | fromJson -}}
{{- if not $base -}}
{{- range prepend $board.panels $board -}}
{{- if hasKey . "links" -}}
{{- $_ := set . "links" (include "ivy-worker.otherLinks" .links | fromJson).links -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "ivy-worker.scopedBoard" (dict "root" .root "board" $board) -}}
{{- end -}}
