{{/* Quantities: how much memory, CPU and disk. */}}

{{/* A quantity as text. YAML may have made a number of it. */}}
{{- define "ivy-worker.quantity" -}}
{{- kindIs "string" . | ternary (toString .) (toJson .) -}}
{{- end -}}

{{/* Bytes (or cores) of a quantity as Kubernetes writes it, such as 20Gi, 1500m or 1e9. Empty for what is none. */}}
{{- define "ivy-worker.bytes" -}}
{{- $text := include "ivy-worker.quantity" . -}}
{{- $number := "([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?" -}}
{{- if regexMatch (printf "^[+]?%s([numkMGTPE]|[KMGTPE]i)?$" $number) $text -}}
{{- $unit := regexReplaceAll (printf "^[+]?%s" $number) $text "" -}}
{{- $units := dict "" 1 "n" 0.000000001 "u" 0.000001 "m" 0.001
  "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "P" 1000000000000000 "E" 1000000000000000000
  "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- mulf (trimSuffix $unit $text | trimPrefix "+" | float64) (get $units $unit | float64) | toJson -}}
{{- end -}}
{{- end -}}

{{/*
Memory that the worker may come to hold beside the engine: media, decode processes at their bound,
/dev/shm. The worker's own defaults stand here for settings that `config` leaves out.
*/}}
{{- define "ivy-worker.check.memory" -}}
{{- $v := .root.Values -}}
{{- $media := dig "flow" "max_media_bytes" 1073741824 $v.config | int64 -}}
{{- $processes := dig "decode" "processes" 8 $v.config | int64 -}}
{{- $each := dig "decode" "memory_bytes" 2147483648 $v.config | int64 -}}
{{- $shm := include "ivy-worker.bytes" $v.shm.sizeLimit | float64 | int64 -}}
{{- $needed := add $media (mul $processes $each) $shm -}}
{{- $limit := dig "limits" "memory" "" $v.resources -}}
{{- $bytes := include "ivy-worker.bytes" $limit -}}
{{- if and $bytes (lt (float64 $bytes) (float64 $needed)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" .said "text" (printf "resources.limits.memory is %s, but the worker may come to hold %v Mi: config.flow.max_media_bytes (%v), config.decode.processes (%v, at most 8 by default) times config.decode.memory_bytes (%v), and shm.sizeLimit (%s). Raise the limit, with room for the engine, or lower config.decode.processes" (include "ivy-worker.quantity" $limit) (div $needed 1048576) $media $processes $each (include "ivy-worker.quantity" $v.shm.sizeLimit))) -}}
{{- end -}}
{{- $spilled := dig "fetch" "spill_max_bytes" 4294967296 $v.config | int64 -}}
{{- if lt (include "ivy-worker.bytes" $v.spill.sizeLimit | float64) (float64 $spilled) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" .said "text" (printf "spill.sizeLimit is %s, but config.fetch.spill_max_bytes lets large media take %v bytes there: raise spill.sizeLimit, or lower config.fetch.spill_max_bytes; otherwise the kubelet evicts the pod" (include "ivy-worker.quantity" $v.spill.sizeLimit) $spilled)) -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.resources" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- range $name, $resources := dict "resources" $v.resources "model.source.init.resources" $v.model.source.init.resources "jobs.resources" $v.jobs.resources -}}
{{- range $kind := list "limits" "requests" -}}
{{- range $what, $much := default (dict) (index $resources $kind) -}}
{{- if not (include "ivy-worker.bytes" $much) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "%s.%s.%s is %s, which is no quantity of Kubernetes: write it as 32Gi (powers of 1024), 32G (of 1000), 500m (thousandths) or a plain number" $name $kind $what (include "ivy-worker.quantity" $much))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $limit := dig "limits" "memory" "" $resources | toString -}}
{{- $bytes := include "ivy-worker.bytes" (dig "limits" "memory" "" $resources) -}}
{{- $request := include "ivy-worker.quantity" (dig "requests" "memory" "" $resources) -}}
{{- $asked := include "ivy-worker.bytes" $request -}}
{{- if not $limit -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "%s.limits.memory is missing: set it, for decoders of strangers' files must not take the node's memory" $name)) -}}
{{- else if and $bytes $asked (ne $bytes $asked) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "%s.requests.memory (%s) differs from its limits.memory (%s): make them equal, or the node runs out of memory that was never set aside" $name $request (include "ivy-worker.quantity" (dig "limits" "memory" "" $resources)))) -}}
{{- end -}}
{{- end -}}
{{- range $kind := list "limits" "requests" -}}
{{- if hasKey (default (dict) (index $v.resources $kind)) $v.gpu.resource -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "resources.%s names %s: remove it there and set gpu.resource and gpu.count, of which the chart makes it" $kind $v.gpu.resource)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
