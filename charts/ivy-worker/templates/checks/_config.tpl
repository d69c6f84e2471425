{{/* Settings in `config` that the chart writes itself, or that are secrets. */}}

{{/* From a setting to the value that takes its place. */}}
{{- define "ivy-worker.managedSettings" -}}
kafka.bootstrap_servers: kafka.bootstrapServers
kafka.security_protocol: kafka.securityProtocol
kafka.sasl_mechanism: kafka.sasl.mechanism
kafka.sasl_username: kafka.sasl.existingSecret
kafka.sasl_password: kafka.sasl.existingSecret
kafka.sasl_oauth: kafka.sasl.oauth
kafka.ssl_cafile: kafka.tls
kafka.ssl_certfile: kafka.tls
kafka.ssl_keyfile: kafka.tls
kafka.delivery: kafka.delivery
kafka.topics: kafka.topics
kafka.consumer.group_id: kafka.groupId
kafka.consumer.group_instance_id: workload.kind=StatefulSet
kafka.consumer.session_timeout_ms: kafka.sessionTimeoutSeconds
kafka.producer.transactional_id: workload.kind=StatefulSet
cache.url: redis.url or redis.auth
cache.username: redis.auth
cache.password: redis.auth
cache.ssl_cafile: redis.tls
cache.ssl_certfile: redis.tls
cache.ssl_keyfile: redis.tls
model.engine: model.engine
model.spec: model.spec
model.source: model.source
model.revision: model.revision
remote.base_url: model.remote.baseUrl
remote.api_key: model.remote.apiKeySecret
remote.model: model.remote.model
remote.flavor: model.remote.flavor
remote.ca_file: model.remote.caSecret
remote.start_timeout_s: startup.loadSeconds
engine.start_timeout_s: startup.loadSeconds
flow.drain_timeout_s: lifecycle.drainSeconds
health.host: nothing (the probes need all addresses)
health.port: health.port
health.token: health.tokenSecret
fetch.spill_folder: spill.sizeLimit
telemetry.traces: telemetry.traces
telemetry.metrics_otlp: telemetry.metricsOtlp
telemetry.otlp_endpoint: telemetry.endpoint
telemetry.otlp_protocol: telemetry.protocol
telemetry.sample_ratio: telemetry.sampleRatio
telemetry.engine_traces: telemetry.engineTraces
{{- end -}}

{{/* Finds `path` (dotted) in `tree`: yes or nothing. */}}
{{- define "ivy-worker.hasSetting" -}}
{{- $here := .tree -}}
{{- $there := true -}}
{{- range splitList "." .path -}}
{{- if and $there (kindIs "map" $here) (hasKey $here .) -}}
{{- $here = index $here . -}}
{{- else -}}
{{- $there = false -}}
{{- end -}}
{{- end -}}
{{- if $there }}yes{{ end -}}
{{- end -}}

{{/* Notes every setting below `tree` whose name is that of a secret, or whose value holds one. */}}
{{- define "ivy-worker.findSecrets" -}}
{{- $said := .said -}}
{{- $prefix := .prefix -}}
{{- range $name, $value := .tree -}}
{{- $path := empty $prefix | ternary $name (printf "%s.%s" $prefix $name) -}}
{{- if kindIs "map" $value -}}
{{- $_ := include "ivy-worker.findSecrets" (dict "said" $said "tree" $value "prefix" $path) -}}
{{- else if or (regexMatch "(^|_)(password|secret|token|api_key|secret_access_key)$" $name) (regexMatch "://[^/]*:[^/]*@" (toString $value)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "config.%s is a secret and would stand in a ConfigMap: put it into a Secret, and name that in secrets.existing with items: {%s: KEY}" $path $path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.config" -}}
{{- $said := .said -}}
{{- $config := deepCopy .root.Values.config -}}
{{- range $setting, $value := include "ivy-worker.mapping" (dict "what" "the list of the chart's settings" "text" (include "ivy-worker.managedSettings" .)) | fromJson -}}
{{- if include "ivy-worker.hasSetting" (dict "tree" $config "path" $setting) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "config.%s is written by the chart: remove it, and use %s" $setting $value)) -}}
{{- end -}}
{{- end -}}
{{- $managed := include "ivy-worker.mapping" (dict "what" "the list of the chart's settings" "text" (include "ivy-worker.managedSettings" .)) | fromJson -}}
{{- $_ := include "ivy-worker.findSecrets" (dict "said" $said "tree" (include "ivy-worker.unmanaged" (dict "tree" $config "managed" $managed) | fromJson) "prefix" "") -}}
{{- end -}}

{{/* `tree` without what was told already. */}}
{{- define "ivy-worker.unmanaged" -}}
{{- $tree := deepCopy .tree -}}
{{- range $setting, $_ := .managed -}}
{{- $parts := splitList "." $setting -}}
{{- $here := $tree -}}
{{- range initial $parts -}}
{{- $here = kindIs "map" $here | ternary (default (dict) (get $here .)) (dict) -}}
{{- end -}}
{{- if kindIs "map" $here }}{{ $_ := unset $here (last $parts) }}{{ end -}}
{{- end -}}
{{- toJson $tree -}}
{{- end -}}
