{{/*
YAML and JSON that the chart reads again. Helm's own functions hide what they cannot read: in a key
`Error`, or as the only item of a list.
*/}}

{{/* The mapping in `text`, as JSON; fails if it is none. `what` names it for people. */}}
{{- define "ivy-worker.mapping" -}}
{{- $found := fromYaml .text -}}
{{- if hasKey $found "Error" -}}
{{- fail (printf "\n\n%s cannot be read: %v. Look for quotes, colons and line breaks in the values that go into it\n" .what (get $found "Error")) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* The list in `text`, likewise. Its items must be mappings: an error comes as a text. */}}
{{- define "ivy-worker.listing" -}}
{{- $found := fromYamlArray .text -}}
{{- range $found -}}
{{- if kindIs "string" . -}}
{{- fail (printf "\n\n%s cannot be read: %s. Look for quotes, colons and line breaks in the values that go into it\n" $.what .) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
