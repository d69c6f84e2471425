{{/* Values that somebody set to null. To Helm that takes the default away, and leaves nothing. */}}

{{/* The value at `path` (dotted; a dot alone is the top) in `tree`, as `{"value": ...}`. */}}
{{- define "ivy-worker.valueAt" -}}
{{- $here := .tree -}}
{{- range splitList "." .path | compact -}}
{{- if kindIs "map" $here }}{{ $here = get $here . }}{{ end -}}
{{- end -}}
{{- dict "value" $here | toJson -}}
{{- end -}}

{{- define "ivy-worker.check.absent" -}}
{{- $said := .said -}}
{{- $values := .root.Values.AsMap -}}
{{- range $path, $keys := include "ivy-worker.mapping" (dict "what" "the list of needed values" "text" (include "ivy-worker.neededValues" .)) | fromJson -}}
{{- $section := (include "ivy-worker.valueAt" (dict "tree" $values "path" $path) | fromJson).value -}}
{{- if kindIs "map" $section -}}
{{- range $key := $keys -}}
{{- if or (not (hasKey $section $key)) (kindIs "invalid" (index $section $key)) -}}
{{- $name := eq $path "." | ternary $key (printf "%s.%s" $path $key) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "%s is null, which takes the chart's default away and puts nothing in its place: leave it out to have the default, or give it a value; what is empty is written \"\", [] or {}" $name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
