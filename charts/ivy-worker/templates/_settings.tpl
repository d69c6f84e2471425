{{/* The worker's settings file, and the secrets beside it. */}}

{{/* Where the weights lie in the pod; empty for the hub. */}}
{{- define "ivy-worker.weights" -}}
{{- if ne .Values.model.source.type "hub" -}}
/models/{{ default (trimSuffix ".yaml" (base .Values.model.spec)) .Values.model.source.path }}
{{- end -}}
{{- end -}}

{{/* Seconds of silence after which the group takes a worker for dead. */}}
{{- define "ivy-worker.sessionSeconds" -}}
{{- $default := eq .Values.workload.kind "StatefulSet" | ternary (add (int .Values.startup.loadSeconds) 60) 45 -}}
{{- default $default .Values.kafka.sessionTimeoutSeconds | int -}}
{{- end -}}

{{- define "ivy-worker.settings.kafka" -}}
{{- $kafka := .Values.kafka -}}
bootstrap_servers: {{ toJson $kafka.bootstrapServers }}
security_protocol: {{ $kafka.securityProtocol }}
{{- with $kafka.sasl.mechanism }}
sasl_mechanism: {{ . }}
{{- end }}
{{- if eq $kafka.sasl.mechanism "OAUTHBEARER" }}
{{- with $kafka.sasl.oauth }}
sasl_oauth:
  {{- if .serviceAccountToken.audience }}
  token_file: /etc/ivy-worker/kafka-token/token
  {{- else }}
  token_endpoint: {{ .tokenEndpoint | quote }}
  {{- end }}
  {{- with .scope }}
  scope: {{ . | quote }}
  {{- end }}
  {{- with .audience }}
  audience: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- with $kafka.tls }}
{{- if and .existingSecret .caKey }}
ssl_cafile: {{ printf "/etc/ivy-worker/kafka-tls/%s" .caKey | quote }}
{{- end }}
{{- if and .existingSecret .certKey }}
ssl_certfile: {{ printf "/etc/ivy-worker/kafka-tls/%s" .certKey | quote }}
ssl_keyfile: {{ printf "/etc/ivy-worker/kafka-tls/%s" .keyKey | quote }}
{{- end }}
{{- end }}
delivery: {{ $kafka.delivery }}
topics:
  uploads: {{ $kafka.topics.uploads | quote }}
  {{- with $kafka.topics.backfill }}
  backfill: {{ . | quote }}
  {{- end }}
  verdicts: {{ $kafka.topics.verdicts | quote }}
  dead_letters: {{ $kafka.topics.deadLetters | quote }}
  {{- if $kafka.topics.retries }}
  retries:
    {{- range $kafka.topics.retries }}
    - {name: {{ .name | quote }}, delay_s: {{ .delaySeconds | toJson }}}
    {{- end }}
  {{- else }}
  retries: []
  {{- end }}
consumer:
  group_id: {{ $kafka.groupId | quote }}
  session_timeout_ms: {{ mul 1000 (include "ivy-worker.sessionSeconds" . | int) }}
{{- end -}}

{{- define "ivy-worker.settings.cache" -}}
{{- $redis := .Values.redis -}}
{{- if not (include "ivy-worker.hasRedisUrl" .) }}
url: {{ $redis.url | quote }}
{{- end }}
{{- with $redis.tls }}
{{- if and .existingSecret .caKey }}
ssl_cafile: {{ printf "/etc/ivy-worker/redis-tls/%s" .caKey | quote }}
{{- end }}
{{- if and .existingSecret .certKey }}
ssl_certfile: {{ printf "/etc/ivy-worker/redis-tls/%s" .certKey | quote }}
ssl_keyfile: {{ printf "/etc/ivy-worker/redis-tls/%s" .keyKey | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether the URL of Redis is in a Secret. */}}
{{- define "ivy-worker.hasRedisUrl" -}}
{{- $found := and .Values.redis.auth.existingSecret .Values.redis.auth.urlKey -}}
{{- range .Values.secrets.existing }}{{ $found = or $found (hasKey .items "cache.url") }}{{ end -}}
{{- if .Values.secrets.external.enabled }}{{ $found = or $found (hasKey .Values.secrets.external.data "cache.url") }}{{ end -}}
{{- if $found }}yes{{ end -}}
{{- end -}}

{{/* What the chart writes into the settings: all of these keys are refused in `config`. */}}
{{- define "ivy-worker.settings.managed" -}}
{{- $v := .Values -}}
kafka:
  {{- include "ivy-worker.settings.kafka" . | nindent 2 }}
{{- with include "ivy-worker.settings.cache" . }}
cache:
  {{- . | nindent 2 }}
{{- end }}
model:
  engine: {{ $v.model.engine }}
  spec: {{ $v.model.spec | quote }}
  {{- if include "ivy-worker.weights" . }}
  source: {{ include "ivy-worker.weights" . | quote }}
  {{- else }}
  {{- with $v.model.source.hub.id }}
  source: {{ . | quote }}
  {{- end }}
  {{- with $v.model.revision }}
  revision: {{ . | quote }}
  {{- end }}
  {{- end }}
{{- if eq $v.model.engine "openai" }}
remote:
  base_url: {{ $v.model.remote.baseUrl | quote }}
  flavor: {{ $v.model.remote.flavor }}
  start_timeout_s: {{ int64 $v.startup.loadSeconds }}
  {{- with $v.model.remote.model }}
  model: {{ . | quote }}
  {{- end }}
  {{- if $v.model.remote.caSecret.name }}
  ca_file: {{ printf "/etc/ivy-worker/remote-tls/%s" $v.model.remote.caSecret.key | quote }}
  {{- end }}
{{- else }}
engine:
  start_timeout_s: {{ int64 $v.startup.loadSeconds }}
{{- end }}
flow:
  drain_timeout_s: {{ $v.lifecycle.drainSeconds | toJson }}
health:
  host: 0.0.0.0
  port: {{ int64 $v.health.port }}
fetch:
  spill_folder: /var/spool/ivy-worker
{{- with include "ivy-worker.mapping" (dict "what" "the settings of telemetry" "text" (include "ivy-worker.settings.telemetry" .)) | fromJson }}
telemetry:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
What is not set is left to the standard OTEL_* variables (`extraEnv`). /tmp is an emptyDir, which
outlives a container: what ended an engine there is counted on.
*/}}
{{- define "ivy-worker.settings.telemetry" -}}
{{- $telemetry := .Values.telemetry -}}
{{- if ne .Values.model.engine "openai" }}
engine_ends_file: /tmp/ivy-worker-engine-ends.json
{{ end -}}
{{- if or (ne $telemetry.traces "none") $telemetry.metricsOtlp -}}
traces: {{ $telemetry.traces }}
metrics_otlp: {{ $telemetry.metricsOtlp | toJson }}
otlp_endpoint: {{ $telemetry.endpoint | quote }}
engine_traces: {{ $telemetry.engineTraces | toJson }}
{{- with $telemetry.protocol }}
otlp_protocol: {{ . }}
{{- end }}
{{- if not (kindIs "invalid" $telemetry.sampleRatio) }}
sample_ratio: {{ $telemetry.sampleRatio | toJson }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* worker.yaml */}}
{{/* What a worker reads at its start, by file name. Pods are made anew when it changes. */}}
{{- define "ivy-worker.settingsFiles" -}}
worker.yaml: |
  {{- include "ivy-worker.settings" . | nindent 2 }}
{{- with .Values.model.source.init.checksums }}
checksums.txt: |
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "ivy-worker.settings" -}}
{{- $managed := include "ivy-worker.mapping" (dict "what" "the worker's settings" "text" (include "ivy-worker.settings.managed" .)) | fromJson -}}
{{- $all := mergeOverwrite (deepCopy .Values.config) $managed -}}
{{- range $section, $value := $all -}}
{{- if not $value }}{{- $_ := unset $all $section }}{{ end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/*
Secrets as files, one a setting: sources of a projected volume, under the key `sources`. `saslSecret`
stands in place of `kafka.sasl.existingSecret`.
*/}}
{{- define "ivy-worker.secretSources" -}}
{{- $v := .root.Values -}}
sources:
{{- if $v.kafka.sasl.existingSecret }}
  - secret:
      name: {{ default $v.kafka.sasl.existingSecret .saslSecret | quote }}
      items:
        {{- $oauth := eq $v.kafka.sasl.mechanism "OAUTHBEARER" }}
        - {key: {{ $v.kafka.sasl.usernameKey | quote }}, path: {{ $oauth | ternary "kafka__sasl_oauth__client_id" "kafka__sasl_username" }}}
        - {key: {{ $v.kafka.sasl.passwordKey | quote }}, path: {{ $oauth | ternary "kafka__sasl_oauth__client_secret" "kafka__sasl_password" }}}
{{- end }}
{{- with $v.redis.auth }}
{{- if .existingSecret }}
  - secret:
      name: {{ .existingSecret | quote }}
      items:
        {{- if .urlKey }}
        - {key: {{ .urlKey | quote }}, path: cache__url}
        {{- else }}
        {{- with .usernameKey }}
        - {key: {{ . | quote }}, path: cache__username}
        {{- end }}
        - {key: {{ .passwordKey | quote }}, path: cache__password}
        {{- end }}
{{- end }}
{{- end }}
{{- if and (eq $v.model.engine "openai") $v.model.remote.apiKeySecret.name }}
  - secret:
      name: {{ $v.model.remote.apiKeySecret.name | quote }}
      items:
        - {key: {{ $v.model.remote.apiKeySecret.key | quote }}, path: remote__api_key}
{{- end }}
{{- if $v.health.tokenSecret.name }}
  - secret:
      name: {{ $v.health.tokenSecret.name | quote }}
      items:
        - {key: {{ $v.health.tokenSecret.key | quote }}, path: health__token}
{{- end }}
{{- range $v.secrets.existing }}
  - secret:
      name: {{ .name | quote }}
      items:
        {{- range $setting, $key := .items }}
        - {key: {{ $key | quote }}, path: {{ $setting | replace "." "__" }}}
        {{- end }}
{{- end }}
{{- if $v.secrets.external.enabled }}
  - secret:
      name: {{ include "ivy-worker.fullname" .root }}-external
{{- end }}
{{- end -}}
