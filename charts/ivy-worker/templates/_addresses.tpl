{{/* Addresses and networks as strings of bits: one network lies in another if it begins as that does. */}}

{{/* Where clouds tell machines their secrets, as the worker has it, and all link-local addresses. */}}
{{- define "ivy-worker.metadataNetworks" -}}
{{- list
  "169.254.0.0/16"
  "168.63.129.16/32"
  "100.100.100.200/32"
  "192.0.0.192/32"
  "fe80::/10"
  "fd00:ec2::254/128"
  "fd00:ec2::23/128"
  "fd20:ce::254/128"
  "64:ff9b::a9fe:a9fe/128"
  "64:ff9b::a83f:8110/128"
  "2002:a9fe::/32"
  "2002:a83f:8110::/48" | toJson -}}
{{- end -}}

{{/* Bits of a network's prefix, behind its family: `4` or `6`. Empty for what is no network. */}}
{{- define "ivy-worker.bits" -}}
{{- $parts := splitList "/" . -}}
{{- $address := first $parts -}}
{{- $bits := "" -}}
{{- if regexMatch "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$" $address -}}
{{- range splitList "." $address }}{{ $bits = printf "%s%08b" $bits (atoi .) }}{{ end -}}
{{- $bits = trunc (len $parts | eq 1 | ternary "32" (last $parts) | atoi | add 1 | int) (printf "4%s" $bits) -}}
{{- else if regexMatch "^[0-9a-fA-F:]+$" $address -}}
{{- $halves := splitList "::" $address -}}
{{- $head := first $halves | splitList ":" | compact -}}
{{- $tail := gt (len $halves) 1 | ternary (last $halves | splitList ":" | compact) list -}}
{{- range $head }}{{ $bits = printf "%s%016b" $bits (int64 (printf "0x%s" .)) }}{{ end -}}
{{- range untilStep (add (len $head) (len $tail) | int) 8 1 }}{{ $bits = printf "%s%016b" $bits 0 }}{{ end -}}
{{- range $tail }}{{ $bits = printf "%s%016b" $bits (int64 (printf "0x%s" .)) }}{{ end -}}
{{- $bits = trunc (len $parts | eq 1 | ternary "128" (last $parts) | atoi | add 1 | int) (printf "6%s" $bits) -}}
{{- end -}}
{{- $bits -}}
{{- end -}}

{{/* The network with its length, which a single address may leave out. */}}
{{- define "ivy-worker.cidr" -}}
{{- if contains "/" . }}{{ . }}{{ else }}{{ printf "%s/%s" . (contains ":" . | ternary "128" "32") }}{{ end -}}
{{- end -}}

{{/* The parts of `network` that hold a metadata service, and of `more`, as a list. */}}
{{- define "ivy-worker.exceptions" -}}
{{- $bits := include "ivy-worker.bits" .network -}}
{{- $found := list -}}
{{- range concat (default list .more) (include "ivy-worker.metadataNetworks" . | fromJsonArray) -}}
{{- $inner := include "ivy-worker.bits" . -}}
{{- if and (hasPrefix $bits $inner) (ne $bits $inner) }}{{ $found = append $found . }}{{ end -}}
{{- end -}}
{{- toJson (uniq $found) -}}
{{- end -}}

{{/* One peer: a network without its metadata services. `more` are further parts to leave out. */}}
{{- define "ivy-worker.block" -}}
{{- $except := include "ivy-worker.exceptions" . | fromJsonArray -}}
- ipBlock:
    cidr: {{ include "ivy-worker.cidr" .network | quote }}
    {{- with $except }}
    except: {{ toJson . }}
    {{- end }}
{{- end -}}

{{/* A list of settings, which the worker also takes as text with commas. */}}
{{- define "ivy-worker.items" -}}
{{- $found := list -}}
{{- range kindIs "string" . | ternary (splitList "," (toString .)) (kindIs "slice" . | ternary . list) -}}
{{- with toString . | trim }}{{ $found = append $found . }}{{ end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
