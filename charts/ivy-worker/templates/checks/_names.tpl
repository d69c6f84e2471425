{{/* Names that were given. */}}

{{- define "ivy-worker.check.names" -}}
{{- with .root.Values.fullnameOverride -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$" .) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $.said "text" (printf "fullnameOverride is %s, but a Service is called so, too: give a name of at most 40 small letters, digits and dashes that begins with a letter and does not end with a dash" .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
