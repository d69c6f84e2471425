{{/* Rules of the network policy. */}}

{{/* Where no peers are named: all pods and all addresses, but for the metadata services. */}}
{{- define "ivy-worker.anywhere" -}}
- namespaceSelector: {}
{{ include "ivy-worker.block" (dict "network" "0.0.0.0/0") }}
{{ include "ivy-worker.block" (dict "network" "::/0") }}
{{- end -}}

{{/* Peers and ports of one rule. Ports are given as a list of strings; no peers means anywhere. */}}
{{- define "ivy-worker.egress" -}}
- ports:
    {{- range $port := .ports | uniq }}
    {{- range default (list "TCP") $.protocols }}
    - {protocol: {{ . }}, port: {{ int $port }}}
    {{- end }}
    {{- end }}
  to:
    {{- with .to }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    {{- include "ivy-worker.anywhere" . | nindent 4 }}
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

{{/* The internet, but for networks that are not public. */}}
{{- define "ivy-worker.internet" -}}
{{- $media := .Values.networkPolicy.media -}}
{{ include "ivy-worker.block" (dict "network" "0.0.0.0/0" "more" $media.except) }}
{{ include "ivy-worker.block" (dict "network" "::/0" "more" $media.exceptV6) }}
{{- end -}}

{{- define "ivy-worker.allowedNetworks" -}}
{{- include "ivy-worker.items" (dig "fetch" "allowed_networks" list .Values.config) -}}
{{- end -}}

{{/* What the media may come from: the internet, and networks of your own. */}}
{{- define "ivy-worker.mediaPeers" -}}
{{- if .Values.networkPolicy.media.enabled }}
{{ include "ivy-worker.internet" . }}
{{- end }}
{{- range include "ivy-worker.allowedNetworks" . | fromJsonArray }}
{{ include "ivy-worker.block" (dict "network" .) }}
{{- end }}
{{- end -}}

{{/* Rules by tenant, which the worker also takes as JSON in a text. */}}
{{- define "ivy-worker.tenants" -}}
{{- if kindIs "string" . -}}
{{- $found := include "ivy-worker.mapping" (dict "what" "config.fetch.tenants" "text" .) | fromJson -}}
{{- range $tenant, $rules := $found -}}
{{- if not (kindIs "map" $rules) -}}
{{- fail (printf "\n\nconfig.fetch.tenants has %v for the tenant %s, and wants rules there, such as {\"allowed_ports\": [8443]}\n" $rules $tenant) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- else -}}
{{- toJson . -}}
{{- end -}}
{{- end -}}

{{/* Ports of media: those of the worker's rules and of each tenant's, or the policy's own. */}}
{{- define "ivy-worker.mediaPorts" -}}
{{- $fetch := dig "fetch" (dict) .Values.config -}}
{{- $own := .Values.networkPolicy.media.ports -}}
{{- $ports := include "ivy-worker.items" (dig "rules" "allowed_ports" $own $fetch) | fromJsonArray -}}
{{- $tenants := dig "tenants" (dict) $fetch -}}
{{- range $tenant, $rules := include "ivy-worker.tenants" $tenants | fromJson -}}
{{- $ports = concat $ports (include "ivy-worker.items" (dig "allowed_ports" $own $rules) | fromJsonArray) -}}
{{- end -}}
{{- $found := list -}}
{{- range $ports }}{{ $found = append $found (int .) }}{{ end -}}
{{- uniq $found | toJson -}}
{{- end -}}

{{/* Whether pods fetch weights from the hub themselves. */}}
{{- define "ivy-worker.usesHub" -}}
{{- if and .Values.networkPolicy.hub.enabled (has .Values.model.source.type (list "hub" "init")) }}yes{{ end -}}
{{- end -}}

{{/* Ports of the object store: as named, or that of the endpoint. */}}
{{- define "ivy-worker.storePorts" -}}
{{- $url := dig "fetch" "s3_endpoint" "" .Values.config | default "" | toString -}}
{{- if .Values.networkPolicy.store.ports -}}
{{- toJson .Values.networkPolicy.store.ports -}}
{{- else if $url -}}
{{- list (include "ivy-worker.urlPort" (dict "url" $url "default" (hasPrefix "https:" $url | ternary 443 80))) | toJson -}}
{{- end -}}
{{- end -}}
