{{/* Rules of the network policy. */}}

{{/* Peers and ports of one rule. Ports are given as a list of strings; no peers means anywhere. */}}
{{- define "ivy-worker.egress" -}}
- ports:
    {{- range .ports | uniq }}
    - {protocol: {{ default "TCP" $.protocol }}, port: {{ int . }}}
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Port of a URL, or `default`. */}}
{{- define "ivy-worker.urlPort" -}}
{{- $authority := regexReplaceAll "^[a-z]+://([^/?#]*).*$" .url "${1}" -}}
{{- $port := regexFind ":[0-9]+$" $authority | trimPrefix ":" -}}
{{- default (.default | toString) $port -}}
{{- end -}}

{{- define "ivy-worker.brokerPorts" -}}
{{- $ports := list -}}
{{- if .Values.networkPolicy.kafka.ports -}}
{{- range .Values.networkPolicy.kafka.ports }}{{- $ports = append $ports (int .) }}{{ end -}}
{{- else -}}
{{- range .Values.kafka.bootstrapServers }}{{- $ports = append $ports (regexFind "[0-9]+$" . | int) }}{{ end -}}
{{- end -}}
{{- toJson (uniq $ports) -}}
{{- end -}}

{{- define "ivy-worker.redisPort" -}}
{{- if include "ivy-worker.hasRedisUrl" . -}}
{{- int .Values.redis.port -}}
{{- else -}}
{{- include "ivy-worker.urlPort" (dict "url" .Values.redis.url "default" (int .Values.redis.port)) -}}
{{- end -}}
{{- end -}}

{{/* What the media may come from: the internet but for networks that are not public, and your own. */}}
{{- define "ivy-worker.mediaPeers" -}}
{{- $media := .Values.networkPolicy.media -}}
{{- if $media.enabled }}
- ipBlock:
    cidr: 0.0.0.0/0
    except: {{ toJson $media.except }}
- ipBlock:
    cidr: ::/0
    except: {{ toJson $media.exceptV6 }}
{{- end }}
{{- range dig "fetch" "allowed_networks" (list) .Values.config }}
- ipBlock: {cidr: {{ . | quote }}}
{{- end }}
{{- end -}}
