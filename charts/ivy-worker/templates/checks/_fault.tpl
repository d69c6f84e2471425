{{/* Notes a fault: `said` is the list's keeper, `text` a sentence that says what to change. */}}
{{- define "ivy-worker.fault" -}}
{{- $_ := set .said "faults" (append .said.faults .text) -}}
{{- end -}}
