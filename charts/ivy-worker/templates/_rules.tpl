{{/* Which alerts there are. */}}

{{/* Alerts that are left out, as `{"names": [...]}`: those of the values, and the absence of a fleet that may be empty by intent. */}}
{{- define "ivy-worker.disabledAlerts" -}}
{{- $names := .Values.monitoring.rules.disabled -}}
{{- if include "ivy-worker.mayBeEmpty" . -}}
{{- $names = append $names "IvyWorkerAbsent" -}}
{{- end -}}
{{- dict "names" ($names | uniq) | toJson -}}
{{- end -}}

{{/* The rules of a file, given as `text`: links filled in, only this release's series asked for, alerts that are disabled left out. */}}
{{- define "ivy-worker.ruleGroups" -}}
{{- $base := include "ivy-worker.runbooks" .root -}}
{{- $disabled := (include "ivy-worker.disabledAlerts" .root | fromJson).names -}}
{{- $groups := list -}}
{{- range (include "ivy-worker.mapping" (dict "what" "a file of rules" "text" (replace "__RUNBOOKS__" $base .text)) | fromJson).groups -}}
{{- $rules := list -}}
{{- range .rules -}}
{{- if and .annotations (not $base) -}}{{- $_ := unset .annotations "runbook_url" -}}{{- end -}}
{{- $_ := set . "expr" (include "ivy-worker.scopedExpr" (dict "root" $.root "expr" .expr)) -}}
{{- if not (has (default "" .alert) $disabled) -}}{{- $rules = append $rules . -}}{{- end -}}
{{- end -}}
{{- if $rules -}}{{- $groups = append $groups (set . "rules" $rules) -}}{{- end -}}
{{- end -}}
{{- dict "groups" $groups | toYaml -}}
{{- end -}}

{{/* The names of all alerts of the files, as `{"names": [...]}`. */}}
{{- define "ivy-worker.allAlerts" -}}
{{- $names := list -}}
{{- range $path, $_ := .Files.Glob "rules/*.yaml" -}}
{{- range (include "ivy-worker.mapping" (dict "what" $path "text" ($.Files.Get $path)) | fromJson).groups -}}
{{- range .rules -}}{{- with .alert -}}{{- $names = append $names . -}}{{- end -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "names" $names | toJson -}}
{{- end -}}
